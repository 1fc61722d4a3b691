/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "jsonw.h"
#include "kql/data/store.h"
#include "kusto_mgmt.h"

/* A command on its way: its words, and the rows of its answer. */
struct mgmt {
	struct arena a;
	char *const *databases;
	const char *database;
	const char *words[8];
	size_t n;
	const struct kusto_form *f;
	struct buf rows;
};

static void
refuse(struct mgmt *m, const char *code, const char *fmt, const char *what)
{
	struct kql_error e = { .permanent = 1 };

	snprintf(e.code, sizeof(e.code), "%s", code);
	snprintf(e.message, sizeof(e.message), "%s%s", fmt, what);
	kusto_answer_error(m->f, 400, &e);
}

/* Append a row of strings. */
static void
row(struct mgmt *m, const char *const *cells, size_t n)
{
	struct jsonw w = { .b = &m->rows };

	if (m->rows.len > 0)
		buf_putc(&m->rows, ',');
	jsonw_array(&w, NULL);
	for (size_t i = 0; i < n; i++)
		jsonw_str(&w, NULL, cells[i]);
	jsonw_end_array(&w);
}

/* Answer with columns that are all strings, and the rows so far. */
static void
answer(struct mgmt *m, const char *const *columns, size_t n)
{
	struct buf b = { 0 };
	struct jsonw w = { .b = &b };

	jsonw_array(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		jsonw_object(&w, NULL);
		jsonw_str(&w, "ColumnName", columns[i]);
		jsonw_str(&w, "ColumnType", "string");
		jsonw_end_object(&w);
	}
	jsonw_end_array(&w);
	kusto_answer_table(m->f, b.data, &m->rows);
	buf_fini(&b);
}

static const char *
name_of(struct mgmt *m, const char *database)
{
	return arena_strndup(&m->a, database, strcspn(database, "="));
}

static void
show_version(struct mgmt *m)
{
	static const char *const columns[] = { "BuildVersion", "BuildTime",
		"ServiceType", "ProductVersion", "ServiceOffering" };
	const char *cells[] = { "1.0." VERSION, "2026-01-01T00:00:00Z",
		"Engine", "KustoMain_" VERSION,
		"{\"Type\":\"Azure Data Explorer\"}" };

	row(m, cells, 5);
	answer(m, columns, 5);
}

static void
show_databases(struct mgmt *m)
{
	static const char *const columns[] = { "DatabaseName",
		"PersistentStorage", "Version", "IsCurrent",
		"DatabaseAccessMode", "PrettyName" };

	for (char *const *d = m->databases; *d != NULL; d++) {
		const char *name = name_of(m, *d);
		const char *cells[] = { name, "", "v1.0",
			strcasecmp(name, m->database) == 0 ? "True" : "False",
			"ReadOnly", "" };

		row(m, cells, 6);
	}
	answer(m, columns, 6);
}

static void
show_cluster(struct mgmt *m)
{
	static const char *const columns[] = { "NodeId", "Address", "Name" };
	const char *cells[] = { "KEngine000000", "127.0.0.1", "kqlpipe" };

	row(m, cells, 3);
	answer(m, columns, 3);
}

/* The data of the command's database; NULL after a refusal. */
static struct kql_store *
open_store(struct mgmt *m)
{
	struct err e;
	struct kql_store *s = store_new(&e);

	for (char *const *d = m->databases; s != NULL && *d != NULL; d++)
		if (store_add(
			s, NULL, name_of(m, *d), strchr(*d, '=') + 1, &e) == -1)
			break;
	if (s == NULL)
		refuse(m, "General_InternalServerError", e.msg, "");
	else if (store_database(s, NULL, m->database) == -1)
		refuse(m, "BadRequest_DatabaseNotExist",
		    "no such database: ", m->database);
	else
		return s;
	store_free(s);
	return NULL;
}

static void
show_tables(struct mgmt *m)
{
	static const char *const columns[] = { "TableName", "DatabaseName",
		"Folder", "DocString" };
	struct kql_store *s = open_store(m);
	const char *name;
	int db;

	if (s == NULL)
		return;
	db = store_database(s, NULL, m->database);
	for (size_t i = 0; (name = store_table_name(s, db, i)) != NULL; i++) {
		const char *cells[] = { name, m->database, "", "" };

		row(m, cells, 4);
	}
	answer(m, columns, 4);
	store_free(s);
}

static void
show_schema(struct mgmt *m)
{
	static const char *const columns[] = { "TableName", "Schema",
		"DatabaseName", "Folder", "DocString" };
	struct kql_store *s = open_store(m);
	const struct kql_table *t;
	struct buf b = { 0 };
	struct err e;

	if (s == NULL)
		return;
	if (store_table(s, store_database(s, NULL, m->database), m->words[2],
		&t, &e) != 1) {
		refuse(m, "BadRequest_TableNotExist",
		    "no such table: ", m->words[2]);
		store_free(s);
		return;
	}
	for (size_t i = 0; i < t->ncolumns; i++)
		buf_printf(&b, "%s%s:%s", i > 0 ? "," : "", t->columns[i].name,
		    kql_type_name(t->columns[i].type));
	const char *cells[] = { t->name, buf_str(&b), m->database, "", "" };

	row(m, cells, 5);
	answer(m, columns, 5);
	buf_fini(&b);
	store_free(s);
}

static void
split(struct mgmt *m, const char *csl)
{
	char *text = arena_strdup(&m->a, csl), *save, *word;

	for (word = strtok_r(text, " \t\r\n;", &save); word != NULL && m->n < 8;
	     word = strtok_r(NULL, " \t\r\n;", &save))
		m->words[m->n++] = word;
}

void
kusto_mgmt(char *const *databases, const char *database, const char *csl,
    const struct kusto_form *f)
{
	static const struct {
		const char *what;
		void (*run)(struct mgmt *);
	} shows[] = { { "version", show_version },
		{ "databases", show_databases }, { "cluster", show_cluster },
		{ "tables", show_tables }, { "table", show_schema } };
	struct mgmt m = {
		.databases = databases, .database = database, .f = f
	};

	split(&m, csl);
	for (size_t i = 0; i < sizeof(shows) / sizeof(*shows); i++) {
		if (m.n < 2 || strcmp(m.words[0], ".show") != 0 ||
		    strcmp(m.words[1], shows[i].what) != 0 ||
		    (shows[i].run == show_schema && m.n < 3))
			continue;
		shows[i].run(&m);
		goto out;
	}
	refuse(&m, "BadRequest_SyntaxError", "no such command here: ", csl);
out:
	buf_fini(&m.rows);
	arena_fini(&m.a);
}
