/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "jsonw.h"
#include "receipt.h"
#include "status.h"
#include "utf8.h"

static const char *const statuses[] = {
	[RECEIPT_BEGUN] = "begun",
	[RECEIPT_DELIVERED] = "delivered",
	[RECEIPT_FAILED] = "failed",
	[RECEIPT_REJECTED] = "rejected",
};

/* Members of a window that say how to read its rows, or that the receipt
 * writes itself. */
static int
is_left_out(const char *key)
{
	static const char *const out[] = { "transform", "columns",
		"destination", "status", "samples", "rejected", "had", "bytes",
		"error", "time" };

	for (size_t i = 0; i < sizeof(out) / sizeof(*out); i++)
		if (strcmp(key, out[i]) == 0)
			return 1;
	return 0;
}

static void
put_members(struct jsonw *w, const struct json *window)
{
	for (const struct json *m = window->child; m != NULL; m = m->next) {
		struct buf text = { 0 };

		if (is_left_out(m->key))
			continue;
		json_write(&text, m);
		jsonw_raw(w, m->key, text.data, text.len);
		buf_fini(&text);
	}
}

static void
put_error(struct jsonw *w, const struct end_error *err, size_t message)
{
	jsonw_object(w, "error");
	jsonw_str(w, "stage", err->stage);
	jsonw_str(w, "code", err->code);
	jsonw_strn(w, "message", err->message,
	    utf8_cut(err->message, strlen(err->message), message));
	jsonw_bool(w, "permanent", err->permanent);
	if (err->http != 0)
		jsonw_int(w, "http", err->http);
	if (err->request_id != NULL)
		jsonw_str(w, "requestId", err->request_id);
	jsonw_end_object(w);
}

static void
put_answer(struct jsonw *w, const struct receipt *r, size_t message)
{
	char time[WHEN_TEXT];

	when_format(time, r->time);
	jsonw_str(w, "destination", r->destination);
	jsonw_str(w, "status", statuses[r->status]);
	jsonw_int(w, "samples", r->samples);
	jsonw_int(w, "rejected", r->rejected);
	jsonw_int(w, "had", r->had);
	jsonw_int(w, "bytes", r->bytes);
	if (r->error.stage != NULL)
		put_error(w, &r->error, message);
	jsonw_str(w, "time", time);
}

static size_t
put_line(struct buf *b, const struct receipt *r, size_t message)
{
	struct jsonw w = { .b = b };
	size_t from = b->len;

	jsonw_object(&w, NULL);
	put_members(&w, r->w.tree);
	put_answer(&w, r, message);
	jsonw_end_object(&w);
	buf_putc(b, '\n');
	return b->len - from;
}

/* The members that a reader of receipts acts on, and no others. */
static struct json *
needed_members(struct arena *a, const struct json *tree)
{
	static const char *const keep[] = { "id", "namespace", "name", "rule",
		"uid", "generation", "start", "end", "attempt", "again", "late",
		"passOver", "since", "listed", "destinations" };
	struct json *out = json_new(a, JSON_OBJECT);

	for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++) {
		const struct json *m = json_get(tree, keep[i]);
		struct json *copy;

		if (m == NULL)
			continue;
		copy = json_new(a, m->type);
		*copy = *m;
		json_set(a, out, keep[i], copy);
	}
	return out;
}

void
receipt_write(struct buf *b, const struct receipt *r)
{
	struct receipt small = *r;
	struct arena a = { 0 };
	size_t from = b->len, message = RECEIPT_MESSAGE;

	if (put_line(b, r, message) <= RECEIPT_MAX)
		return;
	small.w.tree = needed_members(&a, r->w.tree);
	do {
		b->len = from;
		if (put_line(b, &small, message) <= RECEIPT_MAX)
			break;
		message /= 2;
	} while (message > 0);
	arena_fini(&a);
}

static int
read_status(const struct json *o, struct receipt *r, struct err *e)
{
	const char *s = json_get_str(o, "status", "");

	for (int i = RECEIPT_BEGUN; i <= RECEIPT_REJECTED; i++)
		if (strcmp(s, statuses[i]) == 0) {
			r->status = (enum receipt_status)i;
			return 0;
		}
	return err_set(e, ST_DATA, "receipt with status \"%s\"", s);
}

int
receipt_read(struct arena *a, const char *line, size_t n, struct receipt *r,
    struct err *e)
{
	struct json *o = json_parse(a, line, n, e);
	const char *time;

	*r = (struct receipt){ 0 };
	if (o == NULL)
		return err_wrap(e, "receipt");
	if (o->type != JSON_OBJECT)
		return err_set(e, ST_DATA, "receipt: not an object");
	if (window_read(o, &r->w, e) == -1 || read_status(o, r, e) == -1)
		return -1;
	r->destination = json_get_str(o, "destination", "");
	if (*r->destination == '\0')
		return err_set(e, ST_DATA, "receipt without destination");
	time = json_get_str(o, "time", "");
	if (when_parse(time, strlen(time), &r->time) == -1)
		return err_set(e, ST_DATA, "receipt with time \"%s\"", time);
	r->samples = json_get_int(o, "samples", 0);
	r->rejected = json_get_int(o, "rejected", 0);
	r->had = json_get_int(o, "had", 0);
	r->bytes = json_get_int(o, "bytes", 0);
	end_error_read(o, &r->error);
	return 0;
}
