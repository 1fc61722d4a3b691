/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/data/objects.h"
#include "status.h"

void
objects_init(struct objects *o, struct gz *in, const char *name, int array)
{
	memset(o, 0, sizeof(*o));
	view_init(&o->view, in, name);
	o->array = array;
	o->below = 1;
}

void
objects_fini(struct objects *o)
{
	view_fini(&o->view);
	memset(o, 0, sizeof(*o));
}

static int
bad(const struct objects *o, const char *what, struct err *e)
{
	return err_set(e, ST_DATA, "%s:%ld: %s", o->view.name, o->below, what);
}

/*
 * The next byte that is no blank, not taken; lines are counted on the way.
 * Returns 1, 0 at the end of the file, or -1.
 */
static int
peek(struct objects *o, char *c, struct err *e)
{
	for (;;) {
		for (; o->view.head < o->view.data.len; o->view.head++) {
			*c = o->view.data.data[o->view.head];
			if (*c == '\n')
				o->below++;
			else if (*c != ' ' && *c != '\t' && *c != '\r')
				return 1;
		}
		if (o->view.eof)
			return 0;
		if (view_more(&o->view, o->below, e) == -1)
			return -1;
	}
}

/* Behind the string whose opening quote is at p, or NULL. */
static const char *
string_end(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		p += *p == '\\';
	}
	return NULL;
}

/* The length of the object that begins at s, or 0 when it is not whole. */
static size_t
object_len(const char *s, size_t n)
{
	const char *p = s, *end = s + n;
	int depth = 0;

	while (p < end) {
		if (*p == '"') {
			if ((p = string_end(p, end)) == NULL)
				return 0;
			continue;
		}
		depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
		p++;
		if (depth == 0)
			return (size_t)(p - s);
	}
	return 0;
}

/* The length of the line at head without its end, or 0 when it is not whole. */
static size_t
line_len(struct objects *o)
{
	const char *s = o->view.data.data + o->view.head, *nl;
	size_t n = o->view.data.len - o->view.head;

	if ((nl = memchr(s, '\n', n)) != NULL)
		return (size_t)(nl - s);
	o->torn = o->view.eof;
	return o->view.eof ? n : 0;
}

/* Take what stands before an element.  Returns 1, 0 at the end, or -1. */
static int
between(struct objects *o, struct err *e)
{
	char c;
	int r = peek(o, &c, e);

	if (r == 0 && o->at == OBJECTS_DONE)
		return 0;
	if (r <= 0)
		return r == 0 ? bad(o, "the array is not closed", e) : -1;
	if (o->at == OBJECTS_DONE)
		return bad(o, "text behind the array", e);
	if (o->at == OBJECTS_START && c != '[')
		return bad(o, "no array of objects", e);
	if (c == ']' && o->at != OBJECTS_START) {
		o->view.head++;
		o->at = OBJECTS_DONE;
		return between(o, e);
	}
	if (o->at == OBJECTS_SOME && c != ',')
		return bad(o, "no comma between objects", e);
	if (o->at == OBJECTS_FIRST)
		return 1;
	o->view.head++;
	if (o->at == OBJECTS_SOME)
		return 1;
	o->at = OBJECTS_FIRST;
	return between(o, e);
}

static void
take(struct objects *o, size_t len, const char **text, size_t *n)
{
	const char *s = o->view.data.data + o->view.head, *nl = s,
		   *end = s + len;

	o->line = o->below;
	while ((nl = memchr(nl, '\n', (size_t)(end - nl))) != NULL) {
		o->below++;
		nl++;
	}
	o->view.head += len;
	o->at = OBJECTS_SOME;
	*text = s;
	*n = len;
}

int
objects_next(struct objects *o, const char **text, size_t *n, struct err *e)
{
	size_t len;
	char c;
	int r;

	o->bad = 0;
	r = o->array ? between(o, e) : 1;
	if (r <= 0 || (r = peek(o, &c, e)) == -1)
		return r;
	if (r == 0)
		return o->array ? bad(o, "the array is not closed", e) : 0;
	o->bad = c != '{' && !o->array;
	if (c != '{')
		return bad(o, "no JSON object", e);
	for (;;) {
		len = o->array ? object_len(o->view.data.data + o->view.head,
				     o->view.data.len - o->view.head)
			       : line_len(o);
		if (len > 0)
			break;
		if (o->view.eof)
			return bad(o, "object is not closed", e);
		if (view_more(&o->view, o->below, e) == -1)
			return -1;
	}
	take(o, len, text, n);
	return 1;
}

int
objects_skip(struct objects *o)
{
	struct err ignored;
	size_t len;

	if (!o->bad)
		return -1;
	while ((len = line_len(o)) == 0)
		if (view_more(&o->view, o->below, &ignored) == -1)
			return -1;
	o->view.head += len;
	return 0;
}
