/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "kql/parse/parse.h"

/* What stands behind blanks and comments; at is told its place. */
static const char *
first_text(const char *p, struct kql_at *at)
{
	at->line = at->column = 1;
	for (;; p++) {
		if (p[0] == '/' && p[1] == '/')
			while (p[1] != '\0' && p[1] != '\n')
				p++;
		else if (!isspace((unsigned char)*p))
			return p;
		at->column++;
		if (*p == '\n') {
			at->line++;
			at->column = 1;
		}
	}
}

/* A command's text is not made of our tokens: look before it is cut. */
int
check_command(const char *text, struct kql_error *e)
{
	static const char *const ours[] = { ".show ", ".create function ",
		".create-or-alter function ", ".alter function " };
	struct kql_at at;
	char name[64];
	size_t n = 0, words = 0;

	text = first_text(text, &at);
	if (*text != '.')
		return 0;
	for (; *text != '\0' && words < 2 && n < sizeof(name) - 1; text++) {
		if (isalpha((unsigned char)*text) || strchr(".-_", *text))
			name[n++] = *text;
		else if (!isspace((unsigned char)*text))
			break;
		else if (name[n - 1] != ' ')
			name[n++] = ++words > 0 ? ' ' : '\0';
	}
	name[n] = '\0';
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (strncmp(name, ours[i], strlen(ours[i])) == 0)
			return 0;
	while (n > 1 && name[n - 1] == ' ')
		name[--n] = '\0';
	return fail_unsupported(e, at, "command '%s'", name);
}

/* Words of a command in their order; all of them or none are taken. */
static int
take_words(struct parser *p, const char *words)
{
	const struct token *t = p->t;
	size_t n;

	for (; *words != '\0'; words += words[n] == ' ' ? n + 1 : n, t++) {
		n = strcspn(words, " ");
		if (t->kind != T_NAME || t->len != n ||
		    memcmp(t->text, words, n) != 0)
			return 0;
	}
	p->t = t;
	return 1;
}

static int
add_word(struct parser *p, struct op *op, const char *text, struct kql_at at)
{
	struct expr **tail = &op->args;

	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = expr_new(p, E_NAME, at);
	(*tail)->text = text;
	return text == NULL ? -1 : 0;
}

/* A name, or ( names ). */
static int
add_names(struct parser *p, struct op *op)
{
	struct kql_at at;
	int several = take_punct(p, "(");

	do {
		at = p->t->at;
		if (add_word(p, op, parse_name(p, "a name"), at) == -1)
			return -1;
	} while (several && take_punct(p, ","));
	return several ? need_punct(p, ")", "behind the names") : 0;
}

/* .show table T schema as json, .show table T cslschema */
static int
read_table(struct parser *p, struct op *op)
{
	if (add_names(p, op) == -1)
		return -1;
	if (take_words(p, "cslschema"))
		op->args->text = "cslschema";
	else if (!take_words(p, "schema as json"))
		return fail_unsupported(p->e, op->at,
		    "command '.show table' without 'schema as json' or "
		    "'cslschema'");
	return 0;
}

static int
read_database(struct parser *p, struct op *op)
{
	if (at_name(p) && !at_word(p, "schema") && !at_word(p, "cslschema")) {
		if (add_names(p, op) == -1)
			return -1;
	}
	if (take_words(p, "cslschema"))
		op->args->text = "database cslschema";
	else if (take_words(p, "schema"))
		op->args->text = "database schema";
	return 0;
}

int
read_command(struct parser *p, struct op *op)
{
	struct kql_at at = p->t[1].at;

	p->t++;
	if (!take_words(p, "show"))
		return fail_unsupported(p->e, at, "a command");
	op->name = ".show";
	if (take_words(p, "tables details"))
		return fail_unsupported(
		    p->e, at, "command '.show tables details'");
	if (take_words(p, "databases") || take_words(p, "cluster databases"))
		return add_word(p, op, "databases", at);
	if (take_words(p, "database"))
		return add_word(p, op, "database", at) == -1
		    ? -1
		    : read_database(p, op);
	if (take_words(p, "functions"))
		return add_word(p, op, "functions", at);
	if (take_words(p, "function"))
		return add_word(p, op, "functions", at) == -1
		    ? -1
		    : add_names(p, op);
	if (take_words(p, "tables")) {
		if (add_word(p, op, "tables", at) == -1)
			return -1;
		return at_punct(p, "(") ? add_names(p, op) : 0;
	}
	if (take_words(p, "table"))
		return add_word(p, op, "table schema", at) == -1
		    ? -1
		    : read_table(p, op);
	return add_word(p, op, "", at) == -1 ? -1 : add_names(p, op);
}
