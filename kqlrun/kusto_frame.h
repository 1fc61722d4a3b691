/* SPDX-License-Identifier: MIT */
#ifndef KUSTO_FRAME_H
#define KUSTO_FRAME_H

#include "json.h"
#include "kusto_reader.h"

/*
 * Judging the frames of an answer, and what else a service may send in their
 * place (Microsoft's pages "Query V2 HTTP response" and "Query/management HTTP
 * response"): the half of kusto_reader that knows what frames mean.
 */

/* Set the fault of the answer; the first one counts.  Returns -1. */
int kusto_fault(struct kusto_reader *, const char *code, int permanent,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A fault: what came is not Kusto's.  Returns -1. */
int kusto_no_answer(struct kusto_reader *, const char *what);

/* Text as a tree in the reader's arena; NULL is a fault. */
struct json *kusto_parse(struct kusto_reader *, const struct buf *);

/* Whether a member of a frame is that string. */
int kusto_is(const struct json *frame, const char *member, const char *what);

/* Errors that any object may carry: a fault and -1 if there are some. */
int kusto_check_errors(struct kusto_reader *, const struct json *);

/*
 * Judge a frame, of which the rows are in rest unless it was split.  Returns
 * 0, or -1 with the fault.
 */
int kusto_judge(struct kusto_reader *, const struct json *frame);

#endif
