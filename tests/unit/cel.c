/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "buf.h"
#include "cel/run.h"
#include "cel/time.h"
#include "check.h"
#include "file.h"
#include "labels.h"
#include "num.h"

/*
 * The cases of tests/cel, or of the files named, one a line:
 *
 *	EXPRESSION ==> VALUE		as CEL writes it
 *	EXPRESSION !!> STAGE WORDS	parse, check, eval or bool, and words
 *					of the message, or LINE:COLUMN
 *	labels K=V,...			those of the lines behind it
 *
 * "\n" and "\\" in an expression are a line's end and a backslash; lines that
 * start with "#" are comments.
 */
#define FILE_MAX (4 << 20)
#define GOOD     " ==> "
#define BAD      " !!> "

static struct arena memory;
static struct cel_vars vars;

static void put(struct buf *, const struct cel_value *);

static void
put_quoted(struct buf *b, const char *s, size_t n, int bytes)
{
	buf_putc(b, '"');
	for (; n > 0; n--, s++)
		if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else if (*s == '\n')
			buf_puts(b, "\\n");
		else if (iscntrl((unsigned char)*s) || (bytes && *s < 0))
			buf_printf(b, "\\x%02x", (unsigned char)*s);
		else
			buf_putc(b, *s);
	buf_putc(b, '"');
}

static void
put_double(struct buf *b, double d)
{
	char text[NUM_MAX];

	num_double(text, d);
	buf_puts(b, text);
	if (isfinite(d) && strpbrk(text, ".e") == NULL)
		buf_puts(b, ".0");
}

static void
put_elements(struct buf *b, const struct cel_value *v)
{
	size_t n = v->kind == CK_LIST ? v->list->n : v->map->n;

	buf_putc(b, v->kind == CK_LIST ? '[' : '{');
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		if (v->kind == CK_MAP) {
			put(b, &v->map->keys[i]);
			buf_puts(b, ": ");
		}
		put(b,
		    v->kind == CK_LIST ? &v->list->v[i] : &v->map->values[i]);
	}
	buf_putc(b, v->kind == CK_LIST ? ']' : '}');
}

static void
put_time(struct buf *b, const struct cel_value *v)
{
	char text[CEL_TIME_MAX];

	if (v->kind == CK_TIMESTAMP)
		cel_put_timestamp(text, v);
	else
		cel_put_duration(text, v->i);
	buf_printf(b, "%s(\"%s\")",
	    v->kind == CK_TIMESTAMP ? "timestamp" : "duration", text);
}

/* A value as CEL writes it. */
static void
put(struct buf *b, const struct cel_value *v)
{
	switch (v->kind) {
	case CK_NULL:
		buf_puts(b, "null");
		break;
	case CK_BOOL:
		buf_puts(b, v->b ? "true" : "false");
		break;
	case CK_INT:
		buf_printf(b, "%" PRId64, v->i);
		break;
	case CK_UINT:
		buf_printf(b, "%" PRIu64 "u", v->u);
		break;
	case CK_DOUBLE:
		put_double(b, v->d);
		break;
	case CK_BYTES:
		buf_putc(b, 'b'); /* fall through */
	case CK_STRING:
		put_quoted(b, v->s.s, v->s.n, v->kind == CK_BYTES);
		break;
	case CK_TIMESTAMP:
	case CK_DURATION:
		put_time(b, v);
		break;
	case CK_LIST:
	case CK_MAP:
		put_elements(b, v);
		break;
	default:
		buf_puts(b, cel_kind_name(v->type));
	}
}

/* \n and \\ of a line are what they stand for. */
static void
unescape(struct buf *out, const char *s, size_t n)
{
	for (; n > 0; n--, s++)
		if (*s == '\\' && n > 1 && (s[1] == 'n' || s[1] == '\\')) {
			buf_putc(out, s[1] == 'n' ? '\n' : '\\');
			s++;
			n--;
		} else {
			buf_putc(out, *s);
		}
}

static const char *const stages[] = { "parse", "check", "eval", "bool" };

/* "STAGE LINE:COLUMN: message" of an expression, or its value. */
static int
evaluate(const struct buf *text, struct buf *got)
{
	struct arena a = { 0 };
	struct cel_error e;
	struct cel_value v;
	int holds, bad;

	bad = cel_evaluate(&a, buf_str(text), text->len, &vars, &v, &e) == -1;
	if (!bad)
		put(got, &v);
	/* Through the front door it is the same, but for what is no bool. */
	if (cel_holds(buf_str(text), text->len, &vars, &holds, &e) == -1)
		bad += e.stage != CEL_NOT_BOOL ? 0 : 2;
	else
		CHECK_INT(holds, v.b);
	if (bad == 1)
		buf_printf(got, "%s %d:%d: %s", stages[e.stage], e.at.line,
		    e.at.column, e.message);
	arena_fini(&a);
	return bad;
}

/* Each word of want, up to a blank, stands in what was got. */
static int
has_words(const char *got, const char *want)
{
	char *copy = strdup(want), *rest = copy, *word;
	int all = 1;

	while ((word = strsep(&rest, " ")) != NULL)
		all = all && strstr(got, word) != NULL;
	free(copy);
	return all;
}

