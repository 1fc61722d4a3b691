/* SPDX-License-Identifier: MIT */
#ifndef KQL_AST_H
#define KQL_AST_H

#include <stddef.h>
#include <stdint.h>

#include "kql/fail.h"
#include "kql/types.h"

/*
 * A query as it was written, with the place of each part; nothing is looked
 * up yet.  Everything lives in the arena of the query.
 */
enum expr_kind {
	E_LITERAL, /* type, null, and n, real or text as the type asks */
	E_NAME,    /* text */
	E_STAR,    /* *, or a name with stars in it */
	E_CALL,    /* text ( args ) */
	E_METHOD,  /* first arg . text ( other args ) */
	E_UNARY,   /* text: - or + */
	E_BINARY,  /* text: the operator; and, or have two args or more */
	E_IN,      /* text: in, !in~, has_any ...; first arg, then the list */
	E_BETWEEN, /* text: between, !between; three args */
	E_MEMBER,  /* arg . text */
	E_INDEX,   /* first arg [ second arg ] */
	E_ASSIGN,  /* text = arg; several names: (names) = arg */
	E_ORDER,   /* arg asc|desc nulls first|last */
	E_QUERY,   /* a query in parentheses */
};

struct query;

struct expr {
	enum expr_kind kind;
	enum kql_type type;
	struct kql_at at;
	const char *text;
	size_t len;
	int null;
	int over; /* of E_LITERAL, as a token's */
	int64_t n;
	double real;
	int depth;           /* nodes below, the longest way */
	int descending;      /* E_ORDER */
	int nulls_last;      /* E_ORDER */
	struct expr *names;  /* E_ASSIGN with several */
	struct expr *args;   /* the parts, by next */
	struct expr *next;   /* in a list */
	struct query *query; /* E_QUERY */
};

/* How the columns that a pattern of project-reorder fits are sorted: by their
 * names, and granny's way numbers in them by their values. */
enum reorder {
	REORDER_NONE,
	REORDER_ASC,
	REORDER_DESC,
	REORDER_GRANNY_ASC,
	REORDER_GRANNY_DESC,
};

enum op_kind {
	OP_SOURCE, /* args: an expression that must turn out to be a table */
	OP_DATATABLE,
	OP_PRINT,
	OP_RANGE, /* args: name = from, to, step */
	OP_UNION,
	OP_WHERE,
	OP_EXTEND,
	OP_PROJECT,
	OP_PROJECT_AWAY,
	OP_PROJECT_KEEP,
	OP_PROJECT_RENAME,
	OP_PROJECT_REORDER,
	OP_SUMMARIZE, /* args, by */
	OP_SORT,      /* args: E_ORDER */
	OP_TAKE,
	OP_TOP, /* args: the number; by: one E_ORDER */
	OP_COUNT,
	OP_DISTINCT,
	OP_RENDER, /* args: the chart's name */
	OP_AS,     /* args: the name */
	OP_MAKE_SERIES,
	OP_SCAN,
	OP_SERIALIZE,
	OP_MV_EXPAND, /* args, columns: a type for each, by: the limit */
	OP_INVOKE,    /* args: a call */
	OP_GETSCHEMA,
	OP_COMMAND,   /* args: what it shows, then the names of which */
	OP_MV_APPLY,  /* the same, and query */
	OP_PARTITION, /* by: the column, query */
	/* query: an operator for each level; args: key, number; by: E_ORDER */
	OP_TOP_NESTED,
	OP_TOP_HITTERS,  /* args: number, column; by: the weight, or NULL */
	OP_PARSE,        /* by: the text, args: literals, names with types, * */
	OP_PARSE_KV,     /* args: the text, columns: the keys */
	OP_JOIN,         /* args: the other table; by: the conditions */
	OP_LOOKUP,       /* the same */
	OP_SEARCH,       /* args: the predicate; by: the tables, or none */
	OP_EXTERNALDATA, /* columns, args: the files, params: how */
	OP_SAMPLE_DISTINCT, /* args: the number; by: the column */
	OP_EVALUATE, /* args: the call; by: a star, columns: what it gives */
	OP_FORK,     /* query: one for each leg; its query, args: the name */
	OP_FACET,    /* by: the columns; query, or NULL */
	OP_CONSUME,
	OP_FIND, /* args, by as OP_SEARCH; columns: pack_ without a name */
};

/* kind=outer, withsource=T */
struct param {
	const char *name;
	struct expr *value;
	struct kql_at at;
	struct param *next;
};

/* x:long of a datatable; only a type, or none, behind mv-expand */
struct declared {
	const char *name;
	enum kql_type type;
	struct kql_at at;
	struct expr *value; /* in scan's declare x:long = 0, else NULL */
	struct declared *next;
};

/* default=0 behind an aggregate of make-series; value NULL: none */
struct series_default {
	struct expr *value;
	struct series_default *next;
};

/* on axis from x to y step z, or in range(x, y, z), which has its end in it;
 * from and to may be NULL. */
struct make_series {
	struct series_default *defaults; /* one for each of the aggregates */
	struct expr *axis;
	struct expr *from, *to, *step;
	int inclusive;
};

struct scan_step {
	const char *name;
	const char *output; /* all, last, none */
	struct kql_at at;
	struct expr *condition;
	struct expr *values; /* name = value, ... */
	struct scan_step *next;
};

struct scan_op {
	const char *match; /* the column of with_match_id, or NULL */
	struct declared *columns;
	struct scan_step *steps;
};

struct op {
	enum op_kind kind;
	struct kql_at at;
	const char *name; /* as written: order, limit, ... */
	struct param *params;
	struct expr *args;
	struct expr *by;
	struct query *query;        /* what is run over parts of the rows */
	struct declared *columns;   /* OP_DATATABLE; its values are args */
	struct make_series *series; /* OP_MAKE_SERIES; args, by too */
	struct scan_op *scan;       /* OP_SCAN */
	struct op *next;
};

/* A source and the operators that its rows go through. */
struct query {
	struct op *ops;
};

/* x:long = 5, T:(x:long) or T:(*), of a function or of declare. */
struct parameter {
	const char *name;
	struct kql_at at;
	enum kql_type type;       /* KT_NONE: a table */
	struct declared *columns; /* that the table must have */
	struct expr *value;       /* if none is given, or NULL */
	struct parameter *next;
};

struct statement;

/* [view] (parameters) { statements } */
struct function {
	const char *name;
	struct kql_at at;
	int view;
	struct parameter *parameters;
	struct statement *body;         /* the last is the result */
	const char *signature, *text;   /* parameters and body as written */
	const char *folder, *docstring; /* or NULL */
	struct function *next;          /* in a script */
};

enum statement_kind {
	S_QUERY,
	S_LET,     /* query or function */
	S_SET,     /* value */
	S_DECLARE, /* parameters of the query */
	S_ALIAS,   /* value: what name stands for, a database */
	S_CREATE,  /* function: what a command would store */
};

struct statement {
	enum statement_kind kind;
	struct kql_at at;
	const char *name;
	struct query *query;
	struct function *function;
	struct parameter *parameters;
	struct expr *value;
	struct statement *next;
};

/* An expression that is a query is one whose only operator is a source. */
static inline struct expr *
query_expr(const struct query *q)
{
	return q->ops->kind == OP_SOURCE && q->ops->next == NULL ? q->ops->args
								 : NULL;
}

#endif
