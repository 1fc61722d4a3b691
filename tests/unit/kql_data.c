/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "check.h"
#include "err.h"
#include "file.h"
#include "kql/result.h"
#include "kql/store.h"
#include "kql/value.h"
#include "when.h"

/*
 * Data files through the store to the frames of an answer, as the engine does
 * it with SQL of its own.
 */
static char dir[] = "/tmp/kqldata.XXXXXX";
static struct buf path;

static const char *
at(const char *name)
{
	buf_reset(&path);
	buf_printf(&path, "%s/%s", dir, name);
	return path.data;
}

static void
put(const char *name, const char *text)
{
	struct err e;

	CHECK_INT(file_write(at(name), text, strlen(text), 0600, &e), 0);
}

static int
collect(void *ctx, const char *s, size_t n)
{
	buf_add(ctx, s, n);
	return 0;
}

static struct kql_store *
store_of(const char *scheme)
{
	struct err e;
	struct kql_store *s = store_new(&e);
	struct buf endpoint = { 0 };

	buf_printf(&endpoint, "%s:%s", scheme, dir);
	CHECK_INT(store_add(s, NULL, "D", endpoint.data, &e), 0);
	buf_fini(&endpoint);
	return s;
}

/* The types of a table, or the error, as text. */
static const char *
types(struct kql_store *s, const char *table)
{
	static struct buf b;
	const struct kql_table *t;
	struct err e;
	int r = store_table(s, 0, table, &t, &e);

	buf_reset(&b);
	if (r <= 0)
		buf_puts(&b, r == 0 ? "none" : e.msg + strlen(dir) + 1);
	for (size_t i = 0; r == 1 && i < t->ncolumns; i++)
		buf_printf(&b, "%s%s:%s", i > 0 ? "," : "", t->columns[i].name,
		    kql_type_name(t->columns[i].type));
	return buf_str(&b);
}

/* The rows of a table as frames have them, or the error. */
static const char *
rows(struct kql_store *s, const char *table)
{
	static struct buf b;
	struct buf sql = { 0 }, out = { 0 };
	struct kql_error ke;
	const struct kql_table *t;
	struct err e;
	char *from, *to;

	buf_reset(&b);
	if (store_table(s, 0, table, &t, &e) != 1 ||
	    store_load(s, t, &e) == -1) {
		buf_puts(&b, e.msg + strlen(dir) + 1);
		return b.data;
	}
	buf_puts(&sql, "SELECT ");
	for (size_t i = 0; i < t->ncolumns; i++)
		buf_printf(&sql, "%s%s", i > 0 ? "," : "", t->columns[i].sql);
	buf_printf(&sql, " FROM %s", t->sql);
	struct kql_select sel = { "PrimaryResult", sql.data, t->columns,
		t->ncolumns, NULL };

	if (result_write(s, &sel, 1, 0, collect, &out, &ke) == -1) {
		buf_puts(&b, ke.message);
	} else if ((from = strstr(out.data, "DataAppend")) != NULL) {
		from = strstr(from, "\"Rows\":") + 7;
		to = strchr(from, '\n');
		buf_add(&b, from, (size_t)(to - from) - 1);
	}
	buf_fini(&sql);
	buf_fini(&out);
	return buf_str(&b);
}

static void
test_types(void)
{
	struct kql_store *s;

	put("A.csv",
	    "l,r,b,t,d,g,j,s,e,z\n"
	    "1,1.5,true,2025-06-25T10:00:00Z,1.02:00:00,"
	    "0F8FAD5B-D9CB-469F-A165-70867728950E,\"{\"\"a\"\": 1}\",x,,007\n"
	    "-2,NaN,FALSE,2025-06-25 10:00,00:00:01.5,,[],"
	    "\"a,\n\"\"b\"\"\",,1\n"
	    ",3,,,,,,,,\n");
	put("B.jsonl",
	    "{\"a\":1,\"s\":\"7\",\"t\":\"2025-01-01T00:00:00Z\"}\n"
	    "{\"a\":2.5,\"m\":true,\"d\":{\"k\":[1,2]}}\n"
	    "\n"
	    "{\"a\":null,\"m\":1,\"s\":\"\"}");
	put("C.json",
	    " [ {\"a\": 9007199254740993,\n\"b\":\"NaN\"},\n"
	    "{\"b\":1}\n]\n");
	put("E.tsv", "a\tb\r\n1,5\t\"x\ty\"\r\n");
	s = store_of("file");
	CHECK_STR(types(s, "A"),
	    "l:long,r:real,b:bool,t:datetime,d:timespan,g:guid,j:dynamic,"
	    "s:string,e:string,z:string");
	CHECK_STR(rows(s, "A"),
	    "[[1,1.5,true,\"2025-06-25T10:00:00Z\",\"1.02:00:00\","
	    "\"0f8fad5b-d9cb-469f-a165-70867728950e\",{\"a\":1},\"x\",\"\","
	    "\"007\"],[-2,\"NaN\",false,\"2025-06-25T10:00:00Z\","
	    "\"00:00:01.5000000\",null,[],\"a,\\n\\\"b\\\"\",\"\",\"1\"],"
	    "[null,3,null,null,null,null,null,\"\",\"\",\"\"]]");
	CHECK_STR(
	    types(s, "B"), "a:real,s:string,t:datetime,m:dynamic,d:dynamic");
	CHECK_STR(rows(s, "B"),
	    "[[1,\"7\",\"2025-01-01T00:00:00Z\",null,null],"
	    "[2.5,\"\",null,true,{\"k\":[1,2]}],[null,\"\",null,1,null]]");
	CHECK_STR(types(s, "C"), "a:long,b:real");
	CHECK_STR(rows(s, "C"), "[[9007199254740993,\"NaN\"],[null,1]]");
	CHECK_STR(rows(s, "E"), "[[\"1,5\",\"x\\ty\"]]");
	CHECK_STR(types(s, "Nope"), "none");
	store_free(s);
}

