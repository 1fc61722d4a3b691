/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "backoff.h"
#include "breaker.h"

#define TRIAL_MIN_MS 5000
#define TRIAL_MAX_MS 60000
#define TRIAL_LOST   (300 * WHEN_SEC) /* nobody will answer it any more */
#define ASK_AGAIN    (15 * WHEN_SEC)

int
breaker_is_open(const struct breaker *b)
{
	return b->fails >= BREAKER_FAILS;
}

ticks
breaker_ready(const struct breaker *b, ticks now)
{
	if (b == NULL || !breaker_is_open(b))
		return now;
	if (b->since != 0 && now - b->since < TRIAL_LOST)
		return now + ASK_AGAIN;
	return b->next > now ? b->next : now;
}

void
breaker_sent(struct breaker *b, uint64_t ticket, ticks now)
{
	if (b == NULL || !breaker_is_open(b))
		return;
	b->since = now;
	b->trial = ticket;
}

void
breaker_missed(struct breaker *b, uint64_t ticket)
{
	if (b != NULL && b->trial == ticket)
		b->since = 0;
}

int
breaker_answered(struct breaker *b, int good, ticks now)
{
	int was_open;

	if (b == NULL)
		return 0;
	was_open = breaker_is_open(b);
	if (good) {
		*b = (struct breaker){ 0 };
		return was_open;
	}
	b->fails++;
	b->since = 0;
	if (breaker_is_open(b))
		b->next = now +
		    backoff_ms(TRIAL_MIN_MS, TRIAL_MAX_MS, ++b->trials, 0) *
			WHEN_MS;
	return 0;
}

void
breaker_step_back(struct breaker *b, ticks by)
{
	if (b->since != 0)
		b->since -= by;
	b->next -= by;
}
