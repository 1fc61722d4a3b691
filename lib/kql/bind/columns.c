/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/bind/bind.h"

/*
 * Functions that give several columns, such as series_stats().  SQL calls them
 * once, for a bag in a step of its own, whose members the columns are.
 */

/* A word and a letter of the list in p; returns what follows. */
static const char *
next_column(struct binder *b, const char *p, const char **name, char *letter)
{
	size_t n = strcspn(p, " ");

	*name = arena_strndup(b->arena, p, n);
	*letter = p[n + 1];
	return p + n + (p[n + 2] == ' ' ? 3 : 2);
}

static struct tx *
member(struct binder *b, struct tx *bag, const char *name, char letter)
{
	struct tx *y = tx_call2(b, KT_DYNAMIC, "kql_member($1, $2)", bag,
	    tx_text(b, KT_STRING, name, strlen(name), bag->at));

	if (letter == 'y')
		return y;
	return convert(b, y, letter == 'l' ? KT_LONG : KT_REAL);
}

struct tx *
bind_columns(struct binder *b, const struct builtin *f, const struct expr *x,
    struct tx **args, size_t n)
{
	struct tx *bag = tx_call(b, KT_DYNAMIC, f->sql, x->at, args, n);
	const char *of = default_name(b, x->args), *p = f->prefix, *name;
	struct tx *first = NULL, *y;
	struct extra **tail = NULL;
	char letter;

	if (b->item != x) {
		fail_semantic(b->e, x->at,
		    "%s() gives several columns: it stands by itself in "
		    "extend, project or print",
		    x->text);
		return NULL;
	}
	bag->windows = bag->apart = 1;
	while (*p != '\0') {
		p = next_column(b, p, &name, &letter);
		y = member(b, bag, name, letter);
		name = arena_printf(
		    b->arena, "%s_%s_%s", x->text, of == NULL ? "" : of, name);
		if (first == NULL) {
			first = y;
			first->name = name;
			tail = &first->more;
			continue;
		}
		*tail = arena_zalloc(b->arena, sizeof(**tail));
		(*tail)->name = name;
		(*tail)->value = y;
		tail = &(*tail)->next;
	}
	return first;
}
