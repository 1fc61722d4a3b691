/* SPDX-License-Identifier: MIT */
#include "hold.h"
#include "check.h"

static struct hold h;

static struct window
window(const char *name, int start)
{
	return (struct window){ .namespace = "m",
		.name = name,
		.rule = "",
		.uid = "",
		.start = start * WHEN_SEC,
		.end = (start + 5) * WHEN_SEC };
}

static int
held(const char *name, int start)
{
	struct window w = window(name, start);

	return hold_has(&h, &w);
}

static void
answer(const char *name, int start, enum receipt_status status)
{
	struct window w = window(name, start);

	hold_answered(&h, &w, status);
}

static void
failures(void)
{
	answer("x", 10, RECEIPT_DELIVERED);
	CHECK(!held("x", 15));
	answer("x", 15, RECEIPT_BEGUN);
	answer("x", 15, RECEIPT_FAILED);
	CHECK(held("x", 20));
	CHECK(!held("x", 15)); /* that very window may come again */
	CHECK(!held("x", 10));
	CHECK(!held("y", 20));
	answer("x", 10, RECEIPT_FAILED); /* an older one */
	CHECK(held("x", 15));
	answer("x", 10, RECEIPT_REJECTED); /* went through */
	CHECK(!held("x", 15));
}

static void
exceptions(void)
{
	struct window late = window("x", 5), over = window("x", 10);

	late.late = 1;
	over.pass_over = 1;
	hold_answered(&h, &late, RECEIPT_FAILED);
	CHECK(!held("x", 20));
	answer("x", 10, RECEIPT_FAILED);
	CHECK(held("x", 20));
	late.start = 20 * WHEN_SEC;
	CHECK(!hold_has(&h, &late));
	hold_answered(&h, &late, RECEIPT_DELIVERED);
	CHECK(held("x", 20)); /* a late window ends no hold */
	hold_answered(&h, &over, RECEIPT_FAILED);
	CHECK(!held("x", 20));
}

/* The status shows what became of the window that failed; but the one at 15
 * was held, and that at 20 may not go before it. */
static void
lapses(void)
{
	struct window w = window("z", 20);

	answer("z", 10, RECEIPT_FAILED);
	w.settled = 10 * WHEN_SEC;
	CHECK(hold_has(&h, &w));
	w.settled = 15 * WHEN_SEC;
	CHECK(hold_has(&h, &w));
	w.settled = 20 * WHEN_SEC;
	CHECK(!hold_has(&h, &w));
	hold_answered(&h, &w, RECEIPT_DELIVERED);
	CHECK(!held("z", 25));
}

static void
identity(void)
{
	struct window w = window("x", 20);

	answer("x", 10, RECEIPT_FAILED);
	w.rule = "r";
	CHECK(!hold_has(&h, &w));
	w.rule = "";
	w.uid = "u";
	CHECK(!hold_has(&h, &w)); /* deleted and made anew */
}

int
main(void)
{
	failures();
	exceptions();
	lapses();
	identity();
	hold_fini(&h);
	return check_end("hold");
}
