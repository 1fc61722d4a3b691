/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "scan.h"
#include "status.h"
#include "table.h"

/* The Kusto name of a .NET type, for v1 answers without ColumnType. */
static const char *
dotnet_type(const char *name)
{
	static const char *const types[][2] = { { "String", "string" },
		{ "DateTime", "datetime" }, { "Int32", "int" },
		{ "Int64", "long" }, { "Double", "real" }, { "SByte", "bool" },
		{ "Boolean", "bool" }, { "Guid", "guid" },
		{ "TimeSpan", "timespan" }, { "SqlDecimal", "decimal" },
		{ "Object", "dynamic" } };

	/* Old services write the whole name. */
	if (strncmp(name, "System.", 7) == 0)
		name += 7;
	if (strncmp(name, "Data.SqlTypes.", 14) == 0)
		name += 14;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(name, types[i][0]) == 0)
			return types[i][1];
	return "string";
}

static const char *
type_of(const struct json *column)
{
	const char *t = json_get_str(column, "ColumnType", "");

	if (*t != '\0')
		return t;
	return dotnet_type(json_get_str(column, "DataType", "String"));
}

static enum cell_kind
kind_of(const char *type)
{
	if (strcmp(type, "bool") == 0)
		return CELL_BOOL;
	if (strcmp(type, "dynamic") == 0)
		return CELL_DYNAMIC;
	return CELL_PLAIN;
}

/* All of a member but its value, made once and copied into each row. */
static void
make_key(struct table *t, struct column *c, const char *name)
{
	struct buf b = { 0 };
	struct buf at = { 0 };

	if (*name == '@')
		buf_putc(&at, '@');
	buf_puts(&at, name);
	buf_putc(&b, t->n == 0 ? '{' : ',');
	json_write_str(&b, at.data, at.len);
	buf_putc(&b, ':');
	c->key = arena_strndup(&t->a, b.data, b.len);
	c->key_len = b.len;
	buf_fini(&b);
	buf_fini(&at);
}

int
table_columns(struct table *t, const struct json *columns, struct err *e)
{
	size_t n = json_count(columns);

	arena_reset(&t->a);
	t->columns = arena_zalloc(&t->a, (n + 1) * sizeof(*t->columns));
	t->n = 0;
	t->known = 1;
	if (columns->type != JSON_ARRAY)
		return err_set(e, ST_DATA, "Columns is no array");
	for (const struct json *j = columns->child; j != NULL; j = j->next) {
		const char *name = json_get_str(j, "ColumnName", NULL);

		if (name == NULL)
			return err_set(e, ST_DATA, "a column has no name");
		make_key(t, &t->columns[t->n], name);
		t->columns[t->n].kind = kind_of(type_of(j));
		t->n++;
	}
	return 0;
}

struct json *
table_describe(struct arena *a, const struct json *columns)
{
	struct json *list = json_new(a, JSON_ARRAY);

	for (const struct json *j = columns->child; j != NULL; j = j->next) {
		struct json *c = json_new(a, JSON_OBJECT);
		const char *name = json_get_str(j, "ColumnName", "");

		json_set(a, c, "name", json_new_str(a, name));
		json_set(a, c, "type", json_new_str(a, type_of(j)));
		json_push(list, c);
	}
	return list;
}

void
table_reset(struct table *t)
{
	arena_reset(&t->a);
	*t = (struct table){ .a = t->a, .b = t->b };
}

void
table_fini(struct table *t)
{
	arena_fini(&t->a);
}

void
table_row_begin(struct table *t)
{
	t->at = 0;
	t->row_from = t->b->len;
}

void
table_row_undo(struct table *t)
{
	t->b->len = t->row_from;
}

int
table_row_end(struct table *t, struct err *e)
{
	if (t->at != t->n)
		return err_set(e, ST_DATA, "row %lld has %zu cells, not %zu",
		    (long long)t->rows + 1, t->at, t->n);
	buf_add(t->b, t->n == 0 ? "{}\n" : "}\n", t->n == 0 ? 3 : 2);
	t->rows++;
	return 0;
}

/* The key of the next cell; NULL when there are no more columns. */
static const struct column *
next_column(struct table *t, struct err *e)
{
	const struct column *c = &t->columns[t->at];

	if (t->at == t->n) {
		err_set(e, ST_DATA, "row %lld has more than %zu cells",
		    (long long)t->rows + 1, t->n);
		return NULL;
	}
	t->at++;
	return c;
}

static void
put(struct table *t, const struct column *c, const char *s, size_t n)
{
	char *to = buf_reserve(t->b, c->key_len + n);

	memcpy(to, c->key, c->key_len);
	memcpy(to + c->key_len, s, n);
	t->b->len += c->key_len + n;
}

int
table_raw(struct table *t, const char *s, size_t n, struct err *e)
{
	const struct column *c = next_column(t, e);

	if (c == NULL)
		return -1;
	put(t, c, s, n);
	return 0;
}

int
table_number(struct table *t, const char *s, size_t n, struct err *e)
{
	const struct column *c = next_column(t, e);

	if (c == NULL)
		return -1;
	if (c->kind != CELL_BOOL || n != 1)
		put(t, c, s, n);
	else if (*s == '0')
		put(t, c, "false", 5);
	else
		put(t, c, "true", 4);
	return 0;
}

/* A dynamic that came as the text of an object or array; -1: it is text. */
static int
put_dynamic(struct table *t, const struct column *c, const char *s, size_t n)
{
	struct arena a = { 0 };
	struct json *j;
	struct err e;

	/* A lone number or word in quotes would lose that it was text. */
	if (n == 0 || (*s != '{' && *s != '['))
		return -1;
	if ((j = json_parse(&a, s, n, &e)) != NULL) {
		put(t, c, "", 0);
		json_write(t->b, j);
	}
	arena_fini(&a);
	return j != NULL ? 0 : -1;
}

int
table_text(struct table *t, const char *s, size_t n, struct err *e)
{
	const struct column *c = next_column(t, e);
	char *to;

	if (c == NULL)
		return -1;
	if (c->kind == CELL_DYNAMIC && put_dynamic(t, c, s, n) == 0)
		return 0;
	/* Most text has nothing to escape. */
	to = buf_reserve(t->b, c->key_len + n + 2);
	memcpy(to, c->key, c->key_len);
	t->b->len += c->key_len;
	if (scan_plain(s, s + n, 0) < s + n) {
		json_write_str(t->b, s, n);
		return 0;
	}
	to += c->key_len;
	*to = '"';
	memcpy(to + 1, s, n);
	to[n + 1] = '"';
	t->b->len += n + 2;
	return 0;
}
