/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "json.h"
#include "kql/bind/bind.h"

/* A table of what the engine knows itself, filled row by row. */
struct listing {
	struct binder *b;
	struct plan *p;
	struct kql_at at;
	size_t n, room;
};

/* Columns as "name:type" by commas. */
static void
begin(struct listing *l, struct binder *b, const struct op *op,
    const char *columns)
{
	char name[32], type[16];
	size_t n;

	memset(l, 0, sizeof(*l));
	l->b = b;
	l->at = op->at;
	l->p = plan_new(b, P_ROWS, op, NULL);
	while (*columns != '\0') {
		n = strcspn(columns, ":");
		memcpy(name, columns, n);
		name[n] = '\0';
		columns += n + 1;
		n = strcspn(columns, ",");
		memcpy(type, columns, n);
		type[n] = '\0';
		columns += columns[n] == ',' ? n + 1 : n;
		schema_add(b, &l->p->out, arena_strdup(b->arena, name),
		    kql_type_find(type));
	}
}

static void
put(struct listing *l, struct tx *value)
{
	struct tx **bigger;

	if (l->n == l->room) {
		l->room = l->room * 2 + 64;
		bigger = arena_alloc(l->b->arena, l->room * sizeof(*bigger));
		if (l->n > 0)
			memcpy(bigger, l->p->values, l->n * sizeof(*bigger));
		l->p->values = bigger;
	}
	l->p->values[l->n++] = value;
	l->p->nrows = l->n / l->p->out.n;
}

static void
put_string(struct listing *l, const char *s)
{
	put(l, tx_text(l->b, KT_STRING, s, strlen(s), l->at));
}

/* What is not known of the row's other columns: nulls and "". */
static void
put_rest(struct listing *l)
{
	size_t width = l->p->out.n;

	while (l->n % width != 0)
		put(l,
		    tx_null(
			l->b, l->p->out.columns[l->n % width]->type, l->at));
}

struct plan *
bind_getschema(struct binder *b, struct plan *in, const struct op *op)
{
	struct listing l;
	const struct column *c;

	begin(&l, b, op,
	    "ColumnName:string,ColumnOrdinal:long,DataType:string,"
	    "ColumnType:string");
	for (size_t i = 0; i < in->out.n; i++) {
		c = in->out.columns[i];
		put_string(&l, c->name);
		put(&l, tx_int(b, KT_LONG, (int64_t)i, op->at));
		put_string(&l, kql_type_system(c->type));
		put_string(&l, kql_type_name(c->type));
	}
	return l.p;
}

