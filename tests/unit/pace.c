/* SPDX-License-Identifier: MIT */
#include "../../crdstatus/pace.h"
#include "check.h"

/* When crdstatus writes which status to an API, by a clock that is set here. */

static void
test_rate(void)
{
	struct pace p = { .rate = 20 };
	struct pace_item v[60] = { 0 }, *i;
	int64_t wake, now = 5000, last = 0;
	int n = 0;

	for (int k = 0; k < 60; k++)
		pace_add(&p, &v[k], 0, now);
	for (; p.n > 0; now = wake) {
		if ((i = pace_take(&p, now, &wake)) == NULL)
			continue;
		CHECK(last == 0 || now - last >= 50);
		last = now;
		wake = now;
		pace_spend(&p, i, now);
		n++;
	}
	CHECK_INT(n, 60);
	CHECK_INT(last - 5000, 59 * 50);
	pace_fini(&p);
}

static void
test_each(void)
{
	struct pace p = { .rate = 1000 };
	struct pace_item x = { 0 }, y = { 0 };
	int64_t wake;

	pace_add(&p, &x, 0, 0);
	CHECK(pace_take(&p, 0, &wake) == &x);
	pace_spend(&p, &x, 0);
	pace_add(&p, &x, 1, 10);
	CHECK(pace_take(&p, 10, &wake) == NULL);
	CHECK_INT(wake, 1000);
	pace_add(&p, &y, 0, 20); /* who has not been written need not wait */
	CHECK(pace_take(&p, 20, &wake) == &y);
	CHECK(pace_take(&p, 1000, &wake) == &x);
	CHECK(pace_take(&p, 2000, &wake) == NULL);
	CHECK(wake == INT64_MAX);
	pace_fini(&p);
}

static void
test_failing_first(void)
{
	struct pace p = { .rate = 1000 };
	struct pace_item v[4] = { 0 };
	int64_t wake;

	pace_add(&p, &v[0], 0, 0);
	pace_add(&p, &v[1], 0, 10000);
	pace_add(&p, &v[2], 0, 10001);
	pace_add(&p, &v[3], 1, 40001);
	pace_add(&p, &v[2], 1, 40001); /* it fails now, and came before */
	CHECK(pace_take(&p, 40002, &wake) == &v[2]);
	CHECK(pace_take(&p, 40002, &wake) == &v[0]); /* has waited for 40 s */
	CHECK(pace_take(&p, 40002, &wake) == &v[1]);
	CHECK(pace_take(&p, 40002, &wake) == &v[3]);
	pace_fini(&p);
}

static void
test_hold(void)
{
	struct pace p = { .rate = 1000 };
	struct pace_item x = { 0 };
	int64_t wake, was = 0;

	for (int k = 0; k < 10; k++) {
		pace_fail(&p, 0, 0, (uint64_t)k);
		pace_add(&p, &x, 0, 0);
		CHECK(pace_take(&p, 0, &wake) == NULL);
		CHECK(wake >= was && wake <= 33000);
		was = wake;
	}
	CHECK(was >= 30000);
	pace_ok(&p);
	pace_fail(&p, 40000, 0, 0);
	CHECK(pace_take(&p, 40000, &wake) == NULL);
	CHECK(wake >= 40250 && wake <= 40275);
	pace_fail(&p, 50000, 7000, 0); /* as the server says */
	CHECK(pace_take(&p, 56999, &wake) == NULL);
	CHECK_INT(wake, 57000);
	CHECK(pace_take(&p, 57000, &wake) == &x);
	pace_fini(&p);
}

int
main(void)
{
	test_rate();
	test_each();
	test_failing_first();
	test_hold();
	return check_end("pace");
}
