/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "buf.h"
#include "check.h"
#include "file.h"
#include "io.h"
#include "map.h"
#include "num.h"
#include "status.h"
#include "strs.h"
#include "utf8.h"
#include "when.h"

/* The least of 15 to 17 digits that is read as v, by the C library. */
static void
shortest(char out[NUM_MAX], double v)
{
	for (int prec = 15; prec <= 17; prec++) {
		snprintf(out, NUM_MAX, "%.*g", prec, v);
		if (strtod(out, NULL) == v)
			break;
	}
}

/* Doubles of all sizes, with few digits and with all of them. */
static void
double_digits(void)
{
	char out[NUM_MAX], want[NUM_MAX];
	uint64_t x = 1;
	double v;

	for (int i = 0; i < 40000; i++) {
		x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
		v = ldexp((double)(x >> 11), (int)(x % 70) - 70);
		if (i % 4 == 0)
			v = nextafter(round(v * 1000) / 1000, i % 8 ? 1e9 : v);
		else if (i % 4 == 1)
			v = -(double)(x >> 40) / 1e4;
		else if (i % 4 == 2)
			v = nextafter(pow(10, (double)(x % 18) - 3), v);
		num_double(out, v);
		shortest(want, v);
		if (strcmp(out, want) != 0)
			CHECK_STR(out, want);
	}
}

static void
doubles(void)
{
	static const double vs[] = { 0.1, 1e-7, 1e300, 5e-324, 123456.789,
		0.1 + 0.2, 1e22, 1e23, -2.5, 9007199254740993.0, 1e15 };
	char out[NUM_MAX];
	double back;

	for (size_t i = 0; i < sizeof(vs) / sizeof(*vs); i++) {
		size_t n = num_double(out, vs[i]);

		CHECK(num_parse_double(out, n, &back) == 0 && back == vs[i]);
	}
	num_double(out, 0.1);
	CHECK_STR(out, "0.1");
	num_double(out, -0.0);
	CHECK_STR(out, "-0");
	num_double(out, 42);
	CHECK_STR(out, "42");
	num_double(out, NAN);
	CHECK_STR(out, "NaN");
	num_double(out, -INFINITY);
	CHECK_STR(out, "-Inf");
}

/* Every short decimal must read as the C library reads it. */
static void
parse_like_libc(void)
{
	char text[64];
	double got;
	int bad = 0;

	srand(7);
	for (int i = 0; i < 20000; i++) {
		int n = snprintf(text, sizeof(text), "%s%d%d.%de%d",
		    rand() % 2 ? "-" : "", rand(), rand() % 1000, rand(),
		    rand() % 60 - 30);

		if (num_parse_double(text, (size_t)n, &got) == -1 ||
		    got != strtod(text, NULL))
			bad++;
	}
	CHECK_INT(bad, 0);
}

static int
refuses_double(const char *s)
{
	double v;

	return num_parse_double(s, strlen(s), &v) == -1;
}

static void
numbers(void)
{
	int64_t v;
	struct err e;

	CHECK(refuses_double(""));
	CHECK(refuses_double("-"));
	CHECK(refuses_double("."));
	CHECK(refuses_double("1e"));
	CHECK(refuses_double("0x10"));
	CHECK(refuses_double("1 "));
	CHECK(refuses_double("nanx"));
	CHECK(!refuses_double("+inf"));
	CHECK(!refuses_double("1."));
	CHECK(!refuses_double(".5"));
	CHECK(num_parse_int("-9223372036854775808", 20, &v) == 0 &&
	    v == INT64_MIN);
	CHECK(num_parse_int("9223372036854775807", 19, &v) == 0 &&
	    v == INT64_MAX);
	CHECK(num_parse_int("9223372036854775808", 19, &v) == -1);
	CHECK(num_parse_int("18446744073709551617", 20, &v) == -1);
	CHECK(num_parse_int("", 0, &v) == -1);
	CHECK(num_size("--buffer", "256M", &v, &e) == 0 && v == 256 << 20);
	CHECK(num_size("--buffer", "k", &v, &e) == -1);
	CHECK(num_arg("--jobs", "0", 1, 8, &v, &e) == -1);
	CHECK_STR(e.msg, "--jobs: \"0\" is no whole number from 1 to 8");
	CHECK_INT(e.code, ST_USAGE);
}

