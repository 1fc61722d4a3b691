/* SPDX-License-Identifier: MIT */
#ifndef KQL_SERIES_H
#define KQL_SERIES_H

#include <stddef.h>

#include "kql/fn/fn.h"

/*
 * Arrays of numbers, which the functions of series read from a dynamic value.
 * What is no number is null; NaN and the infinities, which stand there as
 * strings, are numbers.
 */
struct series {
	struct fn_number *v; /* in held */
	size_t n;
	struct buf held;
	int scalar; /* it was one number, not an array */
	int real;   /* an element is a double: the others are meant as such */
};

/* Read an argument; a number stands for an array of it, v[0].  Returns 0, or
 * -1 when it is neither. */
int series_read(struct series *, sqlite3_value *);
void series_free(struct series *);

/* Element i; of a number that number, behind the end null. */
struct fn_number series_at(const struct series *, size_t i);

/* Are all elements numbers that are finite? */
int series_is_finite(const struct series *);

/* Append a number as JSON, null too; real: a double even if it is an int. */
void series_put(struct buf *, struct fn_number, int real);

/* Give n doubles as an array; append them. */
void series_reals(sqlite3_context *, const double *, size_t n);
void series_put_reals(struct buf *, const double *, size_t n);

/* Room for n doubles that are 0, in a buf to be freed. */
double *series_doubles(struct buf *, size_t n);

#endif
