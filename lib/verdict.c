/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "verdict.h"

#define LOOK 65536 /* bytes of an answer that are looked at */

/* Whether the answer says it, in any case. */
static int
says(const struct verdict_query *q, const char *what)
{
	size_t n = q->len < LOOK ? q->len : LOOK, len = strlen(what);

	for (size_t i = 0; i + len <= n; i++)
		if ((q->body[i] | 0x20) == (*what | 0x20) &&
		    strncasecmp(q->body + i, what, len) == 0)
			return 1;
	return 0;
}

static int
says_any(const struct verdict_query *q, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		if (says(q, *texts))
			return 1;
	return 0;
}

/* As Prometheus, Mimir, Cortex, Thanos and VictoriaMetrics put it. */
static int
is_too_old(const struct verdict_query *q)
{
	static const char *const texts[] = { "too old sample", "sample too old",
		"timestamp too old", "sample-timestamp-too-old", NULL };

	return says_any(q, texts);
}

static int
is_out_of_order(const struct verdict_query *q)
{
	static const char *const texts[] = { "out of order", "out-of-order",
		"duplicate sample for timestamp", "duplicate-timestamp",
		"duplicate timestamp", NULL };

	return says_any(q, texts);
}

static int
is_out_of_bounds(const struct verdict_query *q)
{
	static const char *const texts[] = { "out of bounds", "out-of-bounds",
		"too far in future", "too-far-in-future", NULL };

	return says_any(q, texts);
}

static int
is_about_samples(int http)
{
	return http == 400 || http == 409 || http == 422;
}

enum verdict
verdict_http(const struct verdict_query *q)
{
	int refused = is_about_samples(q->http);

	if (q->http >= 200 && q->http < 300)
		return VERDICT_TAKEN;
	if (q->http == 413)
		return q->samples > 1 ? VERDICT_TOO_BIG : VERDICT_REJECTED;
	if (q->http != 0 && is_too_old(q))
		return VERDICT_REJECTED;
	if (!refused || q->cut)
		return VERDICT_FAILED;
	/* Both may be said of one request: then one sample at least is not
	 * there, and bisecting tells which. */
	if (is_out_of_order(q) && !is_out_of_bounds(q) && !q->late &&
	    (q->again || q->tried_before))
		return VERDICT_HAD;
	return VERDICT_REJECTED;
}

const char *
verdict_code(char out[VERDICT_CODE_MAX], int http)
{
	snprintf(out, VERDICT_CODE_MAX, "Http%d", http);
	return out;
}
