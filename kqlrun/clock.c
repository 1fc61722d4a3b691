/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "clock.h"
#include "num.h"
#include "status.h"

#define RATE_MAX 1e6

int
clock_init(struct clock *c, const char *spec, struct err *e)
{
	const char *x;

	*c = (struct clock){ .rate = 1 };
	if (spec == NULL)
		return 0;
	x = strchr(spec, 'x');
	if (when_parse(spec, x != NULL ? (size_t)(x - spec) : strlen(spec),
		&c->start) == -1 ||
	    c->start <= 0)
		return err_set(e, ST_USAGE,
		    "--now %s: not TIME or TIMExRATE, such as "
		    "2025-06-25T10:00:00Zx60",
		    spec);
	c->rate = 0;
	if (x != NULL &&
	    (num_parse_double(x + 1, strlen(x + 1), &c->rate) ||
		!(c->rate >= 0 && c->rate <= RATE_MAX)))
		return err_set(e, ST_USAGE,
		    "--now %s: the rate is not a number from 0 to 1000000",
		    spec);
	c->since = when_mono_ms();
	return 0;
}

ticks
clock_span(const struct clock *c, int64_t ms)
{
	return (ticks)((double)ms * c->rate) * WHEN_MS;
}

ticks
clock_now(const struct clock *c)
{
	if (c->start == 0)
		return when_now();
	return c->start + clock_span(c, when_mono_ms() - c->since);
}

int64_t
clock_ms_until(const struct clock *c, ticks t)
{
	ticks left = t - clock_now(c);

	if (left <= 0)
		return 0;
	if (c->rate <= 0)
		return -1;
	return (int64_t)((double)left / c->rate / (double)WHEN_MS) + 1;
}
