/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <sqlite3.h>

#include "kql/bind/bind.h"
#include "kql/bind/peek.h"
#include "kql/compile/compile.h"
#include "status.h"

/* Make what the query reads so far be there. */
static int
load(struct binder *b)
{
	const struct kql_table *t;
	struct err err;

	err_set(&err, ST_RETRY, "a table is gone");
	for (const struct scan *s = b->scans; s != NULL; s = s->next)
		if (store_table(b->store, s->database, s->table, &t, &err) !=
			1 ||
		    store_load(b->store, t, &err) == -1)
			return fail_data(b->e, s->at, &err);
	return 0;
}

static int
step(
    struct binder *b, struct plan *p, const char *sql, peek_row *row, void *ctx)
{
	struct sqlite3 *db;
	sqlite3_stmt *st;
	struct err err;
	int r;

	if (load(b) == -1)
		return -1;
	if ((db = store_db(b->store, &err)) == NULL)
		return fail_data(b->e, p->at, &err);
	r = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	while (r == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		if (row(ctx, (const char *)sqlite3_column_text(st, 0),
			(size_t)sqlite3_column_bytes(st, 0)) == -1) {
			sqlite3_finalize(st);
			return -1;
		}
	if (r == SQLITE_OK)
		r = sqlite3_finalize(st);
	if (r == SQLITE_OK)
		return 0;
	return fail_semantic(b->e, p->at, "%s", sqlite3_errmsg(db));
}

int
peek(struct binder *b, struct plan *in, struct tx *value, peek_row *row,
    void *ctx)
{
	struct plan *p = plan_new(b, P_PROJECT, NULL, in);
	struct result *r = arena_zalloc(b->arena, sizeof(*r));
	struct buf sql = { 0 };
	int failed;

	memset(&p->out, 0, sizeof(p->out));
	p->at = value->at;
	p->values = arena_alloc(b->arena, sizeof(*p->values));
	plan_put(b, p, "x", value);
	r->plan = p;
	failed = compile(b->arena, &b->hidden, r, &sql, b->e) == -1 ||
	    step(b, p, buf_str(&sql), row, ctx) == -1;
	buf_fini(&sql);
	return failed ? -1 : 0;
}
