/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "json.h"
#include "jsonw.h"
#include "num.h"

/* What stands in front of a value: the comma and the key. */
static void
lead(struct jsonw *w, const char *key)
{
	if (w->some[w->depth])
		buf_putc(w->b, ',');
	w->some[w->depth] = 1;
	if (key != NULL) {
		json_write_str(w->b, key, strlen(key));
		buf_putc(w->b, ':');
	}
}

static void
open_level(struct jsonw *w, const char *key, char c)
{
	lead(w, key);
	buf_putc(w->b, c);
	assert(w->depth + 1 < JSONW_DEPTH);
	w->some[++w->depth] = 0;
}

static void
close_level(struct jsonw *w, char c)
{
	assert(w->depth > 0);
	w->depth--;
	buf_putc(w->b, c);
}

void
jsonw_object(struct jsonw *w, const char *key)
{
	open_level(w, key, '{');
}

void
jsonw_array(struct jsonw *w, const char *key)
{
	open_level(w, key, '[');
}

void
jsonw_end_object(struct jsonw *w)
{
	close_level(w, '}');
}

void
jsonw_end_array(struct jsonw *w)
{
	close_level(w, ']');
}

void
jsonw_strn(struct jsonw *w, const char *key, const char *s, size_t n)
{
	lead(w, key);
	json_write_str(w->b, s, n);
}

void
jsonw_str(struct jsonw *w, const char *key, const char *s)
{
	jsonw_strn(w, key, s, strlen(s));
}

void
jsonw_raw(struct jsonw *w, const char *key, const char *s, size_t n)
{
	lead(w, key);
	buf_add(w->b, s, n);
}

void
jsonw_int(struct jsonw *w, const char *key, int64_t v)
{
	char num[NUM_MAX];

	jsonw_raw(w, key, num, num_int(num, v));
}

void
jsonw_bool(struct jsonw *w, const char *key, int v)
{
	jsonw_raw(w, key, v ? "true" : "false", v ? 4 : 5);
}
