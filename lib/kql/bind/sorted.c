/* SPDX-License-Identifier: MIT */
#include "kql/bind/bind.h"

/* array_sort_asc(array, ...[, nulls last]): each array in the order that
 * sorts the first. */

#define ARRAYS_MAX 16

/* What column i is called, of n. */
static const char *
sorted_name(struct binder *b, const struct expr *a, size_t i, size_t n)
{
	const char *of = default_name(b, a);

	if (n == 1 && (b->row == NULL || of == NULL))
		return NULL;
	return of != NULL ? arena_printf(b->arena, "%s_sorted", of)
			  : arena_printf(b->arena, "array%zu_sorted", i);
}

/* The arrays' number, and whether nulls are first; 0 with e. */
static size_t
count_arrays(struct binder *b, const struct expr *x, struct tx **args, size_t n,
    int *nulls_first)
{
	if (n > 1 && args[n - 1]->type == KT_BOOL) {
		n--;
		*nulls_first = args[n]->n == 0;
		if (!is_const(args[n])) {
			fail_semantic(b->e, args[n]->at,
			    "%s() needs a constant bool at its end", x->text);
			return 0;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (args[i]->type == KT_DYNAMIC)
			continue;
		fail_semantic(b->e, args[i]->at,
		    "%s() needs arrays, not a value of type %s", x->text,
		    kql_type_name(args[i]->type));
		return 0;
	}
	if (n <= ARRAYS_MAX)
		return n;
	fail_unsupported(
	    b->e, x->at, "%s() of more than %d arrays", x->text, ARRAYS_MAX);
	return 0;
}

static struct tx *
bind_sorted(struct binder *b, const struct expr *x, struct tx **args, size_t n,
    int descending)
{
	const struct expr *a = x->args->next;
	struct tx *call[3], *first;
	struct extra **tail;
	int nulls_first = 0;

	if ((n = count_arrays(b, x, args, n, &nulls_first)) == 0)
		return NULL;
	call[0] = tx_int(b, KT_LONG, descending | (nulls_first ? 2 : 0), x->at);
	call[1] = args[0];
	first =
	    tx_call(b, KT_DYNAMIC, "kql_array_sort($1, $2)", x->at, call, 2);
	first->name = sorted_name(b, x->args, 0, n);
	tail = &first->more;
	for (size_t i = 1; i < n; i++, a = a->next) {
		call[2] = args[i];
		*tail = arena_zalloc(b->arena, sizeof(**tail));
		(*tail)->name = sorted_name(b, a, i, n);
		(*tail)->value = tx_call(
		    b, KT_DYNAMIC, "kql_array_sort($*)", x->at, call, 3);
		tail = &(*tail)->next;
	}
	return first;
}

struct tx *
bind_array_sort_asc(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	return bind_sorted(b, x, args, n, 0);
}

struct tx *
bind_array_sort_desc(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	return bind_sorted(b, x, args, n, 1);
}
