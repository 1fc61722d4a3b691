/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "kql/fn/table.h"

#define OMITTED 16

struct table {
	sqlite3_vtab base;
	const struct fn_table *f;
};

struct cursor {
	sqlite3_vtab_cursor base;
	struct arena arena; /* of the call at hand */
	void *state;
	void *kept;
	/* Arguments that SQLite compares again: it omits that for the first
	 * OMITTED only. */
	sqlite3_value *args[FN_TABLE_ARGS];
	int nargs;
	int there; /* on a row */
	sqlite3_int64 rowid;
};

static const struct fn_table *
function_of(sqlite3_vtab_cursor *c)
{
	return ((struct table *)c->pVtab)->f;
}

static int
connect(sqlite3 *db, void *f, int argc, const char *const *argv,
    sqlite3_vtab **out, char **why)
{
	struct buf sql = { 0 };
	struct table *t;
	int r;

	(void)argc;
	(void)argv;
	(void)why;
	buf_puts(&sql, "CREATE TABLE x(\"$i\"");
	for (int i = 1; i <= FN_TABLE_COLUMNS; i++)
		buf_printf(&sql, ", \"$v%d\"", i);
	for (int i = 1; i <= FN_TABLE_ARGS; i++)
		buf_printf(&sql, ", \"$a%d\" HIDDEN", i);
	buf_puts(&sql, ")");
	r = sqlite3_declare_vtab(db, buf_str(&sql));
	buf_fini(&sql);
	if (r != SQLITE_OK)
		return r;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return SQLITE_NOMEM;
	t->f = f;
	*out = &t->base;
	return sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
}

static int
disconnect(sqlite3_vtab *t)
{
	free(t);
	return SQLITE_OK;
}

/* The arguments are constraints on the hidden columns; all must be known. */
static int
best_index(sqlite3_vtab *t, sqlite3_index_info *info)
{
	int arg;

	(void)t;
	for (int i = 0; i < info->nConstraint; i++) {
		arg = info->aConstraint[i].iColumn - FN_TABLE_COLUMNS;
		if (arg < 1 ||
		    info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
			continue;
		if (!info->aConstraint[i].usable)
			return SQLITE_CONSTRAINT;
		info->aConstraintUsage[i].argvIndex = arg;
		info->aConstraintUsage[i].omit = 1;
	}
	info->estimatedCost = 10;
	info->estimatedRows = 10;
	return SQLITE_OK;
}

static int
open_cursor(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
	struct cursor *c = calloc(1, sizeof(*c));

	(void)t;
	if (c == NULL)
		return SQLITE_NOMEM;
	*out = &c->base;
	return SQLITE_OK;
}

static void
drop_args(struct cursor *c)
{
	for (int i = OMITTED; i < c->nargs; i++)
		sqlite3_value_free(c->args[i]);
	c->nargs = 0;
}

static int
close_cursor(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	drop_args(c);
	if (c->kept != NULL)
		function_of(base)->drop(c->kept);
	arena_fini(&c->arena);
	free(c);
	return SQLITE_OK;
}

static int
next(sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	c->there = function_of(base)->next(c->state);
	c->rowid++;
	return SQLITE_OK;
}

static int
filter(sqlite3_vtab_cursor *base, int number, const char *name, int n,
    sqlite3_value **args)
{
	struct cursor *c = (struct cursor *)base;
	const char *why = "";

	(void)number;
	(void)name;
	drop_args(c);
	for (c->nargs = 0; c->nargs < n; c->nargs++)
		if (c->nargs >= OMITTED)
			c->args[c->nargs] = sqlite3_value_dup(args[c->nargs]);
	arena_reset(&c->arena);
	c->state = function_of(base)->open(&c->arena, &c->kept, n, args, &why);
	if (c->state == NULL) {
		base->pVtab->zErrMsg = sqlite3_mprintf("%s", why);
		return SQLITE_ERROR;
	}
	c->rowid = 0;
	return next(base);
}

static int
eof(sqlite3_vtab_cursor *base)
{
	return !((struct cursor *)base)->there;
}

static int
column(sqlite3_vtab_cursor *base, sqlite3_context *out, int i)
{
	struct cursor *c = (struct cursor *)base;

	int arg = i - FN_TABLE_COLUMNS - 1;

	if (arg < 0)
		function_of(base)->column(c->state, i - 1, out);
	else if (arg >= OMITTED && arg < c->nargs && c->args[arg] != NULL)
		sqlite3_result_value(out, c->args[arg]);
	return SQLITE_OK;
}

static int
rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *id)
{
	*id = ((struct cursor *)base)->rowid;
	return SQLITE_OK;
}

static const sqlite3_module module = {
	.iVersion = 3,
	.xConnect = connect,
	.xBestIndex = best_index,
	.xDisconnect = disconnect,
	.xOpen = open_cursor,
	.xClose = close_cursor,
	.xFilter = filter,
	.xNext = next,
	.xEof = eof,
	.xColumn = column,
	.xRowid = rowid,
};

int
fn_table_register(sqlite3 *db, const struct fn_table *f)
{
	return sqlite3_create_module(
	    db, f->name, &module, (void *)(uintptr_t)f);
}
