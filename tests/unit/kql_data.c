/* SPDX-License-Identifier: MIT */
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "buf.h"
#include "check.h"
#include "err.h"
#include "file.h"
#include "kql/data/store.h"
#include "kql/result.h"
#include "kql/value.h"
#include "status.h"
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
	put("W.csv", "\357\273\277\"a\"\n1");
	put("X.jsonl", "\357\273\277{\"a\":1}\n");
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
	CHECK_STR(types(s, "W"), "a:long");
	CHECK_STR(rows(s, "X"), "[[1]]");
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

static void
note(void *ctx, const char *what)
{
	buf_printf(ctx, "%s\n", what + strlen(dir) + 1);
}

/* The same kinds of rows left out, and told. */
static void
test_skipped(void)
{
	struct kql_store *s;
	struct buf said = { 0 };

	put("F.csv",
	    "a,b\n1,x\n2\n3,\"y\n4,z\n5,\"w\"q\n6,\377\n7,\"u\nv\"\n"
	    "8,\"never\n9,end\n");
	put("K.jsonl", "{\"a\":1}\nno\n{\"a\":}\n{\"a\":2}\n[1]\n{\"a\":3");
	put("L.json", "[{\"a\":1},{\"a\":},\n{\"\":2},{\"a\":3}]");
	put("U.csv", "a\n2025-01-01\nx\n");
	s = store_of("file");
	store_skip_bad_rows(s, note, &said);
	CHECK_STR(types(s, "F"), "a:long,b:string");
	CHECK_STR(buf_str(&said), "");
	CHECK_STR(
	    rows(s, "F"), "[[1,\"x\"],[4,\"z\"],[7,\"u\\nv\"],[9,\"end\"]]");
	CHECK_STR(buf_str(&said),
	    "F.csv:3: 1 fields, the header 2\n"
	    "F.csv:4: text behind a closing quote in field 2\n"
	    "F.csv:6: text behind a closing quote in field 2\n"
	    "F.csv:7: not UTF-8 text\nF.csv:10: quote not closed\n");
	CHECK_STR(rows(s, "K"), "[[1],[2]]");
	CHECK_STR(rows(s, "L"), "[[1],[3]]");
	CHECK_STR(rows(s, "U"), "[[\"2025-01-01T00:00:00Z\"]]");
	CHECK(strstr(said.data, "K.jsonl:5: no JSON object\n") != NULL);
	CHECK(strstr(said.data, "L.json:2: a member has no name\n") != NULL);
	CHECK(strstr(said.data, "U.csv:3: column a: \"x\" is no d") != NULL);
	CHECK_STR(types(s, "G"), "G.csv:1: two columns are named a");
	CHECK_STR(types(s, "M"), "M.json:2: the array is not closed");
	buf_reset(&said);
	put("F.csv",
	    "a,b\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n"
	    "1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n2,3\n");
	store_begin(s);
	CHECK_STR(rows(s, "F"), "[[2,3]]");
	CHECK(strstr(said.data, "F.csv:21: ") != NULL);
	CHECK(strstr(said.data, "F.csv:22: ") == NULL);
	CHECK(strstr(said.data, "F.csv: 23 bad rows in all\n") != NULL);
	buf_fini(&said);
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
	CHECK_STR(types(s, "P"), "a:long"); /* as this query saw it */
	store_begin(s);
	CHECK_STR(types(s, "P"), "a:long,b:string");
	CHECK_STR(rows(s, "P"), "[[1,\"x\"],[2,\"y\"]]");
	CHECK_INT(store_prepare(s, &e), 0);
	if ((pid = fork()) == 0)
		_exit(strcmp(rows(s, "P"), "[[1,\"x\"],[2,\"y\"]]"));
	waitpid(pid, &status, 0);
	CHECK_INT(status, 0);
	unlink(at("P.csv"));
	store_begin(s);
	CHECK_STR(types(s, "P"), "none");
	store_free(s);
}

