/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "arena.h"
#include "cel/cel.h"
#include "criteria.h"
#include "regex.h"
#include "status.h"

/* Whether one of the labels has this key and one of its values. */
static int
key_matches(const struct json *values, const struct labels *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!regex_same(l->v[i].key, values->key))
			continue;
		for (const struct json *v = values->child; v != NULL;
		     v = v->next)
			if (regex_same(l->v[i].value, v->str))
				return 1;
	}
	return 0;
}

int
criteria_match(const struct json *criteria, const struct labels *l,
    enum criteria_mode mode)
{
	if (criteria == NULL || criteria->child == NULL)
		return 1;
	for (const struct json *v = criteria->child; v != NULL; v = v->next)
		if (key_matches(v, l) != (mode == CRITERIA_ALL))
			return mode == CRITERIA_ANY;
	return mode == CRITERIA_ALL;
}

/* The values of a key, a list. */
static int
check_values(const struct json *k, const struct place *p, struct err *e)
{
	char name[256];

	for (const struct json *v = k->child; v != NULL; v = v->next) {
		if (v->type == JSON_STRING && strlen(v->str) == v->len)
			continue;
		snprintf(name, sizeof(name), "%s[]", k->key);
		if (v->type == JSON_STRING)
			return fields_err(e, p, v, name, "holds a NUL byte");
		return fields_err(e, p, v, name,
		    "wants text, got %s; put it in quotes", fields_kind(v));
	}
	return 0;
}

int
criteria_check(
    const struct json *criteria, const struct place *p, struct err *e)
{
	for (const struct json *k = criteria->child; k != NULL; k = k->next) {
		if (k->cut)
			return fields_err(
			    e, p, k, k->key, "its name holds a NUL byte");
		if (k->type == JSON_STRING)
			return fields_err(e, p, k, k->key,
			    "wants a list, got text; write [%.64s]", k->str);
		if (k->type != JSON_ARRAY && k->type != JSON_NULL)
			return fields_err(e, p, k, k->key,
			    "wants a list, got %s", fields_kind(k));
		if (check_values(k, p, e) == -1)
			return -1;
	}
	return 0;
}

static int
is_blank(const char *s)
{
	return s == NULL || s[strspn(s, " \t\r\n")] == '\0';
}

/* Whether an expression holds: 1, 0, or -1. */
static int
holds(const char *text, const struct labels *l, struct err *e)
{
	struct arena a = { 0 };
	struct cel_var *v = arena_alloc(&a, (l->n + 1) * sizeof(*v));
	struct cel_vars vars = { v, l->n };
	struct cel_error why;
	int yes, bad;

	for (size_t i = 0; i < l->n; i++)
		v[i] = (struct cel_var){ l->v[i].key, l->v[i].value };
	bad = cel_holds(text, strlen(text), &vars, &yes, &why) == -1;
	arena_fini(&a);
	if (bad)
		return err_set(e, ST_DATA, "line %d, column %d: %s",
		    why.at.line, why.at.column, why.message);
	return yes;
}

int
criteria_judge(const struct json *criteria, const char *expression,
    const struct labels *l, enum criteria_mode mode, struct err *e)
{
	if (!criteria_match(criteria, l, mode))
		return 0;
	return is_blank(expression) ? 1 : holds(expression, l, e);
}