static const char *
round_trip(const char *s)
{
	static char out[WHEN_TEXT];
	ticks t;

	if (when_parse(s, strlen(s), &t) == -1)
		return "refused";
	when_format(out, t);
	return out;
}

static void
times(void)
{
	char out[WHEN_TEXT];
	int y, m, d, bad = 0;
	ticks t;

	CHECK_INT(when_days(1, 1, 1), 0);
	CHECK_INT(when_days(1970, 1, 1) * WHEN_DAY, WHEN_EPOCH);
	for (int64_t day = 0; day < 3652059; day++) {
		when_civil(day, &y, &m, &d);
		bad += when_days(y, m, d) != day;
	}
	CHECK_INT(bad, 0);
	CHECK_STR(round_trip("2025-06-25T10:00:00Z"), "2025-06-25T10:00:00Z");
	CHECK_STR(round_trip("2025-06-25 10:00:00.1234567Z"),
	    "2025-06-25T10:00:00.1234567Z");
	CHECK_STR(round_trip("2025-06-25T10:00:00.120000000+02:00"),
	    "2025-06-25T08:00:00.12Z");
	CHECK_STR(round_trip("2024-02-29"), "2024-02-29T00:00:00Z");
	CHECK_STR(round_trip("2023-02-29"), "refused");
	CHECK_STR(round_trip("2025-06-25T10:00:00"), "refused");
	CHECK_STR(round_trip("2025-06-25T10:00:00.Z"), "refused");
	CHECK_STR(round_trip("2025-06-25T24:00:00Z"), "refused");
	CHECK_STR(round_trip("9999-12-31T23:59:59.9999999Z"),
	    "9999-12-31T23:59:59.9999999Z");
	CHECK(when_parse("2025-06-25T10:00:00Z", 20, &t) == 0);
	when_format_kusto(out, t);
	CHECK_STR(out, "2025-06-25T10:00:00.0000000Z");
	CHECK_INT(when_to_unix_ms(t), 1750845600000);
	CHECK_INT(when_to_unix_ms(WHEN_EPOCH - 1), -1);
	CHECK_INT(when_floor(-1, 10), -10);
	CHECK_INT(when_floor(-10, 10), -10);
}

static const char *
duration(const char *s)
{
	static char out[WHEN_TEXT];
	struct err e;
	ticks t;

	if (when_parse_duration(s, &t, &e) == -1)
		return "refused";
	when_format_duration(out, t);
	return out;
}

static const char *
span(const char *s)
{
	static char out[WHEN_TEXT];
	ticks t;

	if (when_parse_span(s, strlen(s), &t) == -1)
		return "refused";
	when_format_span(out, t);
	return out;
}

static void
spans(void)
{
	struct err e;
	ticks t;

	CHECK_STR(duration("1h30m"), "1h30m0s");
	CHECK_STR(duration("90s"), "1m30s");
	CHECK_STR(duration("1.5s"), "1.5s");
	CHECK_STR(duration("100ms"), "100ms");
	CHECK_STR(duration("-5m"), "-5m0s");
	CHECK_STR(duration("0"), "0s");
	CHECK_STR(duration("1500us"), "1.5ms");
	CHECK_STR(duration("5"), "refused");
	CHECK_STR(duration(""), "refused");
	CHECK_STR(duration("1h "), "refused");
	CHECK_STR(duration("9999999999h"), "refused");
	CHECK(when_parse_duration("1d", &t, &e) == -1);
	CHECK(strstr(e.msg, "write 24h") != NULL);
	CHECK_STR(span("1.02:03:04.5"), "1.02:03:04.5000000");
	CHECK_STR(span("-00:00:00.0000001"), "-00:00:00.0000001");
	CHECK_STR(span("13:00"), "13:00:00");
	CHECK_STR(
	    span("10675199.02:48:05.4775807"), "10675199.02:48:05.4775807");
	CHECK_STR(
	    span("-10675199.02:48:05.4775808"), "-10675199.02:48:05.4775808");
	CHECK_STR(span("10675199.02:48:05.4775808"), "refused");
	CHECK_STR(span("-10675199.02:48:05.4775809"), "refused");
	CHECK_STR(span("10675200.00:00:00"), "refused");
	CHECK_STR(span("25:00:00"), "refused");
	CHECK_STR(span("1.2"), "refused");
}

