/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "buf.h"
#include "cel/fns.h"
#include "re2.h"
#include "utf8.h"
#include "when.h"

#define MATCH_STEPS   100  /* that a match counts as, however short */
#define COMPILE_STEPS 1000 /* that a pattern counts as */

static int
size(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	size_t c;

	(void)n;
	if (cel_run_work(r, args->kind == CK_STRING ? args->s.n / 64 : 0) == -1)
		return -1;
	if (args->kind == CK_STRING)
		c = utf8_count(args->s.s, args->s.n);
	else if (args->kind == CK_BYTES)
		c = args->s.n;
	else
		c = args->kind == CK_LIST ? args->list->n : args->map->n;
	*out = cel_int((int64_t)c);
	return 0;
}

enum {
	CONTAINS,
	STARTS,
	ENDS,
};

static int
compare_part(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	const struct cel_value *s = &args[0], *part = &args[1];
	int found = part->s.n <= s->s.n;

	(void)n;
	if (cel_run_work(r, s->s.n / 64) == -1)
		return -1;
	if (found && r->fn->what == STARTS)
		found = memcmp(s->s.s, part->s.s, part->s.n) == 0;
	else if (found && r->fn->what == ENDS)
		found = memcmp(s->s.s + s->s.n - part->s.n, part->s.s,
			    part->s.n) == 0;
	else if (found)
		found = memmem(s->s.s, s->s.n, part->s.s, part->s.n) != NULL;
	*out = cel_bool(found);
	return 0;
}

/* Make the pattern the one that r keeps. */
static int
compile(struct cel_run *r, const struct cel_value *pattern)
{
	struct buf b = { 0 };
	struct err e;

	if (r->regex != NULL && pattern->s.n == r->pattern.s.n &&
	    memcmp(pattern->s.s, r->pattern.s.s, pattern->s.n) == 0)
		return 0;
	if (cel_run_work(r, COMPILE_STEPS + pattern->s.n) == -1)
		return -1;
	regex_free(r->regex);
	r->regex = NULL;
	if (re2_translate(&b, pattern->s.s, pattern->s.n, &e) == 0)
		r->regex = regex_new_ascii(buf_str(&b), b.len, &e);
	buf_fini(&b);
	if (r->regex == NULL)
		return cel_run_fail(r, "%s", e.msg);
	r->pattern = *pattern;
	return 0;
}

/*
 * matches(s, pattern).  A hard match takes long and counts as one, so their
 * time counts too.
 */
static int
matches(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out)
{
	struct regex_span spans[REGEX_GROUPS];
	int64_t start = when_mono_ms();
	int found;

	(void)n;
	if (compile(r, &args[1]) == -1 ||
	    cel_run_work(r, MATCH_STEPS + args->s.n / 16) == -1)
		return -1;
	found = regex_find(r->regex, args->s.s, args->s.n, 0, spans);
	r->match_ms += when_mono_ms() - start;
	if (found == -1 || r->match_ms > CEL_MATCH_MS) {
		cel_run_fail(r, "matches() takes too long");
		return cel_run_give_up(r);
	}
	*out = cel_bool(found);
	return 0;
}

const struct cel_fn cel_fns_text[] = {
	{ "size", size,
	    SIGNATURES("s>i", "y>i", "LA>i", "MAB>i", ".s>i", ".y>i", ".LA>i",
		".MAB>i"),
	    0 },
	{ "contains", compare_part, SIGNATURES(".ss>b"), CONTAINS },
	{ "startsWith", compare_part, SIGNATURES(".ss>b"), STARTS },
	{ "endsWith", compare_part, SIGNATURES(".ss>b"), ENDS },
	{ "matches", matches, SIGNATURES("ss>b", ".ss>b"), 0 },
	{ NULL, NULL, NULL, 0 },
};
