/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fields.h"
#include "status.h"

#define NEAR_MAX 48 /* bytes of a name that is worth a hint */

/* The number of edits between two names, letters' case apart. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NEAR_MAX + 1], na = strlen(a), nb = strlen(b);

	if (na > NEAR_MAX || nb > NEAR_MAX)
		return NEAR_MAX;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t edit = diagonal +
			    (tolower((unsigned char)a[i - 1]) !=
				tolower((unsigned char)b[j - 1]));

			diagonal = row[j];
			if (row[j] + 1 < edit)
				edit = row[j] + 1;
			if (row[j - 1] + 1 < edit)
				edit = row[j - 1] + 1;
			row[j] = edit;
		}
	}
	return row[nb];
}

/* The name of the table that was probably meant, or NULL. */
static const char *
nearest(const struct field *table, const char *name)
{
	const char *best = NULL;
	size_t least = strlen(name) / 3 + 1;

	for (; table->name != NULL; table++) {
		size_t d = distance(name, table->name);

		if (d <= least && (best == NULL || d < least)) {
			least = d;
			best = table->name;
		}
	}
	return best;
}

static const struct field *
field_find(const struct field *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

/* A string without NULs; "" comes out as NULL. */
static int
read_str(const struct json *v, const struct place *p, const char *member,
    const char **out, struct err *e)
{
	if (v->type == JSON_NUMBER || v->type == JSON_TRUE ||
	    v->type == JSON_FALSE)
		return fields_err(e, p, v, member,
		    "wants text, got %s; put it in quotes", fields_kind(v));
	if (v->type != JSON_STRING)
		return fields_err(
		    e, p, v, member, "wants text, got %s", fields_kind(v));
	if (memchr(v->str, '\0', v->len) != NULL)
		return fields_err(e, p, v, member, "holds a NUL byte");
	*out = v->len > 0 ? v->str : NULL;
	return 0;
}

static int
read_strs(struct arena *a, const struct json *v, const struct place *p,
    const char *member, struct strs *out, struct err *e)
{
	char name[128];

	if (v->type != JSON_ARRAY)
		return fields_err(
		    e, p, v, member, "wants a list, got %s", fields_kind(v));
	out->n = 0;
	out->v = arena_alloc(a, (json_count(v) + 1) * sizeof(*out->v));
	for (const struct json *w = v->child; w != NULL; w = w->next) {
		const char *s = NULL;

		snprintf(name, sizeof(name), "%s[%zu]", member, out->n);
		if (read_str(w, p, name, &s, e) == -1)
			return -1;
		if (s == NULL)
			return fields_err(e, p, w, name, "is empty");
		out->v[out->n++] = s;
	}
	return 0;
}

static int
read_field(struct arena *a, const struct json *v, const struct place *p,
    const struct field *f, void *out, struct err *e)
{
	char *at = (char *)out + f->at;

	switch (f->type) {
	case FIELD_STR:
		return read_str(v, p, f->name, (const char **)at, e);
	case FIELD_STRS:
		return read_strs(a, v, p, f->name, (struct strs *)at, e);
	case FIELD_MAP:
		if (v->type != JSON_OBJECT)
			return fields_err(e, p, v, f->name,
			    "wants a map, got %s", fields_kind(v));
		*(const struct json **)at = v;
		return 0;
	}
	return 0;
}

const char *
fields_kind(const struct json *v)
{
	switch (v->type) {
	case JSON_NULL:
		return "null";
	case JSON_FALSE:
	case JSON_TRUE:
		return "a boolean";
	case JSON_NUMBER:
		return "a number";
	case JSON_STRING:
		return "text";
	case JSON_ARRAY:
		return "a list";
	case JSON_OBJECT:
		return "a map";
	}
	return "nothing";
}

int
fields_err(struct err *e, const struct place *p, const struct json *v,
    const char *member, const char *fmt, ...)
{
	const char *path = p->path != NULL ? p->path : "";
	const char *dot = path[0] != '\0' && member != NULL ? "." : "";
	char what[sizeof(e->msg)], where[256] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (p->file != NULL && v != NULL && v->line > 0)
		snprintf(where, sizeof(where), "%s:%d: ", p->file, v->line);
	else if (p->file != NULL)
		snprintf(where, sizeof(where), "%s: ", p->file);
	if (member == NULL)
		member = "";
	return err_set(e, ST_DATA, "%s%s%s%s%s%s", where, path, dot, member,
	    *path != '\0' || *member != '\0' ? ": " : "", what);
}

int
fields_read(struct arena *a, const struct json *o, const struct place *p,
    const struct field *table, void *out, struct err *e)
{
	const struct field *f;
	const char *near;

	if (o->type != JSON_OBJECT)
		return fields_err(
		    e, p, o, NULL, "wants a map, got %s", fields_kind(o));
	for (const struct json *v = o->child; v != NULL; v = v->next) {
		if (v->cut)
			return fields_err(
			    e, p, v, v->key, "its name holds a NUL byte");
		if ((f = field_find(table, v->key)) == NULL) {
			near = nearest(table, v->key);
			return near == NULL
			    ? fields_err(e, p, v, v->key, "unknown field")
			    : fields_err(e, p, v, v->key,
				  "unknown field (did you mean %s?)", near);
		}
		if (v->type != JSON_NULL &&
		    read_field(a, v, p, f, out, e) == -1)
			return -1;
	}
	return 0;
}
