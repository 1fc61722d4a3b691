/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cel/names.h"

/* Whether the name is the variable's with "-", "." and "/" turned to "_". */
static int
is_turned(const char *var, const char *name)
{
	for (; *var != '\0' && *name != '\0'; var++, name++)
		if (*var != *name && !(*name == '_' && strchr("-./", *var)))
			return 0;
	return *var == *name;
}

static struct cel_value
string_of(const char *s)
{
	return cel_string(s, strlen(s));
}

/* All variables as a map. */
static struct cel_value
all_labels(struct arena *a, const struct cel_vars *vars)
{
	struct cel_map *m = arena_alloc(a, sizeof(*m));
	size_t n = vars->n;

	m->n = n;
	m->keys = arena_alloc(a, (n + 1) * sizeof(*m->keys));
	m->values = arena_alloc(a, (n + 1) * sizeof(*m->values));
	for (size_t i = 0; i < n; i++) {
		m->keys[i] = string_of(vars->v[i].name);
		m->values[i] = string_of(vars->v[i].value);
	}
	return (struct cel_value){ .kind = CK_MAP, .map = m };
}

static int
type_named(const char *name, struct cel_value *out)
{
	for (enum cel_kind k = CK_NULL; k < CK_PARAM; k++)
		if (strcmp(cel_kind_name(k), name) == 0) {
			*out = (struct cel_value){ .kind = CK_TYPE, .type = k };
			return 1;
		}
	return 0;
}

/* A variable by its other name.  Returns 1, 0, or -1: there are two. */
static int
find_turned(const struct cel_vars *vars, const char *name, struct cel_at at,
    struct cel_value *out, struct cel_error *e)
{
	const struct cel_var *found = NULL;

	for (size_t i = 0; i < vars->n; i++) {
		const struct cel_var *v = &vars->v[i];

		if (!is_turned(v->name, name))
			continue;
		if (found != NULL)
			return cel_fail(e, CEL_CHECK, at,
			    "'%.60s' may be the label %.60s or %.60s; write "
			    "labels['%.60s']",
			    name, found->name, v->name, found->name);
		found = v;
	}
	if (found == NULL)
		return 0;
	*out = string_of(found->value);
	return 1;
}

int
cel_name_find(struct arena *a, const struct cel_vars *vars, const char *name,
    struct cel_at at, struct cel_value *out, struct cel_error *e)
{
	for (size_t i = 0; i < vars->n; i++)
		if (strcmp(vars->v[i].name, name) == 0) {
			*out = string_of(vars->v[i].value);
			return 1;
		}
	if (strcmp(name, "labels") == 0) {
		*out = all_labels(a, vars);
		return 1;
	}
	return type_named(name, out) ? 1 : find_turned(vars, name, at, out, e);
}
