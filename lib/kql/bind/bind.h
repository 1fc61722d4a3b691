/* SPDX-License-Identifier: MIT */
#ifndef KQL_BIND_H
#define KQL_BIND_H

#include <stddef.h>

#include "arena.h"
#include "kql/bind/plan.h"
#include "kql/builtins/builtins.h"
#include "kql/data/store.h"
#include "kql/fail.h"
#include "kql/parse/ast.h"
#include "when.h"

/* A name that let, as or a parameter has given: a value, a table, or a
 * function, which sees the names that were there before it. */
struct let {
	const char *name;
	struct tx *value;
	struct plan *plan;
	const struct function *function;
	const char *file; /* that defines the function, or NULL */
	int database;     /* in which it looks for tables */
	int busy;         /* it is being called */
	int view;         /* union and search find it by a pattern */
	int level;        /* of the query whose row the value depends on */
	struct let *next; /* the one before it; the newest is found first */
};

/* What an expression turns out to be: a value, or a table. */
struct bound {
	struct tx *value;
	struct plan *plan;
};

/* The functions that a database's files define, and what is wrong with those
 * files that define none. */
struct stored_function {
	struct let let;
	struct stored_function *next;
};

struct bad_script {
	const char *file;
	struct kql_error why;
	struct bad_script *next;
};

struct stored {
	int database;
	struct stored_function *functions;
	struct bad_script *bad;
	struct stored *next;
};

/* What alias database has named. */
struct alias {
	const char *name;
	int database;
	struct alias *next;
};

/* Where aggregates may stand. */
enum aggregates {
	AGG_NONE,
	AGG_WANTED, /* in summarize, and columns only inside of them */
	AGG_INSIDE, /* in the arguments of one: no other */
};

/* A table that the query reads, to be loaded before it runs. */
struct scan {
	int database;
	const char *table;
	struct kql_at at;
	struct scan *next;
};

/* What binding knows.  The fields from row on change as it goes. */
struct binder {
	struct arena *arena;
	struct kql_store *store;
	int database; /* the default one */
	ticks now;
	const struct kql_parameter *parameters; /* of the request */
	int64_t take_max; /* rows of each result, by set; 0: all */
	int64_t max_rows; /* more are an error, by set; 0: no limit */
	const struct expr *bin_size, *bin_at; /* of bin_auto(), as set */
	struct kql_error *e;
	int lenient; /* nothing is to run: tables may be of elsewhere */
	int unknown; /* one of them is, so that there is no SQL */
	const struct schema *row; /* columns in sight, or NULL */
	struct alias *aliases;
	const struct let *called; /* the function at hand, or NULL */
	struct stored *stored;    /* of the databases looked at so far */
	struct let *lets;
	const struct let *outer; /* of lets, those not of this function */
	int level;               /* queries in one another */
	int calls;               /* of functions, in one another */
	enum aggregates aggregates;
	const struct plan *group;   /* the summarize at hand, its keys bound */
	const struct schema *state; /* the row before, of a step of scan, */
	const char *step;           /* and its name */
	const struct expr *item;    /* may be a call that gives columns */
	int windows;                /* the rows in sight are in order */
	const char *render;         /* the chart of the query at hand */
	struct result **legs;       /* where fork puts its results, or NULL */
	struct scan *scans;         /* found so far */
	int steps;  /* operators and calls so far, against endless ones */
	int parts;  /* partitions so far */
	int hidden; /* the compiler's, of what ran so far */
};

/* Look everything up.  Returns 0 with the results, or -1 with e. */
int bind_statements(
    struct binder *, const struct statement *, struct result **);

/*
 * What the binder's own files share.  A NULL result means e is set.
 */

/* bind/expr.c: an expression over the row in sight. */
struct tx *bind_expr(struct binder *, const struct expr *);
struct tx *bind_bool(struct binder *, const struct expr *, const char *what);

/* bind/command.c: what .show tells, and getschema. */
struct plan *bind_command(struct binder *, const struct op *);
struct plan *bind_getschema(struct binder *, struct plan *, const struct op *);

/* bind/unknown.c: a table of which nothing is known, and a column of one. */
struct plan *unknown_table(struct binder *, struct kql_at);
struct tx *unknown_column(struct binder *, const char *name, struct kql_at);

/* An operator or call over values of which one's type is unknown; type is the
 * result's, as far as it is known. */
struct tx *unknown_value(
    struct binder *, enum kql_type, struct kql_at, struct tx **args, size_t n);
int any_unknown(struct tx **, size_t n);

