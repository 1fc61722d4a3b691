/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cel/parse.h"
#include "utf8.h"

static struct cel_node *expression(struct cel_parser *);

struct cel_node *
cel_node(struct cel_parser *p, enum cel_node_kind kind, struct cel_at at)
{
	struct cel_node *n = arena_zalloc(p->a, sizeof(*n));

	n->kind = kind;
	n->at = at;
	n->depth = 1;
	return n;
}

void
cel_node_add(struct cel_node *n, struct cel_node *arg)
{
	if (n->args == NULL)
		n->args = arg;
	else
		n->last->next = arg;
	for (; arg != NULL; arg = arg->next) {
		n->last = arg;
		if (n->depth <= arg->depth)
			n->depth = arg->depth + 1;
	}
}

static int
fail_deep(struct cel_parser *p, struct cel_at at)
{
	return cel_fail(p->e, CEL_PARSE, at,
	    "the expression is nested deeper than %d", CEL_DEPTH_MAX);
}

/* n, or NULL when it has become too deep. */
static struct cel_node *
bounded(struct cel_parser *p, struct cel_node *n)
{
	if (n == NULL || n->depth <= CEL_DEPTH_MAX)
		return n;
	fail_deep(p, n->at);
	return NULL;
}

static int
advance(struct cel_parser *p)
{
	return cel_lex(&p->lex, &p->t);
}

/* The next token is not what is wanted.  Returns -1. */
static int
unexpected(struct cel_parser *p, const char *wanted)
{
	const struct cel_token *t = &p->t;

	if (t->kind == T_END)
		return cel_fail(p->e, CEL_PARSE, t->at,
		    "the expression ends where %s is wanted", wanted);
	return cel_fail(p->e, CEL_PARSE, t->at,
	    "%.*s stands where %s is wanted", (int)utf8_cut(t->s, t->n, 40),
	    t->s, wanted);
}

static int
expect(struct cel_parser *p, int kind, const char *wanted)
{
	return p->t.kind == kind ? advance(p) : unexpected(p, wanted);
}

static int
token_is(const struct cel_token *t, const char *word)
{
	return t->n == strlen(word) && memcmp(t->s, word, t->n) == 0;
}

static int
is_one_of(const struct cel_token *t, const char *const *words)
{
	for (; *words != NULL; words++)
		if (token_is(t, *words))
			return 1;
	return 0;
}

/* Words that are no names, and those kept for languages around CEL. */
static const char *const keywords[] = { "in", "true", "false", "null", NULL };
static const char *const reserved[] = { "as", "break", "const", "continue",
	"else", "for", "function", "if", "import", "let", "loop", "package",
	"namespace", "return", "var", "void", "while", NULL };

/* A name of a field or member; the token goes. */
static const char *
take_name(struct cel_parser *p, const char *wanted)
{
	const char *name;

	if (p->t.kind != T_NAME || is_one_of(&p->t, keywords)) {
		unexpected(p, wanted);
		return NULL;
	}
	name = arena_strndup(p->a, p->t.s, p->t.n);
	return advance(p) == 0 ? name : NULL;
}

/* Expressions by commas to the closing token, which goes; they are put behind
 * n's args.  One comma may stand in front of it where trailing is set. */
static int
take_list(struct cel_parser *p, struct cel_node *n, int close, int trailing)
{
	char wanted[] = "',' or ' '";
	struct cel_node *arg;

	wanted[8] = (char)close;
	while (p->t.kind != close) {
		if (trailing && p->t.kind == ',' && n->args == NULL) {
			if (advance(p) == -1)
				return -1;
			break;
		}
		if ((arg = expression(p)) == NULL)
			return -1;
		cel_node_add(n, arg);
		if (p->t.kind != ',')
			break;
		if (advance(p) == -1)
			return -1;
		if (!trailing && p->t.kind == close)
			return unexpected(p, "an expression");
	}
	return expect(p, close, wanted);
}

/* A map's key: value, ... and the closing brace. */
static int
take_entries(struct cel_parser *p, struct cel_node *n)
{
	struct cel_node *key, *value;

	if (p->t.kind == ',' && advance(p) == -1)
		return -1;
	while (p->t.kind != '}') {
		if ((key = expression(p)) == NULL ||
		    expect(p, ':', "':'") == -1 ||
		    (value = expression(p)) == NULL)
			return -1;
		cel_node_add(n, key);
		cel_node_add(n, value);
		if (p->t.kind != ',')
			break;
		if (advance(p) == -1)
			return -1;
	}
	return expect(p, '}', "',' or '}'");
}

