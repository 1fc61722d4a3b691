/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "kql/bind/bind.h"
#include "kql/compile/compile.h"
#include "kql/data/store.h"
#include "kql/kql.h"
#include "kql/parse/parse.h"
#include "kql/result.h"
#include "status.h"

#define HIDDEN_FIRST 1000000 /* columns of what runs while binding */

struct kql {
	struct arena arena;      /* holds this */
	struct kql_store *store; /* NULL when it could not be made; why: */
	struct err why;
};

/* A query on its way; what it needs is in the arena. */
struct work {
	struct arena arena;
	struct kql_store *store;
	const struct kql_request *q;
	struct statement *statements;
	struct result *results;
	int unknown; /* a table is, so that there is no SQL */
	struct scan *scans;
	int64_t max_rows; /* of the request or of set; 0: no limit */
	struct kql_error *e;
};

struct kql *
kql_new(void)
{
	struct arena arena = { 0 };
	struct kql *k = arena_zalloc(&arena, sizeof(*k));

	k->arena = arena;
	k->store = store_new(&k->why);
	return k;
}

void
kql_free(struct kql *k)
{
	struct arena arena;

	if (k == NULL)
		return;
	store_free(k->store);
	arena = k->arena;
	arena_fini(&arena);
}

int
kql_add(struct kql *k, const char *cluster, const char *database,
    const char *endpoint, struct err *e)
{
	if (k->store == NULL) {
		*e = k->why;
		return -1;
	}
	return store_add(k->store, cluster, database, endpoint, e);
}

void
kql_skip_bad_rows(
    struct kql *k, void (*say)(void *ctx, const char *what), void *ctx)
{
	if (k->store != NULL)
		store_skip_bad_rows(k->store, say, ctx);
}

int
kql_prepare(struct kql *k, struct err *e)
{
	if (k->store == NULL) {
		*e = k->why;
		return -1;
	}
	return store_prepare(k->store, e);
}

static int
no_database(struct work *w)
{
	memset(w->e, 0, sizeof(*w->e));
	snprintf(w->e->code, sizeof(w->e->code), "BadRequest_EntityNotFound");
	snprintf(w->e->message, sizeof(w->e->message),
	    "Database '%.200s' is not known here", w->q->database);
	w->e->permanent = 1;
	return -1;
}

/* Parse and bind.  With lenient a database or table that is not there is no
 * error; then there may be results of which no SQL can be made. */
static int
understand(struct work *w, int lenient)
{
	struct binder b = { .arena = &w->arena,
		.store = w->store,
		.lenient = lenient,
		.hidden = HIDDEN_FIRST,
		.now = w->q->now != 0 ? w->q->now : when_now(),
		.parameters = w->q->parameters,
		.e = w->e };

	w->statements = parse(&w->arena, w->q->text, b.now, w->e);
	if (w->statements == NULL)
		return -1;
	b.database = -1;
	if (w->q->database != NULL) {
		b.database = store_database(w->store, NULL, w->q->database);
		if (b.database == -1 && !lenient)
			return no_database(w);
	}
	if (bind_statements(&b, w->statements, &w->results) == -1)
		return -1;
	w->scans = b.scans;
	w->unknown = b.unknown;
	w->max_rows = w->q->max_rows;
	if (b.max_rows > 0 && (w->max_rows == 0 || b.max_rows < w->max_rows))
		w->max_rows = b.max_rows;
	return 0;
}

static int
load(struct work *w)
{
	const struct kql_table *t;
	struct err err;

	err_set(&err, ST_RETRY, "a table is gone");
	for (const struct scan *s = w->scans; s != NULL; s = s->next) {
		if (store_table(w->store, s->database, s->table, &t, &err) !=
			1 ||
		    store_load(w->store, t, &err) == -1)
			return fail_data(w->e, s->at, &err);
	}
	return 0;
}

/* The columns of a result, as result.h wants them. */
static const struct kql_column *
columns(struct arena *a, const struct schema *s)
{
	struct kql_column *c = arena_zalloc(a, (s->n + 1) * sizeof(*c));

	for (size_t i = 0; i < s->n; i++) {
		c[i].name = s->columns[i]->name;
		c[i].type = s->columns[i]->type;
	}
	return c;
}

/* Each result's SQL and columns.  NULL with e. */
static struct kql_select *
selects(struct work *w, size_t *n)
{
	struct kql_select *s;
	struct buf sql = { 0 };
	size_t count = 0;
	int hidden = 0;

	for (const struct result *r = w->results; r != NULL; r = r->next)
		count++;
	s = arena_zalloc(&w->arena, (count + 1) * sizeof(*s));
	*n = 0;
	for (const struct result *r = w->results; r != NULL; r = r->next) {
		buf_reset(&sql);
		if (compile(&w->arena, &hidden, r, &sql, w->e) == -1) {
			buf_fini(&sql);
			return NULL;
		}
		s[*n].name = r->name != NULL ? r->name : "PrimaryResult";
		s[*n].sql = arena_strndup(&w->arena, buf_str(&sql), sql.len);
		s[*n].columns = columns(&w->arena, &r->plan->out);
		s[*n].ncolumns = r->plan->out.n;
		s[(*n)++].render = r->render;
	}
	buf_fini(&sql);
	return s;
}

/* A work for the request, or -1 with e: the engine could not start. */
static int
begin(struct work *w, struct kql *k, const struct kql_request *q,
    struct kql_error *e)
{
	struct kql_at nowhere = { 0, 0 };

	memset(w, 0, sizeof(*w));
	w->store = k->store;
	w->q = q;
	w->e = e;
	if (k->store == NULL)
		return fail_data(e, nowhere, &k->why);
	store_begin(k->store);
	return 0;
}

int
kql_run(struct kql *k, const struct kql_request *q, kql_write *write, void *ctx,
    struct kql_error *e)
{
	struct kql_select *s;
	struct work w;
	size_t n;
	int r = -1;

	if (begin(&w, k, q, e) == -1)
		return -1;
	if (understand(&w, 0) == 0 && load(&w) == 0 &&
	    (s = selects(&w, &n)) != NULL)
		r = result_write(w.store, s, n, w.max_rows, write, ctx, e);
	arena_fini(&w.arena);
	return r;
}

int
kql_check(struct kql *k, const struct kql_request *q, struct kql_error *e)
{
	struct kql_select *s;
	struct work w;
	size_t n;
	int r = -1;

	if (begin(&w, k, q, e) == -1)
		return -1;
	if (understand(&w, 1) == 0) {
		n = 0;
		s = w.unknown ? NULL : selects(&w, &n);
		r = s == NULL && !w.unknown ? -1 : 0;
		for (size_t i = 0; r == 0 && i < n; i++)
			r = result_check(w.store, s[i].sql, e);
	}
	arena_fini(&w.arena);
	return r;
}

int
kql_explain(struct kql *k, const struct kql_request *q, struct buf *out,
    struct kql_error *e)
{
	struct kql_select *s;
	struct work w;
	size_t n;
	int r = -1;

	if (begin(&w, k, q, e) == -1)
		return -1;
	if (understand(&w, 0) == 0 && (s = selects(&w, &n)) != NULL) {
		for (size_t i = 0; i < n; i++)
			buf_printf(
			    out, "%s%s;\n", i == 0 ? "" : "\n", s[i].sql);
		r = 0;
	}
	arena_fini(&w.arena);
	return r;
}
