/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cel/parse.h"

/* How many args each has, with what it is called on. */
static const struct macro {
	const char *name;
	int args;
	enum cel_loop loop;
} loops[] = {
	{ "all", 3, LOOP_ALL },
	{ "exists", 3, LOOP_EXISTS },
	{ "exists_one", 3, LOOP_EXISTS_ONE },
	{ "filter", 3, LOOP_FILTER },
	{ "map", 3, LOOP_MAP },
	{ "map", 4, LOOP_MAP_IF },
	{ NULL, 0, LOOP_ALL },
};

static int
count(const struct cel_node *n)
{
	int c = 0;

	for (; n != NULL; n = n->next)
		c++;
	return c;
}

/* has(x.f) asks for the field, without an error when it is not there. */
static int
make_has(struct cel_parser *p, struct cel_node *n)
{
	const struct cel_node *field = n->args;

	if (field->kind != N_SELECT)
		return cel_fail(p->e, CEL_PARSE, field->at,
		    "invalid argument to has(): a field is wanted, as in "
		    "has(labels.region)");
	n->kind = N_HAS;
	n->name = field->name;
	n->args = field->args;
	return 0;
}

/* x.all(name, test): the name goes out of the args. */
static int
make_loop(struct cel_parser *p, struct cel_node *n, enum cel_loop loop)
{
	const struct cel_node *var = n->args->next;

	if (var->kind != N_NAME || *var->name == '.')
		return cel_fail(p->e, CEL_PARSE, var->at,
		    "the first argument of %s() must be a simple name",
		    n->name);
	n->kind = N_LOOP;
	n->loop = loop;
	n->name = var->name;
	n->args->next = var->next;
	return 0;
}

int
cel_macro(struct cel_parser *p, struct cel_node *n)
{
	int args = count(n->args);

	if (!n->member)
		return args == 1 && strcmp(n->name, "has") == 0 ? make_has(p, n)
								: 0;
	for (const struct macro *m = loops; m->name != NULL; m++)
		if (m->args == args && strcmp(n->name, m->name) == 0)
			return make_loop(p, n, m->loop);
	return 0;
}
