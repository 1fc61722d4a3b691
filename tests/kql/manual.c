/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kql/bind/operator.h"
#include "kql/builtins/tables.h"
#include "kql/parse/parse.h"

/*
 * What the engine accepts, from its own tables.
 *
 *	kql_manual page <page	the manual page, its lists written anew: each
 *				between .\" list WHAT and .\" end
 *	kql_manual names	a line "KIND NAME" for each
 *	kql_manual words	the dictionary of the fuzz targets
 */

/* The functions that are no rows of a table. */
static const struct builtin others[] = {
	{ "toscalar", "query", 0, NONE, "" },
	{ "materialize", "query", 0, NONE, "" },
	{ "column_names_of", "query", 0, NONE, "" },
	{ NULL, NULL, 0, NONE, NULL },
};

/* How the families are called; those that are not here come as "more". */
static const struct {
	const char *title;
	const struct builtin *table;
} families[] = {
	{ "Conversion", builtins_conversion },
	{ "Choice", builtins_choice },
	{ "Numbers", builtins_number },
	{ "Strings", builtins_string },
	{ "Times", builtins_time },
	{ "Dynamic", builtins_dynamic },
	{ "Arrays and sets", builtins_array },
	{ "States of hll and tdigest", builtins_sketch },
	{ "Series", builtins_series },
	{ "Queries", others },
};

struct name {
	const char *kind;
	const char *name;
	const struct builtin *rows; /* of a function or aggregate */
	const struct builtin *table;
	const char *const *params; /* of an operator */
};

static struct name names[2000];
static size_t count;

static struct name *
add(const char *kind, const char *name)
{
	struct name *n = &names[count++];

	if (count == sizeof(names) / sizeof(names[0]))
		abort();
	n->kind = kind;
	n->name = name;
	return n;
}

static void
add_table(const char *kind, const struct builtin *table)
{
	for (const struct builtin *f = table; f->name != NULL; f++) {
		struct name *n;

		if (f > table && strcmp(f[-1].name, f->name) == 0)
			continue;
		if (strcmp(f->sql, "!service") == 0)
			continue; /* known, and refused when it is run */
		n = add(kind, f->name);
		n->rows = f;
		n->table = table;
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
is_operator(const struct name *n)
{
	return strcmp(n->kind, "operator") == 0 ||
	    strcmp(n->kind, "source") == 0;
}

/* An operator of that name is there already. */
static int
find_operator(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (is_operator(&names[i]) && strcmp(names[i].name, name) == 0)
			return 1;
	return 0;
}

static int
find_infix(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i].kind, "infix") == 0 &&
		    strcmp(names[i].name, name) == 0)
			return 1;
	return 0;
}

static void
collect(void)
{
	const char *const *params;
	const char *name;

	for (size_t i = 0; (name = operator_name(i, 0, &params)) != NULL; i++)
		add("operator", name)->params = params;
	for (size_t i = 0; (name = operator_name(i, 1, &params)) != NULL; i++)
		if (!find_operator(name))
			add("source", name)->params = params;
	for (size_t i = 0; (name = infix_name(i)) != NULL; i++)
		add("infix", name);
	for (size_t i = 0; kql_functions[i] != NULL; i++)
		add_table("function", kql_functions[i]);
	for (size_t i = 0; kql_aggregates[i] != NULL; i++)
		add_table("aggregate", kql_aggregates[i]);
	for (size_t i = 0; kql_windows[i] != NULL; i++)
		add_table("window", kql_windows[i]);
	add_table("function", others);
	qsort(names, count, sizeof(names[0]), by_name);
}

/* The types that an argument may have, as bits. */
enum {
	A_BOOL = 1,
	A_LONG = 2,
	A_REAL = 4,
	A_STRING = 8,
	A_DATETIME = 16,
	A_TIMESPAN = 32,
	A_GUID = 64,
	A_DYNAMIC = 128,
	A_ANY = 256,
};

#define ARGS_MAX 16

/* The arguments of a name, its rows taken together. */
struct signature {
	int types[ARGS_MAX];
	int n, least; /* at most, and at least */
	int more;     /* the last ones may be repeated */
};

static int
letter_types(char c)
{
	static const struct {
		char letter;
		int types;
	} letters[] = { { 'b', A_BOOL }, { 'i', A_LONG }, { 'r', A_REAL },
		{ 'n', A_LONG | A_REAL }, { 's', A_STRING },
		{ 'S', A_STRING | A_DYNAMIC }, { 'd', A_DATETIME },
		{ 't', A_TIMESPAN }, { 'g', A_GUID }, { 'y', A_DYNAMIC },
		{ 'I', A_LONG | A_DYNAMIC } };

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].letter == c)
			return letters[i].types;
	return A_ANY;
}

/* Add what a row's letters say. */
static void
add_row(struct signature *s, const char *params)
{
	int n = 0, least = -1;

	for (; *params != '\0' && n < ARGS_MAX; params++) {
		if (*params == '?')
			least = n;
		else if (*params == '*' || *params == '&')
			s->more = 1;
		else
			s->types[n++] |= letter_types(*params);
	}
	if (n > s->n)
		s->n = n;
	if (least == -1)
		least = n;
	if (s->least == -1 || least < s->least)
		s->least = least;
}

