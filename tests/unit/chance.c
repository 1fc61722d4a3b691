/* SPDX-License-Identifier: MIT */
#include "chance.h"

int
chance_roll(uint64_t *random, int n)
{
	*random = *random * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (int)((*random >> 33) % (uint64_t)n);
}

void
outages_plan(struct outages *o, uint64_t *random, int until, int longest)
{
	for (int t = chance_roll(random, 300);
	     t < until * 4 / 5 && o->n < OUTAGES;
	     t += 100 + chance_roll(random, 400)) {
		o->v[o->n].from = t;
		t += 5 + chance_roll(random, longest);
		o->v[o->n++].to = t;
	}
}

int
outages_at(const struct outages *o, int now)
{
	for (int i = 0; i < o->n; i++)
		if (now >= o->v[i].from && now < o->v[i].to)
			return 1;
	return 0;
}
