/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "labels.h"
#include "status.h"

#define BLANKS " \t\r\n"

/* A copy of s[0..n) without the blanks around it. */
static const char *
trimmed(struct arena *a, const char *s, size_t n)
{
	while (n > 0 && strchr(BLANKS, s[n - 1]) != NULL)
		n--;
	while (n > 0 && strchr(BLANKS, *s) != NULL) {
		s++;
		n--;
	}
	return arena_strndup(a, s, n);
}

/* Read one "k=v" of n bytes; l has room for it. */
static int
add_pair(
    struct arena *a, const char *s, size_t n, struct labels *l, struct err *e)
{
	const char *equals = memchr(s, '=', n);
	struct label *new = &l->v[l->n];

	if (equals == NULL)
		return err_set(
		    e, ST_USAGE, "label %.*s: wants key=value", (int)n, s);
	new->key = trimmed(a, s, (size_t)(equals - s));
	new->value = trimmed(a, equals + 1, n - (size_t)(equals - s) - 1);
	if (*new->key == '\0')
		return err_set(e, ST_USAGE, "label %.*s: no key", (int)n, s);
	if (labels_get(l, new->key) != NULL)
		return err_set(e, ST_USAGE, "label %s stands twice", new->key);
	l->n++;
	return 0;
}

const char *
labels_get(const struct labels *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].key, key) == 0)
			return l->v[i].value;
	return NULL;
}

int
labels_parse(struct arena *a, const char *text, struct labels *l, struct err *e)
{
	size_t most = l->n + 1;
	struct label *v;

	if (text[strspn(text, BLANKS)] == '\0')
		return 0;
	for (const char *s = text; *s != '\0'; s++)
		most += *s == ',';
	v = arena_alloc(a, most * sizeof(*v));
	if (l->n > 0)
		memcpy(v, l->v, l->n * sizeof(*v));
	l->v = v;
	for (;;) {
		size_t n = strcspn(text, ",");

		if (add_pair(a, text, n, l, e) == -1)
			return -1;
		if (text[n] == '\0')
			return 0;
		text += n + 1;
	}
}