static void
print_types(int types)
{
	static const char *const words[] = { "bool", "long", "real", "string",
		"datetime", "timespan", "guid", "dynamic" };
	const char *between = "";

	if (types & A_ANY) {
		printf("any");
		return;
	}
	if ((types & (A_LONG | A_REAL)) == (A_LONG | A_REAL)) {
		printf("number");
		types &= ~(A_LONG | A_REAL);
		between = "|";
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!(types & 1 << i))
			continue;
		printf("%s%s", between, words[i]);
		between = "|";
	}
}

/* .Fn name type "[type]" ... */
static void
print_function(const struct name *n, const char *end)
{
	struct signature s = { .least = -1 };

	printf(".Fn %s", n->name);
	if (n->table == others) {
		printf(" %s%s\n", n->rows->params, end);
		return;
	}
	for (const struct builtin *f = n->rows;
	     f->name != NULL && strcmp(f->name, n->name) == 0; f++)
		add_row(&s, f->params);
	for (int i = 0; i < s.n; i++) {
		printf(i < s.least ? " " : " [");
		print_types(s.types[i]);
		printf(i < s.least ? "" : "]");
	}
	printf("%s%s\n", s.more ? " ..." : "", end);
}

static int
is_in(const struct name *n, const char *kind, const struct builtin *table)
{
	return strcmp(n->kind, kind) == 0 &&
	    (table == NULL || n->table == table);
}

/* All of a kind and table, a line each. */
static void
print_functions(const char *kind, const struct builtin *table)
{
	size_t last = count;

	for (size_t i = 0; i < count; i++)
		if (is_in(&names[i], kind, table))
			last = i;
	for (size_t i = 0; i < count; i++)
		if (is_in(&names[i], kind, table))
			print_function(&names[i], i == last ? " ." : " ,");
}

static int
has_names(const struct builtin *table)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].table == table)
			return 1;
	return 0;
}

static const char *
title_of(const struct builtin *table)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].table == table)
			return families[i].title;
	return "More";
}

static void
list_functions(void)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; kql_functions[i] != NULL; i++) {
		if (!has_names(kql_functions[i]))
			continue;
		printf(".It %s\n", title_of(kql_functions[i]));
		print_functions("function", kql_functions[i]);
	}
	printf(".It %s\n", title_of(others));
	print_functions("function", others);
	puts(".El");
}

static void
list_aggregates(void)
{
	print_functions("aggregate", NULL);
}

static void
list_windows(void)
{
	print_functions("window", NULL);
}

/* .Cm name , or .Cm name with its parameters behind it. */
static void
list_operators(void)
{
	const struct name *last = NULL;

	for (size_t i = 0; i < count; i++)
		if (is_operator(&names[i]))
			last = &names[i];
	for (size_t i = 0; i < count; i++) {
		const char *const *p = names[i].params;
		const char *end = &names[i] == last ? "." : ",";

		if (!is_operator(&names[i]))
			continue;
		printf(".Cm %s", names[i].name);
		if (p != NULL)
			printf("\n.Po Cm");
		for (; p != NULL && *p != NULL; p++)
			printf(" %s%s", *p, p[1] != NULL ? " ," : "\n.Pc");
		printf(" %s\n", end);
	}
}

/* Those that have one with ! in front are printed as [!]name. */
static void
list_infix(void)
{
	char not [40];
	int first = 1;

	for (size_t i = 0; i < count; i++) {
		if (!is_in(&names[i], "infix", NULL) ||
		    (names[i].name[0] == '!' && find_infix(names[i].name + 1)))
			continue;
		snprintf(not, sizeof(not ), "!%s", names[i].name);
		printf("%s.Li \"%s%s\"", first ? "" : " ,\n",
		    find_infix(not ) ? "[!]" : "", names[i].name);
		first = 0;
	}
	puts(" .");
}

static void
write_list(const char *what)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} lists[] = { { "operators", list_operators }, { "infix", list_infix },
		{ "functions", list_functions },
		{ "aggregates", list_aggregates },
		{ "windows", list_windows } };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (strcmp(lists[i].name, what) == 0) {
			lists[i].print();
			return;
		}
	fprintf(stderr, "no list of %s\n", what);
	exit(1);
}

static void
write_page(void)
{
	static const char mark[] = ".\\\" list ", end[] = ".\\\" end\n";
	char line[2000];
	int inside = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(line, end) == 0)
			inside = 0;
		if (!inside)
			fputs(line, stdout);
		if (strncmp(line, mark, strlen(mark)) == 0) {
			inside = 1;
			line[strcspn(line, "\n")] = '\0';
			write_list(line + strlen(mark));
		}
	}
}

int
main(int argc, char *argv[])
{
	const char *what = argc == 2 ? argv[1] : "";

	collect();
	if (strcmp(what, "page") == 0)
		write_page();
	for (size_t i = 0; i < count; i++) {
		if (strcmp(what, "names") == 0)
			printf("%s %s\n", names[i].kind, names[i].name);
		else if (strcmp(what, "words") == 0)
			printf("\"%s\"\n", names[i].name);
	}
	return 0;
}
