/* SPDX-License-Identifier: MIT */
#ifndef KQL_DECIMAL_H
#define KQL_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

/*
 * Decimal numbers of 34 digits, rounded half to even as IEEE 754 decimal128
 * has it.  Infinities and NaN are none of them: a result without a value is
 * -1.  Written here because Debian 12 has no libmpdec.
 */
#define DECIMAL_DIGITS 34
#define DECIMAL_TEXT   6200 /* bytes that any takes as text */

struct decimal {
	unsigned __int128 digits; /* below 10^34; without a zero at its end */
	int exponent;
	int negative;
};

/* Read all n bytes: a sign, digits, a point, an exponent.  0, or -1. */
int decimal_parse(const char *, size_t n, struct decimal *);

/* Write it: all its digits, a point where it needs one.  Returns the length.
 * Two that are equal have the same text. */
size_t decimal_text(char out[DECIMAL_TEXT], const struct decimal *);

/* The number that is n, or nearest to it. */
struct decimal decimal_of(int64_t n);

/* Sum, product, quotient; the remainder is never negative.  0, or -1. */
int decimal_add(struct decimal *, struct decimal, struct decimal);
int decimal_mul(struct decimal *, struct decimal, struct decimal);
int decimal_div(struct decimal *, struct decimal, struct decimal);
int decimal_mod(struct decimal *, struct decimal, struct decimal);

/* Less than 0, 0 or more than 0, as the first is to the second. */
int decimal_compare(struct decimal, struct decimal);

/* To so many digits behind the point, half away from 0; 0 cuts to below. */
struct decimal decimal_round(struct decimal, int places);
struct decimal decimal_floor(struct decimal);

#endif
