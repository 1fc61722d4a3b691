/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <pcre2.h>

#include "buf.h"
#include "mem.h"
#include "regex.h"
#include "status.h"

#define MATCH_LIMIT 10000000 /* steps: well under a second */
#define HEAP_LIMIT  20000    /* KiB */

struct regex {
	pcre2_code *code;
	pcre2_match_context *limits;
	pcre2_match_data *found;
};

static struct regex *
compile(const char *pattern, size_t n, uint32_t more, struct err *e)
{
	const uint32_t options =
	    PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY | more;
	PCRE2_UCHAR why[120];
	struct regex *r;
	PCRE2_SIZE at;
	int code;

	r = mem_new(1, sizeof(*r));
	r->code =
	    pcre2_compile((PCRE2_SPTR)pattern, n, options, &code, &at, NULL);
	if (r->code == NULL) {
		pcre2_get_error_message(code, why, sizeof(why));
		err_set(e, ST_DATA,
		    "regular expression '%.*s', character %zu: %s",
		    (int)(n < 80 ? n : 80), pattern, (size_t)at + 1,
		    (const char *)why);
		free(r);
		return NULL;
	}
	pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	r->limits = mem_need(pcre2_match_context_create(NULL));
	pcre2_set_match_limit(r->limits, MATCH_LIMIT);
	pcre2_set_heap_limit(r->limits, HEAP_LIMIT);
	r->found = mem_need(pcre2_match_data_create(REGEX_GROUPS, NULL));
	return r;
}

struct regex *
regex_new(const char *pattern, size_t n, struct err *e)
{
	return compile(pattern, n, PCRE2_UCP, e);
}

struct regex *
regex_new_ascii(const char *pattern, size_t n, struct err *e)
{
	return compile(pattern, n, 0, e);
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_match_data_free(r->found);
	pcre2_match_context_free(r->limits);
	pcre2_code_free(r->code);
	free(r);
}

int
regex_groups(const struct regex *r)
{
	uint32_t n = 0;

	pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return (int)n;
}

int
regex_group(const struct regex *r, const char *name)
{
	int n = pcre2_substring_number_from_name(r->code, (PCRE2_SPTR)name);

	return n > 0 ? n : 0;
}

int
regex_find(struct regex *r, const char *s, size_t n, size_t at,
    struct regex_span spans[REGEX_GROUPS])
{
	const PCRE2_SIZE *v;
	int found;

	found =
	    pcre2_match(r->code, (PCRE2_SPTR)s, n, at, 0, r->found, r->limits);
	if (found == PCRE2_ERROR_JIT_STACKLIMIT)
		found = pcre2_match(r->code, (PCRE2_SPTR)s, n, at, PCRE2_NO_JIT,
		    r->found, r->limits);
	if (found < 0)
		return found == PCRE2_ERROR_NOMATCH ? 0 : -1;
	if (found == 0)
		found = REGEX_GROUPS;
	v = pcre2_get_ovector_pointer(r->found);
	for (int i = 0; i < REGEX_GROUPS; i++) {
		spans[i].from = i < found ? v[2 * i] : SIZE_MAX;
		spans[i].to = i < found ? v[2 * i + 1] : SIZE_MAX;
	}
	return 1;
}

static int
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s & 0x80)
			return 0;
	return 1;
}

/* The whole text as a pattern, each character by its number. */
static struct regex *
caseless(const char *s)
{
	struct regex *r;
	struct buf b = { 0 };
	struct err e;

	buf_puts(&b, "(?i)\\A");
	for (; *s != '\0'; s++)
		buf_printf(&b, *s & 0x80 ? "%c" : "\\x%02x", *s);
	buf_puts(&b, "\\z");
	r = regex_new(b.data, b.len, &e);
	buf_fini(&b);
	return r;
}

int
regex_same(const char *x, const char *y)
{
	struct regex_span spans[REGEX_GROUPS];
	struct regex *r;
	int same = strcasecmp(x, y) == 0;

	if (same || (is_ascii(x) && is_ascii(y)))
		return same;
	if ((r = caseless(x)) == NULL)
		return 0; /* it is no UTF-8 */
	same = regex_find(r, y, strlen(y), 0, spans) == 1;
	regex_free(r);
	return same;
}
