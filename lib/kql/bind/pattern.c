/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "buf.h"
#include "kql/bind/bind.h"
#include "kql/fn/table.h"
#include "regex.h"

/* What parse takes apart: arguments of the table function, and what comes of
 * them. */
struct pattern {
	struct tx *args[FN_TABLE_ARGS];
	size_t nargs;
	struct schema names;
	struct tx *values[FN_TABLE_COLUMNS];
};

static struct tx *
text(struct binder *b, const char *s, struct kql_at at)
{
	return tx_text(b, KT_STRING, s, strlen(s), at);
}

static int
add_arg(struct binder *b, struct pattern *p, struct tx *x)
{
	if (p->nargs == FN_TABLE_ARGS)
		return fail_unsupported(b->e, x->at,
		    "a pattern of more than %d parts", FN_TABLE_ARGS);
	p->args[p->nargs++] = x;
	return 0;
}

/* A column that the text of "$vN" becomes. */
static int
add_column(struct binder *b, struct pattern *p, const char *name,
    enum kql_type type, struct kql_at at)
{
	size_t k = p->names.n;

	if (k == FN_TABLE_COLUMNS)
		return fail_unsupported(
		    b->e, at, "more than %d columns", FN_TABLE_COLUMNS);
	if (schema_find(&p->names, name) != NULL)
		return fail_semantic(
		    b->e, at, "two columns are named '%.80s'", name);
	p->values[k] = tx_call(b, KT_STRING,
	    arena_printf(b->arena, "\"$v%zu\"", k + 1), at, NULL, 0);
	p->values[k] = convert(b, p->values[k], type);
	schema_add(b, &p->names, name, type);
	return 0;
}

/* The text to take apart: a string, or what is made one. */
static int
add_text(struct binder *b, struct pattern *p, const struct expr *x)
{
	struct tx *s = bind_expr(b, x), *y;

	if (s == NULL)
		return -1;
	if ((y = convert(b, s, KT_STRING)) == NULL)
		return fail_semantic(
		    b->e, x->at, "a text is taken apart, no other value");
	return add_arg(b, p, y);
}

/* What may stand beside what in a pattern. */
static int
check_order(struct binder *b, const struct expr *x)
{
	for (; x != NULL && x->next != NULL; x = x->next) {
		if (x->kind == E_STAR && x->next->kind != E_LITERAL)
			return fail_syntax(b->e, x->next->at,
			    "a string must follow * in a pattern");
		if (x->kind == E_NAME && x->next->kind == E_NAME)
			return fail_syntax(b->e, x->next->at,
			    "a string must stand between two columns");
	}
	return 0;
}

/* The parts as they are: literals, columns and stars. */
static int
add_parts(struct binder *b, struct pattern *p, const struct expr *x)
{
	const char *s;

	for (; x != NULL; x = x->next) {
		s = x->kind == E_LITERAL
		    ? arena_printf(b->arena, "=%s", x->text)
		    : x->kind == E_NAME ? kql_type_name(x->type)
					: "*";
		if (x->kind == E_NAME &&
		    add_column(b, p, x->text, x->type, x->at) == -1)
			return -1;
		if (add_arg(b, p, text(b, s, x->at)) == -1)
			return -1;
	}
	return 0;
}

/* How many groups a part has, or -1 with the error that it is no regex. */
static int
count_groups(struct binder *b, const struct expr *x)
{
	struct regex *r;
	struct err e;
	int n;

	if ((r = regex_new(x->text, x->len, &e)) == NULL)
		return fail_semantic(b->e, x->at, "%s", e.msg);
	n = regex_groups(r);
	regex_free(r);
	return n;
}

/* What a column of a type is in a regex: numbers end by themselves. */
static const char *
regex_of(enum kql_type type)
{
	switch (type) {
	case KT_INT:
	case KT_LONG:
		return "(-?\\d+)";
	case KT_REAL:
	case KT_DECIMAL:
		return "([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?)";
	default:
		return "(.*)";
	}
}

/* The parts as one regex, and the group of each column. */
static int
add_regex(struct binder *b, struct pattern *p, const struct expr *x,
    const char *flags)
{
	struct buf out = { 0 };
	size_t at = p->nargs;
	int group = 0, n;

	if (add_arg(b, p, NULL) == -1)
		return -1;
	if (*flags != '\0')
		buf_printf(&out, "(?%s)", flags);
	buf_puts(&out, "\\A");
	for (; x != NULL; x = x->next) {
		if (x->kind == E_STAR) {
			buf_puts(&out, ".*?");
		} else if (x->kind == E_LITERAL) {
			if ((n = count_groups(b, x)) == -1)
				break;
			group += n;
			buf_printf(&out, "(?:%s)", x->text);
		} else {
			buf_puts(&out, regex_of(x->type));
			if (add_column(b, p, x->text, x->type, x->at) == -1 ||
			    add_arg(b, p, tx_int(b, KT_LONG, ++group, x->at)) ==
				-1 ||
			    add_arg(b, p,
				text(b, kql_type_name(x->type), x->at)) == -1)
				break;
		}
	}
	p->args[at] =
	    text(b, arena_strdup(b->arena, buf_str(&out)), p->args[at - 1]->at);
	buf_fini(&out);
	if (x != NULL)
		return -1;
	if (group < REGEX_GROUPS)
		return 0;
	return fail_unsupported(b->e, p->args[at]->at,
	    "a pattern of more than %d groups", REGEX_GROUPS - 1);
}

