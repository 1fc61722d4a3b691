/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "check.h"
#include "kql/kql.h"
#include "kql/parse/lex.h"
#include "kql/parse/parse.h"

/*
 * The language: what is read and what is refused, with its place; the SQL that
 * comes of it.  What queries answer is in tests/kql/.
 */
static char dir[] = "/tmp/kqllang.XXXXXX";
static struct kql *engine;

static void
lexer(void)
{
	struct arena a = { 0 };
	struct kql_error e;
	struct token *t;

	CHECK_INT(
	    lex(&a, "a 1.5h \"x\\n\"@'y''z' // c\n!in~ 0x1f", 0, &t, &e), 7);
	CHECK_INT(t[0].kind, T_NAME);
	CHECK_INT(t[1].type, KT_TIMESPAN);
	CHECK_INT(t[1].n, 54000000000);
	CHECK_STR(t[2].text, "x\n");
	CHECK_STR(t[3].text, "y'z");
	CHECK_STR(t[4].text, "!in~");
	CHECK_INT(t[4].at.line, 2);
	CHECK_INT(t[4].at.column, 1);
	CHECK_INT(t[5].n, 31);
	CHECK_INT(t[6].kind, T_END);

	CHECK_INT(lex(&a, "1..5 2.5 3. é x", 0, &t, &e), 8);
	CHECK_STR(t[1].text, "..");
	CHECK(t[3].real == 2.5);
	CHECK_INT(t[6].at.column, 15);

	CHECK_INT(
	    lex(&a, "datetime(2015-12-31) int(null) bool(TRUE)", 5, &t, &e), 4);
	CHECK_INT(t[0].n, when_days(2015, 12, 31) * WHEN_DAY);
	CHECK_INT(t[1].null, 1);
	CHECK_INT(t[2].n, 1);
	arena_fini(&a);
}

static void
tree(void)
{
	struct arena a = { 0 };
	struct kql_error e;
	struct statement *s = parse(&a,
	    "let n = 1; T | where a + b * c has 'x' or d and e | take n", 0,
	    &e);
	const struct expr *x;

	CHECK(s != NULL);
	CHECK_INT(s->kind, S_LET);
	CHECK_STR(s->name, "n");
	s = s->next;
	CHECK_INT(s->kind, S_QUERY);
	CHECK_INT(s->query->ops->kind, OP_SOURCE);
	CHECK_INT(s->query->ops->next->kind, OP_WHERE);
	x = s->query->ops->next->args;
	CHECK_STR(x->text, "or");
	CHECK_STR(x->args->text, "+");
	CHECK_STR(x->args->args->next->text, "*");
	CHECK_STR(x->args->args->next->args->next->text, "has");
	CHECK_STR(x->args->next->text, "and");
	CHECK_INT(s->query->ops->next->next->kind, OP_TAKE);
	arena_fini(&a);
}

static int
discard(void *ctx, const char *s, size_t n)
{
	(void)ctx;
	(void)s;
	(void)n;
	return 0;
}

/* The message that a query is refused with, "" when it is not. */
static const char *
refusal(const char *query)
{
	static struct kql_error e;
	struct kql_request q = { .database = "D", .text = query };

	memset(&e, 0, sizeof(e));
	if (kql_run(engine, &q, discard, NULL, &e) == -1)
		CHECK(e.permanent);
	return e.message;
}

static void
refused(const char *query, const char *with)
{
	const char *message = refusal(query);

	if (strstr(message, with) == NULL)
		CHECK_STR(message, with);
	else
		CHECK(1);
}

#define T "datatable(Name:string, When:datetime, v:real, d:dynamic)[]"

