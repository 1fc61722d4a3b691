/* SPDX-License-Identifier: MIT */
#ifndef KQL_PARSE_OPERATORS_H
#define KQL_PARSE_OPERATORS_H

#include "kql/parse/parse.h"

/*
 * Readers of what stands behind an operator's name and parameters, where that
 * is more than a list.  Each returns 0, or -1 with e.
 */

/* parse/join.c: TABLE on CONDITIONS, of join and lookup. */
int read_join(struct parser *, struct op *);

/* parse/search.c: in (TABLES) PREDICATE. */
int read_search(struct parser *, struct op *);

/* parse/search.c: in (TABLES) where PREDICATE project COLUMNS, pack_all() */
int read_find(struct parser *, struct op *);

/* parse/fork.c: (operators) name = (operators) ..., of fork; by COLUMNS with
 * (operators), of facet. */
int read_fork(struct parser *, struct op *);
int read_facet(struct parser *, struct op *);

/* parse/evaluate.c: PLUGIN(...) : (COLUMNS). */
int read_evaluate(struct parser *, struct op *);

/* parse/externaldata.c: (COLUMNS) [FILES] with (PROPERTIES). */
int read_externaldata(struct parser *, struct op *);

/* parse/sample.c: N of COLUMN. */
int read_sample_distinct(struct parser *, struct op *);

#endif
