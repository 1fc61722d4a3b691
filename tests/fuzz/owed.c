/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "owed.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What is written must be read as the same, but that a destination without an
 * entry is owed from lastSuccessfulExecution on. */
static void
check_written(struct arena *a, const struct owed *o)
{
	struct json *status = json_new(a, JSON_OBJECT);
	struct owed back = { 0 };
	struct err e;

	owed_write(a, o, status, 100);
	assert(owed_read(&back, status, &e) == 0 && back.founded);
	assert(back.last == o->last && back.nlates == o->nlates);
	assert(owed_entries(&back) == owed_entries(o));
	for (size_t i = 0; i < o->ndests; i++) {
		const struct owed_dest *d = &o->dests[i];
		const struct owed_dest *f = owed_find(&back, d->name);

		assert((f != NULL) == d->entry);
		assert(f != NULL ? f->next == d->next : back.last <= d->next);
	}
	owed_fini(&back);
}

static void
apply(struct arena *a, struct owed *o, const char *line, size_t n)
{
	struct receipt r;
	struct err e;
	int founded = o->founded;
	ticks last = o->last;

	if (receipt_read(a, line, n, &r, &e) == -1)
		return;
	owed_apply(o, &r);
	assert(o->founded >= founded);
	assert(!founded || o->last >= last);
	if (o->founded)
		check_written(a, o);
}

/* A status on the first line, receipts on the others. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *s = (const char *)data, *end = s + n, *nl;
	struct arena a = { 0 };
	struct owed o = { 0 };
	struct json *status;
	struct err e;

	nl = n > 0 ? memchr(s, '\n', n) : NULL;
	if (nl == NULL)
		return 0;
	status = json_parse(&a, s, (size_t)(nl - s), &e);
	if (status != NULL && owed_read(&o, status, &e) == 0) {
		if (o.founded)
			check_written(&a, &o);
		for (s = nl + 1; (nl = memchr(s, '\n', (size_t)(end - s)));
		     s = nl + 1)
			apply(&a, &o, s, (size_t)(nl - s));
	}
	owed_fini(&o);
	arena_fini(&a);
	return 0;
}
