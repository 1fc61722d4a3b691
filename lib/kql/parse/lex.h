/* SPDX-License-Identifier: MIT */
#ifndef KQL_LEX_H
#define KQL_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "kql/fail.h"
#include "kql/kql.h"
#include "kql/types.h"

enum token_kind {
	T_END,
	T_NAME,    /* text: the name */
	T_STRING,  /* text: its value, escapes resolved */
	T_LITERAL, /* type, and null, n or real or text as the type asks */
	T_DYNAMIC, /* dynamic(...): text is what stands between */
	T_PUNCT,   /* text: ( ) [ ] | , == .. !has and so on */
};

/* A token.  text lives in the arena and ends with a NUL. */
struct token {
	enum token_kind kind;
	enum kql_type type;
	struct kql_at at;
	size_t from, to; /* bytes of the query, to see what touches what */
	const char *text;
	size_t len;
	int null;
	int over;  /* 9223372036854775808: one too large for a long */
	int64_t n; /* bool, int, long, datetime, timespan */
	double real;
};

/*
 * Cut a query into tokens, the last of them T_END.  Returns their number, or
 * 0 with e: NUL bytes, bytes that are no UTF-8, open strings, numbers out of
 * range.  now is what datetime() stands for.
 */
size_t lex(struct arena *, const char *query, ticks now, struct token **,
    struct kql_error *e);

#endif
