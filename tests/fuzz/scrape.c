/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../promserve/accept.h"
#include "../../promserve/page.h"
#include "../../promserve/seen.h"

#include "expo_read.h"
#include "mem.h"
#include "series.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What a header asks for can be said of it. */
static struct form
check_accept(const char *header)
{
	struct accept a = accept_page(header);
	char type[ACCEPT_TYPE];

	accept_type(type, &a);
	assert(strstr(type, a.version) != NULL);
	accept_gzip(header);
	return (struct form){ a.openmetrics, a.escape };
}

/* Lines to a block, as promserve keeps them; those that are none are not. */
static struct block *
block_of(const char *at, const char *end, int stamps)
{
	struct arena a = { 0 };
	struct metadata m = { 0 };
	struct builder b = { 0 };
	struct block *block;
	const char *nl;
	struct err e;

	for (; at < end; at = nl + 1) {
		struct sample_label *v;
		const char *value;
		size_t n, len, labels;
		double number;
		int64_t ms = 0;

		if ((nl = memchr(at, '\n', (size_t)(end - at))) == NULL)
			break;
		n = (size_t)(nl - at);
		metadata_read(&m, at, n);
		arena_reset(&a);
		if (!expo_is_sample(at, n) ||
		    (labels = series_labels(&a, at, n, &len, &v, &e)) == 0 ||
		    expo_read_point(at + len, n - len, &number, &ms, &e) == -1)
			continue;
		value = at + len + strspn(at + len, " \t");
		builder_add(&b, v, labels, value, strcspn(value, " \t\n"), ms);
	}
	block = builder_seal(&b, &m, "n/a", stamps);
	builder_fini(&b);
	metadata_fini(&m);
	arena_fini(&a);
	return block;
}

static void
check_line(const char *at, size_t n, struct form form, struct seen *seen)
{
	struct arena a = { 0 };
	struct sample_label *v;
	struct err e;
	size_t len = expo_series_len(at, n, &e), labels;

	assert(len > 0);
	labels = expo_read_series(&a, at, len, &v, &e);
	assert(labels > 0);
	assert(seen_add(seen, at, len));
	if (form.escape != ESCAPE_NONE)
		assert(sample_plain_name(v[0].value, strlen(v[0].value), 1));
	for (size_t i = 1; i < labels && form.escape != ESCAPE_NONE; i++)
		assert(sample_plain_name(v[i].name, strlen(v[i].name), 0));
	arena_fini(&a);
}

/* Each series once, in the names that the form allows. */
static void
check_page(struct store *s, struct form form)
{
	struct seen seen = { 0 };
	struct page p;
	struct buf b = { 0 };

	page_make(&p, s, form);
	for (size_t i = 0; i < p.n; i++)
		buf_add(&b, p.v[i].at, p.v[i].len);
	assert(b.len == p.len);
	for (const char *at = buf_str(&b), *nl; *at != '\0'; at = nl + 1) {
		nl = strchr(at, '\n');
		assert(nl != NULL);
		if (*at != '#')
			check_line(at, (size_t)(nl - at), form, &seen);
	}
	seen_fini(&seen);
	buf_fini(&b);
	page_fini(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = mem_new(n + 1, 1), *end = text + n, *middle;
	struct store *s = store_new();
	struct form form;
	size_t first;

	if (n > 0)
		memcpy(text, data, n);
	first = strcspn(text, "\n");
	if (first < n)
		text[first++] = '\0';
	form = check_accept(text);
	/* two resources share what is there */
	middle = text + first + (n - first) / 2;
	store_put(s, "n/a", block_of(text + first, middle, 0), 0, 1);
	store_put(s, "n/b", block_of(text + first, end, 0), 0, 1);
	check_page(s, form);
	for (int i = 0; i < 2 * ESCAPES; i++)
		check_page(s, (struct form){ i & 1, (enum escape)(i / 2) });
	store_free(s);
	free(text);
	return 0;
}
