/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../rows2prom/mapper.h"
#include "json.h"
#include "log.h"
#include "status.h"

/*
 * Rows, one a line, to samples.  The quick reading of plain rows must take
 * nothing that the JSON reader refuses, and both must see the same cells.
 */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
compare(const struct row *r, const char *line, size_t n)
{
	struct arena a = { 0 };
	struct err e;
	struct json *j = json_parse(&a, line, n, &e), *v = NULL;

	assert(j != NULL && j->type == JSON_OBJECT);
	for (struct json *m = j->child; m != NULL; m = m->next)
		if (strcmp(m->key, "v") == 0)
			v = m;
	assert((v == NULL) == (r->cells[0].type == CELL_ABSENT));
	if (v != NULL && (v->type == JSON_STRING || v->type == JSON_NUMBER))
		assert(v->len == r->cells[0].n &&
		    memcmp(v->str, r->cells[0].s, v->len) == 0);
	arena_fini(&a);
}

static void
read_line(struct mapper *m, const char *line, size_t n, long at)
{
	static const char ends[] = "\n";
	struct buf b = { 0 };
	struct mapper_out out = { .b = &b };
	struct row r = { 0 };
	struct err e;

	if (mapper_row(m, line, n, at, &out, &e) == 0 && b.len > 0)
		assert(b.data[b.len - 1] == ends[0]);
	row_want(&r, "v");
	for (int twice = 0; twice < 2; twice++)
		if (row_read(&r, line, n, &e) == 0)
			compare(&r, line, n);
	row_fini(&r);
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *labels[] = { "l", "k.y" };
	struct transform t = { .value_column = "v",
		.metric_name_column = "n",
		.default_metric_name = "m",
		.timestamp_column = "t",
		.label_columns = { labels, 2 } };
	struct mapper m = { 0 };
	struct buf b = { 0 };
	char *at, *nl;
	long line = 1;

	log_init("fuzz", LV_ERROR, 0);
	buf_add(&b, data, size);
	buf_putc(&b, '\n');
	mapper_begin(&m, &t, NULL, NULL);
	for (at = b.data; at < b.data + b.len; at = nl + 1, line++) {
		nl = memchr(at, '\n', (size_t)(b.data + b.len - at));
		*nl = '\0';
		read_line(&m, at, (size_t)(nl - at), line);
	}
	mapper_fini(&m);
	buf_fini(&b);
	return 0;
}
