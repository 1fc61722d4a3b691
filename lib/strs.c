/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "map.h"
#include "strs.h"

int
strs_has(const struct strs *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return 1;
	return 0;
}

/* Add s if it is new.  There is room. */
static void
put(struct strs *l, const char *s)
{
	if (!strs_has(l, s))
		l->v[l->n++] = s;
}

void
strs_once(struct strs *l)
{
	struct map seen = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++)
		if (map_put(&seen, l->v[i], &seen) == NULL)
			l->v[kept++] = l->v[i];
	l->n = kept;
	map_fini(&seen);
}

void
strs_split(
    struct strs *l, struct arena *a, const char *text, const char *separators)
{
	char *rest = arena_strdup(a, text), *part;
	const char **v = arena_alloc(a, (l->n + strlen(text) + 1) * sizeof(*v));

	if (l->n > 0)
		memcpy(v, l->v, l->n * sizeof(*v));
	l->v = v;
	while ((part = strsep(&rest, separators)) != NULL)
		if (*part != '\0')
			put(l, part);
}