static struct plan *
take_apart(struct binder *b, struct plan *in, const struct op *op,
    struct pattern *p, const char *function)
{
	struct plan *each = plan_new(b, P_EACH, op, in);

	each->each =
	    tx_call(b, KT_NONE, arena_printf(b->arena, "%s($*)", function),
		op->at, p->args, p->nargs);
	put_extended(b, each, &p->names, p->values, 0);
	return each;
}

static int
read_params(struct binder *b, const struct op *op, const char **kind,
    const char **flags)
{
	static const char *const kinds[] = { "simple", "relaxed", "regex" };
	const char *text;
	int known;

	for (const struct param *p = op->params; p != NULL; p = p->next) {
		text = p->value->text;
		if (strcmp(p->name, "flags") == 0) {
			if (text[strspn(text, "Uims")] != '\0')
				return fail_syntax(b->e, p->value->at,
				    "flags are of U, i, m and s");
			*flags = text;
			continue;
		}
		known = 0;
		for (size_t i = 0; i < 3; i++)
			known |= strcmp(kinds[i], text) == 0;
		if (!known)
			return fail_syntax(b->e, p->value->at,
			    "kind is simple, relaxed or regex");
		*kind = text;
	}
	return 0;
}

struct plan *
bind_parse(struct binder *b, struct plan *in, const struct op *op)
{
	struct pattern p = { 0 };
	const char *kind = "simple", *flags = "";

	b->row = &in->out;
	if (read_params(b, op, &kind, &flags) == -1 ||
	    check_order(b, op->args) == -1 ||
	    add_arg(b, &p, text(b, op->name, op->at)) == -1 ||
	    add_arg(b, &p, text(b, kind, op->at)) == -1 ||
	    add_text(b, &p, op->by) == -1)
		return NULL;
	if (strcmp(kind, "regex") == 0 ? add_regex(b, &p, op->args, flags) == -1
				       : add_parts(b, &p, op->args) == -1)
		return NULL;
	return take_apart(b, in, op, &p, "kql_parse");
}

/* The parameters of parse-kv; quote and escape may be there several times. */
struct kv {
	const char *pair, *kv, *quotes, *escapes, *regex;
	int greedy;
};

static int
add_quote(struct binder *b, struct kv *kv, const struct param *p)
{
	const char *q = p->value->text;
	size_t n = strlen(q);

	if (n < 1 || n > 2 ||
	    ((unsigned char)q[0] | (unsigned char)q[n - 1]) > 127)
		return fail_semantic(
		    b->e, p->value->at, "quote is one character or two");
	kv->quotes =
	    arena_printf(b->arena, "%s%c%c", kv->quotes, q[0], q[n - 1]);
	return 0;
}

static int
read_kv_param(struct binder *b, struct kv *kv, const struct param *p)
{
	const char *value = p->value->text;

	if (strcmp(p->name, "quote") == 0)
		return add_quote(b, kv, p);
	if (strcmp(p->name, "pair_delimiter") == 0)
		kv->pair = value;
	else if (strcmp(p->name, "kv_delimiter") == 0)
		kv->kv = value;
	else if (strcmp(p->name, "escape") == 0)
		kv->escapes =
		    arena_printf(b->arena, "%s%s", kv->escapes, value);
	else if (strcmp(p->name, "regex") == 0)
		kv->regex = value;
	else if (strcmp(p->name, "greedy") == 0)
		kv->greedy = p->value->n != 0;
	else
		return fail_syntax(
		    b->e, p->at, "parse-kv has no parameter '%.40s'", p->name);
	return 0;
}

static int
read_kv(struct binder *b, struct kv *kv, const struct op *op)
{
	struct regex *r;
	struct err e;
	int groups;

	for (const struct param *p = op->params; p != NULL; p = p->next)
		if (read_kv_param(b, kv, p) == -1)
			return -1;
	if ((*kv->pair == '\0') != (*kv->kv == '\0'))
		return fail_semantic(
		    b->e, op->at, "parse-kv needs both delimiters, or neither");
	if (*kv->regex == '\0')
		return 0;
	if ((r = regex_new(kv->regex, strlen(kv->regex), &e)) == NULL)
		return fail_semantic(b->e, op->at, "%s", e.msg);
	groups = regex_groups(r);
	regex_free(r);
	if (groups == 2)
		return 0;
	return fail_semantic(
	    b->e, op->at, "the regex of parse-kv needs two groups");
}

struct plan *
bind_parse_kv(struct binder *b, struct plan *in, const struct op *op)
{
	struct kv kv = { "", "", "", "", "", 0 };
	struct pattern p = { 0 };

	b->row = &in->out;
	if (read_kv(b, &kv, op) == -1 || add_text(b, &p, op->args) == -1)
		return NULL;
	if (*kv.regex != '\0') {
		add_arg(b, &p, text(b, kv.regex, op->at));
	} else {
		add_arg(b, &p, text(b, kv.pair, op->at));
		add_arg(b, &p, text(b, kv.kv, op->at));
		add_arg(b, &p, text(b, kv.quotes, op->at));
		add_arg(b, &p, text(b, kv.escapes, op->at));
		add_arg(b, &p, tx_int(b, KT_LONG, kv.greedy, op->at));
	}
	for (const struct declared *c = op->columns; c != NULL; c = c->next)
		if (add_column(b, &p, c->name, c->type, c->at) == -1 ||
		    add_arg(b, &p, text(b, c->name, c->at)) == -1)
			return NULL;
	return take_apart(b, in, op, &p,
	    *kv.regex != '\0' ? "kql_parse_kv_regex" : "kql_parse_kv");
}
