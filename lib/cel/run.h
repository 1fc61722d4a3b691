/* SPDX-License-Identifier: MIT */
#ifndef CEL_RUN_H
#define CEL_RUN_H

#include "cel/ast.h"
#include "regex.h"
#include "zone.h"

#define CEL_STEPS_MAX 1000000 /* values made or looked at, about */
#define CEL_MATCH_MS  1000    /* spent on regular expressions */

/* An evaluation. */
struct cel_run {
	struct arena *a; /* all values */
	struct cel_error *e;
	struct cel_at at;        /* of the call being made */
	const struct cel_fn *fn; /* that is called */
	size_t steps;
	int fatal;               /* a limit was hit: && and || go no further */
	struct cel_value *slots; /* of the variables of loops */

	/* What the last call that needed one has left. */
	struct regex *regex;
	struct cel_value pattern; /* of regex */
	int64_t match_ms;
	struct zone *zone;
	const char *zone_name;
};

/* Evaluate a checked tree.  Returns 0, or -1 with r->e set. */
int cel_eval(struct cel_run *r, const struct cel_node *, struct cel_value *out);

/* The same for an N_LOOP. */
int cel_eval_loop(
    struct cel_run *r, const struct cel_node *, struct cel_value *out);

/* An error of the call being made.  Returns -1. */
int cel_run_fail(struct cel_run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Count work.  Returns 0, or -1 with an error that nothing absorbs. */
int cel_run_work(struct cel_run *r, size_t steps);

/* Set fatal beside an error that was set.  Returns -1. */
int cel_run_give_up(struct cel_run *r);

/* As cel_equal(), counted; -1 with the error set when it is too much. */
int cel_run_equal(
    struct cel_run *r, const struct cel_value *, const struct cel_value *);

/* Where a map has a key: 1, or 0; -1 with the error set. */
int cel_run_find(struct cel_run *r, const struct cel_map *,
    const struct cel_value *key, size_t *at);

/*
 * Parse, check and evaluate n bytes; values live in the arena.  Returns 0, or
 * -1 with e set.
 */
int cel_evaluate(struct arena *, const char *text, size_t n,
    const struct cel_vars *, struct cel_value *out, struct cel_error *e);

#endif
