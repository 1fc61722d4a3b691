/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"
#include "unit.h"

struct unit *
unit_new(const char *key)
{
	struct unit *u = mem_new(1, sizeof(*u));

	u->key = mem_str(key);
	return u;
}

void
unit_free(struct unit *u)
{
	free((char *)u->key);
	free(u->said);
	free(u->text);
	free(u);
}

/* Bytes of a string that may be NULL. */
static size_t
size(const char *s)
{
	return s == NULL ? 0 : strlen(s) + 1;
}

/* Copy a string that may be NULL to *at. */
static const char *
put(char **at, const char *s)
{
	const char *copy = *at;

	if (s == NULL)
		return NULL;
	*at = stpcpy(*at, s) + 1;
	return copy;
}

/* The destinations that r names, or all. */
static struct strs
put_destinations(
    void **array, char **at, const struct resource *r, const struct strs *all)
{
	struct strs names = { .v = *array, .n = r->destinations.n };

	if (names.n == 0)
		return *all;
	for (size_t i = 0; i < names.n; i++)
		names.v[i] = put(at, r->destinations.v[i]);
	return names;
}

void
unit_set(struct unit *u, const struct resource *r, const struct strs *all)
{
	size_t array = r->destinations.n * sizeof(char *);
	struct buf transform = { 0 };
	void *text;
	char *at;
	size_t n = array;

	if (r->transform_tree != NULL)
		json_write(&transform, r->transform_tree);
	for (size_t i = 0; i < r->destinations.n; i++)
		n += size(r->destinations.v[i]);
	n += size(r->namespace) + size(r->name) + size(r->rule) + size(r->uid) +
	    size(r->database) + size(r->body) + transform.len + 1;
	text = mem_new(1, n);
	at = (char *)text + array;
	u->namespace = put(&at, r->namespace);
	u->name = put(&at, r->name);
	u->rule = put(&at, r->rule);
	u->uid = put(&at, r->uid);
	u->generation = r->generation;
	u->database = put(&at, r->database);
	u->body = put(&at, r->body);
	u->transform = put(&at, buf_str(&transform));
	u->destinations = put_destinations(&text, &at, r, all);
	free(u->text);
	u->text = text;
	buf_fini(&transform);
}