static void
run_case(const char *file, int line, const char *text, const char *sign)
{
	struct buf expr = { 0 }, got = { 0 };
	const char *want = sign + strlen(GOOD);
	int good = strncmp(sign, GOOD, strlen(GOOD)) == 0, bad, ok;

	unescape(&expr, text, (size_t)(sign - text));
	bad = evaluate(&expr, &got);
	if (strcmp(want, "bool") == 0 && !good)
		ok = bad == 2;
	else
		ok = good ? bad != 1 && strcmp(buf_str(&got), want) == 0
			  : bad == 1 && has_words(buf_str(&got), want);
	if (ok)
		check_passed++;
	else
		check_failed++;
	if (!ok)
		fprintf(stderr, "%s:%d: %.*s\n    got  %s\n    want %s\n", file,
		    line, (int)(sign - text), text, buf_str(&got), want);
	buf_fini(&expr);
	buf_fini(&got);
}

/* An empty key cannot be written as a label, but there may be one. */
static void
set_labels(const char *text)
{
	struct labels l = { 0 };
	struct cel_var *v;
	struct err e;

	CHECK_INT(labels_parse(&memory, text, &l, &e), 0);
	v = arena_alloc(&memory, (l.n + 1) * sizeof(*v));
	for (size_t i = 0; i < l.n; i++)
		v[i] = (struct cel_var){ l.v[i].key, l.v[i].value };
	v[l.n] = (struct cel_var){ "", "nothing" };
	vars = (struct cel_vars){ v, l.n + 1 };
}

static void
run_line(const char *file, int number, const char *line)
{
	const char *good = strstr(line, GOOD), *bad = strstr(line, BAD);

	if (*line == '#' || *line == '\0')
		return;
	if (good != NULL || bad != NULL)
		run_case(file, number, line, good != NULL ? good : bad);
	else if (strncmp(line, "labels", 6) == 0)
		set_labels(line + 6);
	else
		check_claim(0, "a case", file, number);
}

static void
run_file(const char *path)
{
	struct buf text = { 0 };
	struct err e;
	char *rest, *line;

	set_labels("");
	CHECK_INT(file_read(path, FILE_MAX, &text, &e), 0);
	rest = text.data;
	for (int n = 1; (line = strsep(&rest, "\n")) != NULL; n++)
		run_line(path, n, line);
	buf_fini(&text);
}

/* What n times a text, between two others, comes to. */
static void
repeat(struct buf *got, const char *before, const char *text, size_t n,
    const char *behind)
{
	struct buf expr = { 0 };

	buf_puts(&expr, before);
	while (n-- > 0)
		buf_puts(&expr, text);
	buf_puts(&expr, behind);
	evaluate(&expr, got);
	buf_fini(&expr);
}

static void
check_big(const char *before, const char *text, size_t n, const char *behind,
    const char *want)
{
	struct buf got = { 0 };

	repeat(&got, before, text, n, behind);
	CHECK_STR(buf_str(&got), want);
	buf_fini(&got);
}

static void
check_limit(const char *before, const char *text, size_t n, const char *behind,
    const char *words)
{
	struct buf got = { 0 };

	repeat(&got, before, text, n, behind);
	if (strstr(buf_str(&got), words) == NULL)
		CHECK_STR(buf_str(&got), words);
	else
		check_passed++;
	buf_fini(&got);
}

/* What is too deep, too long or too much is refused, and nothing less is. */
static void
test_limits(void)
{
	check_big("size([", "1,", 30000, "])", "30000");
	check_big("false", " || false", 10000, " || true", "true");
	check_big("1", " + 1", 200, "", "201");
	check_limit("1", " + 1", 300, "", "nested deeper than 250");
	check_limit("", "(", 100000, "", "nested deeper than 250");
	check_limit("", "[", 5000, "", "nested deeper than 250");
	check_limit("", "!", 5000, "true", "nested deeper than 250");
	check_limit("", "-", 5000, "x", "nested deeper than 250");
	check_limit("a", ".a", 5000, "", "nested deeper than 250");
	check_limit("[]", "[0]", 5000, "", "nested deeper than 250");
	check_limit("", "true ? 1 : ", 5000, "1", "nested deeper than 250");
	check_limit("", " ", 100001, "1", "more than 100000 characters");
	check_limit("[", "1,", 2000,
	    "].all(x, labels.all(y, true) && [1,1,1,1,1,1,1,1,1,1,1,1,1,1].all("
	    "z, [1,1,1,1,1,1,1,1,1,1,1,1].all(q, q == z)))",
	    "more than 1000000 steps");
	check_limit("[1]", ".map(x, [x, x])", 30, ".size() > 0", "");
	check_limit("['x']", ".map(x, x + x)", 60, "", "1000000 steps");
	check_limit("['a'].map(p, '", "a", 30000,
	    "'.matches('(a|aa)+$|(a*)*b')) == [false]", "");
	check_limit("\xff", "", 0, "", "no UTF-8");
}

int
main(int argc, char *argv[])
{
	glob_t g;

	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc == 1 && glob("tests/cel/*.test", 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			run_file(g.gl_pathv[i]);
		globfree(&g);
	}
	if (argc == 1)
		test_limits();
	arena_fini(&memory);
	return check_end("cel");
}