static void
test_schema(void)
{
	struct kql_store *s;

	put("S.csv", "b,a\n1,2\n");
	put("S.schema", "(a:string,\n ['b']: double, c:int)\n");
	put("T.csv", "a,b\n1,2\n");
	put("T.schema", "a:long");
	put("U.csv", "a\nx\n");
	put("U.schema", "a:datetime");
	put("V.csv", "a\n1\n");
	put("V.schema", "a:number");
	s = store_of("file");
	CHECK_STR(types(s, "S"), "a:string,b:real,c:int");
	CHECK_STR(rows(s, "S"), "[[\"2\",1,null]]");
	CHECK_STR(rows(s, "T"), "T.csv:1: column b is not in the schema");
	CHECK_STR(rows(s, "U"), "U.csv:2: column a: \"x\" is no datetime");
	CHECK_STR(types(s, "V"), "V.schema:1: no type \"number\"");
	store_free(s);
}

static void
test_bad(void)
{
	struct kql_store *s;

	put("F.csv", "a,b\n1,2\n\"x\ny\",2\n1,2,3\n");
	put("G.csv", "a,a\n");
	put("H.csv", "a\n\"b\n");
	put("I.csv", "a\n\"b\"c\n");
	put("J.csv", "a\n\377\n");
	put("K.jsonl", "{\"a\":1}\n{\"a\":\n");
	put("L.json", "[{\"a\":1}\n{\"a\":2}]");
	put("M.json", "[{\"a\":1},\n{\"a\":2}");
	put("N.csv", "");
	put("O.csv", "a\n");
	put("O.tsv", "a\n");
	s = store_of("file");
	CHECK_STR(types(s, "F"), "F.csv:5: 3 fields, the header 2");
	CHECK_STR(types(s, "G"), "G.csv:1: two columns are named a");
	CHECK_STR(types(s, "H"), "H.csv:2: quote not closed");
	CHECK_STR(
	    types(s, "I"), "I.csv:2: text behind a closing quote in field 1");
	CHECK_STR(types(s, "J"), "J.csv:2: not UTF-8 text");
	CHECK(strncmp(types(s, "K"), "K.jsonl:2: ", 11) == 0);
	CHECK_STR(types(s, "L"), "L.json:2: no comma between objects");
	CHECK_STR(types(s, "M"), "M.json:2: the array is not closed");
	CHECK_STR(types(s, "N"), "N.csv: no line with column names");
	CHECK(strstr(types(s, "O"), "are both table O of database D") != NULL);
	store_free(s);
}

/* Children share what one of them loads, until the file changes. */
static void
test_fork(void)
{
	struct kql_store *s;
	struct err e;
	int status;
	pid_t pid;

	put("P.csv", "a\n1\n");
	s = store_of("file");
	CHECK_INT(store_prepare(s, &e), 0);
	for (int i = 0; i < 2; i++) {
		if ((pid = fork()) == 0)
			_exit(strcmp(rows(s, "P"), "[[1]]"));
		waitpid(pid, &status, 0);
		CHECK_INT(status, 0);
	}
	CHECK_STR(rows(s, "P"), "[[1]]");
	put("P.csv", "a,b\n1,x\n2,y\n");
	CHECK_STR(types(s, "P"), "a:long,b:string");
	CHECK_STR(rows(s, "P"), "[[1,\"x\"],[2,\"y\"]]");
	CHECK_INT(store_prepare(s, &e), 0);
	if ((pid = fork()) == 0)
		_exit(strcmp(rows(s, "P"), "[[1,\"x\"],[2,\"y\"]]"));
	waitpid(pid, &status, 0);
	CHECK_INT(status, 0);
	unlink(at("P.csv"));
	CHECK_STR(types(s, "P"), "none");
	store_free(s);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_types();
	test_schema();
	test_bad();
	test_fork();
	return check_end("kql_data");
}
