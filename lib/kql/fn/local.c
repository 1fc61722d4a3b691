/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "kql/fn/fn.h"
#include "when.h"
#include "zone.h"

static void
free_zone(void *z)
{
	zone_free(z);
}

/* The zone that is argument 1, kept from row to row by SQLite. */
static struct zone *
acquire(sqlite3_context *c, sqlite3_value **v, int *mine)
{
	struct zone *z = sqlite3_get_auxdata(c, 1);
	struct err e;
	size_t n;

	*mine = 0;
	if (z != NULL)
		return z;
	if ((z = zone_new(fn_str(v[1], &n), &e)) == NULL)
		sqlite3_result_error(c, e.msg, -1);
	*mine = z != NULL;
	return z;
}

/* datetime_utc_to_local(t, zone), datetime_local_to_utc(t, zone) */
static void
change(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	int to_utc = fn_self(c)->what, mine;
	ticks t = sqlite3_value_int64(v[0]);
	int64_t second;
	struct zone *z;

	if (fn_any_null(nargs, v) || (z = acquire(c, v, &mine)) == NULL)
		return;
	second = (when_floor(t, WHEN_SEC) - WHEN_EPOCH) / WHEN_SEC;
	if (to_utc)
		t += (zone_to_utc(z, second) - second) * WHEN_SEC;
	else
		t += zone_offset(z, second) * WHEN_SEC;
	if (t >= 0 && t <= WHEN_MAX)
		sqlite3_result_int64(c, t);
	if (mine)
		sqlite3_set_auxdata(c, 1, z, free_zone);
}

const struct fn fn_local[] = {
	{ "kql_utc_to_local", 2, change, 0, NULL },
	{ "kql_local_to_utc", 2, change, 1, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
