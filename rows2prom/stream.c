/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "control.h"
#include "log.h"
#include "mapper.h"
#include "metrics.h"
#include "order.h"
#include "status.h"
#include "stream.h"

struct stream {
	const struct stream_settings *set;
	struct io *in;
	struct out *out;
	struct mapper mapper;
	struct order order;
	int status;
	int windows; /* there was one */

	/* The window, or the rows without one. */
	int in_window;
	int open;      /* mapper_begin was called */
	int sorted;    /* samples go through order */
	char code[32]; /* why it failed; "" it has not */
	struct err why;
	int permanent;
	char *id;           /* of the window, or NULL */
	struct arena a;     /* of the window */
	struct arena end_a; /* of one @end or @condition */
	struct transform transform;
};

static void
begin(struct stream *s)
{
	s->in_window = s->open = s->sorted = 0;
	s->code[0] = '\0';
	s->id = NULL;
	order_reset(&s->order);
	arena_reset(&s->a);
}

/* The window, or what is without one, is no good; s->why says why. */
static void
fail(struct stream *s, const char *code, int permanent)
{
	if (s->in_window)
		log_warn("window failed",
		    KV_S("window", s->id != NULL ? s->id : ""),
		    KV_S("code", code), KV_S("reason", s->why.msg));
	else
		log_error("rows failed", KV_S("code", code),
		    KV_S("reason", s->why.msg));
	snprintf(s->code, sizeof(s->code), "%s", code);
	s->permanent = permanent;
	s->set->counts[COUNT_FAILED].value++;
	if (!s->in_window)
		s->status = ST_DATA;
}

/* Read the transform, and set the mapper to work by it. */
static int
open_window(struct stream *s, const struct json *tree)
{
	const struct place at = { .path = "transform" };
	const struct transform *t = s->set->transform;
	const struct json *columns = json_get(tree, "columns");
	struct window w;

	if (window_read(tree, &w, &s->why) == -1)
		return -1;
	if (w.transform != NULL) {
		if (transform_read(
			&s->a, w.transform, &at, &s->transform, &s->why) == -1)
			return -1;
		t = &s->transform;
	}
	if (t == NULL)
		return err_set(&s->why, ST_DATA, "a window without transform");
	if (columns != NULL && columns->type != JSON_ARRAY)
		return err_set(&s->why, ST_DATA, "columns is no array");
	mapper_begin(&s->mapper, t, s->set->prefix, columns);
	s->mapper.start = w.start;
	s->mapper.end = w.end;
	s->open = s->sorted = 1;
	return 0;
}

/* Add what became of the rows to the tool's counters. */
static void
count(struct stream *s)
{
	const struct mapper *m = &s->mapper;
	struct metric *c = s->set->counts;

	if (!s->open)
		return;
	c[COUNT_ROWS].value += m->rows;
	c[COUNT_SAMPLES].value += m->samples;
	c[COUNT_NULLS].value += m->nulls;
	c[COUNT_BAD].value += m->bad;
	c[COUNT_OUTSIDE].value += m->outside;
}

/* The sort file has no room: an end but for a window, which fails alone. */
static int
no_room(struct stream *s, struct err *e)
{
	if (!s->in_window) {
		*e = s->why;
		return -1;
	}
	order_reset(&s->order);
	fail(s, "Full", 0);
	return 0;
}

/* All rows are there: are they good? */
static int
close_rows(struct stream *s, struct err *e)
{
	if (!s->open || s->code[0] != '\0')
		return 0;
	if (mapper_end(&s->mapper, &s->why) == -1)
		fail(s, s->mapper.code, s->mapper.permanent);
	else if (order_end(&s->order, &s->why) == -1)
		return no_room(s, e);
	return 0;
}

/*
 * Write an @end: with the window's samples in front if it is good, else with
 * the error.
 */
static int
put_end(struct stream *s, struct json *end, struct err *e)
{
	struct end_error error;
	int good = s->code[0] == '\0' && !end_error_read(end, &error);

	if (s->code[0] != '\0')
		end_error_set(&s->end_a, end, "rows2prom", s->code, s->why.msg,
		    s->permanent);
	if (good && s->open) {
		json_set(&s->end_a, end, "samples",
		    json_new_int(&s->end_a, s->mapper.samples));
		json_set(&s->end_a, end, "skipped",
		    json_new_int(&s->end_a, mapper_skipped(&s->mapper)));
		if (order_write(&s->order, s->out, e) == -1)
			return -1;
	}
	control_write(&s->out->b, CONTROL_END, end, CONTROL_PROM);
	count(s);
	begin(s);
	return out_flush(s->out, e);
}

/* An @end of ours, where the input has none. */
static int
make_end(struct stream *s, struct err *e)
{
	struct json *end;

	arena_reset(&s->end_a);
	end = json_new(&s->end_a, JSON_OBJECT);
	if (s->id != NULL)
		json_set(&s->end_a, end, "id", json_new_str(&s->end_a, s->id));
	return put_end(s, end, e);
}

