/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "backoff.h"
#include "batch.h"
#include "buf.h"
#include "check.h"
#include "expo_read.h"
#include "series.h"
#include "utf8.h"

static struct arena a;
static struct err e;

/* A line as {labels} value [time], as it was understood; or the error. */
static const char *
understood(const char *line)
{
	static struct buf b;
	struct sample_label *v;
	size_t n = strlen(line), len, count;
	double value;
	int64_t ms;
	int timed;

	buf_reset(&b);
	if (!expo_is_sample(line, n))
		return "nothing";
	if ((len = expo_series_len(line, n, &e)) == 0 ||
	    (count = expo_read_series(&a, line, len, &v, &e)) == 0 ||
	    (timed = expo_read_point(line + len, n - len, &value, &ms, &e)) ==
		-1)
		return e.msg;
	for (size_t i = 0; i < count; i++)
		buf_printf(&b, "%s=%s;", v[i].name, v[i].value);
	buf_printf(&b, " %.17g", value);
	if (timed)
		buf_printf(&b, " %lld", (long long)ms);
	return buf_str(&b);
}

static void
valid_lines(void)
{
	static const char *const cases[][2] = {
		{ "", "nothing" },
		{ "  ", "nothing" },
		{ "# HELP x y", "nothing" },
		{ "x 1", "__name__=x; 1" },
		{ "\tx  1 \t5 ", "__name__=x; 1 5" },
		{ "a:b_9 -2.5e-3 -7",
		    "__name__=a:b_9; -0.0025000000000000001 "
		    "-7" },
		{ "x{} 1", "__name__=x; 1" },
		{ "x {a=\"1\", b = \"2\",} 3", "__name__=x;a=1;b=2; 3" },
		{ "x{a=\"}\\\"\\\\\\n{\"}4", "__name__=x;a=}\"\\\n{; 4" },
		{ "x{a=\"#\",b=\"\"} +Inf", "__name__=x;a=#;b=; inf" },
		{ "{\"my.name\",\"k.1\"=\"v\",l=\"w\"} 1",
		    "__name__=my.name;k.1=v;l=w; 1" },
		{ "{ \"n\" } 1", "__name__=n; 1" },
		{ "x{a=\"\xc3\xa9\"} 1", "__name__=x;a=\xc3\xa9; 1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_STR(understood(cases[i][0]), cases[i][1]);
	CHECK(strstr(understood("x NaN"), "nan") != NULL);
}

static void
invalid_lines(void)
{
	static const char *const cases[][2] = {
		{ "9x 1", "no metric name at \"9x 1\"" },
		{ "x", "no number at \"\"" },
		{ "x 1\r", "no number at \"1\r\"" },
		{ "x 0x1p3", "no number at \"0x1p3\"" },
		{ "x 1_0", "no number at \"1_0\"" },
		{ "x 1 1.5", "no timestamp in milliseconds at \"1.5\"" },
		{ "x 1 2 3", "text behind the timestamp at \" 3\"" },
		{ "x{a=\"1\" 1", "labels without end at \"{a=\"1\" 1\"" },
		{ "x{a=\"1} 1", "labels without end at \"{a=\"1} 1\"" },
		{ "x{a} 1", "label without value at \"a}\"" },
		{ "x{a=1} 1", "no quoted label value at \"a=1}\"" },
		{ "x{9=\"1\"} 1", "no label name at \"9=\"1\"}\"" },
		{ "x{a:b=\"1\"} 1", "label without value at \"a:b=\"1\"}\"" },
		{ "x{a=\"1\"b=\"2\"} 1",
		    "neither comma nor brace at \"b=\"2\"}\"" },
		{ "x{,} 1", "no label name at \",}\"" },
		{ "x{a=\"1\",,} 1", "no label name at \",}\"" },
		{ "x{\"y\"} 1", "label without value at \"\"y\"}\"" },
		{ "{} 1", "no metric name" },
		{ "{\"\"} 1", "label without value at \"\"\"}\"" },
		{ "{a=\"1\"} 1", "no metric name at \"a=\"1\"}\"" },
		{ "x{__name__=\"y\"} 1",
		    "bad label name at \"__name__=\"y\"}\"" },
		{ "x{a=\"\\t\"} 1", "unknown escape at \"\\t\"\"" },
		{ "x{a=\"\xff\"} 1", "invalid UTF-8 at \"\"\xff\"\"" },
		{ "x{a=\"\xed\xa0\x80\"} 1",
		    "invalid UTF-8 at \"\"\xed\xa0\x80\"\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_STR(understood(cases[i][0]), cases[i][1]);
}

/* The series at the start of a line, as labels; or the error. */
static const char *
found(struct series_set *set, const char *line)
{
	static struct buf b;
	struct series *s;
	size_t len;

	buf_reset(&b);
	if ((s = series_find(set, line, strlen(line), &len, &e)) == NULL)
		return e.msg;
	for (size_t i = 0; i < s->nlabels; i++)
		buf_printf(&b, "%s=%s;", s->labels[i].name, s->labels[i].value);
	buf_printf(&b, "%s", line + len);
	return buf_str(&b);
}

static void
series(void)
{
	static const struct sample_label extra[] = { { "b", "x" },
		{ "Z", "9" } };
	struct series_rules plain = { 0 }, utf8 = { .utf8 = 1 },
			    more = { 0, extra, 2 };
	struct series_set *set = series_new(&plain);

	CHECK_STR(
	    found(set, "n{b=\"1\",a=\"\",A=\"2\"} 1"), "A=2;__name__=n;b=1; 1");
	CHECK_STR(found(set, "n 1"), "__name__=n; 1");
	CHECK_STR(found(set, "n 2"), "__name__=n; 2");
	CHECK_STR(found(set, "n {a=\"1\"} 2"), "__name__=n;a=1; 2");
	CHECK_STR(found(set, "nn 2"), "__name__=nn; 2");
	CHECK_STR(found(set, "n 2"), "__name__=n; 2");
	CHECK_STR(found(set, "{\"1.\xc3\xa9:\",\"a.b:\"=\"c.d\"} 2"),
	    "__name__=___:;a_b_=c.d; 2");
	CHECK_STR(found(set, "n{a=\"1\",a=\"2\"} 2"), "label a comes twice");
	CHECK_STR(found(set, "n{a=\"1\",a=\"\"} 2"), "label a comes twice");
	CHECK_STR(
	    found(set, "n{\"a.\"=\"1\",a_=\"2\"} 2"), "label a_ comes twice");
	series_drop(set);
	set = series_new(&utf8);
	CHECK_STR(
	    found(set, "{\"1.\",\"a.b\"=\"c\"} 2"), "__name__=1.;a.b=c; 2");
	series_drop(set);
	set = series_new(&more);
	CHECK_STR(found(set, "n{b=\"1\"} 2"), "Z=9;__name__=n;b=1; 2");
	series_drop(set);
}

/* Many series come and go through one set; each finds itself again. */
static void
many_series(void)
{
	struct series_rules plain = { 0 };
	struct series_set *set = series_new(&plain);
	struct series *first[2000];
	char line[64];
	size_t len, n;
	int bad = 0;

	for (int i = 0; i < 4000; i++) {
		struct series *s;

		n = (size_t)snprintf(
		    line, sizeof(line), "n{i=\"%d\"} 1", i % 2000);
		s = series_find(set, line, n, &len, &e);
		if (i < 2000)
			first[i] = s;
		bad += s != first[i % 2000] || len != n - 2;
	}
	CHECK_INT(bad, 0);
	CHECK(series_size(set) > 2000 * 40);
	series_drop(set);
}

static void
put(struct batch *b, struct series_set *set, const char *name, int64_t ms,
    double value)
{
	struct sample s = { .value = value, .ms = ms };
	size_t len;

	s.series = series_find(set, name, strlen(name), &len, &e);
	batch_add(b, set, &s);
}

static void
batches(void)
{
	struct series_rules plain = { 0 };
	struct series_set *set = series_new(&plain);
	static const struct {
		char name;
		int ms, value;
	} want[] = { { 'b', 1, 4 }, { 'b', 2, 8 }, { 'b', 3, 3 }, { 'a', 5, 6 },
		{ 'a', 9, 7 } };
	struct batch b;

	batch_init(&b, 8, 1 << 20);
	for (int round = 0; round < 2; round++) {
		put(&b, set, "b 1", 2, 1);
		put(&b, set, "a 1", 5, 2);
		put(&b, set, "b 1", 3, 3);
		put(&b, set, "b 1", 1, 4);
		put(&b, set, "b 1", 2, 5);
		put(&b, set, "a 1", 5, 6);
		put(&b, set, "a 1", 9, 7);
		CHECK_INT(b.nseries, 2);
		put(&b, set, "b 1", 2, 8);
		batch_seal(&b);
		CHECK_INT(b.n, 5);
		CHECK_INT(b.doubles, 3);
		for (size_t i = 0; i < b.n && i < 5; i++)
			CHECK(*b.v[i].series->labels[0].value == want[i].name &&
			    b.v[i].ms == want[i].ms &&
			    b.v[i].value == want[i].value);
		batch_reset(&b);
	}
	b.max_bytes = 100;
	for (int i = 0; i < 8 && b.bytes < 100; i++)
		put(&b, set, "a 1", i, 0);
	CHECK_INT(b.n, 5);
	batch_fini(&b);
	series_drop(set);
}

static const char *
cleaned(const char *s)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s", s);
	utf8_clean(text);
	return text;
}

static void
texts(void)
{
	CHECK_STR(cleaned("a b\n \n"), "a b");
	CHECK_STR(cleaned("a\nb\x01"
			  "c"),
	    "a b c");
	CHECK_STR(cleaned("\xc3\xa9\xc3"), "\xc3\xa9?");
	CHECK_STR(cleaned("\xff\xfe"), "??");
	CHECK_STR(cleaned(""), "");
}

static void
waits(void)
{
	int64_t last = 0;

	for (int64_t n = 1; n < 40; n++)
		for (uint64_t seed = 0; seed < 20; seed++) {
			int64_t base = n > 6 ? 5000 : 100 << (n - 1), w;

			base = base < 5000 ? base : 5000;
			w = backoff_ms(100, 5000, n, seed);
			if (w < base || w > base + base / 10 ||
			    w < last * 9 / 10)
				CHECK_INT(w, base);
			last = w;
		}
	CHECK(backoff_ms(100, 5000, 7, 1) != backoff_ms(100, 5000, 7, 2));
	CHECK_INT(backoff_ms(1000, 1000, 1, 5), backoff_ms(1000, 1000, 9, 5));
	CHECK(backoff_ms(1, INT64_C(1) << 62, 1000, 0) > 0);
}

int
main(void)
{
	valid_lines();
	invalid_lines();
	series();
	many_series();
	batches();
	texts();
	waits();
	arena_fini(&a);
	return check_end("exposition");
}
