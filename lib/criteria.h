/* SPDX-License-Identifier: MIT */
#ifndef CRITERIA_H
#define CRITERIA_H

#include "err.h"
#include "fields.h"
#include "json.h"
#include "labels.h"

/* What it takes for a resource's criteria to match this instance's labels. */
enum criteria_mode {
	CRITERIA_ANY, /* one key with one of its values, as upstream does */
	CRITERIA_ALL, /* every key, for criteria as a security boundary */
};

/*
 * Whether spec.criteria is a map of lists of text.  Returns -1 with ST_DATA
 * and the member that is not.
 */
int criteria_check(
    const struct json *criteria, const struct place *, struct err *);

/*
 * Whether checked criteria (NULL: none) match.  The case of letters does
 * not count, neither in keys nor in values.  No criteria match everywhere; a
 * key without values never matches.
 */
int criteria_match(
    const struct json *criteria, const struct labels *, enum criteria_mode);

/*
 * Whether checked criteria match and an expression (CEL over the labels, NULL
 * or blank: none) holds.  Returns 1, 0, or -1 with ST_DATA and where the
 * expression is wrong; where the criteria do not match it is not looked at.
 */
int criteria_judge(const struct json *criteria, const char *expression,
    const struct labels *, enum criteria_mode, struct err *);

#endif