/* Columns that an unknown table may have pass through most operators. */
void pass_unknown(struct plan *, const struct plan *in, const struct op *);

/* bind/call.c: a function or aggregate by name. */
struct tx *bind_call(struct binder *, const struct expr *);

/* Refuse a call of what is no function of the database.  Returns NULL. */
void *unknown_function(struct binder *, const struct expr *, int database);

/*
 * bind/hint.c: what to put behind a message.  For a name that is none of the
 * row's: the nearest, or what there is.  For a function that others have: what
 * to write, or NULL.  For arguments that do not fit: those that a function
 * takes.
 */
const char *column_hint(
    struct binder *, const struct schema *, const char *name);
const char *function_hint(const char *name);
const char *takes_text(struct binder *, const struct builtin *);

/* The same of arguments that are bound, by name; NULL with e. */
struct tx *call_named(struct binder *, const struct builtin *const *tables,
    const char *name, const struct expr *, struct tx **args, size_t n);

/* Of functions that are aggregates too, does the call mean that? */
int is_aggregate_call(const struct expr *);

/* bind/digest.c */
struct tx *bind_percentile_tdigest(
    struct binder *, const struct expr *, struct tx **args, size_t n);

/* bind/special.c: the functions that are more than a template. */
struct tx *bind_special(struct binder *, const struct builtin *,
    const struct expr *, struct tx **args, size_t n);

/* bind/window.c: prev(column[, offset[, default]]) and next(). */
struct tx *bind_prev(
    struct binder *, const struct expr *, struct tx **args, size_t n);
struct tx *bind_next(
    struct binder *, const struct expr *, struct tx **args, size_t n);
/* bind/scalar.c: the rest of them; typeof(T) as an argument, a null of T. */
struct tx *bind_scalar_special(struct binder *, const struct builtin *,
    const struct expr *, struct tx **args, size_t n);
struct tx *bind_typeof(struct binder *, const struct expr *);

/* column_names_of(table): an array. */
struct tx *bind_column_names(struct binder *, const struct expr *);

/* bind/bin_auto.c: bin_auto(value), with what set gave; and what it gives, 0
 * for another option. */
struct tx *bind_bin_auto(
    struct binder *, const struct expr *, struct tx **args, size_t n);
int bind_set_bin(struct binder *, const struct statement *);

/* bind/pack.c: functions that pack values. */
struct tx *bind_bag_pack(
    struct binder *, const struct expr *, struct tx **args, size_t n);
struct tx *bind_bag_pack_columns(
    struct binder *, const struct expr *, struct tx **args, size_t n);
struct tx *bind_pack_all(
    struct binder *, const struct expr *, struct tx **args, size_t n);
struct tx *bind_pack_array(
    struct binder *, const struct expr *, struct tx **args, size_t n);

/* bind/sorted.c: sorted arrays; of several the others as its more. */
struct tx *bind_array_sort_asc(
    struct binder *, const struct expr *, struct tx **args, size_t n);
struct tx *bind_array_sort_desc(
    struct binder *, const struct expr *, struct tx **args, size_t n);

/* bind/columns.c: a function of NAME_COLUMNS: its first column, with the others
 * as its more. */
struct tx *bind_columns(struct binder *, const struct builtin *,
    const struct expr *, struct tx **args, size_t n);

/* bind/operator.c: + - * / %, comparisons, string operators, in, between. */
struct tx *bind_unary(struct binder *, const struct expr *);
struct tx *bind_binary(struct binder *, const struct expr *);
struct tx *bind_in(struct binder *, const struct expr *);
struct tx *bind_between(struct binder *, const struct expr *);

/* bind/query.c, bind/op.c, bind/source.c: tables. */
struct plan *bind_query(struct binder *, const struct query *);
struct plan *bind_op(struct binder *, struct plan *, const struct op *);
struct plan *bind_source(struct binder *, const struct op *);
struct plan *bind_table(struct binder *, const struct expr *);
struct plan *bind_union(struct binder *, struct plan *, const struct op *);
struct plan *bind_join(struct binder *, struct plan *, const struct op *);

/* in, or the tables of op->by, or all there are, united, with a column that
 * says where a row is from: what names those without a name (bind/union.c). */
struct plan *bind_tables(struct binder *, struct plan *in, const struct op *,
    const char *source, const char *what);

/* A P_FILTER just bound: behind an innerunique join, what it says of the left
 * side holds before one row of each key is taken (bind/join.c). */
