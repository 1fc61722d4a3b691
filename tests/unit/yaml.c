/* SPDX-License-Identifier: MIT */
#include "yaml.h"
#include "check.h"

static struct arena arena;

/* All documents of text as JSON, a line each, or the message. */
static const char *
read_all(const char *text, size_t n)
{
	struct yaml *y = yaml_open("t", text, n);
	struct buf b = { 0 };
	struct json *doc;
	const char *out;
	struct err e;
	int status;

	while ((status = yaml_next(y, &arena, &doc, &e)) == 1) {
		json_write(&b, doc);
		buf_putc(&b, '\n');
	}
	if (status == -1)
		buf_puts(&b, e.msg);
	CHECK_INT(yaml_next(y, &arena, &doc, &e), 0);
	out = arena_strdup(&arena, buf_str(&b));
	buf_fini(&b);
	yaml_close(y);
	return out;
}

static const char *
yaml(const char *text)
{
	return read_all(text, strlen(text));
}

static void
test_scalars(void)
{
	CHECK_STR(yaml("[~, null, Null, '', \"\", x: ]"),
	    "[null,null,null,\"\",\"\",{\"x\":null}]\n");
	CHECK_STR(yaml("[true, False, TRUE, yes, on, n, tRue]"),
	    "[true,false,true,\"yes\",\"on\",\"n\",\"tRue\"]\n");
	CHECK_STR(yaml("[1, -1, +12, 007, 0x1F, 0o17, 9223372036854775808]"),
	    "[1,-1,12,7,31,15,9223372036854775808]\n");
	CHECK_STR(yaml("[1.5, .5, -.5, 1., 1.e3, 1e-7, 000.10, -0]"),
	    "[1.5,0.5,-0.5,1,1e3,1e-7,0.10,-0]\n");
	CHECK_STR(yaml("[1m, 1h30m, ., -, +, 1e, 0x, 0o8, .inf, .NaN, 1_0]"),
	    "[\"1m\",\"1h30m\",\".\",\"-\",\"+\",\"1e\",\"0x\",\"0o8\","
	    "\".inf\",\".NaN\",\"1_0\"]\n");
	CHECK_STR(yaml("[0x10000000000000000, 2025-06-25, 1:30]"),
	    "[\"0x10000000000000000\",\"2025-06-25\",\"1:30\"]\n");
	CHECK_STR(yaml("['1', \"true\", !!str 1, ! 2, !!int '3']"),
	    "[\"1\",\"true\",\"1\",\"2\",3]\n");
	CHECK_STR(yaml("\"\\0a\\u00e9\""), "\"\\u0000a\xc3\xa9\"\n");
	CHECK_STR(yaml("a: |\n  x\n  y\nb: >-\n  x\n  y\n"),
	    "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}\n");
}

static void
test_documents(void)
{
	CHECK_STR(yaml(""), "");
	CHECK_STR(yaml("# nothing\n"), "");
	CHECK_STR(yaml("a: 1\n---\nb: 2\n...\n---\n"),
	    "{\"a\":1}\n{\"b\":2}\nnull\n");
	CHECK_STR(yaml("{\n\t\"a\":[1,\"\\/\",{\"b\":null}]\n}\n"),
	    "{\"a\":[1,\"/\",{\"b\":null}]}\n");
	CHECK_STR(yaml("{\"a\":\"\\ud83d\\ude00\"}"),
	    "{\"a\":\"\xf0\x9f\x98\x80\"}\n");
	CHECK_STR(yaml("1: a\ntrue: b\n"), "{\"1\":\"a\",\"true\":\"b\"}\n");
}

static void
test_aliases(void)
{
	CHECK_STR(yaml("a: &x [1, {b: 2}]\nc: *x\nd: *x\n"),
	    "{\"a\":[1,{\"b\":2}],\"c\":[1,{\"b\":2}],"
	    "\"d\":[1,{\"b\":2}]}\n");
	CHECK_STR(yaml("a: &x k\n*x : 1\n"), "{\"a\":\"k\",\"k\":1}\n");
	CHECK_STR(yaml("- &a {x: 1, y: 2}\n- {<<: *a, y: 3, z: 4}\n"),
	    "[{\"x\":1,\"y\":2},{\"y\":3,\"z\":4,\"x\":1}]\n");
	CHECK_STR(yaml("- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b]}\n"),
	    "[{\"x\":1},{\"x\":2,\"y\":2},{\"x\":1,\"y\":2}]\n");
	CHECK_STR(
	    yaml("a: 1\n<<: 2\n"), "t:2: << wants a map or a list of maps");
	CHECK_STR(yaml("a: *x\n"), "t:1: no anchor before the alias x");
	CHECK_STR(yaml("a: &x [*x]\n"), "t:1: no anchor before the alias x");
	CHECK_STR(yaml("a: &x 1\n---\nb: *x\n"),
	    "{\"a\":1}\nt:3: no anchor before the alias x");
}

/* A few lines that stand for 9^9 values. */
static void
test_laughs(void)
{
	struct buf b = { 0 };

	buf_puts(&b, "- &l0 [lol]\n");
	for (int i = 1; i < 10; i++) {
		buf_printf(&b, "- &l%d [", i);
		for (int j = 0; j < 9; j++)
			buf_printf(&b, "*l%d,", i - 1);
		buf_puts(&b, "]\n");
	}
	CHECK_STR(
	    yaml(buf_str(&b)), "t:7: aliases make the document too large");
	buf_reset(&b);
	for (int i = 0; i < 500; i++)
		buf_putc(&b, '[');
	CHECK_STR(yaml(buf_str(&b)), "t:1: nested too deeply");
	buf_fini(&b);
}