static struct cel_node *
take_literal(struct cel_parser *p, int negative)
{
	struct cel_node *n = cel_node(p, N_VALUE, p->t.at);
	struct cel_value *v = &n->value;
	uint64_t most = (uint64_t)INT64_MAX + (unsigned)negative;

	*v = p->t.value;
	if (v->kind == CK_INT && v->u > most) {
		cel_fail(p->e, CEL_PARSE, p->t.at,
		    "%s%.40s is out of the range of an int",
		    negative ? "-" : "", arena_strndup(p->a, p->t.s, p->t.n));
		return NULL;
	}
	if (v->kind == CK_INT)
		v->i = (int64_t)(negative ? -v->u : v->u);
	else if (v->kind == CK_DOUBLE && negative)
		v->d = -v->d;
	return advance(p) == 0 ? n : NULL;
}

/* A name, or a call of a function; the dot in front has been read. */
static struct cel_node *
take_identifier(struct cel_parser *p, struct cel_at at, int dot)
{
	struct cel_node *n = cel_node(p, N_NAME, at);

	if (p->t.kind == T_NAME && is_one_of(&p->t, reserved)) {
		cel_fail(p->e, CEL_PARSE, p->t.at,
		    "'%.*s' is a reserved word; a label of that name is "
		    "labels['%.*s']",
		    (int)p->t.n, p->t.s, (int)p->t.n, p->t.s);
		return NULL;
	}
	if ((n->name = take_name(p, "a name")) == NULL)
		return NULL;
	if (dot)
		n->name = arena_printf(p->a, ".%s", n->name);
	if (p->t.kind != '(')
		return n;
	n->kind = N_CALL;
	if (advance(p) == -1 || take_list(p, n, ')', 0) == -1 ||
	    cel_macro(p, n) == -1)
		return NULL;
	return bounded(p, n);
}

/* true, false, null, or a name. */
static struct cel_node *
take_word(struct cel_parser *p)
{
	struct cel_node *n = cel_node(p, N_VALUE, p->t.at);

	if (token_is(&p->t, "null"))
		n->value.kind = CK_NULL;
	else if (token_is(&p->t, "true") || token_is(&p->t, "false"))
		n->value = cel_bool(*p->t.s == 't');
	else
		return take_identifier(p, p->t.at, 0);
	return advance(p) == 0 ? n : NULL;
}

/* What stands in brackets of any kind. */
static struct cel_node *
take_brackets(struct cel_parser *p)
{
	struct cel_at at = p->t.at;
	struct cel_node *n = NULL;
	int open = p->t.kind;

	if (advance(p) == -1)
		return NULL;
	if (open == '(') {
		n = expression(p);
		if (n != NULL && expect(p, ')', "')'") == -1)
			return NULL;
		return n;
	}
	n = cel_node(p, open == '[' ? N_LIST : N_MAP, at);
	if ((open == '[' ? take_list(p, n, ']', 1) : take_entries(p, n)) == -1)
		return NULL;
	return bounded(p, n);
}

static struct cel_node *
primary(struct cel_parser *p)
{
	struct cel_at at = p->t.at;

	switch (p->t.kind) {
	case T_LITERAL:
		return take_literal(p, 0);
	case T_NAME:
		return take_word(p);
	case '.':
		return advance(p) == 0 ? take_identifier(p, at, 1) : NULL;
	case '(':
	case '[':
	case '{':
		return take_brackets(p);
	default:
		unexpected(p, "an expression");
		return NULL;
	}
}

/* .name or .name(args) behind n; the dot goes. */
static struct cel_node *
take_member(struct cel_parser *p, struct cel_node *of)
{
	struct cel_node *n;

	if (advance(p) == -1)
		return NULL;
	n = cel_node(p, N_SELECT, p->t.at);
	cel_node_add(n, of);
	if ((n->name = take_name(p, "the name of a field")) == NULL)
		return NULL;
	if (p->t.kind != '(')
		return bounded(p, n);
	n->kind = N_CALL;
	n->member = 1;
	if (advance(p) == -1 || take_list(p, n, ')', 0) == -1 ||
	    cel_macro(p, n) == -1)
		return NULL;
	return bounded(p, n);
}

static struct cel_node *
take_index(struct cel_parser *p, struct cel_node *of)
{
	struct cel_node *n = cel_node(p, N_CALL, p->t.at), *index;

	n->name = "_[_]";
	if (advance(p) == -1 || (index = expression(p)) == NULL ||
	    expect(p, ']', "']'") == -1)
		return NULL;
	cel_node_add(n, of);
	cel_node_add(n, index);
	return bounded(p, n);
}

static struct cel_node *
members(struct cel_parser *p, struct cel_node *n)
{
	while (n != NULL) {
		if (p->t.kind == '.')
			n = take_member(p, n);
		else if (p->t.kind == '[')
			n = take_index(p, n);
		else
			break;
	}
	if (n != NULL && p->t.kind == '{' &&
	    (n->kind == N_NAME || n->kind == N_SELECT)) {
		cel_fail(p->e, CEL_CHECK, n->at,
		    "undeclared reference to the message type '%.100s': there "
		    "are no protobuf messages here",
		    n->name);
		return NULL;
	}
	return n;
}

