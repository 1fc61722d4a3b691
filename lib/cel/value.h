/* SPDX-License-Identifier: MIT */
#ifndef CEL_VALUE_H
#define CEL_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* The kinds of values; those of types are the same and dyn. */
enum cel_kind {
	CK_DYN, /* of a type only: not known before it is evaluated */
	CK_NULL,
	CK_BOOL,
	CK_INT,
	CK_UINT,
	CK_DOUBLE,
	CK_STRING,
	CK_BYTES,
	CK_TIMESTAMP,
	CK_DURATION,
	CK_LIST,
	CK_MAP,
	CK_TYPE,
	CK_PARAM, /* of a type only: to be found out by the checker */
};

struct cel_value;

/* Elements, or the keys and values of a map in the order they were given. */
struct cel_list {
	size_t n;
	struct cel_value *v;
};

struct cel_map {
	size_t n;
	struct cel_value *keys, *values;
};

/* A value; what it points to lives in the arena of the evaluation. */
struct cel_value {
	enum cel_kind kind;
	int32_t ns; /* of a timestamp, behind its second: 0 to 999,999,999 */
	union {
		int b;
		int64_t i; /* int; ns of a duration; a timestamp's second
			    * since 1970 */
		uint64_t u;
		double d;
		struct {
			const char *s;
			size_t n;
		} s; /* string (UTF-8) and bytes; no NUL behind them */
		const struct cel_list *list;
		const struct cel_map *map;
		enum cel_kind type;
	};
};

/* Values of each kind; text and bytes are borrowed. */
struct cel_value cel_bool(int);
struct cel_value cel_int(int64_t);
struct cel_value cel_uint(uint64_t);
struct cel_value cel_double(double);
struct cel_value cel_string(const char *, size_t n);
struct cel_value cel_bytes(const char *, size_t n);

/* "int", "google.protobuf.Timestamp": a kind as CEL calls it. */
const char *cel_kind_name(enum cel_kind);

/*
 * Order two values of one kind, or two numbers of any (an integer beside a
 * double is compared as one, as upstream does).
 * Returns less than, equal to or greater than 0, or CEL_UNORDERED (a NaN, or
 * kinds that have no order).
 */
#define CEL_UNORDERED 2
int cel_compare(const struct cel_value *, const struct cel_value *);

/*
 * Whether two values are equal; those of different kinds are not, numbers
 * apart.  Each value looked at is added to *steps, and the answer is -1 once
 * there are more than most.
 */
int cel_equal(const struct cel_value *, const struct cel_value *, size_t *steps,
    size_t most);

#endif
