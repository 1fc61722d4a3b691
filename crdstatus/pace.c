/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "backoff.h"
#include "mem.h"
#include "pace.h"

#define HOLD_MIN  250    /* ms of the first pause */
#define HOLD_MAX  30000  /* and of the longest that is our own idea */
#define AFTER_MAX 600000 /* ms that a Retry-After is believed */

void
pace_add(struct pace *p, struct pace_item *i, int failing, int64_t now)
{
	i->failing |= failing;
	if (i->at != 0)
		return;
	i->since = now;
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 64 : p->cap * 2;
		p->v = mem_need(
		    realloc(p->v, p->cap * sizeof(struct pace_item *)));
	}
	p->v[p->n++] = i;
	i->at = p->n;
}

void
pace_drop(struct pace *p, struct pace_item *i)
{
	if (i->at == 0)
		return;
	p->v[i->at - 1] = p->v[--p->n];
	p->v[i->at - 1]->at = i->at;
	i->at = 0;
	i->failing = 0;
}

/* The first of those that need not wait; *wake is when the next need not. */
static struct pace_item *
first(const struct pace *p, int64_t now, int64_t *wake)
{
	struct pace_item *best = NULL;
	int64_t least = 0;

	for (size_t k = 0; k < p->n; k++) {
		struct pace_item *i = p->v[k];
		int64_t rank = i->since - (i->failing ? PACE_AHEAD : 0);

		if (i->after > now) {
			*wake = i->after < *wake ? i->after : *wake;
		} else if (best == NULL || rank < least) {
			best = i;
			least = rank;
		}
	}
	return best;
}

struct pace_item *
pace_take(struct pace *p, int64_t now, int64_t *wake)
{
	int64_t turn = (p->next_us + 999) / 1000;
	struct pace_item *i;

	*wake = INT64_MAX;
	if (p->n == 0)
		return NULL;
	if (turn < p->hold)
		turn = p->hold;
	if (turn > now) {
		*wake = turn;
		return NULL;
	}
	if ((i = first(p, now, wake)) != NULL)
		pace_drop(p, i);
	return i;
}

void
pace_spend(struct pace *p, struct pace_item *i, int64_t now)
{
	i->after = now + PACE_EACH;
	if (p->next_us < now * 1000)
		p->next_us = now * 1000;
	p->next_us += 1000000 / p->rate;
}

void
pace_fail(struct pace *p, int64_t now, int64_t retry_after, uint64_t seed)
{
	int64_t ms = backoff_ms(HOLD_MIN, HOLD_MAX, ++p->failures, seed);

	if (retry_after > 0)
		ms = retry_after < AFTER_MAX ? retry_after : AFTER_MAX;
	if (p->hold < now + ms)
		p->hold = now + ms;
}

void
pace_ok(struct pace *p)
{
	p->failures = 0;
}

void
pace_fini(struct pace *p)
{
	free(p->v);
	*p = (struct pace){ 0 };
}
