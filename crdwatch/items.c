/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "items.h"
#include "status.h"
#include "utf8.h"

/* Something is whole: what follows is another thing. */
static void
whole(struct items *s)
{
	s->since = 0;
	s->nshown = 0;
}

static int
is_key(const struct items *s, int depth, const char *name)
{
	return s->key[depth - 1].len == strlen(name) &&
	    strcmp(buf_str(&s->key[depth - 1]), name) == 0;
}

/* Whether the value that begins now is one to be cut out. */
static int
is_wanted(const struct items *s)
{
	if (s->form == ITEMS_LIST)
		return s->depth == 2 && s->in_items;
	return s->depth == 1 && is_key(s, 1, "object");
}

/* What stands between the value before and this one.  Returns 0 when the
 * value goes nowhere. */
static int
separate(struct items *s)
{
	if (s->dropped) {
		s->dropped = 0;
		return 0;
	}
	if (s->from == 0 || s->skip != 0)
		return 0;
	if (s->comma && !s->keyed)
		buf_putc(&s->text, ',');
	s->keyed = 0;
	s->comma = 1;
	return 1;
}

/* A value that is no object where only one makes sense. */
static int
wrong(struct items *s)
{
	return err_set(s->e, ST_DATA, "%s",
	    s->depth == 0               ? "not an object"
		: s->form == ITEMS_LIST ? "an item that is no object"
					: "an event whose object is none");
}

static int
scalar(struct items *s, const char *text, size_t n)
{
	if (s->from == 0 && (s->depth == 0 || is_wanted(s)))
		return wrong(s);
	if (separate(s))
		buf_add(&s->text, text, n);
	return 0;
}

static int
on_null(void *ctx)
{
	return scalar(ctx, "null", 4);
}

static int
on_boolean(void *ctx, int v)
{
	return scalar(ctx, v ? "true" : "false", v ? 4 : 5);
}

static int
on_number(void *ctx, const char *text, size_t n)
{
	return scalar(ctx, text, n);
}

static void
keep(struct buf *b, const char *text, size_t n)
{
	buf_reset(b);
	buf_add(b, text, n);
}

static int
on_string(void *ctx, const char *text, size_t n)
{
	struct items *s = ctx;

	if (s->from != 0) {
		if (separate(s))
			json_write_str(&s->text, text, n);
		return 0;
	}
	if (s->depth == 0 || is_wanted(s))
		return wrong(s);
	if (s->form == ITEMS_WATCH && s->depth == 1 && is_key(s, 1, "type"))
		keep(&s->type, text, n);
	if (s->form == ITEMS_LIST && s->depth == 2 && s->in_meta) {
		if (is_key(s, 2, "resourceVersion"))
			keep(&s->version, text, n);
		else if (is_key(s, 2, "continue"))
			keep(&s->more, text, n);
	}
	return 0;
}

static int
on_key(void *ctx, const char *text, size_t n)
{
	struct items *s = ctx;

	if (s->from == 0) {
		if (s->depth <= 2)
			keep(&s->key[s->depth - 1], text, n);
		if (s->depth == 1 && is_key(s, 1, "items"))
			s->listed = 1;
		return 0;
	}
	if (s->skip != 0)
		return 0;
	/* metadata.managedFields, below the object itself. */
	if (s->depth == s->from)
		keep(&s->key[1], text, n);
	if (s->depth == s->from + 1 && is_key(s, 2, "metadata") && n == 13 &&
	    memcmp(text, "managedFields", n) == 0) {
		s->dropped = 1;
		return 0;
	}
	if (s->comma)
		buf_putc(&s->text, ',');
	json_write_str(&s->text, text, n);
	buf_putc(&s->text, ':');
	s->keyed = 1;
	return 0;
}

static int
open_value(struct items *s, char bracket)
{
	int object = bracket == '{';

	if (s->from == 0 && is_wanted(s)) {
		if (!object)
			return wrong(s);
		s->from = s->depth + 1;
		s->comma = s->keyed = 0;
		buf_reset(&s->text);
	} else if (s->from == 0 && s->depth == 0 && !object) {
		return wrong(s);
	} else if (s->from == 0 && s->depth == 1) {
		s->in_items = !object && is_key(s, 1, "items");
		s->in_meta = object && is_key(s, 1, "metadata");
	}
	s->depth++;
	if (s->from != 0 && s->skip == 0 && s->dropped)
		s->skip = s->depth;
	if (!separate(s))
		return 0;
	buf_putc(&s->text, bracket);
	s->comma = 0;
	return 0;
}

