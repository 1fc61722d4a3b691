/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "kql/kql.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char dir[] = "/tmp/kqlfuzz.XXXXXX";

static void
remove_dir(void)
{
	rmdir(dir);
}

/* An engine with one database without tables. */
static struct kql *
engine(void)
{
	static struct kql *k;
	struct buf endpoint = { 0 };
	struct err e;

	if (k != NULL)
		return k;
	assert(mkdtemp(dir) != NULL);
	atexit(remove_dir);
	k = kql_new();
	buf_printf(&endpoint, "file:%s", dir);
	assert(kql_add(k, NULL, "D", buf_str(&endpoint), &e) == 0);
	buf_fini(&endpoint);
	return k;
}

/*
 * Any bytes are refused with a reason, or come out as SQL that SQLite can
 * read: that it finds too deep or too long, but never wrong.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kql_request q = { .database = "D", .now = WHEN_EPOCH };
	struct kql_error e = { 0 };
	struct buf text = { 0 }, sql = { 0 };

	buf_add(&text, data, n);
	q.text = buf_str(&text);
	if (kql_explain(engine(), &q, &sql, &e) == -1) {
		assert(*e.code != '\0' && *e.message != '\0');
	} else if (kql_check(engine(), &q, &e) == -1) {
		assert(strstr(e.message, "syntax error") == NULL);
		assert(strstr(e.message, "no such column") == NULL);
	}
	buf_fini(&sql);
	buf_fini(&text);
	return 0;
}