static void
test_errors(void)
{
	CHECK_STR(yaml("a: 1\nb: 2\na: 3\n"), "t:3: key stands twice: a");
	CHECK_STR(yaml("{\"a\":1,\"a\":2}"), "t:1: key stands twice: a");
	CHECK_STR(yaml("a:\n  - b\n c: d\n"),
	    "t:3: did not find expected key while parsing a block mapping");
	CHECK_STR(yaml("a: [1, 2\n"),
	    "t:2: did not find expected ',' or ']' while parsing a flow "
	    "sequence");
	CHECK_STR(yaml("a: !Ref b\n"), "t:1: unknown or wrong tag !Ref");
	CHECK_STR(yaml("a: !!int b\n"),
	    "t:1: unknown or wrong tag tag:yaml.org,2002:int");
	CHECK_STR(yaml("a: !!set {b}\n"),
	    "t:1: unknown or wrong tag tag:yaml.org,2002:set");
	CHECK_STR(yaml("? [a]\n: b\n"), "t:1: a key must be text");
	CHECK_STR(yaml("\"a\\0b\": 1\n"), "t:1: a key holds a NUL byte");
	CHECK_STR(yaml("a: 1\nb: \xff\n"), "t:2: invalid leading UTF-8 octet");
	CHECK_STR(yaml("ok: 1\n---\nb: \x01\n"),
	    "{\"ok\":1}\nt:3: control characters are not allowed");
	CHECK(strncmp(read_all("\x7f"
			       "ELF\0\0\1",
			  7),
		  "t:1: ", 5) == 0);
}

/* Each document with its line, and what cannot be read, on one line. */
static const char *
parts(const char *text)
{
	struct yaml *y = yaml_open("t", text, strlen(text));
	struct buf b = { 0 };
	struct json *doc;
	const char *out;
	struct err e;
	int status;

	while ((status = yaml_next(y, &arena, &doc, &e)) != 0) {
		if (status == 1)
			buf_printf(&b, "%d:", doc->line);
		if (status == 1)
			json_write(&b, doc);
		else
			buf_printf(&b, "(%.40s)", e.msg);
		buf_putc(&b, ' ');
	}
	out = arena_strdup(&arena, buf_str(&b));
	buf_fini(&b);
	yaml_close(y);
	return out;
}

/* What is wrong with a document ends none of the others. */
static void
test_parts(void)
{
	CHECK_STR(parts(""), "");
	CHECK_STR(parts("# a\n\n"), "");
	CHECK_STR(parts("# a\n---\na: 1\n"), "3:{\"a\":1} ");
	CHECK_STR(parts("---\na: 1\n---\nb: 2"), "2:{\"a\":1} 4:{\"b\":2} ");
	CHECK_STR(parts("--- {a: 1}\n--- b\n---\tc\r\n---d\n"),
	    "1:{\"a\":1} 2:\"b\" 3:\"c ---d\" ");
	CHECK_STR(parts("a: 1\n...\n%YAML 1.1\n---\nb: 2\n...\nc: 3\n"),
	    "1:{\"a\":1} 5:{\"b\":2} 7:{\"c\":3} ");
	CHECK_STR(parts("a: |\n  ---\n   x\n---\n- \"x\n  ---\"\n"),
	    "1:{\"a\":\"---\\n x\\n\"} 5:[\"x ---\"] ");
	CHECK_STR(parts("a: 1\na: 2\nb: 3\n---\nc: 4\n"),
	    "(t:2: key stands twice: a) 5:{\"c\":4} ");
	CHECK_STR(parts("a: 'x\n---\nb: [1\n--- \nc: 3\n---\nd: \xff\n---\ne"),
	    "(t:2: found unexpected end of stream whil) "
	    "(t:4: did not find expected ',' or ']' wh) 5:{\"c\":3} "
	    "(t:7: invalid leading UTF-8 octet) 9:\"e\" ");
	CHECK_STR(parts("{\"a\": \"\\ud83d\\ude00\"}\n---\n"
			"{\"b\": \"\\ud83d\\ude00\"}\n"),
	    "0:{\"a\":\"\360\237\230\200\"} "
	    "0:{\"b\":\"\360\237\230\200\"} ");
}

static void
test_lines(void)
{
	const char *text = "a: 1\nb:\n  - x\n  - c: |\n      y\n";
	struct yaml *y = yaml_open("t", text, strlen(text));
	const struct json *b;
	struct json *doc;
	struct err e;

	CHECK_INT(yaml_next(y, &arena, &doc, &e), 1);
	CHECK_INT(doc->line, 1);
	b = json_get(doc, "b");
	CHECK_INT(b->child->line, 3);
	CHECK_INT(json_get(b->child->next, "c")->line, 4);
	yaml_close(y);
}

int
main(void)
{
	test_scalars();
	test_documents();
	test_aliases();
	test_laughs();
	test_errors();
	test_parts();
	test_lines();
	arena_fini(&arena);
	return check_end("yaml");
}
