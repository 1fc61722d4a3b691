/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "kql/bind/bind.h"
#include "kql/bind/operator.h"

/* A pattern with stars inside, as the words that it stands for. */
static const char *
pattern_regex(struct binder *b, const char *text, int cased)
{
	size_t n = strlen(text);
	char *re = arena_alloc(b->arena, 2 * n + 16), *q = re;

	q = stpcpy(q, cased ? "" : "(?i)");
	if (*text != '*')
		q = stpcpy(q, "\\b");
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '*')
			*q++ = '.';
		else if (strchr("\\.+?()[]{}|^$", *p) != NULL)
			*q++ = '\\';
		*q++ = *p;
	}
	strcpy(q, text[n - 1] == '*' ? "" : "\\b");
	return re;
}

/* What term means by where its stars are: err, err*, *err, *err*, e*r. */
static const char *
term_operator(struct binder *b, const char *term, int cased, const char **inner)
{
	static const char *const ops[] = { "has", "hasprefix", "hassuffix",
		"contains", "has_cs", "hasprefix_cs", "hassuffix_cs",
		"contains_cs" };
	size_t n = strlen(term);
	int first = *term == '*', last = n > 1 && term[n - 1] == '*';
	char *text = arena_strndup(
	    b->arena, term + first, n - (size_t)first - (size_t)last);

	*inner = text;
	if (strchr(text, '*') == NULL)
		return ops[last + 2 * first + 4 * cased];
	*inner = pattern_regex(b, term, cased);
	return "matches regex";
}

/* One column against a term, or a number against one: x : "err*". */
static struct tx *
match(struct binder *b, const struct expr *x, struct tx *left, struct tx *right)
{
	struct expr op = *x;
	const char *text;

	op.text = "==";
	if (right->type != KT_STRING)
		return bind_operator(b, &op, left, right);
	if (left->type != KT_STRING)
		left = convert(b, left, KT_STRING);
	op.text = strcmp(x->text, ":") == 0 ? "has" : "has_cs";
	if (!is_const(right))
		return bind_operator(b, &op, left, right);
	op.text = term_operator(b, right->text, op.text[3] == '_', &text);
	return bind_operator(
	    b, &op, left, tx_text(b, KT_STRING, text, strlen(text), right->at));
}

struct tx *
bind_match(
    struct binder *b, const struct expr *x, struct tx *left, struct tx *right)
{
	return *x->text == ':' ? match(b, x, left, right)
			       : bind_operator(b, x, left, right);
}

/* May * be this column for what stands on the right? */
static int
star_takes(const struct expr *x, const struct column *c, const struct tx *right)
{
	int compared = strchr("=<>", *x->text) != NULL && x->text[1] != '~';

	if (c->type == KT_UNKNOWN || right->type == KT_UNKNOWN)
		return 1;
	if (strcmp(c->name, "$table") == 0)
		return 0;
	if (right->type == KT_STRING)
		return c->type == KT_STRING ||
		    (c->type == KT_DYNAMIC && !compared);
	return c->type == right->type ||
	    (is_number(c->type) && is_number(right->type));
}

/* * op value: true where any column is. */
struct tx *
bind_star(struct binder *b, const struct expr *x, struct tx *right)
{
	const struct schema *row = b->row;
	struct tx **args, *y;
	size_t n = 0;

	if (row == NULL || strchr("+-*/%", *x->text)) {
		fail_semantic(
		    b->e, x->at, "'%s' cannot be asked of *", x->text);
		return NULL;
	}
	args = arena_alloc(b->arena, (row->n + 1) * sizeof(*args));
	for (size_t i = 0; i < row->n; i++) {
		if (!star_takes(x, row->columns[i], right))
			continue;
		args[n] = tx_column(b, row->columns[i], x->at);
		if ((args[n] = bind_match(b, x, args[n], right)) == NULL)
			return NULL;
		n++;
	}
	if (n == 0)
		return tx_int(b, KT_BOOL, 0, x->at);
	if (n > 1 && *x->text == '!') {
		fail_semantic(b->e, x->at,
		    "'%s' cannot be asked of * over several columns", x->text);
		return NULL;
	}
	y = tx_call(b, KT_BOOL, "#|", x->at, args, n);
	y->filter = "?|";
	return y;
}

/* A predicate of search, as one of where. */
struct rewrite {
	struct binder *b;
	int cased;
};

static struct expr *rewrite(const struct rewrite *, const struct expr *);

