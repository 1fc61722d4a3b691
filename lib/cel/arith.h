/* SPDX-License-Identifier: MIT */
#ifndef CEL_ARITH_H
#define CEL_ARITH_H

#include "cel/run.h"

/* + - * / % of two values that have it, by the operator's character. */
int cel_arith(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out);

/* - of an int or a double. */
int cel_negate(struct cel_run *r, const struct cel_value *args, int n,
    struct cel_value *out);

#define CEL_NS         INT64_C(1000000000)   /* in a second */
#define CEL_SECOND_MIN INT64_C(-62135596800) /* 0001-01-01 */
#define CEL_SECOND_MAX INT64_C(253402300799) /* the last of 9999 */

#endif
