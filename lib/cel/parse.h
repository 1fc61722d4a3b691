/* SPDX-License-Identifier: MIT */
#ifndef CEL_PARSE_H
#define CEL_PARSE_H

#include "cel/lex.h"

struct cel_parser {
	struct cel_lexer lex;
	struct cel_token t; /* the next one */
	struct arena *a;
	struct cel_error *e;
	int depth; /* of what stands in brackets */
};

/* A node of that kind at a place. */
struct cel_node *cel_node(
    struct cel_parser *, enum cel_node_kind, struct cel_at);

/* Put arg (with those behind it) behind n's args. */
void cel_node_add(struct cel_node *n, struct cel_node *arg);

/*
 * Make a call that is has(), all() or the like what it stands for; others stay
 * as they are.  Returns -1 with the error set when its arguments are wrong.
 */
int cel_macro(struct cel_parser *, struct cel_node *call);

#endif
