/* SPDX-License-Identifier: MIT */
#ifndef KQL_FN_H
#define KQL_FN_H

#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "buf.h"
#include "err.h"
#include "kql/fn/dyn.h"

/*
 * What the files of functions share: how a function is listed and how it
 * reads its arguments and gives its result (types.h).
 */
typedef void fn_call(sqlite3_context *, int n, sqlite3_value **);

/* A function of SQL: one entry for each number of arguments. */
struct fn {
	const char *name;
	int args; /* how many, -1 any */
	fn_call *call;
	int what;           /* which of those that share a C function */
	const void *detail; /* more of that */
};

/* An aggregate: step gets each row's arguments, end gives the result. */
struct fn_aggregate {
	const char *name;
	int args;
	fn_call *step;
	void (*end)(sqlite3_context *);
	int what;
};

/* A window function: step gets each row, value is asked for behind each, end,
 * which may be NULL, frees what step holds. */
struct fn_window {
	const char *name;
	int args;
	fn_call *step;
	void (*value)(sqlite3_context *);
	void (*end)(sqlite3_context *);
	int what;
};

/* The lists, one a file; each ends with a NULL name. */
extern const struct fn fn_math[], fn_compare[], fn_convert[], fn_string[],
    fn_regex[], fn_time[], fn_format[], fn_dynamic[];
extern const struct fn fn_real_calls[], fn_bits[], fn_text_more[], fn_encode[],
    fn_ipv4[], fn_ipv6[], fn_hash[], fn_locator[], fn_punycode[], fn_replace[],
    fn_path[], fn_decimal[], fn_local[], fn_units[];
extern const struct fn fn_rank_lists[], fn_arrays[], fn_sorts[], fn_sets[],
    fn_bags[], fn_json[];
extern const struct fn_aggregate fn_aggregates[], fn_collects[];
extern const struct fn_aggregate fn_decimals[];
extern const struct fn_aggregate fn_heaps[];
extern const struct fn_aggregate fn_bests[], fn_ranks[], fn_shapes[];
extern const struct fn fn_ranges[], fn_elementwise[], fn_filters[], fn_fits[],
    fn_vectors[];
extern const struct fn_aggregate fn_series_aggregates[];

extern const struct fn_aggregate fn_sketches[], fn_digests[];
extern const struct fn fn_sketch_calls[], fn_digest_calls[];

/* Register those of fn/window.c.  Returns SQLite's code. */
int fn_window_register(sqlite3 *);

/* Register those of fn/match.c, which share what is known of letters. */
int fn_match_register(sqlite3 *, struct err *e);

#define FN_FLAGS (SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS)

/* The entry by which a function was called. */
const struct fn *fn_self(sqlite3_context *);
const struct fn_aggregate *fn_self_aggregate(sqlite3_context *);
const struct fn_window *fn_self_window(sqlite3_context *);

/* A number: an integer or a double (NaN too), or null. */
struct fn_number {
	enum {
		FN_NULL,
		FN_INT,
		FN_REAL,
	} is;
	int64_t i;
	double d; /* set for an integer too */
};

/* An argument as the number that it is, or null. */
struct fn_number fn_number(sqlite3_value *);

/* 1 if any of the n arguments is null. */
int fn_any_null(int n, sqlite3_value **);

/* Give a double, NaN as types.h has it; bytes of text, copied. */
void fn_real(sqlite3_context *, double);
void fn_text(sqlite3_context *, const char *, size_t n);

/* Give the text of a buf and free it. */
void fn_buf(sqlite3_context *, struct buf *);

/* An argument of type dynamic; JSON's null for NULL. */
struct dyn fn_dyn(sqlite3_value *);

/* Give an array that was written by dyn_add, and free it. */
void fn_array(sqlite3_context *, struct buf *, size_t n);

/* The bytes of a text argument and their number. */
const char *fn_str(sqlite3_value *, size_t *n);

/* Less than 0, 0 or more than 0, as the first text is to the second by code
 * points: UTF-8 sorts as they do. */
int fn_text_order(sqlite3_value *, sqlite3_value *);

#endif
