/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "cel/cel.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * An expression over some labels: it holds or not, or has an error with a
 * place within it; and says the same when it is asked again.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct cel_var labels[] = { { "region", "eastus" },
		{ "data-class", "public" }, { "a.b", "x" }, { "shard", "7" },
		{ "", "" }, { "bad", "\xff\xfe" } };
	const struct cel_vars vars = { labels, 6 };
	const char *text = n > 0 ? (const char *)data : "";
	struct cel_error e, again;
	int holds = -1, same = -1;

	if (cel_holds(text, n, &vars, &holds, &e) == 0) {
		assert(holds == 0 || holds == 1);
		assert(cel_holds(text, n, &vars, &same, &again) == 0);
		assert(same == holds);
		return 0;
	}
	assert(e.at.line >= 1 && e.at.column >= 1);
	assert((size_t)e.at.line <= n + 1 && (size_t)e.at.column <= n + 1);
	assert(*e.message != '\0');
	assert(e.stage <= CEL_NOT_BOOL);
	return 0;
}