struct plan *bind_join_filter(struct binder *, struct plan *);
struct plan *bind_evaluate(struct binder *, struct plan *, const struct op *);
struct plan *bind_externaldata(struct binder *, const struct op *);
/* bind/search.c: a predicate of search as one of where: terms are asked of all
 * columns (E_STAR) of the row in sight. */
struct expr *search_predicate(struct binder *, const struct expr *, int cased);
struct plan *bind_search(struct binder *, struct plan *, const struct op *);
struct plan *bind_summarize(struct binder *, struct plan *, const struct op *);
struct plan *bind_scan(struct binder *, struct plan *, const struct op *);
struct plan *bind_make_series(
    struct binder *, struct plan *, const struct op *);
struct plan *bind_expand(struct binder *, struct plan *, const struct op *);
struct plan *bind_parse(struct binder *, struct plan *, const struct op *);
struct plan *bind_parse_kv(struct binder *, struct plan *, const struct op *);
struct plan *bind_top_nested(struct binder *, struct plan *, const struct op *);
struct plan *bind_top_hitters(
    struct binder *, struct plan *, const struct op *);
struct plan *bind_reorder(struct binder *, struct plan *, const struct op *);
struct plan *bind_find(struct binder *, struct plan *, const struct op *);

/* bind/fork.c: they give their input, and put their results in b->legs. */
struct plan *bind_fork(struct binder *, struct plan *, const struct op *);
struct plan *bind_facet(struct binder *, struct plan *, const struct op *);
struct plan *bind_mv_apply(struct binder *, struct plan *, const struct op *);
struct plan *bind_partition(struct binder *, struct plan *, const struct op *);

/* bind/op.c: is the name that of x, or like its pattern? */
int fits_column(const struct expr *, const char *name);

/* All plain names of a list must be columns; 0, or -1 with e. */
int check_columns(struct binder *, const struct schema *, const struct expr *);

/* bind/summarize.c: an item that is an aggregate. */
struct tx *bind_aggregate(struct binder *, const struct expr *);

/* bind/partition.c: refuse what has rows of a partition, and tables of which
 * not both are of the same one.  0, or -1 with e. */
int check_whole(struct binder *, const struct plan *, struct kql_at);
int check_parts(struct binder *, const struct plan *, const struct plan *other,
    struct kql_at);

/* bind/query.c: the operators of a subquery behind a plan. */
struct plan *bind_pipe(struct binder *, struct plan *, const struct op *);
struct let *find_let(const struct binder *, const char *name);

/* bind/query.c: give a name, which is found from now on. */
struct let *add_let(struct binder *, const char *name);

/* Is the name given already, in this function? */
int is_name_taken(const struct binder *, const char *name);

/* bind/option.c: set and declare, 0 or -1 with e; as many rows of a result as
 * set allows. */
int bind_set(struct binder *, const struct statement *);
int bind_declare(struct binder *, const struct statement *);
struct plan *take_most(struct binder *, struct plan *);

/* bind/source.c: a constant string read as another type, or NULL. */
struct tx *constant_text(struct binder *, const struct tx *, enum kql_type);

/* A value, or a table where there can be one; 0, or -1 with e. */
int bind_any(struct binder *, const struct expr *, struct bound *);

/* Bind statements that end in an expression: a function's body. */
int bind_body(struct binder *, const struct statement *, struct bound *);

/* Count a step against what a query may have; 0, or -1 with e. */
int count_step(struct binder *, struct kql_at);

/* bind/function.c: a value as a parameter's type.  NULL with e. */
struct tx *fit_parameter(
    struct binder *, const struct parameter *, struct tx *);

/* A function of one's own, of let or of the database, or NULL. */
struct let *find_function(struct binder *, const char *name);

/* bind/source.c: database('d'), cluster('c').database('d'): its number, or -1
 * with e. */
int bind_database(struct binder *, const struct expr *);

/* A table of a database, by name; never a function. */
struct plan *bind_stored_table(
    struct binder *, int database, const char *name, struct kql_at);

/* The call in a pipe that invoke makes. */
struct plan *bind_invoke(struct binder *, struct plan *, const struct op *);

/* Call it; in, which may be NULL, goes before the arguments.  0 or -1. */
int call_function(struct binder *, struct let *, const struct expr *,
    struct plan *in, struct bound *);

/* Bind its body once, with values and tables of which nothing is known. */
int try_function(
    struct binder *, struct let *, const struct expr *, struct bound *);

/* bind/stored.c: what the files of a database define. */
const struct stored *stored_of(struct binder *, int database);
struct let *find_stored(struct binder *, int database, const char *name);

/* Behind the message for a name that is not known: files that cannot be read.
 * "" if there is none. */
