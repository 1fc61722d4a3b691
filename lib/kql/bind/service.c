/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/operator.h"

/* The column of that name, if there is one, else the other argument. */
struct tx *
bind_column_ifexists(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	const struct column *c = NULL;

	(void)n;
	if (!is_const(args[0])) {
		fail_semantic(b->e, args[0]->at,
		    "%s() takes the column's name as a constant", x->text);
		return NULL;
	}
	if (b->row != NULL)
		c = schema_find(b->row, args[0]->text);
	if (c != NULL)
		return tx_column(b, c, x->at);
	return b->row != NULL && b->row->open
	    ? unknown_column(b, args[0]->text, x->at)
	    : args[1];
}

struct tx *
bind_current_database(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	const char *name =
	    b->database < 0 ? NULL : store_database_name(b->store, b->database);

	(void)args;
	(void)n;
	name = name == NULL ? "" : arena_strdup(b->arena, name);
	return tx_text(b, KT_STRING, name, strlen(name), x->at);
}

/* Null, as for a table that has no such policy: files do not tell. */
struct tx *
bind_ingestion_time(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	(void)args;
	(void)n;
	return tx_null(b, KT_DATETIME, x->at);
}

struct tx *
bind_service(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	if (b->lenient) {
		b->unknown = 1;
		return unknown_value(b, KT_UNKNOWN, x->at, args, n);
	}
	fail_unsupported(b->e, x->at, "function '%.80s()'", x->text);
	return NULL;
}
