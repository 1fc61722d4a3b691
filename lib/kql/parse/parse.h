/* SPDX-License-Identifier: MIT */
#ifndef KQL_PARSE_H
#define KQL_PARSE_H

#include <stddef.h>

#include "arena.h"
#include "kql/fail.h"
#include "kql/kql.h"
#include "kql/parse/ast.h"
#include "kql/parse/lex.h"

/* Read a query, all its statements.  Returns NULL with e. */
struct statement *parse(
    struct arena *, const char *text, ticks now, struct kql_error *e);

/* Read a literal, maybe with a sign, and nothing else.  Returns NULL with e. */
struct expr *parse_value(
    struct arena *, const char *text, ticks now, struct kql_error *e);

/*
 * Name number i of the operators behind a pipe, or of those that start a
 * query, and the parameters it takes (ended by NULL, or NULL).  NULL past the
 * last.  For the manual.
 */
const char *operator_name(size_t i, int source, const char *const **params);

/*
 * Read a file of functions: commands .create-or-alter function, or the lambda
 * or body of one, which then has the name.  Returns NULL with e.
 */
struct function *parse_script(struct arena *, const char *text,
    const char *name, ticks now, struct kql_error *e);

/*
 * What the parser's own files share.
 */
struct parser {
	struct arena *arena;
	const char *text;
	const struct token *t; /* the next token */
	int depth;             /* of nested parentheses and queries */
	struct kql_error *e;
};

/* Does the next token read so?  A word is a name, never a string. */
int at_punct(const struct parser *, const char *);
int at_word(const struct parser *, const char *);

/* Take the next token if it reads so. */
int take_punct(struct parser *, const char *);
int take_word(struct parser *, const char *);

/* Take it or refuse the query; what says what it is for.  0 or -1. */
int need_punct(struct parser *, const char *, const char *what);
int need_word(struct parser *, const char *, const char *what);

/* Refuse the next token.  Returns NULL. */
void *unexpected(const struct parser *, const char *wanted);

/* The same where all that could be read has been.  Returns NULL. */
void *unexpected_more(struct parser *);

/* parse/hint.c: "; ..." to put behind a message: what may be meant by the next
 * token, which nothing can begin with here; first is of the query.  Or "". */
const char *hint_behind(struct parser *, int first);

/* The same for the name of no operator: what others call one. */
const char *operator_hint(const char *name);

/* Count a level of nesting; refuses when there are too many.  0 or -1. */
int enter(struct parser *);
void leave(struct parser *);

/* A name, also ['a name'], that may be given to a column; or NULL. */
const char *parse_name(struct parser *, const char *what);

/* parse/keyword.c: a word that is no name without brackets; a soft one may be
 * given as a name. */
int is_keyword(const char *);
int is_soft_keyword(const char *);

/* Does a name start here, bracketed or not? */
int at_name(const struct parser *);

/* An expression of that kind and place, else empty; it lives in the arena. */
struct expr *expr_new(struct parser *, enum expr_kind, struct kql_at);

/* Expressions.  NULL with e when there is none. */
struct expr *parse_expr(struct parser *);
struct expr *parse_unary(struct parser *);

/* name = expr, (a, b) = expr, or expr; and a list of those by commas. */
struct expr *parse_item(struct parser *);
struct expr *parse_items(struct parser *);

/* Arguments by commas; each may be a query. */
struct expr *parse_args(struct parser *);

/* A table: a name or pattern, a path of cluster() and database(), (query). */
struct expr *parse_table(struct parser *);

/* Names and patterns a* by commas. */
struct expr *parse_column(struct parser *);
struct expr *parse_columns(struct parser *);

/* parse/expand.c: what is behind mv-expand and its like.  0 or -1. */
/* parse/scan.c: what is behind scan.  0 or -1. */
int read_scan(struct parser *, struct op *);

/* parse/series.c: what is behind make-series.  0 or -1. */
int read_make_series(struct parser *, struct op *);

/* parse/expand.c: what is behind mv-expand.  0 or -1. */
int read_expand(struct parser *, struct op *);
int read_mv_apply(struct parser *, struct op *);
int read_partition(struct parser *, struct op *);

/* parse/pattern.c: behind parse and parse-where, and parse-kv.  0 or -1. */
int read_parse(struct parser *, struct op *);
int read_parse_kv(struct parser *, struct op *);

/* parse/nested.c: behind top-nested and top-hitters.  0 or -1. */
int read_top_nested(struct parser *, struct op *);
int read_top_hitters(struct parser *, struct op *);

/* parse/clauses.c: expr [asc|desc] [nulls first|last] */
struct expr *parse_order(struct parser *);

/* What is behind sort, top, range and project-reorder.  0 or -1. */
int read_sort(struct parser *, struct op *);
int read_top(struct parser *, struct op *);
int read_range(struct parser *, struct op *);
int read_reorder(struct parser *, struct op *);

/* = value, behind a parameter's name.  0 or -1. */
int add_param(struct parser *, struct op *, const char *name);

/* (operators), as a query without a source. */
struct query *parse_subquery(struct parser *);

/* x:long, a column and its type; NULL with e when there is none. */
struct declared *parse_declared(struct parser *);

/* (x:long, ...), the parentheses too.  Returns 0, or -1 with e. */
int parse_schema(struct parser *, struct declared **);
int parse_schema_rest(struct parser *, struct declared **); /* behind ( */

/* A query: a source and its pipe. */
struct query *parse_query(struct parser *);

/* [view] (parameters) { body }, and whether one stands here. */
struct function *parse_function(struct parser *, const char *name);
int at_function(const struct parser *);

/* .create-or-alter function [with (...)] name(parameters) { body } */
struct function *parse_create(struct parser *);

/* parse/command.c: what is behind the dot of a command.  0 or -1. */
int read_command(struct parser *, struct op *);

/* Refuse a command that is none of ours, by its name; 0 for the others and
 * for queries. */
int check_command(const char *text, struct kql_error *);

/* Statements by semicolons, up to the end or a closing brace, not taken. */
struct statement *parse_statements(struct parser *);

#endif
