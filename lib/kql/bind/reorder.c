/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "kql/bind/bind.h"

/* Compare names, runs of digits in them by their values. */
static int
granny(const char *a, const char *b)
{
	size_t m, n;

	while (*a != '\0' && *b != '\0') {
		if (!isdigit((unsigned char)*a) ||
		    !isdigit((unsigned char)*b)) {
			if (*a != *b)
				break;
			a++;
			b++;
			continue;
		}
		a += strspn(a, "0");
		b += strspn(b, "0");
		m = strspn(a, "0123456789");
		n = strspn(b, "0123456789");
		if (m != n)
			return m < n ? -1 : 1;
		if (memcmp(a, b, m) != 0)
			return memcmp(a, b, m);
		a += m;
		b += n;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

static int
compare(const void *pa, const void *pb, void *how)
{
	const struct column *const *a = pa, *const *b = pb;

	switch (*(enum reorder *)how) {
	case REORDER_ASC:
		return strcmp((*a)->name, (*b)->name);
	case REORDER_DESC:
		return strcmp((*b)->name, (*a)->name);
	case REORDER_GRANNY_ASC:
		return granny((*a)->name, (*b)->name);
	case REORDER_GRANNY_DESC:
		return granny((*b)->name, (*a)->name);
	default:
		return 0;
	}
}

/* Add the columns that x fits and that are not there yet, in its order. */
static void
put_fitting(struct binder *b, struct plan *p, const struct expr *x)
{
	const struct schema *in = &p->input->out;
	const struct column **found;
	enum reorder how = x == NULL ? REORDER_NONE : (enum reorder)x->n;
	size_t n = 0;

	found = arena_alloc(b->arena, (in->n + 1) * sizeof(*found));
	for (size_t i = 0; i < in->n; i++)
		if ((x == NULL || fits_column(x, in->columns[i]->name)) &&
		    schema_find(&p->out, in->columns[i]->name) == NULL)
			found[n++] = in->columns[i];
	if (how != REORDER_NONE)
		qsort_r(found, n, sizeof(*found), compare, &how);
	for (size_t i = 0; i < n; i++)
		plan_put(b, p, found[i]->name, tx_column(b, found[i], p->at));
}

/* project-reorder: those that are listed, then all others. */
struct plan *
bind_reorder(struct binder *b, struct plan *in, const struct op *op)
{
	struct plan *p = plan_new(b, P_PROJECT, op, in);

	if (check_columns(b, &in->out, op->args) == -1)
		return NULL;
	memset(&p->out, 0, sizeof(p->out));
	p->values =
	    arena_zalloc(b->arena, (in->out.n + 1) * sizeof(*p->values));
	for (const struct expr *x = op->args; x != NULL; x = x->next)
		put_fitting(b, p, x);
	put_fitting(b, p, NULL);
	return p;
}