static void
refusals(void)
{
	CHECK_STR(refusal(T " | where v > 1"), "");
	refused("", "SYN0002: the query ends where a query was expected");
	refused("print 'a",
	    "SYN0002: a string is not closed on its line "
	    "[line:position=1:7]");
	refused("print\n  §", "[line:position=2:3]");
	refused(T " |\nwhere Nam == ''",
	    "named 'Nam' (did you mean 'Name'?) [line:position=2:7]");
	refused(T " | wher v > 1", "operator 'wher' (did you mean 'where'?)");
	refused(T " | reduce by Name", "KQL0001: operator 'reduce'");
	refused("Tabel", "Failed to resolve table expression named 'Tabel'");
	refused("print tostrng(1)", "(did you mean 'tostring'?)");
	refused("print strlen()", "strlen() does not take 0 arguments");
	refused("print abs('x')", "abs() cannot take (string)");
	refused("print 'a' + 'b'", "strcat() joins strings");
	refused("print 1 == 'a'", "'==' cannot compare long with string");
	refused("print count()", "count() is an aggregate");
	refused(T " | summarize sum(avg(v))", "inside of another aggregate");
	refused(T " | summarize v + count()", "outside of an aggregate");
	refused(T " | summarize count() by d", "'dynamic' is not allowed");
	refused(T " | project v, v", "two columns are named 'v'");
	refused("print 9223372036854775808", "out of range");
	refused("datatable(a:long)['x']", "in column 'a' of type long");
	refused("declare query_parameters(T:(x:long)); T",
	    "a query's parameter is no table");
	refused("declare pattern P = (a:string)[b:string]; P('c').d",
	    "statement 'declare pattern'");
	refused("set x=1", "there is nothing to run");
	refused("print a=1 | where a = 2", "to compare write ==");
	refused("print a=1 | extend first=2", "write ['first']");
}

/* The hints for what the documents have wrong. */
static void
hints(void)
{
	refused(T " | summarize v = avg(v), timestamp = bin(When, 1m) by Name",
	    "move timestamp = bin(…) behind by");
	refused("cluster('x').TelemetryDB.T", "write .database('TelemetryDB')");
	refused("database('Other').T", "Database 'Other'");
}

/* Text that grows or nests without end is refused, and quickly. */
static void
hostile(void)
{
	struct buf b = { 0 };

	buf_puts(&b, "print ");
	for (int i = 0; i < 100000; i++)
		buf_putc(&b, '(');
	refused(buf_str(&b), "nested deeper");
	buf_reset(&b);
	buf_puts(&b, "print 0");
	for (int i = 0; i < 100000; i++)
		buf_puts(&b, "-1");
	refused(buf_str(&b), "deeper than");
	buf_reset(&b);
	buf_puts(&b, "let x0 = tostring(now());");
	for (int i = 1; i < 40; i++)
		buf_printf(&b, "let x%d = strcat(x%d, x%d);", i, i - 1, i - 1);
	buf_puts(&b, "print strlen(x39)");
	refused(buf_str(&b), "too large");
	buf_reset(&b);
	buf_puts(&b, "print '");
	for (int i = 0; i < 1000000; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "'");
	refused(buf_str(&b), "too large");
	buf_reset(&b);
	buf_puts(&b, "print a=1");
	for (int i = 0; i < 5000; i++)
		buf_puts(&b, " | where true");
	refused(buf_str(&b), "more than 500 operators");
	buf_fini(&b);
}

/* What a query that is not run is refused with, "" when it is not. */
static const char *
doubt(const char *query)
{
	static struct kql_error e;
	struct kql_request q = { .text = query };

	memset(&e, 0, sizeof(e));
	kql_check(engine, &q, &e);
	return e.message;
}

/* Tables of elsewhere have any columns, of any type; the rest is checked. */
static void
unknown_tables(void)
{
	CHECK_STR(doubt("T | where a > 1 and b has 'x' | extend c = a - ago(1d)"
			" | summarize max(c), sum(a) by b, bin(t, 1h)"
			" | sort by max_c | where b in (U)"),
	    "");
	CHECK_STR(doubt("let S = toscalar(T | count); union T, (U | where a)"
			" | project-away b, c* | project-rename d = e"
			" | where f == S and a between (x .. y)"),
	    "");
	CHECK_STR(doubt("T | invoke f(1) | where x.y[z].w =~ 'a'"), "");
	CHECK_STR(doubt("cluster('c').database('d').T | distinct -a, b"), "");
	CHECK_STR(doubt("f(T, 2) | where a in ({x}) and t > _startTime"), "");
	CHECK_STR(doubt("T | where t > ago({x}) | take {n}"), "");
	CHECK_STR(doubt("let x = 1"), "");
	CHECK(strstr(doubt("T | project a | where b"), "named 'b'") != NULL);
	CHECK(strstr(doubt("T | summarize count() by a | where b == 1"),
		  "named 'b'") != NULL);
	CHECK(strstr(doubt("T | where strlen(a, b) > 1"),
		  "strlen() does not take 2") != NULL);
	CHECK(strstr(doubt("T | where nosuch(a)"), "'nosuch'") != NULL);
	CHECK(strstr(doubt("T | extend v = strlen(a) | where v"),
		  "needs a bool") != NULL);
	CHECK(strstr(doubt("print nosuch"), "'nosuch'") != NULL);
	refused("T | where a in ({x})", "'T'");
	refused("print {x}", "named '{x}'");
	refused("where a == 1", "a query starts with a table");
}

