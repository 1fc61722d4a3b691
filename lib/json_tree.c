/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "json.h"
#include "num.h"
#include "scan.h"

struct json *
json_new(struct arena *a, enum json_type type)
{
	struct json *j = arena_zalloc(a, sizeof(*j));

	j->type = type;
	j->str = "";
	return j;
}

struct json *
json_new_str(struct arena *a, const char *s)
{
	struct json *j = json_new(a, JSON_STRING);

	j->len = strlen(s);
	j->str = arena_strndup(a, s, j->len);
	return j;
}

struct json *
json_new_int(struct arena *a, int64_t v)
{
	struct json *j = json_new(a, JSON_NUMBER);
	char num[NUM_MAX];

	j->len = num_int(num, v);
	j->str = arena_strndup(a, num, j->len);
	return j;
}

struct json *
json_new_bool(struct arena *a, int v)
{
	return json_new(a, v ? JSON_TRUE : JSON_FALSE);
}

void
json_push(struct json *o, struct json *v)
{
	v->next = NULL;
	if (o->child == NULL)
		o->child = v;
	else
		o->last->next = v;
	o->last = v;
}

struct json *
json_get(const struct json *o, const char *key)
{
	if (o == NULL || o->type != JSON_OBJECT)
		return NULL;
	for (struct json *m = o->child; m != NULL; m = m->next)
		if (strcmp(m->key, key) == 0)
			return m;
	return NULL;
}

void
json_set(struct arena *a, struct json *o, const char *key, struct json *v)
{
	struct json *was = json_get(o, key), *prev = o->child;

	if (was == NULL) {
		v->key = arena_strdup(a, key);
		json_push(o, v);
		return;
	}
	v->key = was->key;
	v->next = was->next;
	if (prev == was) {
		o->child = v;
	} else {
		while (prev->next != was)
			prev = prev->next;
		prev->next = v;
	}
	if (o->last == was)
		o->last = v;
}

void
json_del(struct json *o, const char *key)
{
	struct json *was = json_get(o, key), *prev = o->child;

	if (was == NULL)
		return;
	if (prev == was) {
		o->child = was->next;
		prev = NULL;
	} else {
		while (prev->next != was)
			prev = prev->next;
		prev->next = was->next;
	}
	if (o->last == was)
		o->last = prev;
}

const char *
json_get_str(const struct json *o, const char *key, const char *fallback)
{
	const struct json *j = json_get(o, key);

	return j != NULL && j->type == JSON_STRING ? j->str : fallback;
}

int
json_get_bool(const struct json *o, const char *key, int fallback)
{
	const struct json *j = json_get(o, key);

	if (j == NULL || (j->type != JSON_TRUE && j->type != JSON_FALSE))
		return fallback;
	return j->type == JSON_TRUE;
}

int
json_int(const struct json *j, int64_t *v)
{
	if (j == NULL || j->type != JSON_NUMBER)
		return -1;
	return num_parse_int(j->str, j->len, v);
}

int64_t
json_get_int(const struct json *o, const char *key, int64_t fallback)
{
	int64_t v;

	return json_int(json_get(o, key), &v) == 0 ? v : fallback;
}

size_t
json_count(const struct json *o)
{
	size_t n = 0;

	if (o == NULL)
		return 0;
	for (const struct json *m = o->child; m != NULL; m = m->next)
		n++;
	return n;
}

/* A byte that may not stand in a string as it is. */
static void
write_escape(struct buf *b, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char esc[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
	size_t len = 2;

	if (c == '"' || c == '\\')
		esc[1] = (char)c;
	else if (c == '\n')
		esc[1] = 'n';
	else if (c == '\t')
		esc[1] = 't';
	else if (c == '\r')
		esc[1] = 'r';
	else
		len = 6;
	buf_add(b, esc, len);
}

void
json_write_str(struct buf *b, const char *s, size_t n)
{
	const char *end = s + n, *to;

	buf_reserve(b, n + 2);
	buf_putc(b, '"');
	while ((to = scan_plain(s, end, 0)) < end) {
		buf_add(b, s, (size_t)(to - s));
		write_escape(b, (unsigned char)*to);
		s = to + 1;
	}
	buf_add(b, s, (size_t)(to - s));
	buf_putc(b, '"');
}

void
json_write(struct buf *b, const struct json *j)
{
	static const char *const words[] = { "null", "false", "true" };
	int object = j->type == JSON_OBJECT;

	switch (j->type) {
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		buf_puts(b, words[j->type]);
		return;
	case JSON_NUMBER:
		buf_add(b, j->str, j->len);
		return;
	case JSON_STRING:
		json_write_str(b, j->str, j->len);
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	buf_putc(b, object ? '{' : '[');
	for (const struct json *m = j->child; m != NULL; m = m->next) {
		if (m != j->child)
			buf_putc(b, ',');
		if (object) {
			json_write_str(b, m->key, strlen(m->key));
			buf_putc(b, ':');
		}
		json_write(b, m);
	}
	buf_putc(b, object ? '}' : ']');
}
