/* SPDX-License-Identifier: MIT */
#include "verdict.h"
#include "check.h"

#define OOO  "out of order sample\n"
#define DUP  "duplicate sample for timestamp\n"
#define OLD  "too old sample\n"
#define OOB  "out of bounds\n"
#define MIM  "the sample has been rejected (err-mimir-sample-out-of-order)"
#define NONE "unexpected\n"

static struct verdict_query
query(int http, const char *body)
{
	return (struct verdict_query){
		.http = http, .body = body, .len = strlen(body), .samples = 10
	};
}

static enum verdict
judge(int http, const char *body)
{
	struct verdict_query q = query(http, body);

	return verdict_http(&q);
}

static enum verdict
again(int http, const char *body, int late)
{
	struct verdict_query q = query(http, body);

	q.again = 1;
	q.late = late;
	return verdict_http(&q);
}

static void
first_tries(void)
{
	static const int failed[] = { 0, 301, 401, 403, 404, 405, 408, 415, 429,
		500, 502, 503, 504, 529 };

	CHECK_INT(judge(200, ""), VERDICT_TAKEN);
	CHECK_INT(judge(204, OOO), VERDICT_TAKEN);
	CHECK_INT(judge(400, OOO), VERDICT_REJECTED);
	CHECK_INT(judge(400, NONE), VERDICT_REJECTED);
	CHECK_INT(judge(409, DUP), VERDICT_REJECTED);
	CHECK_INT(judge(422, ""), VERDICT_REJECTED);
	CHECK_INT(judge(500, OLD), VERDICT_REJECTED);
	CHECK_INT(judge(503, OOO), VERDICT_FAILED);
	CHECK_INT(judge(413, ""), VERDICT_TOO_BIG);
	for (size_t i = 0; i < sizeof(failed) / sizeof(*failed); i++)
		CHECK_INT(judge(failed[i], NONE), VERDICT_FAILED);
}

/* What says neither may have gone on to say that it is there. */
static void
cut_answers(void)
{
	static const int about[] = { 400, 409, 422 };
	struct verdict_query q;

	for (size_t i = 0; i < 3; i++) {
		q = query(about[i], "out of ord");
		q.cut = q.again = 1;
		CHECK_INT(verdict_http(&q), VERDICT_FAILED);
	}
	q = query(413, "");
	q.cut = 1;
	CHECK_INT(verdict_http(&q), VERDICT_TOO_BIG);
	q = query(400, OLD);
	q.cut = 1;
	CHECK_INT(verdict_http(&q), VERDICT_REJECTED);
}

static void
later_tries(void)
{
	struct verdict_query q;

	CHECK_INT(again(400, OOO, 0), VERDICT_HAD);
	CHECK_INT(again(400, DUP, 0), VERDICT_HAD);
	CHECK_INT(again(400, MIM, 0), VERDICT_HAD);
	CHECK_INT(again(409, OOO, 0), VERDICT_HAD);
	CHECK_INT(again(400, OOO, 1), VERDICT_REJECTED);
	CHECK_INT(again(400, OOB, 0), VERDICT_REJECTED);
	CHECK_INT(again(400, OOO OOB, 0), VERDICT_REJECTED);
	CHECK_INT(again(400, OLD, 0), VERDICT_REJECTED);
	CHECK_INT(again(500, OLD, 0), VERDICT_REJECTED);
	CHECK_INT(again(400, NONE, 0), VERDICT_REJECTED);
	CHECK_INT(again(500, OOO, 0), VERDICT_FAILED);
	q = query(400, OOO);
	q.tried_before = 1;
	CHECK_INT(verdict_http(&q), VERDICT_HAD);
	q.late = 1;
	CHECK_INT(verdict_http(&q), VERDICT_REJECTED);
	q = query(413, "");
	q.samples = 1;
	CHECK_INT(verdict_http(&q), VERDICT_REJECTED);
	q = query(400, OOO);
	q.again = 1;
	q.len = 5; /* what was read of it says nothing yet */
	CHECK_INT(verdict_http(&q), VERDICT_REJECTED);
}

int
main(void)
{
	char code[VERDICT_CODE_MAX];

	first_tries();
	cut_answers();
	later_tries();
	CHECK_STR(verdict_code(code, 503), "Http503");
	return check_end("verdict");
}
