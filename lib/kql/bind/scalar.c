/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "buf.h"
#include "json.h"
#include "kql/bind/bind.h"
#include "kql/bind/operator.h"

/* Scalar functions whose SQL depends on the types or texts they are given. */

/* tohex(n[, digits]): an int shows its 32 bits. */
static struct tx *
tohex(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	int bits = args[0]->type == KT_INT ? 32 : 64;

	return tx_call(b, KT_STRING,
	    arena_printf(
		b->arena, "kql_tohex($1, %d%s)", bits, n > 1 ? ", $2" : ""),
	    x->at, args, n);
}

/* The service hashes its own form of a value; it is known of these types. */
static struct tx *
hash(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	enum kql_type t = args[0]->type;

	if (t != KT_STRING && t != KT_LONG && t != KT_DATETIME &&
	    t != KT_TIMESPAN) {
		fail_unsupported(b->e, x->at, "%s() of a value of type %s",
		    x->text, kql_type_name(t));
		return NULL;
	}
	return tx_call(b, KT_LONG, "kql_hash($*)", x->at, args, n);
}

static struct tx *
operate(struct binder *b, const struct expr *x, const char *op, struct tx *l,
    struct tx *r)
{
	struct expr of = { .kind = E_BINARY, .at = x->at, .text = op };

	return strchr("+-", *op) != NULL ? bind_arithmetic(b, &of, l, r)
					 : bind_compare(b, &of, l, r);
}

/* around(x, center, delta): no farther from it than delta. */
static struct tx *
around(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *low = operate(b, x, "-", args[1], args[2]), *high;

	(void)n;
	if (low == NULL)
		return NULL;
	if ((high = operate(b, x, "+", args[1], args[2])) == NULL)
		return NULL;
	low = operate(b, x, ">=", args[0], low);
	high = operate(b, x, "<=", args[0], high);
	if (low == NULL || high == NULL)
		return NULL;
	return tx_call2(b, KT_BOOL, "#&", low, high);
}

/* The text that is found, brought to the type asked for. */
static struct tx *
typed(struct binder *b, const struct expr *x, struct tx *text, struct tx *type)
{
	struct tx *y = convert(b, text, type->type);

	if (y == NULL)
		fail_semantic(b->e, x->at, "%s() has no way to %s", x->text,
		    kql_type_name(type->type));
	return y;
}

/* extract(regex, group, s[, typeof(T)]) */
static struct tx *
extract(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *y =
	    tx_call(b, KT_STRING, "kql_extract($1, $2, $3)", x->at, args, 3);

	return n == 3 ? y : typed(b, x, y, args[3]);
}

/* extract_json(path, json[, typeof(T)]) */
static struct tx *
extract_json(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *y =
	    tx_call(b, KT_DYNAMIC, "kql_json_path($1, $2)", x->at, args, 2);

	return convert(b, y, n == 3 ? args[2]->type : KT_STRING);
}

/* assert(condition, message): of constants, which have to be true. */
static struct tx *
assertion(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	(void)n;
	if (!is_const(args[1])) {
		fail_semantic(b->e, x->at, "assert() takes a constant message");
		return NULL;
	}
	return tx_call(b, KT_BOOL, "kql_assert($1, $2)", x->at, args, 2);
}

struct tx *
bind_typeof(struct binder *b, const struct expr *x)
{
	enum kql_type type = KT_NONE;

	if (x->args != NULL && x->args->next == NULL && x->args->kind == E_NAME)
		type = kql_type_find(x->args->text);
	if (type != KT_NONE)
		return tx_null(b, type, x->at);
	fail_semantic(b->e, x->at, "typeof() takes the name of a type");
	return NULL;
}

/* rand(): from 0 up to 1; rand(n): a whole number from 0 up to n. */
static struct tx *
random_number(
    struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *y = tx_call(b, KT_REAL,
	    n == 0 ? "(random() & 9007199254740991) / 9007199254740992.0"
		   : "CAST((random() & 9223372036854775807) % #1 AS REAL)",
	    x->at, args, n);

	y->random = 1;
	return y;
}

static struct tx *
new_guid(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *y = tx_call(b, KT_GUID,
	    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || "
	    "substr(hex(randomblob(2)), 2) || '-' || "
	    "substr('89AB', 1 + (random() & 3), 1) || "
	    "substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
	    x->at, args, n);

	y->random = 1;
	return y;
}

struct tx *
bind_column_names(struct binder *b, const struct expr *x)
{
	struct buf names = { 0 };
	struct bound of;
	struct tx *y;

	if (x->args == NULL || x->args->next != NULL) {
		fail_semantic(b->e, x->at, "column_names_of() takes one table");
		return NULL;
	}
	if (bind_any(b, x->args, &of) == -1)
		return NULL;
	if (of.plan == NULL) {
		fail_semantic(
		    b->e, x->args->at, "column_names_of() of no table");
		return NULL;
	}
	buf_putc(&names, '[');
	for (size_t i = 0; i < of.plan->out.n; i++) {
		if (i > 0)
			buf_putc(&names, ',');
		json_write_str(&names, of.plan->out.columns[i]->name,
		    strlen(of.plan->out.columns[i]->name));
	}
	buf_putc(&names, ']');
	y = tx_text(b, KT_DYNAMIC,
	    arena_strndup(b->arena, names.data, names.len), names.len, x->at);
	buf_fini(&names);
	return y;
}

/* Bytes that a value counts for: of a string its own, of others those of its
 * type. */
static struct tx *
size_of(struct binder *b, struct tx *x)
{
	static const int sizes[KT_COUNT] = { [KT_BOOL] = 1,
		[KT_INT] = 4,
		[KT_LONG] = 8,
		[KT_REAL] = 8,
		[KT_DECIMAL] = 16,
		[KT_DATETIME] = 8,
		[KT_TIMESPAN] = 8,
		[KT_GUID] = 16 };

	if (x->type == KT_STRING)
		return tx_call1(b, KT_LONG, "kql_string_size($1)", x);
	if (sizes[x->type] > 0)
		return tx_int(b, KT_LONG, sizes[x->type], x->at);
	fail_unsupported(
	    b->e, x->at, "estimate_data_size() of %s", kql_type_name(x->type));
	return NULL;
}

static struct tx *
data_size(struct binder *b, const struct expr *x, struct tx **args, size_t n)
{
	struct tx *sum = NULL, *size;

	for (size_t i = 0; i < n; i++) {
		if ((size = size_of(b, args[i])) == NULL)
			return NULL;
		sum = sum == NULL ? size : operate(b, x, "+", sum, size);
	}
	return sum;
}

struct tx *
bind_scalar_special(struct binder *b, const struct builtin *f,
    const struct expr *x, struct tx **args, size_t n)
{
	static const struct {
		const char *word;
		struct tx *(*bind)(
		    struct binder *, const struct expr *, struct tx **, size_t);
	} special[] = { { "!tohex", tohex }, { "!hash", hash },
		{ "!around", around }, { "!extract", extract },
		{ "!extract_json", extract_json }, { "!assert", assertion },
		{ "!estimate_data_size", data_size },
		{ "!rand", random_number }, { "!new_guid", new_guid } };

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (strcmp(special[i].word, f->sql) == 0)
			return special[i].bind(b, x, args, n);
	return NULL;
}
