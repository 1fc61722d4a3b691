/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "jsonw.h"
#include "lines.h"
#include "utf8.h"

/*
 * A member of text that somebody else wrote, and that may have been cut inside
 * a character: what is no UTF-8 becomes "?".
 */
static void
foreign_str(struct jsonw *w, const char *key, const char *s)
{
	struct buf b = { 0 };

	utf8_mend(&b, s, strlen(s));
	jsonw_strn(w, key, buf_str(&b), b.len);
	buf_fini(&b);
}

static void
time_str(struct jsonw *w, const char *key, ticks t)
{
	char text[WHEN_TEXT] = "";

	if (t != 0)
		when_format(text, t);
	jsonw_str(w, key, text);
}

static void
list(struct jsonw *w, const char *key, const char *const *v, size_t n)
{
	jsonw_array(w, key);
	for (size_t i = 0; i < n; i++)
		jsonw_str(w, NULL, v[i]);
	jsonw_end_array(w);
}

static void
open_line(struct jsonw *w, const char *key)
{
	jsonw_object(w, NULL);
	jsonw_object(w, key);
}

static void
close_line(struct jsonw *w)
{
	jsonw_end_object(w);
	jsonw_end_object(w);
	buf_putc(w->b, '\n');
}

void
lines_condition(struct buf *b, const struct unit *u, const char *type,
    const char *reason, const char *message)
{
	struct jsonw w = { .b = b };

	open_line(&w, "@condition");
	jsonw_str(&w, "namespace", u->namespace);
	jsonw_str(&w, "name", u->name);
	if (u->rule[0] != '\0')
		jsonw_str(&w, "rule", u->rule);
	jsonw_str(&w, "uid", u->uid);
	jsonw_int(&w, "generation", u->generation);
	jsonw_str(&w, "type", type);
	jsonw_str(&w, "status", "False");
	jsonw_str(&w, "reason", reason);
	foreign_str(&w, "message", message);
	close_line(&w);
}

void
lines_id(struct buf *b, const struct unit *u, const struct sched_plan *d)
{
	char start[WHEN_TEXT];

	when_format(start, d->start);
	buf_printf(b, "%s/%s%s%s@%s", u->namespace, u->name,
	    u->rule[0] != '\0' ? "+" : "", u->rule, start);
}

void
lines_window_members(
    struct jsonw *w, const struct unit *u, const struct sched_plan *d)
{
	struct buf text = { 0 };

	lines_id(&text, u, d);
	jsonw_str(w, "id", buf_str(&text));
	jsonw_str(w, "namespace", u->namespace);
	jsonw_str(w, "name", u->name);
	jsonw_str(w, "rule", u->rule);
	jsonw_str(w, "uid", u->uid);
	jsonw_int(w, "generation", u->generation);
	time_str(w, "start", d->start);
	time_str(w, "end", d->end);
	jsonw_int(w, "attempt", d->attempt);
	jsonw_bool(w, "again", d->again);
	jsonw_bool(w, "late", d->late);
	jsonw_bool(w, "passOver", d->pass_over);
	time_str(w, "since", d->since);
	time_str(w, "settled", d->settled);
	time_str(w, "listed", d->listed);
	list(w, "destinations", (const char *const *)u->destinations.v,
	    u->destinations.n);
	list(w, "to", d->to, d->nto);
	jsonw_raw(w, "transform", u->transform, strlen(u->transform));
	buf_fini(&text);
}

void
lines_window(struct buf *b, const struct unit *u, const struct sched_plan *d)
{
	struct jsonw w = { .b = b };

	open_line(&w, "@window");
	lines_window_members(&w, u, d);
	close_line(&w);
}

void
lines_end(
    struct buf *b, const char *id, int64_t rows, const struct query_error *err)
{
	struct jsonw w = { .b = b };

	open_line(&w, "@end");
	if (id != NULL)
		jsonw_str(&w, "id", id);
	if (!query_failed(err)) {
		jsonw_int(&w, "rows", rows);
	} else {
		jsonw_object(&w, "error");
		jsonw_str(&w, "stage", "kqlrun");
		foreign_str(&w, "code", err->said.code);
		foreign_str(&w, "message", err->said.message);
		jsonw_bool(&w, "permanent", err->said.permanent);
		if (err->http != 0)
			jsonw_int(&w, "http", err->http);
		if (err->request_id[0] != '\0')
			jsonw_str(&w, "requestId", err->request_id);
		jsonw_end_object(&w);
	}
	close_line(&w);
}