/* ! and - before a member; "-" before a number is part of it. */
static struct cel_node *
unary(struct cel_parser *p)
{
	struct cel_at at = p->t.at;
	struct cel_node *n, *arg;
	int op = p->t.kind;

	if (op != '!' && op != '-')
		return members(p, primary(p));
	if (++p->depth > CEL_DEPTH_MAX) {
		fail_deep(p, at);
		return NULL;
	}
	if (advance(p) == -1)
		return NULL;
	if (op == '-' && p->t.kind == T_LITERAL &&
	    (p->t.value.kind == CK_INT || p->t.value.kind == CK_DOUBLE)) {
		p->depth--;
		return members(p, take_literal(p, 1));
	}
	arg = unary(p);
	p->depth--;
	if (arg == NULL)
		return NULL;
	n = cel_node(p, N_CALL, at);
	n->name = op == '!' ? "!_" : "-_";
	cel_node_add(n, arg);
	return bounded(p, n);
}

/* The operator that the next token is: how tightly it binds, 0 for none. */
static int
binary_operator(const struct cel_token *t, const char **name)
{
	static const struct {
		int kind, level;
		const char *name;
	} all[] = { { T_OR, 1, "_||_" }, { T_AND, 2, "_&&_" },
		{ T_EQ, 3, "_==_" }, { T_NE, 3, "_!=_" }, { '<', 3, "_<_" },
		{ T_LE, 3, "_<=_" }, { '>', 3, "_>_" }, { T_GE, 3, "_>=_" },
		{ '+', 4, "_+_" }, { '-', 4, "_-_" }, { '*', 5, "_*_" },
		{ '/', 5, "_/_" }, { '%', 5, "_%_" } };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (t->kind == all[i].kind) {
			*name = all[i].name;
			return all[i].level;
		}
	*name = "@in";
	return t->kind == T_NAME && token_is(t, "in") ? 3 : 0;
}

/* && and || of more than two are one node, however many they are. */
static struct cel_node *
join(struct cel_parser *p, struct cel_at at, const char *name, int level,
    struct cel_node *left, struct cel_node *right)
{
	enum cel_node_kind kind = level == 1 ? N_OR
	    : level == 2                     ? N_AND
					     : N_CALL;
	struct cel_node *n = left;

	if (kind == N_CALL || left->kind != kind) {
		n = cel_node(p, kind, at);
		n->name = name;
		cel_node_add(n, left);
	}
	cel_node_add(n, right);
	return bounded(p, n);
}

/* Operators that bind at least as tightly as level says. */
static struct cel_node *
binary(struct cel_parser *p, int least)
{
	struct cel_node *left = unary(p), *right;
	const char *name;
	int level;

	while (
	    left != NULL && (level = binary_operator(&p->t, &name)) >= least) {
		struct cel_at at = p->t.at;

		if (advance(p) == -1 || (right = binary(p, level + 1)) == NULL)
			return NULL;
		left = join(p, at, name, level, left, right);
	}
	return left;
}

/* What is behind the question mark. */
static struct cel_node *
conditional(struct cel_parser *p, struct cel_node *test)
{
	struct cel_node *n = cel_node(p, N_COND, p->t.at), *arg;

	n->name = "_?_:_";
	cel_node_add(n, test);
	if (advance(p) == -1 || (arg = binary(p, 1)) == NULL)
		return NULL;
	cel_node_add(n, arg);
	if (expect(p, ':', "':'") == -1 || (arg = expression(p)) == NULL)
		return NULL;
	cel_node_add(n, arg);
	return bounded(p, n);
}

static struct cel_node *
expression(struct cel_parser *p)
{
	struct cel_node *n;

	if (++p->depth > CEL_DEPTH_MAX) {
		fail_deep(p, p->t.at);
		return NULL;
	}
	n = binary(p, 1);
	if (n != NULL && p->t.kind == '?')
		n = conditional(p, n);
	p->depth--;
	return n;
}

struct cel_node *
cel_parse(struct arena *a, const char *text, size_t n, struct cel_error *e)
{
	struct cel_parser p = {
		.lex = { text, text + n, { 1, 1 }, a, e },
		.a = a,
		.e = e,
	};
	struct cel_node *tree;

	if (!utf8_valid(text, n)) {
		cel_fail(e, CEL_PARSE, p.lex.at, "the expression is no UTF-8");
		return NULL;
	}
	if (utf8_count(text, n) > CEL_SIZE_MAX) {
		cel_fail(e, CEL_PARSE, p.lex.at,
		    "the expression has more than %d characters", CEL_SIZE_MAX);
		return NULL;
	}
	if (advance(&p) == -1 || (tree = expression(&p)) == NULL)
		return NULL;
	if (p.t.kind != T_END) {
		unexpected(&p, "an operator or the end");
		return NULL;
	}
	return tree;
}