const char *stored_trouble(struct binder *, int database);

/* tx.c: making typed expressions. */
struct tx *tx_const(struct binder *, enum kql_type, struct kql_at);
struct tx *tx_null(struct binder *, enum kql_type, struct kql_at);
struct tx *tx_int(struct binder *, enum kql_type, int64_t, struct kql_at);
struct tx *tx_text(
    struct binder *, enum kql_type, const char *, size_t, struct kql_at);
struct tx *tx_column(struct binder *, const struct column *, struct kql_at);
struct tx *tx_call(struct binder *, enum kql_type, const char *sql,
    struct kql_at, struct tx **args, size_t n);
/* bind/wide.c: a call of more arguments than SQLite takes, in parts; NULL:
 * there are not so many, or it has no parts. */
struct tx *tx_wide(struct binder *, enum kql_type, const char *sql,
    struct kql_at, struct tx **args, size_t n);
struct tx *tx_call1(
    struct binder *, enum kql_type, const char *sql, struct tx *);
struct tx *tx_call2(
    struct binder *, enum kql_type, const char *sql, struct tx *, struct tx *);

int is_const(const struct tx *); /* and not null */
int is_nan(const struct tx *);   /* a constant */
int is_number(enum kql_type);    /* int, long, real */
int is_integer(enum kql_type);   /* int, long */

/* convert.c: to another type, as to<type>() does; NULL: there is no way. */
struct tx *convert(struct binder *, struct tx *, enum kql_type);

/* The type that both can be brought to, or KT_NONE. */
enum kql_type common_type(enum kql_type, enum kql_type);

/* names.c: a column's name that is not given: derived, or NULL. */
const char *default_name(struct binder *, const struct expr *);

/* Column1, Column2 ...: the first from *n on that in does not have. */
const char *unnamed_column(struct binder *, const struct schema *in, int *n);

/*
 * The name of an item of a list that starts with first: as written, derived,
 * or ColumnN, with a number behind it where s has it.  NULL with e when it was
 * written out twice.
 */
const char *item_name(struct binder *, const struct expr *first,
    const struct expr *x, const struct schema *s, int *unnamed);

/* The column, one of an unknown table if need be, or NULL. */
const struct column *find_column(
    struct binder *, const struct schema *, const char *name);

/* The column that x names, or NULL with e (bind/op.c). */
const struct column *need_column(
    struct binder *, const struct schema *, const struct expr *x);

/* bind/op.c: the value of an item, or the first of its values. */
struct tx *item_value(struct binder *, const struct expr *);

/* Takes a value of the item x, and its name.  Returns -1 with the error. */
typedef int take_value(struct binder *, void *ctx, const struct expr *x,
    const char *name, struct tx *value);

/*
 * Give take each value of an item whose first is named `name` unless the item
 * says how: of one with names only those that are named.
 */
int each_value(struct binder *, const struct expr *x, const char *name,
    struct tx *value, take_value *, void *ctx);

/* bind/summarize.c: the same of an item that may give several columns y. */
const char *first_name(struct binder *, const struct plan *,
    const struct expr *first, const struct expr *x, const struct tx *y,
    int *unnamed);

/* Put the columns behind the first; the names given go as far as they do.
 * There is room.  0 or -1. */
int put_more(struct binder *, struct plan *, const struct expr *x,
    const struct extra *more);

/* How many columns items can give at most, of a row of these columns. */
#define COLUMNS_MAX 16 /* of NAME_COLUMNS */
size_t room_for(const struct schema *, const struct expr *items);

/* Columns of a step. */
struct column *schema_find(const struct schema *, const char *name);
struct column *schema_add(
    struct binder *, struct schema *, const char *name, enum kql_type);

/* Add a column that there is. */
void schema_put(struct binder *, struct schema *, struct column *);

/* name, or name1, name2 ...: the first that is not there. */
const char *schema_free_name(
    struct binder *, const struct schema *, const char *name);

/* A step behind input, with its columns and order; for an operator. */
struct plan *plan_new(
    struct binder *, enum plan_kind, const struct op *, struct plan *input);

/* Give a step that has none yet the columns of its input, those of names
 * replaced in place, the others behind, with values; and room for more. */
void put_extended(struct binder *, struct plan *, const struct schema *names,
    struct tx **values, size_t more);

/* The first column of a table, in its order. */
struct plan *plan_first(struct binder *, struct plan *);

/* Add a column and its value; there is room, and the name is free. */
void plan_put(struct binder *, struct plan *, const char *name, struct tx *);

#endif
