/* SPDX-License-Identifier: MIT */
#include "../../kqlrun/query_text.h"
#include "check.h"
#include "status.h"
#include "when.h"

#define LETS                                               \
	"let _startTime=datetime(2024-01-01T00:00:00Z);\n" \
	"let _endTime=datetime(2024-01-01T00:59:59.9999999Z);\n"

/* The text for a body over one hour, labels given as name, value, NULL. */
static void
text_is(const char *body, const char *const *labels, const char *want)
{
	struct placeholders p = { 0 };
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct err e;
	ticks t = when_days(2024, 1, 1) * WHEN_DAY;

	for (; *labels != NULL; labels += 2)
		CHECK(placeholder_add(&a, &p, labels[0], labels[1], &e) == 0);
	query_text_build(&b, body, t, t + 3600 * WHEN_SEC, &p);
	CHECK_STR(buf_str(&b), want);
	buf_fini(&b);
	arena_fini(&a);
}

#define LABELS(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void
test_labels(void)
{
	text_is("T | count", LABELS(), LETS "T | count");
	text_is("T\n| where Region == _region", LABELS("_region", "eastus"),
	    LETS "let _region=\"eastus\";\nT\n| where Region == _region");
	text_is("T", LABELS("region", "a", "environment", "b"),
	    LETS "let _environment=\"b\";\nlet _region=\"a\";\nT");
	text_is("T", LABELS("data-classification", "approved"),
	    LETS "let _data_classification=\"approved\";\nT");
	text_is("T", LABELS("path", "C:\\x \"y\""),
	    LETS "let _path=\"C:\\\\x \\\"y\\\"\";\nT");
	text_is("T", LABELS("v", "a\nb\tc\x01\xc3\xa9"),
	    LETS "let _v=\"a\\nb\\tc\\u0001\xc3\xa9\";\nT");
	text_is("T", LABELS("empty", ""), LETS "let _empty=\"\";\nT");
}

static void
test_clashes(void)
{
	struct placeholders p = { 0 };
	struct arena a = { 0 };
	struct err e;

	CHECK(placeholder_add(&a, &p, "startTime", "x", &e) == -1);
	CHECK_INT(e.code, ST_USAGE);
	CHECK(placeholder_add(&a, &p, "_endTime", "x", &e) == -1);
	CHECK(placeholder_add(&a, &p, "a-b", "x", &e) == 0);
	CHECK(placeholder_add(&a, &p, "a_b", "x", &e) == -1);
	CHECK_INT((long long)p.n, 1);
	arena_fini(&a);
}

static void
test_quoted(void)
{
	const char *const *l = LABELS("region", "east\"us");

	text_is("T | where R == \"_region\"", l,
	    LETS "let _region=\"east\\\"us\";\n"
		 "T | where R == \"east\\\"us\"");
	text_is("T | where R in ('_region', @'_region', h'_region')",
	    LABELS("region", "e"),
	    LETS "let _region=\"e\";\n"
		 "T | where R in (\"e\", \"e\", h\"e\")");
	text_is("print '_startTime', \"_endTime\"", LABELS(),
	    LETS "print \"2024-01-01T00:00:00Z\", "
		 "\"2024-01-01T00:59:59.9999999Z\"");
	text_is("print dynamic(['_region'])[0], _region", LABELS("region", "e"),
	    LETS "let _region=\"e\";\nprint dynamic([\"e\"])[0], _region");
}

/* What looks like a placeholder but is none stays as it was. */
static void
test_left_alone(void)
{
	static const char *const bodies[] = {
		"T // '_region'\n| count",
		"T | where a == 'x_region' or b == '_region '",
		"T | where a == 'it\\'s' and b == \"'_region'\"",
		"T | where a == @'c:\\' and b == @'x''_region'",
		"print ```'_region'```, ~~~\n'_region'\n~~~",
		"T | extend x = ['_region'], y = d['_region']",
		"T | where a == '_region\n",
		"T | where a == '_other' or b == '_' or c == ''",
	};
	char want[512];

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		snprintf(want, sizeof(want), "%slet _region=\"e\";\n%s", LETS,
		    bodies[i]);
		text_is(bodies[i], LABELS("region", "e"), want);
	}
}

static void
test_prolog(void)
{
	text_is(
	    "set notruncation;\nT", LABELS(), "set notruncation;\n" LETS "T");
	text_is("set a=1; set b='x;y' ;T", LABELS(),
	    "set a=1; set b='x;y' ;\n" LETS "T");
	text_is("// why; not\ndeclare query_parameters(n:long = 1);\n\nT",
	    LABELS(),
	    "// why; not\ndeclare query_parameters(n:long = 1);\n" LETS "\nT");
	text_is("let x = 5;\nset b;\nT | take x", LABELS(),
	    LETS "let x = 5;\nset b;\nT | take x");
	text_is("settings | count", LABELS(), LETS "settings | count");
	text_is("set x", LABELS(), LETS "set x");
	text_is("", LABELS(), LETS);
}

static int
body_line(const char *body, int line)
{
	struct placeholders none = { 0 };
	struct query_text t;
	struct buf b = { 0 };

	t = query_text_build(&b, body, WHEN_EPOCH, WHEN_EPOCH + 1, &none);
	buf_fini(&b);
	return query_text_line(&t, line);
}

static void
test_lines(void)
{
	CHECK_INT(body_line("T\n| x", 3), 1);
	CHECK_INT(body_line("T\n| x", 4), 2);
	CHECK_INT(body_line("T\n| x", 2), 0);
	CHECK_INT(body_line("set a;\nT\n| x", 1), 1);
	CHECK_INT(body_line("set a;\nT\n| x", 4), 2);
	CHECK_INT(body_line("set a; T\n| x", 4), 1);
	CHECK_INT(body_line("set a; T\n| x", 5), 2);
}

int
main(void)
{
	test_labels();
	test_clashes();
	test_quoted();
	test_left_alone();
	test_prolog();
	test_lines();
	return check_end("query_text");
}
