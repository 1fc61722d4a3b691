/* SPDX-License-Identifier: MIT */
#ifndef CEL_FNS_H
#define CEL_FNS_H

#include "cel/run.h"

/*
 * A function or operator (named as the checker says it: _+_, -_, _[_], @in).
 * A signature is the types of its arguments, ">" and that of its result:
 *
 *	b bool  i int  u uint  d double  s string  y bytes  n null_type
 *	t timestamp  D duration  * dyn  A B any type, the same each time
 *	L list of  M map from, to  T type of
 *
 * With "." in front it is called as a member of its first argument; with "~"
 * only evaluating knows it, for arguments whose types were dyn.
 */
struct cel_fn {
	const char *name;
	int (*call)(struct cel_run *, const struct cel_value *args, int n,
	    struct cel_value *out);
	const char *const *signatures; /* NULL ends them */
	int what;                      /* for call, by run->fn */
};

/* The signatures of a row. */
#define SIGNATURES(...)           \
	(const char *const[])     \
	{                         \
		__VA_ARGS__, NULL \
	}

/* Every function, by families; a name of NULL ends each. */
extern const struct cel_fn cel_fns_operator[];
extern const struct cel_fn cel_fns_text[];
extern const struct cel_fn cel_fns_convert[];
extern const struct cel_fn cel_fns_time[];
extern const struct cel_fn *const cel_fns[]; /* NULL ends them */

/* The function of that name, or NULL. */
const struct cel_fn *cel_fn_find(const char *name);

/* Whether a signature takes values of these kinds. */
int cel_fn_takes(const char *signature, const struct cel_value *args, int n);

#define CEL_ARGS_MAX 4 /* that any signature has */

#endif
