/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>

#include "../../rows2prom/cell.h"
#include "../../rows2prom/metric_name.h"
#include "../../rows2prom/order.h"
#include "../../rows2prom/row.h"
#include "check.h"
#include "io.h"

static const char *
normal(struct buf *b, const char *name)
{
	buf_reset(b);
	return metric_normalise(b, name, strlen(name)) == 0 ? buf_str(b) : "-";
}

static void
names(void)
{
	static const char *const cases[][2] = { { "metric", "metric" },
		{ "SuccessfulRequests", "successful_requests" },
		{ "Success Rate", "success_rate" },
		{ "Server@Health#Status!", "server_health_status" },
		{ "metric--with..multiple@@chars",
		    "metric_with_multiple_chars" },
		{ "123", "_123" }, { "", "-" }, { "@#$%", "-" }, { "5", "_5" },
		{ "_1", "_1" }, { "__", "-" },
		{ "CPUUtilizationPercent", "cpu_utilization_percent" },
		{ "API-Response.Time_ms", "api_response_time_ms" },
		{ "m\303\251tr\303\257c_n\303\245me", "m_tr_c_n_me" },
		{ "XMLHTTPRequest", "xmlhttp_request" },
		{ "getHTTPResponseCode", "get_http_response_code" },
		{ "HTTP2Requests", "http2_requests" }, { "a1B2C3", "a1_b2_c3" },
		{ "ABc", "a_bc" }, { "job:rate5m", "job_rate5m" },
		{ "\346\227\245\346\234\254", "-" },
		{ "mem\303\263ria_MB", "mem_ria_mb" },
		{ "\342\204\252elvin", "kelvin" }, { "  x  ", "x" } };
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_STR(normal(&b, cases[i][0]), cases[i][1]);
	buf_reset(&b);
	CHECK_INT(metric_name(&b, "teamb", "", 0, "Count"), 0);
	CHECK_STR(buf_str(&b), "teamb_count");
	buf_reset(&b);
	CHECK_INT(metric_name(&b, "api", "response", 8, "99Percentile"), 0);
	CHECK_STR(buf_str(&b), "api_response_99_percentile");
	buf_reset(&b);
	CHECK_INT(metric_name(&b, "", "", 0, ""), -1);
	CHECK_INT(metric_name(&b, "@@@", "test", 4, "count"), -1);
	buf_fini(&b);
}

static int
reads(struct row *r, const char *line)
{
	struct err e;

	return row_read(r, line, strlen(line), &e);
}

static void
rows(void)
{
	static const char *const bad[] = { "", "{", "[1]", "1", "{\"v\":01}",
		"{\"v\":1.}", "{\"v\":-}", "{\"v\":1e}", "{\"v\":1,}",
		"{\"v\":1}x", "{\"v\":tru}", "{\"v\":\"a\x01\"}",
		"{\"v\":\"\xff\"}", "{\"v\" 1}", "{v:1}", "{\"v\":+1}" };
	struct row r = { 0 };

	CHECK_INT((long)row_want(&r, "v"), 0);
	CHECK_INT((long)row_want(&r, "@w"), 1);
	CHECK_INT((long)row_want(&r, "v"), 0);
	CHECK_INT(reads(&r, "{\"x\":[{}],\"v\":-1.5e+3,\"@@w\":null}"), 0);
	CHECK(r.cells[0].type == CELL_NUMBER && r.cells[0].n == 7);
	CHECK(r.cells[1].type == CELL_NULL);
	CHECK_INT(reads(&r, "{\"v\":\"12345678\"}"), 0);
	CHECK(r.cells[0].type == CELL_STRING && r.cells[0].n == 8);
	CHECK(r.cells[1].type == CELL_ABSENT);
	CHECK_INT(reads(&r, "{\"v\":\"1234567\\u0041\"}"), 0);
	CHECK_STR(r.cells[0].s, "1234567A");
	CHECK_INT(reads(&r, "{\"@@w\": true, \"v\": {\"a\": [1.0]}}"), 0);
	CHECK(r.cells[0].type == CELL_JSON && r.cells[1].type == CELL_BOOL);
	CHECK_STR(r.cells[0].s, "{\"a\":[1.0]}");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_INT(reads(&r, bad[i]), -1);
		CHECK_INT(reads(&r, "{\"v\":1}"), 0);
	}
	row_fini(&r);
}

/* As order_write writes it to a file, read back. */
static void
read_back(int fd, struct buf *b)
{
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, buf_reserve(b, 65536), 65536)) > 0)
		b->len += (size_t)n;
	buf_putc(b, '\0');
}

static int
add_lines(struct order *o, long n, long step, const char *pad)
{
	struct err e;
	int bad = 0;

	for (long i = 0; i < n; i++) {
		size_t from = o->text.len;

		/* Two lines of each time, for step is prime to n. */
		buf_printf(&o->text, "%ld %ld %s\n", i * step % n / 2, i, pad);
		bad |= order_add(o, from, i * step % n / 2, &e);
	}
	return bad;
}

static int
in_order(char *s, long *lines)
{
	long ms = -1, nth = -1, was_ms, was_nth;

	for (*lines = 0; *s != '\0'; s++, ++*lines) {
		was_ms = ms;
		was_nth = nth;
		ms = strtol(s, &s, 10);
		nth = strtol(s, &s, 10);
		if (ms < was_ms || (ms == was_ms && nth < was_nth))
			return 0;
		s = strchr(s, '\n');
	}
	return 1;
}

static void
sorted(long n, long step, size_t memory, size_t pad)
{
	struct out out = { .fd = io_tmpfile(NULL, &(struct err){ 0 }) };
	struct buf b = { 0 }, fill = { 0 };
	struct order o;
	struct err e;
	long lines;

	while (fill.len < pad)
		buf_putc(&fill, 'x');
	order_init(&o, memory);
	CHECK_INT(add_lines(&o, n, step, buf_str(&fill)), 0);
	CHECK_INT(order_end(&o, &e), 0);
	CHECK_INT(order_write(&o, &out, &e), 0);
	CHECK_INT(out_flush(&out, &e), 0);
	read_back(out.fd, &b);
	CHECK(in_order(b.data, &lines));
	CHECK_INT(lines, n);
	order_fini(&o);
	out_fini(&out);
	buf_fini(&b);
	buf_fini(&fill);
	close(out.fd);
}

static void
orders(void)
{
	sorted(1, 1, 1 << 20, 0);
	sorted(1000, 1, 1 << 20, 0);
	sorted(1000, 999, 1 << 20, 0);
	sorted(20003, 1, 4096, 0);
	/* More runs than are merged at once. */
	sorted(20003, 7777, 1024, 10);
	sorted(20003, 20002, 1024, 0);
	/* Lines that are longer than what is read at once. */
	sorted(301, 300, 4096, 20000);
}

int
main(void)
{
	names();
	rows();
	orders();
	return check_end("samples");
}
