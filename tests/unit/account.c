/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"

const char *const account_names[DESTS] = { "a", "b", "c" };

ticks
account_time(int second)
{
	static const int64_t base = INT64_C(63000000000); /* 1997 */

	return (base + second) * WHEN_SEC;
}

int
account_unit(ticks t)
{
	ticks step = ACCOUNT_STEP * WHEN_SEC;
	ticks unit = (t - account_time(ACCOUNT_FIRST) + step - 1) / step;

	if (unit < 0 || unit > ACCOUNT_UNITS)
		abort();
	return (int)unit;
}

int
account_second(int unit)
{
	return ACCOUNT_FIRST + unit * ACCOUNT_STEP;
}

void
account_note(
    struct account *a, int dest, ticks start, ticks end, enum fate fate)
{
	for (int u = account_unit(start); u < account_unit(end); u++)
		a->fate[dest][u] |= (char)fate;
}

static int
is_late(const struct owed *o, const char *name, int unit)
{
	ticks t = account_time(account_second(unit));

	for (size_t i = 0; i < o->nlates; i++)
		if (strcmp(o->lates[i].name, name) == 0 &&
		    o->lates[i].start <= t && t < o->lates[i].end)
			return 1;
	return 0;
}

static int
holds_for(struct account *a, const struct owed *o, int dest)
{
	const char *name = account_names[dest];
	const struct owed_dest *d = owed_find(o, name);
	ticks next = d != NULL ? d->next : o->last;
	struct account_dest *c = &a->dests[dest];
	int until = account_unit(next), unit;

	/* The status, where it has the list, may not have seen it yet. */
	if (o->listed && d == NULL)
		c->counts = 0;
	if (!c->counts)
		*c = (struct account_dest){ o->listed && d != NULL, next,
			until };
	unit = c->sure;
	while (unit < until && a->fate[dest][unit] != 0)
		unit++;
	c->sure = unit;
	for (; unit < until; unit++) {
		if (a->fate[dest][unit] != 0 || is_late(o, name, unit))
			continue;
		printf("the sample of second %d is lost to %s\n",
		    account_second(unit), name);
		return 0;
	}
	return 1;
}

int
account_holds(struct account *a, const struct owed *o, unsigned listed)
{
	if (!o->founded)
		return 1;
	for (int d = 0; d < DESTS; d++)
		if ((listed >> d & 1) == 0)
			a->dests[d].counts = 0;
		else if (!holds_for(a, o, d))
			return 0;
	return 1;
}

void
account_save(struct account *a)
{
	memcpy(a->saved, a->dests, sizeof(a->saved));
}

void
account_restore(struct account *a)
{
	memcpy(a->dests, a->saved, sizeof(a->dests));
}

void
account_start(struct account *a, ticks start)
{
	for (int d = 0; d < DESTS; d++)
		a->saved[d] =
		    (struct account_dest){ 1, start, account_unit(start) };
	account_restore(a);
}