static int
on_object(void *ctx)
{
	return open_value(ctx, '{');
}

static int
on_array(void *ctx)
{
	return open_value(ctx, '[');
}

/* The end of the answer's own object. */
static int
end_record(struct items *s)
{
	if (s->form == ITEMS_LIST) {
		s->whole = 1;
		return 0;
	}
	if (s->text.len == 0 || s->type.len == 0)
		return err_set(s->e, ST_DATA, "no event");
	if (s->take(s->ctx, buf_str(&s->type), s->text.data, s->text.len,
		s->e) == -1)
		return -1;
	buf_reset(&s->text);
	buf_reset(&s->type);
	whole(s);
	return 0;
}

static int
close_value(struct items *s, char bracket)
{
	int depth = s->depth--;

	if (s->skip != 0) {
		if (s->skip == depth)
			s->skip = 0;
		return 0;
	}
	if (s->from != 0) {
		buf_putc(&s->text, bracket);
		s->comma = 1;
		if (depth != s->from)
			return 0;
		s->from = 0;
		if (s->form == ITEMS_WATCH)
			return 0;
		whole(s);
		return s->take(s->ctx, "", s->text.data, s->text.len, s->e);
	}
	if (depth == 2)
		s->in_items = s->in_meta = 0;
	return depth == 1 ? end_record(s) : 0;
}

static int
on_end_object(void *ctx)
{
	return close_value(ctx, '}');
}

static int
on_end_array(void *ctx)
{
	return close_value(ctx, ']');
}

static const struct json_events events = {
	.null = on_null,
	.boolean = on_boolean,
	.number = on_number,
	.string = on_string,
	.key = on_key,
	.start_object = on_object,
	.end_object = on_end_object,
	.start_array = on_array,
	.end_array = on_end_array,
};

void
items_begin(struct items *s, enum items_form form)
{
	struct items was = *s;

	json_stream_free(was.json);
	*s = (struct items){ .form = form, .take = was.take, .ctx = was.ctx };
	s->version = was.version;
	s->more = was.more;
	s->key[0] = was.key[0];
	s->key[1] = was.key[1];
	s->type = was.type;
	s->text = was.text;
	buf_reset(&s->version);
	buf_reset(&s->more);
	buf_reset(&s->key[0]);
	buf_reset(&s->key[1]);
	buf_reset(&s->type);
	buf_reset(&s->text);
	s->json = json_stream_new(&events, s);
}

/* Keep the first bytes of what is not whole yet, for an error. */
static void
remember(struct items *s, const char *p, size_t n)
{
	size_t room = sizeof(s->shown) - s->nshown;

	if (n > room)
		n = room;
	memcpy(s->shown + s->nshown, p, n);
	s->nshown += n;
}

/* Say what was received that is no good. */
static int
show(const struct items *s, struct err *e)
{
	char text[ITEMS_SHOWN + 1];

	memcpy(text, s->shown, s->nshown);
	text[s->nshown] = '\0';
	utf8_clean(text);
	return err_wrap(
	    e, "received \"%s\"%s", text, s->since > s->nshown ? "..." : "");
}

int
items_feed(struct items *s, const char *p, size_t n, struct err *e)
{
	s->e = e;
	e->code = 0;
	remember(s, p, n);
	s->since += n;
	if (json_stream_feed(s->json, p, n, e) == -1)
		return e->code == ST_DATA ? show(s, e) : -1;
	if (s->since > ITEMS_MAX) {
		err_set(e, ST_DATA, "an object of over %d bytes", ITEMS_MAX);
		return show(s, e);
	}
	return 0;
}

int
items_end(struct items *s, struct err *e)
{
	s->e = e;
	/* No event at all is a watch too; a blank ends a word that is none. */
	if (s->form == ITEMS_WATCH && s->depth == 0)
		return items_feed(s, "\n", 1, e);
	if (json_stream_end(s->json, e) == -1)
		return show(s, e);
	if (s->form == ITEMS_WATCH ||
	    (s->whole && s->listed && s->version.len > 0))
		return 0;
	/* Of no list must not be concluded that there is nothing. */
	err_set(e, ST_DATA, "no list of objects");
	return show(s, e);
}

void
items_fini(struct items *s)
{
	json_stream_free(s->json);
	buf_fini(&s->version);
	buf_fini(&s->more);
	buf_fini(&s->key[0]);
	buf_fini(&s->key[1]);
	buf_fini(&s->type);
	buf_fini(&s->text);
	*s = (struct items){ 0 };
}