/* The operator that heeds case, for one that does not. */
static const char *
cased(const struct rewrite *r, const char *op)
{
	static const char *const pairs[][2] = { { "=~", "==" }, { "!~", "!=" },
		{ "in~", "in" }, { "!in~", "!in" } };
	size_t n = strlen(op);

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (strcmp(pairs[i][0], op) == 0)
			return pairs[i][1];
	if (n > 3 && strcmp(op + n - 3, "_cs") == 0)
		return op;
	if (strncmp(op, "has_a", 5) == 0 ||
	    (!isalpha((unsigned char)*op) && *op != ':' && *op != '!') ||
	    strstr(op, "in") != NULL || strstr(op, "matches") != NULL ||
	    strcmp(op, "!=") == 0)
		return op;
	return arena_printf(r->b->arena, "%s_cs", op);
}

static void
rewrite_args(const struct rewrite *r, struct expr *y, const struct expr *x)
{
	struct expr **tail = &y->args;

	for (x = x->args; x != NULL; x = x->next) {
		*tail = rewrite(r, x);
		tail = &(*tail)->next;
	}
	*tail = NULL;
}

/* * : term; a number is looked for as text. */
static struct expr *
any_column(const struct rewrite *r, const struct expr *term)
{
	struct expr *y = arena_zalloc(r->b->arena, sizeof(*y));
	struct expr *star = arena_zalloc(r->b->arena, sizeof(*star));
	struct expr *right = arena_alloc(r->b->arena, sizeof(*right));

	*right = *term;
	right->next = NULL;
	if (term->kind == E_LITERAL && term->type != KT_STRING) {
		right->type = KT_STRING;
		right->len = strlen(right->text);
	}
	star->kind = E_STAR;
	star->text = "*";
	star->at = term->at;
	star->next = right;
	y->kind = E_BINARY;
	y->at = term->at;
	y->text = r->cased ? ":_cs" : ":";
	y->args = star;
	return y;
}

/* Is it a term, or a name for one? */
static int
is_term(const struct rewrite *r, const struct expr *x)
{
	const struct let *l;

	if (x->kind == E_LITERAL)
		return x->type != KT_BOOL;
	if (x->kind != E_NAME || schema_find(r->b->row, x->text) != NULL)
		return 0;
	l = find_let(r->b, x->text);
	return l != NULL && l->value != NULL && l->value->type == KT_STRING;
}

static struct expr *
rewrite(const struct rewrite *r, const struct expr *x)
{
	struct expr *y = arena_alloc(r->b->arena, sizeof(*y));

	*y = *x;
	y->next = NULL;
	if (is_term(r, x))
		return any_column(r, x);
	if (x->kind == E_STAR) {
		y->kind = E_LITERAL;
		y->type = KT_BOOL;
		y->n = 1;
	} else if ((x->kind == E_BINARY &&
		       (strcmp(x->text, "and") == 0 ||
			   strcmp(x->text, "or") == 0)) ||
	    (x->kind == E_CALL && strcmp(x->text, "not") == 0)) {
		rewrite_args(r, y, x);
	} else if ((x->kind == E_BINARY || x->kind == E_IN) && r->cased) {
		y->text = cased(r, x->text);
	}
	return y;
}

static int
read_kind(struct rewrite *r, const struct param *p)
{
	for (; p != NULL; p = p->next) {
		r->cased = strcmp(p->value->text, "case_sensitive") == 0;
		if (!r->cased && strcmp(p->value->text, "default") != 0 &&
		    strcmp(p->value->text, "case_insensitive") != 0)
			return fail_semantic(r->b->e, p->at,
			    "search has no kind '%.40s'", p->value->text);
	}
	return 0;
}

struct expr *
search_predicate(struct binder *b, const struct expr *x, int cased)
{
	struct rewrite r = { .b = b, .cased = cased };

	return rewrite(&r, x);
}

struct plan *
bind_search(struct binder *b, struct plan *in, const struct op *op)
{
	struct rewrite r = { .b = b };
	struct plan *p;

	if (read_kind(&r, op->params) == -1)
		return NULL;
	if (in != NULL && op->by != NULL) {
		fail_semantic(b->e, op->by->at,
		    "search in (...) starts a query; it cannot follow a pipe");
		return NULL;
	}
	if ((p = bind_tables(b, in, op, "$table", "search")) == NULL)
		return NULL;
	p = plan_new(b, P_FILTER, op, p);
	b->row = &p->out;
	p->filter = bind_bool(b, rewrite(&r, op->args), "search");
	return p->filter == NULL ? NULL : p;
}