/* A child that is killed while it loads leaves nothing half done. */
static void
test_killed(void)
{
	static const struct kql_column column = { "n", "n", KT_LONG };
	static const struct kql_select sel = { "PrimaryResult",
		"SELECT count(*) FROM \"D.Q\"", &column, 1, NULL };
	struct buf big = { 0 }, out = { 0 };
	struct kql_error ke;
	struct kql_store *s;
	struct err e;
	pid_t pid;

	buf_puts(&big, "a\n");
	for (int i = 0; i < 200000; i++)
		buf_puts(&big, "1\n");
	put("Q.csv", big.data);
	s = store_of("file");
	CHECK_INT(store_prepare(s, &e), 0);
	if ((pid = fork()) == 0) {
		ualarm(20000, 0); /* in the middle of the work */
		signal(SIGALRM, SIG_DFL);
		rows(s, "Q");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	rows(s, "Q");
	CHECK_INT(result_write(s, &sel, 1, 0, collect, &out, &ke), 0);
	CHECK(strstr(out.data, "\"Rows\":[[200000]]") != NULL);
	buf_fini(&out);
	store_free(s);
	buf_fini(&big);
}

/* More tables than SQLite attaches: the rest is copied. */
static void
test_many(void)
{
	char name[24];
	struct kql_store *s;

	for (int i = 0; i < 14; i++) {
		snprintf(name, sizeof(name), "R%d.csv", i);
		put(name, "a\n5\n");
	}
	s = store_of("file");
	for (int i = 0; i < 14; i++) {
		snprintf(name, sizeof(name), "R%d", i);
		CHECK_STR(rows(s, name), "[[5]]");
	}
	CHECK_STR(rows(s, "R0"), "[[5]]");
	store_free(s);
}

/* The database twice: with a cluster, and without. */
static struct kql_store *
foreign_store(void)
{
	struct err e;
	struct kql_store *s = store_new(&e);
	struct buf endpoint = { 0 };

	buf_printf(&endpoint, "sqlite:%s", at("db"));
	CHECK_INT(store_add(s, NULL, "D", endpoint.data, &e), 0);
	CHECK_INT(store_add(s, "C", "D", endpoint.data, &e), 0);
	buf_fini(&endpoint);
	return s;
}

static void
make_foreign(const char *sql)
{
	sqlite3 *db;
	char *msg = NULL;

	unlink(at("db"));
	CHECK_INT(sqlite3_open(at("db"), &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &msg);
	CHECK_STR(msg != NULL ? msg : "", "");
	sqlite3_close(db);
}

static void
test_foreign(void)
{
	struct kql_store *s;
	struct err e;

	make_foreign(
	    "CREATE TABLE t(i INTEGER, r REAL, s VARCHAR(9), b BOOLEAN,"
	    " d DATETIME, sp TIME, g UUID, j JSON, n NUMERIC, x BLOB);"
	    "INSERT INTO t VALUES(1, 2, 'a', 1, '2025-06-25 10:00', "
	    "'01:00:00', '74BE27DE1E4E49D9B579FE0B331D3642', "
	    "'{\"a\": 1}', 3, x'0aff');"
	    "INSERT INTO t(d) VALUES(0);"
	    "INSERT INTO t(d) VALUES(2440587.5);"
	    "CREATE VIEW v AS SELECT i + 1 AS j, s || 'b' AS k FROM t;"
	    "CREATE TABLE units(a UNIX_MS, b TIMESTAMP_MICROS, "
	    "c DATETIME_TICKS, d TIMESPAN_TICKS, e TIME_MS);"
	    "INSERT INTO units VALUES(1750845600123, 1750845600000001, "
	    "638864424000000001, -1, 1500), (NULL, NULL, 0, 0, 0.5);"
	    "CREATE TABLE far(d TIMESTAMP_MS);"
	    "INSERT INTO far VALUES(9000000000000000000);"
	    "CREATE TABLE bad(d DATETIME);"
	    "INSERT INTO bad VALUES('soon');");
	s = store_new(&e);
	CHECK_INT(store_add(s, "C", "D", at("db"), &e), -1);
	CHECK_INT(store_add(s, NULL, "D", "file:/nowhere", &e), -1);
	CHECK_INT(e.code, ST_CONFIG);
	CHECK_INT(store_add(s, NULL, "D", "sqlite:/nowhere", &e), -1);
	store_free(s);
	s = foreign_store();
	CHECK_STR(types(s, "t"),
	    "i:long,r:real,s:string,b:bool,d:datetime,sp:timespan,g:guid,"
	    "j:dynamic,n:real,x:string");
	CHECK_STR(rows(s, "t"),
	    "[[1,2,\"a\",true,\"2025-06-25T10:00:00Z\",\"01:00:00\","
	    "\"74be27de-1e4e-49d9-b579-fe0b331d3642\",{\"a\":1},3,\"0aff\"],"
	    "[null,null,\"\",null,\"1970-01-01T00:00:00Z\",null,null,null,"
	    "null,\"\"],[null,null,\"\",null,\"1970-01-01T00:00:00Z\",null,"
	    "null,null,null,\"\"]]");
	CHECK_STR(types(s, "v"), "j:long,k:string");
	CHECK_STR(rows(s, "v"), "[[2,\"ab\"],[null,\"\"],[null,\"\"]]");
	CHECK_STR(rows(s, "units"),
	    "[[\"2025-06-25T10:00:00.123Z\",\"2025-06-25T10:00:00.000001Z\","
	    "\"2025-06-25T10:00:00.0000001Z\",\"-00:00:00.0000001\","
	    "\"00:00:01.5000000\"],[null,null,\"0001-01-01T00:00:00Z\","
	    "\"00:00:00\",\"00:00:00.0005000\"]]");
	CHECK_STR(rows(s, "far"), "\"9000000000000000000\" is no datetime");
	CHECK_STR(rows(s, "bad"), "\"soon\" is no datetime");
	CHECK_STR(types(s, "T"), "none");
	CHECK_INT(store_database(s, NULL, "d"), 0);
	CHECK_INT(store_database(s, "C", "d"), 1);
	CHECK_INT(store_database(s, "X", "d"), -1);
	store_free(s);
}

/* What goes wrong while an answer is written. */
static void
test_answers(void)
{
	static const struct kql_column column = { "x", "x", KT_LONG };
	struct kql_select sel = { "PrimaryResult", NULL, &column, 1, "pie" };
	struct buf out = { 0 };
	struct kql_error ke;
	struct err e;
	struct kql_store *s = store_new(&e);

	sel.sql = "VALUES (1), (2), (3)";
	CHECK_INT(result_write(s, &sel, 1, 2, collect, &out, &ke), -1);
	CHECK_STR(ke.code, "LimitsExceeded");
	CHECK_INT(ke.permanent, 0);
	CHECK(strstr(out.data, "\"HasErrors\":true") != NULL);
	buf_reset(&out);
	CHECK_INT(result_write(s, &sel, 1, 3, collect, &out, &ke), 0);
	CHECK(strstr(out.data, "{\\\"Visualization\\\":\\\"pie\\\"}") != NULL);
	CHECK(strstr(out.data, "\"RowCount\":3}") != NULL);
	sel.sql = "SELECT 'text'";
	CHECK_INT(result_write(s, &sel, 1, 0, collect, &out, &ke), -1);
	CHECK_STR(ke.message, "column x holds a value that is no long");
	CHECK_INT(result_check(s, "SELECT nothing", &ke), -1);
	CHECK_INT(ke.permanent, 1);
	CHECK_INT(result_check(s, "SELECT 1", &ke), 0);
	store_free(s);
	buf_fini(&out);
}

/* Text to times and back, as literals and files write them. */
static void
test_values(void)
{
	static const char *const good[][2] = {
		{ "2014", "2014-01-01T00:00:00Z" },
		{ "2014-11", "2014-11-01T00:00:00Z" },
		{ " 2014-11-08 ", "2014-11-08T00:00:00Z" },
		{ "2014-11-08T15", "2014-11-08T15:00:00Z" },
		{ "2014-11-08 15:55:55.1234567Z",
		    "2014-11-08T15:55:55.1234567Z" },
		{ "2014-11-08T15:55+05:30", "2014-11-08T10:25:00Z" },
		{ "11/8/2014 3:05 PM", "2014-11-08T15:05:00Z" },
		{ "Saturday, 08-Nov-14 15:05:02 GMT", "2014-11-08T15:05:02Z" },
		{ "8 Nov 2014", "2014-11-08T00:00:00Z" },
	};
	static const char *const bad[] = { "", "x", "2014-13-01", "2014-02-30",
		"2014-11-08T24:00", "2014-11-08T10:", "2014-11-08T10:00 PDT",
		"0000-01-01", "2014-11-08T10:00:00.", "08-Nov-14 x" };
	static const char *const bad_spans[] = { "", "d", "1 x", "1.5",
		"99999999999d", "1:2:3:4", "1..5h" };
	char text[WHEN_TEXT];
	ticks t;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		CHECK_INT(
		    value_datetime(good[i][0], strlen(good[i][0]), &t), 0);
		when_format(text, t);
		CHECK_STR(text, good[i][1]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_INT(value_datetime(bad[i], strlen(bad[i]), &t), -1);
	for (size_t i = 0; i < sizeof(bad_spans) / sizeof(*bad_spans); i++)
		CHECK_INT(
		    value_timespan(bad_spans[i], strlen(bad_spans[i]), &t), -1);
	CHECK_INT(value_timespan("-1.5 hours", 10, &t), 0);
	CHECK_INT(t, -90 * 60 * WHEN_SEC);
	CHECK_INT(value_timespan("7", 1, &t), 0);
	CHECK_INT(t, 7 * WHEN_DAY);
	CHECK_INT(value_timespan("250nanoseconds", 14, &t), 0);
	CHECK_INT(t, 2);
}

static int
remove_one(const char *file, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(file);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	test_types();
	test_schema();
	test_bad();
	test_skipped();
	test_fork();
	test_killed();
	test_many();
	test_foreign();
	test_answers();
	test_values();
	CHECK_INT(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	return check_end("kql_data");
}
