/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "expo_read.h"
#include "series.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What was read holds what a series promises. */
static void
check_series(const struct series *s, const char *line, size_t len)
{
	assert(len > 0 && s->nlabels > 0 && line != NULL);
	for (size_t i = 0; i < s->nlabels; i++) {
		assert(*s->labels[i].value != '\0');
		assert(i == 0 ||
		    strcmp(s->labels[i - 1].name, s->labels[i].name) < 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct series_rules rules = { 0 };
	struct series_set *set = series_new(&rules);
	const char *at = (const char *)data, *end = at + n, *nl;
	struct series *s, *same;
	struct err e;
	double value;
	int64_t ms;
	size_t len;

	for (; at < end; at = nl + 1) {
		if ((nl = memchr(at, '\n', (size_t)(end - at))) == NULL)
			break;
		n = (size_t)(nl - at);
		if (!expo_is_sample(at, n) ||
		    (s = series_find(set, at, n, &len, &e)) == NULL)
			continue;
		check_series(s, at, len);
		expo_read_point(at + len, n - len, &value, &ms, &e);
		same = series_find(set, at, n, &len, &e);
		assert(same == s);
	}
	series_drop(set);
	return 0;
}