static void
explained(const char *query, const char *with)
{
	struct kql_request q = { .database = "D", .text = query };
	struct kql_error e = { 0 };
	struct buf sql = { 0 };

	CHECK_INT(kql_explain(engine, &q, &sql, &e), 0);
	if (strstr(buf_str(&sql), with) == NULL)
		CHECK_STR(buf_str(&sql), with);
	else
		CHECK(1);
	buf_fini(&sql);
}

/* Long and deep is no matter up to a point: SQLite's own limits are lower. */
static void
generous(void)
{
	struct buf b = { 0 };

	buf_puts(&b, "print x=1 | where x==0");
	for (int i = 0; i < 3000; i++)
		buf_printf(&b, " or x==%d", i);
	CHECK_STR(refusal(buf_str(&b)), "");
	buf_reset(&b);
	buf_puts(&b, "print x=1 | extend x");
	for (int i = 0; i < 150; i++)
		buf_puts(&b, "+x*2-1");
	buf_puts(&b, " | summarize sum(x");
	for (int i = 0; i < 90; i++)
		buf_puts(&b, "-x%3");
	buf_puts(&b, ")");
	CHECK_STR(refusal(buf_str(&b)), "");
	buf_reset(&b);
	buf_puts(&b, "print x=1");
	for (int i = 0; i < 60; i++)
		buf_puts(&b, " | extend x = x + x * 2");
	CHECK_STR(refusal(buf_str(&b)), "");
	buf_reset(&b);
	buf_puts(&b, "print ");
	for (int i = 0; i < 40; i++)
		buf_puts(&b, "iff(1==2,1,");
	buf_puts(&b, "2");
	for (int i = 0; i < 40; i++)
		buf_puts(&b, ")");
	CHECK_STR(refusal(buf_str(&b)), "");
	buf_fini(&b);
}

/* Comparisons with constants stay plain, so that indexes serve. */
static void
plain_sql(void)
{
	explained(T " | where When >= datetime(2020-01-01)",
	    "WHERE \"When\" >= 637134336000000000 /* 2020-01-01T00:00:00Z */");
	explained(T " | where When between (datetime(2020-01-01) .. 1d)",
	    "WHERE \"When\" BETWEEN 637134336000000000 /* "
	    "2020-01-01T00:00:00Z */ AND 637135200000000000");
	explained(T " | where Name == \"it's\" and v < 2.5",
	    "WHERE \"Name\" = 'it''s'\n    AND \"v\" < 2.5");
	explained(
	    T " | where Name in ('a', 'b')", "WHERE \"Name\" IN ('a', 'b')");
	explained("print X=1, x=2 | where x == 2", "WHERE \"x$2\" = 2");
}

int
main(void)
{
	struct buf endpoint = { 0 };
	struct err e;

	CHECK(mkdtemp(dir) != NULL);
	engine = kql_new();
	buf_printf(&endpoint, "file:%s", dir);
	CHECK_INT(kql_add(engine, NULL, "D", buf_str(&endpoint), &e), 0);
	buf_fini(&endpoint);
	lexer();
	tree();
	refusals();
	hints();
	hostile();
	generous();
	plain_sql();
	unknown_tables();
	kql_free(engine);
	rmdir(dir);
	return check_end("kql_lang");
}