/* Is it one of those that the command names, or does it name none? */
static int
is_asked(const struct op *op, const char *name)
{
	const struct expr *x = op->args->next;

	if (x == NULL)
		return 1;
	while (x != NULL && strcmp(x->text, name) != 0)
		x = x->next;
	return x != NULL;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of a database's tables in order, ended by NULL. */
static const char **
table_names(struct binder *b, int database)
{
	const char **names, *name;
	size_t n = 0;

	while (database >= 0 && store_table_name(b->store, database, n) != NULL)
		n++;
	names = arena_zalloc(b->arena, (n + 1) * sizeof(*names));
	for (size_t i = 0; i < n; i++) {
		name = store_table_name(b->store, database, i);
		names[i] = arena_strdup(b->arena, name);
	}
	qsort(names, n, sizeof(*names), by_name);
	return names;
}

static const char *
database_name(struct binder *b, int database)
{
	const char *name =
	    database < 0 ? NULL : store_database_name(b->store, database);

	return name == NULL ? "" : arena_strdup(b->arena, name);
}

static struct plan *
show_tables(struct binder *b, const struct op *op)
{
	const char **names = table_names(b, b->database);
	struct listing l;

	begin(&l, b, op,
	    "TableName:string,DatabaseName:string,Folder:string,"
	    "DocString:string");
	for (; *names != NULL; names++) {
		if (!is_asked(op, *names))
			continue;
		put_string(&l, *names);
		put_string(&l, database_name(b, b->database));
		put_rest(&l);
	}
	return l.p;
}

/* {"Name":"T","OrderedColumns":[{"Name":"v","Type":...,"CslType":...}]} */
static void
json_schema(struct buf *out, const char *name, const struct schema *s)
{
	buf_puts(out, "{\"Name\":");
	json_write_str(out, name, strlen(name));
	buf_puts(out, ",\"OrderedColumns\":[");
	for (size_t i = 0; i < s->n; i++) {
		name = s->columns[i]->name;
		buf_puts(out, i == 0 ? "{\"Name\":" : ",{\"Name\":");
		json_write_str(out, name, strlen(name));
		buf_printf(out, ",\"Type\":\"%s\",\"CslType\":\"%s\"}",
		    kql_type_system(s->columns[i]->type),
		    kql_type_name(s->columns[i]->type));
	}
	buf_puts(out, "]}");
}

static int
is_plain(const char *name)
{
	return strspn(name,
		   "abcdefghijklmnopqrstuvwxyz_0123456789"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(name);
}

/* v:long,['a b']:string */
static void
csl_schema(struct buf *out, const struct schema *s)
{
	const char *name;

	for (size_t i = 0; i < s->n; i++) {
		name = s->columns[i]->name;
		buf_printf(out, is_plain(name) ? "%s%s:%s" : "%s['%s']:%s",
		    i == 0 ? "" : ",", name,
		    kql_type_name(s->columns[i]->type));
	}
}

/* The schema of a table, of which nothing is to be loaded; or NULL. */
static const struct schema *
schema_of(struct binder *b, int database, const char *name, struct kql_at at)
{
	struct scan *scans = b->scans;
	struct plan *p = bind_stored_table(b, database, name, at);

	b->scans = scans;
	return p == NULL ? NULL : &p->out;
}

/* One row with the schema of each table. */
static struct plan *
show_schemas(struct binder *b, const struct op *op, int database,
    const char **names, int json)
{
	const struct schema *t;
	struct listing l;
	struct buf text = { 0 };

	begin(&l, b, op,
	    "TableName:string,Schema:string,DatabaseName:string,"
	    "Folder:string,DocString:string");
	for (; *names != NULL; names++) {
		t = schema_of(b, database, *names, op->at);
		if (t == NULL)
			break;
		buf_reset(&text);
		if (json)
			json_schema(&text, *names, t);
		else
			csl_schema(&text, t);
		put_string(&l, *names);
		put_string(
		    &l, arena_strndup(b->arena, buf_str(&text), text.len));
		put_string(&l, database_name(b, database));
		put_rest(&l);
	}
	buf_fini(&text);
	return *names == NULL ? l.p : NULL;
}

static struct plan *
show_table(struct binder *b, const struct op *op, int json)
{
	const struct expr *x = op->args->next;
	const char **names;
	size_t n = 0;

	for (; x != NULL; x = x->next)
		n++;
	names = arena_zalloc(b->arena, (n + 1) * sizeof(*names));
	n = 0;
	for (x = op->args->next; x != NULL; x = x->next)
		names[n++] = x->text;
	return show_schemas(b, op, b->database, names, json);
}

static struct plan *
show_databases(struct binder *b, const struct op *op, int all)
{
	struct listing l;
	const char *name;

	begin(&l, b, op,
	    "DatabaseName:string,PersistentStorage:string,Version:string,"
	    "IsCurrent:bool,DatabaseAccessMode:string,PrettyName:string,"
	    "ReservedSlot1:bool,DatabaseId:guid,InTransitionTo:string");
	for (int i = 0; *(name = database_name(b, i)) != '\0'; i++) {
		if (!all && i != b->database)
			continue;
		put_string(&l, name);
		put_string(&l, "");
		put_string(&l, "");
		put(&l, tx_int(b, KT_BOOL, i == b->database, op->at));
		put_string(&l, "ReadOnly");
		put_rest(&l);
	}
	return l.p;
}

static struct plan *
show_functions(struct binder *b, const struct op *op)
{
	const struct stored_function *f = stored_of(b, b->database)->functions;
	struct listing l;

	begin(&l, b, op,
	    "Name:string,Parameters:string,Body:string,Folder:string,"
	    "DocString:string");
	for (; f != NULL; f = f->next) {
		const struct function *g = f->let.function;

		if (!is_asked(op, g->name))
			continue;
		put_string(&l, g->name);
		put_string(&l, g->signature);
		put_string(&l, g->text);
		put_string(&l, g->folder == NULL ? "" : g->folder);
		put_string(&l, g->docstring == NULL ? "" : g->docstring);
	}
	return l.p;
}

static void
put_columns(
    struct listing *l, int database, const char *table, const struct schema *s)
{
	for (size_t i = 0; i < s->n; i++) {
		put_string(l, database_name(l->b, database));
		put_string(l, table);
		put_string(l, s->columns[i]->name);
		put_string(l, kql_type_system(s->columns[i]->type));
		put_rest(l);
	}
}

static struct plan *
show_columns(struct binder *b, const struct op *op, int database)
{
	const char **names = table_names(b, database);
	const struct schema *t;
	struct listing l;

	begin(&l, b, op,
	    "DatabaseName:string,TableName:string,ColumnName:string,"
	    "ColumnType:string,IsDefaultTable:bool,IsDefaultColumn:bool,"
	    "PrettyName:string,Version:string,Folder:string,"
	    "DocString:string");
	put_string(&l, database_name(b, database));
	put_rest(&l);
	for (; *names != NULL; names++) {
		if ((t = schema_of(b, database, *names, op->at)) == NULL)
			return NULL;
		put_string(&l, database_name(b, database));
		put_string(&l, *names);
		put_rest(&l);
		put_columns(&l, database, *names, t);
	}
	return l.p;
}

/* The database that the command names, else the one that is asked. */
static int
database_of(struct binder *b, const struct op *op)
{
	const struct expr *x = op->args->next;
	int n;

	if (x == NULL)
		return b->database;
	n = store_database(b->store, NULL, x->text);
	return n >= 0 ? n
		      : fail_semantic(b->e, x->at,
			    "Database '%.80s' is not known here", x->text);
}

struct plan *
bind_command(struct binder *b, const struct op *op)
{
	const char *what = op->args->text;
	int database = b->database;

	if (strcmp(what, "tables") == 0)
		return show_tables(b, op);
	if (strcmp(what, "table schema") == 0)
		return show_table(b, op, 1);
	if (strcmp(what, "cslschema") == 0)
		return show_table(b, op, 0);
	if (strcmp(what, "functions") == 0)
		return show_functions(b, op);
	if (strncmp(what, "database ", 9) == 0 &&
	    (database = database_of(b, op)) == -1)
		return NULL;
	if (strcmp(what, "database schema") == 0)
		return show_columns(b, op, database);
	if (strcmp(what, "database cslschema") == 0)
		return show_schemas(
		    b, op, database, table_names(b, database), 0);
	if (strncmp(what, "database", 8) == 0)
		return show_databases(b, op, what[8] == 's');
	if (b->lenient)
		return unknown_table(b, op->at);
	fail_unsupported(
	    b->e, op->at, "command '.show %.80s'", op->args->next->text);
	return NULL;
}