/* The input ends, or a window begins: end what is open. */
static int
cut_off(struct stream *s, struct err *e)
{
	if (s->in_window) {
		s->status = ST_DATA;
		if (s->code[0] == '\0') {
			err_set(&s->why, ST_DATA,
			    "the input ends inside the window");
			fail(s, "Truncated", 0);
		}
		return make_end(s, e);
	}
	if (close_rows(s, e) == -1)
		return -1;
	if (s->code[0] != '\0')
		return make_end(s, e);
	if (s->open && s->mapper.bad > 0 && s->status == ST_OK)
		s->status = ST_SKIP;
	if (order_write(&s->order, s->out, e) == -1)
		return -1;
	count(s);
	begin(s);
	return out_flush(s->out, e);
}

static int
on_window(struct stream *s, struct json *tree)
{
	const char *id = json_get_str(tree, "id", NULL);

	s->in_window = s->windows = 1;
	s->id = id != NULL ? arena_strdup(&s->a, id) : NULL;
	s->set->counts[COUNT_WINDOWS].value++;
	control_write(&s->out->b, CONTROL_WINDOW, tree, CONTROL_PROM);
	if (open_window(s, tree) == -1)
		fail(s, "BadRow", 1);
	return 0;
}

static int
on_control(struct stream *s, enum control_kind kind, const char *line, size_t n,
    struct err *e)
{
	struct arena *a = kind == CONTROL_WINDOW ? &s->a : &s->end_a;
	struct end_error error;
	struct json *tree;

	if (kind == CONTROL_WINDOW && cut_off(s, e) == -1)
		return -1;
	arena_reset(a);
	if ((tree = control_parse(a, kind, line, n, CONTROL_JSON, e)) == NULL)
		return err_wrap(e, "%s:%ld", s->in->name, s->in->line);
	if (kind == CONTROL_WINDOW)
		return on_window(s, tree);
	if (kind == CONTROL_CONDITION) {
		control_write(&s->out->b, kind, tree, CONTROL_PROM);
		return out_flush(s->out, e);
	}
	/* Rows without a window that failed before they came here. */
	if (end_error_read(tree, &error) && !s->in_window)
		s->status = ST_DATA;
	else if (!end_error_read(tree, &error) && close_rows(s, e) == -1)
		return -1;
	return put_end(s, tree, e);
}

/* The first row without a window. */
static int
open_bare(struct stream *s, struct err *e)
{
	if (s->set->transform == NULL)
		return err_set(e, ST_USAGE,
		    "%s:%ld: a row without a window needs --value-column or "
		    "--value-columns",
		    s->in->name, s->in->line);
	mapper_begin(&s->mapper, s->set->transform, s->set->prefix, NULL);
	s->open = 1;
	s->sorted = s->set->sort;
	return 0;
}

static int
on_row(struct stream *s, const char *line, size_t n, struct err *e)
{
	struct mapper_out out = { .b = &s->out->b };

	if (s->code[0] != '\0' || n == 0)
		return 0;
	if (!s->open && open_bare(s, e) == -1)
		return -1;
	if (s->sorted) {
		out.b = &s->order.text;
		out.order = &s->order;
	}
	if (mapper_row(&s->mapper, line, n, s->in->line, &out, &s->why) == 0)
		return s->sorted ? 0 : out_spare(s->out, e);
	if (s->why.code != ST_DATA)
		return no_room(s, e);
	fail(s, s->mapper.code, s->mapper.permanent);
	return 0;
}

/* Rows as they come: none waits in a buffer while the input does. */
static int
fill(struct stream *s, struct err *e)
{
	if (out_flush(s->out, e) == -1)
		return -1;
	return io_fill(s->in, e);
}

static int
read_all(struct stream *s, struct err *e)
{
	enum control_kind kind;
	char *line;
	size_t n;
	int more;

	do {
		while ((line = io_take(s->in, &n)) != NULL) {
			kind = control_peek(line, n, CONTROL_JSON);
			if (kind == CONTROL_NONE
				? on_row(s, line, n, e) == -1
				: on_control(s, kind, line, n, e) == -1)
				return -1;
		}
	} while ((more = fill(s, e)) == 1);
	return more;
}

int
stream_run(struct io *in, struct out *out, const struct stream_settings *set,
    struct err *e)
{
	struct stream s = { .set = set, .in = in, .out = out };
	int bad;

	s.mapper.strict = set->strict;
	order_init(&s.order, ORDER_MEMORY);
	bad = read_all(&s, e);
	if (bad == -1 && e->code == ST_DATA) {
		/* What came whole is still dealt with. */
		s.status = log_fail(e);
		if (!s.windows && s.code[0] == '\0') {
			s.why = *e;
			fail(&s, "Truncated", 0);
		}
		bad = 0;
	}
	if (bad == 0)
		bad = cut_off(&s, e);
	order_fini(&s.order);
	mapper_fini(&s.mapper);
	arena_fini(&s.a);
	arena_fini(&s.end_a);
	return bad == -1 ? -1 : s.status;
}