static void
memory(void)
{
	struct arena a = { 0 };
	struct buf b = { 0 };
	struct map m = { 0 };
	char key[16];
	size_t at = 0, n = 0;

	for (int i = 0; i < 1000; i++)
		memset(arena_alloc(&a, 100), i, 100);
	CHECK(arena_size(&a) >= 100000);
	arena_reset(&a);
	CHECK(arena_size(&a) <= 65536);
	CHECK_STR(arena_printf(&a, "%s-%d", "a", 7), "a-7");
	arena_fini(&a);
	CHECK_STR(buf_str(&b), "");
	buf_printf(&b, "%d ", 12);
	buf_puts(&b, "three");
	buf_putc(&b, '!');
	buf_drop(&b, 3);
	CHECK_STR(buf_str(&b), "three!");
	buf_fini(&b);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		CHECK(map_put(&m, key, &m) == NULL);
	}
	for (int i = 0; i < 1000; i += 2) {
		snprintf(key, sizeof(key), "k%d", i);
		CHECK(map_del(&m, key) == &m);
	}
	CHECK(map_get(&m, "k999") == &m && map_get(&m, "k998") == NULL);
	while (map_next(&m, &at, NULL) != NULL)
		n++;
	CHECK_INT(n, 500);
	map_fini(&m);
}

static void
lines(void)
{
	struct io in;
	struct err e;
	char *line;
	size_t n;
	int p[2];

	CHECK(pipe(p) == 0);
	CHECK(io_write(p[1], "one\n\ntorn", 9, &e) == 0);
	close(p[1]);
	io_init(&in, p[0], "<stdin>");
	CHECK(io_next(&in, &line, &n, &e) == 1 && n == 3);
	CHECK_STR(line, "one");
	CHECK(io_next(&in, &line, &n, &e) == 1 && n == 0);
	CHECK(io_next(&in, &line, &n, &e) == -1);
	CHECK_STR(
	    e.msg, "<stdin>:3: last line has no newline, so it may be torn");
	CHECK_INT(e.code, ST_DATA);
	io_fini(&in);
	close(p[0]);
}

static void
files(void)
{
	char dir[] = "/tmp/kqlpipe-base.XXXXXX", path[64];
	struct buf b = { 0 };
	struct err e;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/a/b", dir);
	CHECK(file_mkdirs(path, 0755, &e) == 0);
	snprintf(path, sizeof(path), "%s/a/b/f", dir);
	CHECK(file_write(path, "text", 4, 0600, &e) == 0);
	CHECK(file_read(path, 4, &b, &e) == 0);
	CHECK_STR(buf_str(&b), "text");
	CHECK(file_read(path, 3, &b, &e) == -1 && e.code == ST_DATA);
	CHECK(unlink(path) == 0);
	CHECK(file_read(path, 3, &b, &e) == -1 && e.code == ST_CONFIG);
	buf_fini(&b);
	snprintf(path, sizeof(path), "%s/a/b", dir);
	CHECK(rmdir(path) == 0);
	snprintf(path, sizeof(path), "%s/a", dir);
	CHECK(rmdir(path) == 0 && rmdir(dir) == 0);
}

/* What is cut inside a character, overlong or a surrogate is no UTF-8. */
static void
characters(void)
{
	static const char text[] = "a\303\251\303|\300\257|\355\240\200|";
	struct buf b = { 0 };

	CHECK(!utf8_valid(text, sizeof(text) - 1) && utf8_valid(text, 3));
	utf8_mend(&b, text, sizeof(text) - 1);
	CHECK_STR(buf_str(&b), "a\303\251?|??|???|");
	CHECK_INT((int)utf8_cut(text, 3, 2), 1);
	CHECK_INT((int)utf8_cut(text, 3, 3), 3);
	buf_fini(&b);
}

static void
lists(void)
{
	struct arena a = { 0 };
	struct strs l = { 0 };

	strs_split(&l, &a, "b, a,,b", ", ");
	strs_split(&l, &a, "c,a", ",");
	strs_split(&l, &a, "", ",");
	CHECK_INT((int)l.n, 3);
	CHECK_STR(l.v[0], "b");
	CHECK_STR(l.v[2], "c");
	CHECK(strs_has(&l, "a") && !strs_has(&l, ""));
	arena_fini(&a);
}

int
main(void)
{
	doubles();
	double_digits();
	parse_like_libc();
	numbers();
	times();
	spans();
	memory();
	lines();
	files();
	characters();
	lists();
	return check_end("base");
}
