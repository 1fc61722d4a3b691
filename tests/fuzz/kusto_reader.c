/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "../../kqlrun/kusto_reader.h"

/*
 * A service's answer is judged alike however it comes in pieces, and what is
 * passed on is frames, each on one line: nothing in it can pass for another
 * line.
 */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_lines(struct spool *s)
{
	char text[4096], last = '\n';
	struct err e;
	ssize_t n;

	while ((n = spool_next(s, text, sizeof(text), &e)) > 0)
		for (ssize_t i = 0; i < n; i++) {
			assert(last != '\n' || text[i] == '{');
			assert(
			    (unsigned char)text[i] >= ' ' || text[i] == '\n');
			last = text[i];
		}
	assert(last == '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kusto_reader whole = { 0 }, cut = { 0 };
	struct spool a, b;
	int good;

	spool_init(&a, NULL);
	spool_init(&b, NULL);
	kusto_reader_init(&whole, &a);
	kusto_reader_init(&cut, &b);
	kusto_reader_feed(&whole, (const char *)data, n);
	for (size_t i = 0; i < n; i++)
		if (kusto_reader_feed(&cut, (const char *)data + i, 1) == -1)
			break;
	good = kusto_reader_end(&whole);
	assert(good == kusto_reader_end(&cut));
	assert(strcmp(whole.fault.code, cut.fault.code) == 0);
	assert(strcmp(whole.fault.message, cut.fault.message) == 0);
	assert(whole.rows == cut.rows);
	check_lines(&a);
	kusto_reader_fini(&whole);
	kusto_reader_fini(&cut);
	spool_fini(&a);
	spool_fini(&b);
	return 0;
}
