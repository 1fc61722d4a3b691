/* SPDX-License-Identifier: MIT */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdint.h>

#include "arena.h"
#include "control.h"
#include "err.h"
#include "receipt.h"
#include "ship.h"

/* A window as a sender goes through it, and what it will say of it. */
struct answer {
	int open;          /* its end has not come */
	int named;         /* it has a @window; else it ends with the file */
	const char *stage; /* whose errors these are; borrowed */
	struct arena a;    /* all strings here */
	struct window w;
	int64_t samples;        /* lines that came */
	int64_t promised;       /* that its @end counts; -1: not said */
	int64_t refused;        /* here, for their times */
	int64_t doubles;        /* dropped: their series and time came again */
	struct end_error error; /* stage NULL: none so far */
	int rejected;           /* the error is no failure: status rejected */
	struct ship_count count;
};

/* Begin a window: from its @window line, or the one without a name.  stage is
 * the tool. */
int answer_begin(struct answer *, const char *stage, const char *line, size_t n,
    struct err *e);
void answer_begin_unnamed(struct answer *, const char *stage);

/* Take its @end.  Returns -1 with e set for a line that makes no sense. */
int answer_end(struct answer *, const char *line, size_t n, struct err *e);

/* Say why it fails, unless that was said already.  message is copied. */
void answer_fail(struct answer *, const char *code, const char *message);

/* Refuse a sample of that line and time (ms) here, unsent. */
void answer_refuse(struct answer *, int64_t line, int64_t ms, const char *why);

/* Say so from what the last request came to. */
void answer_fail_sent(struct answer *);

/* What is true of it now that all is counted. */
enum receipt_status answer_status(const struct answer *);

/* Append its receipt; begun when it has only begun. */
void answer_write(const struct answer *, enum receipt_status,
    const char *destination, struct buf *);

/* Log what became of it. */
void answer_log(const struct answer *, enum receipt_status);

/* Append the @condition line as JSON.  Returns -1 with ST_DATA. */
int answer_condition(
    const char *line, size_t n, struct buf *out, struct err *e);

/* Close it; its strings go. */
void answer_close(struct answer *);

#endif
