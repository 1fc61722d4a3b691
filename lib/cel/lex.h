/* SPDX-License-Identifier: MIT */
#ifndef CEL_LEX_H
#define CEL_LEX_H

#include "cel/ast.h"

/* Tokens of one character are that character. */
enum cel_token_kind {
	T_END = 256,
	T_NAME,
	T_LITERAL, /* value; of an integer without sign: its size in value.u */
	T_EQ,
	T_NE,
	T_LE,
	T_GE,
	T_AND,
	T_OR,
};

struct cel_token {
	int kind;
	struct cel_at at;
	const char *s; /* as it was written, n bytes */
	size_t n;
	struct cel_value value;
};

struct cel_lexer {
	const char *s, *end;
	struct cel_at at; /* of s */
	struct arena *a;
	struct cel_error *e;
};

/* The next token; T_END at the end, for ever.  Returns 0, or -1 with e set. */
int cel_lex(struct cel_lexer *, struct cel_token *);

/* Pass over n bytes, counting lines and characters. */
void cel_lex_pass(struct cel_lexer *, size_t n);

/*
 * Read a string literal whose quotes start skip bytes behind l->s: bytes
 * instead of characters if that is set, no escapes if raw.
 */
int cel_lex_string(
    struct cel_lexer *l, struct cel_token *, size_t skip, int bytes, int raw);

#endif
