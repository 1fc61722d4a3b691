/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "journal.h"
#include "mem.h"
#include "receipt.h"

#define FOLD_MIN  2048  /* bytes below which it is left alone */
#define BYTES_MAX 65536 /* bytes above which the oldest are forgotten */

/* An entry while the journal is folded. */
struct kept {
	struct journal_entry e;
	struct receipt r;
	const char *type; /* of a condition, else NULL */
	int gone;
};

static void
put(struct buf *b, const struct journal_entry *e)
{
	buf_putc(b, (char)e->mark);
	buf_add(b, e->line, e->n);
	buf_putc(b, '\n');
}

int
journal_next(
    const struct journal *j, size_t *at, size_t to, struct journal_entry *e)
{
	const char *line, *nl;

	if (*at >= to)
		return 0;
	line = j->b.data + *at + 1;
	nl = memchr(line, '\n', j->b.len - *at - 1);
	*e = (struct journal_entry){ (enum journal_mark)line[-1], line,
		(size_t)(nl - line) };
	*at += e->n + 2;
	return 1;
}

static int
is_failed(const struct kept *k)
{
	return k->r.status == RECEIPT_FAILED;
}

static int
is_held(const struct kept *k)
{
	return is_failed(k) && k->r.error.stage != NULL &&
	    strcmp(k->r.error.code, "Held") == 0;
}

/* Delivered in whole, in its order: what a window behind it can add to. */
static int
is_plain(const struct kept *k)
{
	return k->r.status == RECEIPT_DELIVERED && k->r.rejected == 0 &&
	    !k->r.w.late && k->r.error.stage == NULL;
}

static int
is_same_row(const struct kept *x, const struct kept *y)
{
	return x->type == NULL && y->type == NULL &&
	    strcmp(x->r.w.rule, y->r.w.rule) == 0 &&
	    strcmp(x->r.w.uid, y->r.w.uid) == 0 &&
	    strcmp(x->r.destination, y->r.destination) == 0;
}

/* The window of was and that of now, as if they had been one. */
static void
extend(struct arena *a, struct kept *was, struct kept *now)
{
	struct json *tree = json_new(a, JSON_OBJECT);
	struct buf line = { 0 };
	char start[WHEN_TEXT];

	*tree = *now->r.w.tree;
	when_format(start, was->r.w.start);
	json_set(a, tree, "start", json_new_str(a, start));
	now->r.w.start = was->r.w.start;
	now->r.w.tree = tree;
	receipt_write(&line, &now->r);
	now->e.line = arena_strndup(a, line.data, line.len - 1);
	now->e.n = line.len - 1;
	was->gone = 1;
	buf_fini(&line);
}

/* Whether two failures are of one window. */
static int
is_same_failure(const struct kept *x, const struct kept *y)
{
	return is_failed(x) && is_failed(y) && x->e.mark == y->e.mark &&
	    x->r.w.late == y->r.w.late && x->r.w.start == y->r.w.start &&
	    x->r.w.end == y->r.w.end;
}

/* Make one of two entries of a destination, the older of which is was.
 * Returns whether to look further back.  Held says nothing beside a failure. */
static int
fold_two(struct arena *a, struct kept *was, struct kept *k)
{
	if (is_held(k) && is_failed(was) && !was->r.w.late) {
		k->gone = 1;
		return 0;
	}
	if (is_failed(k) && !k->r.w.late && is_held(was)) {
		was->gone = 1;
		return 1;
	}
	if (is_plain(k) && is_plain(was) && was->r.w.end == k->r.w.start)
		extend(a, was, k);
	else if (is_same_failure(k, was))
		was->gone = 1;
	return 0;
}

/* Drop or change v[i], or one before it of the same kind. */
static void
fold_one(struct arena *a, struct kept *v, size_t i)
{
	struct kept *k = &v[i];

	for (size_t n = i; n-- > 0;) {
		struct kept *was = &v[n];

		if (was->gone)
			continue;
		if (k->type != NULL && was->type != NULL &&
		    strcmp(k->type, was->type) == 0) {
			was->gone = 1;
			return;
		}
		if (is_same_row(k, was) && !fold_two(a, was, k))
			return;
	}
}

static void
read_kept(struct arena *a, const struct journal_entry *e, struct kept *k)
{
	struct err err;
	struct json *j;

	*k = (struct kept){ .e = *e };
	if (e->mark != JOURNAL_CONDITION) {
		k->gone = receipt_read(a, e->line, e->n, &k->r, &err) == -1;
		return;
	}
	j = control_parse(
	    a, CONTROL_CONDITION, e->line, e->n, CONTROL_JSON, &err);
	k->type = json_get_str(j, "type", "");
}

/* Append the entries of [from, to) to out, as few as say the same. */
static void
fold_range(const struct journal *j, size_t from, size_t to, struct buf *out)
{
	struct arena a = { 0 };
	struct journal_entry e;
	struct kept *v;
	size_t at = from, n = 0, i = 0;

	while (journal_next(j, &at, to, &e))
		n++;
	v = arena_alloc(&a, (n + 1) * sizeof(*v));
	for (at = from; journal_next(j, &at, to, &e); i++) {
		read_kept(&a, &e, &v[i]);
		if (!v[i].gone)
			fold_one(&a, v, i);
	}
	for (i = 0; i < n; i++)
		if (!v[i].gone)
			put(out, &v[i].e);
	arena_fini(&a);
}

/* Forget the oldest that no write is on its way for.  They are of windows that
 * are sent again then, not of any that would be missed. */
static void
forget_oldest(struct journal *j)
{
	struct journal_entry e;
	size_t at = j->sent;

	while (j->b.len - (at - j->sent) > BYTES_MAX / 2 &&
	    journal_next(j, &at, j->b.len, &e))
		continue;
	memmove(j->b.data + j->sent, j->b.data + at, j->b.len - at);
	j->b.len -= at - j->sent;
	j->b.data[j->b.len] = '\0';
	j->applied = j->applied > at ? j->applied - (at - j->sent) : j->sent;
}

static void
fold(struct journal *j)
{
	struct buf out = { 0 };
	size_t applied;

	buf_add(&out, buf_str(&j->b), j->sent);
	fold_range(j, j->sent, j->applied, &out);
	applied = out.len;
	fold_range(j, j->applied, j->b.len, &out);
	buf_fini(&j->b);
	j->b = out;
	j->applied = applied;
	if (j->b.len > BYTES_MAX)
		forget_oldest(j);
	j->fold_at = FOLD_MIN + 2 * j->b.len;
}

void
journal_add(
    struct journal *j, enum journal_mark mark, const char *line, size_t n)
{
	struct journal_entry e = { mark, line, n };

	put(&j->b, &e);
	if (mark != JOURNAL_NEW)
		j->applied = j->b.len;
	if (j->fold_at == 0)
		j->fold_at = FOLD_MIN;
	if (j->b.len > j->fold_at)
		fold(j);
}

void
journal_drop_sent(struct journal *j)
{
	if (j->sent == 0)
		return;
	buf_drop(&j->b, j->sent);
	j->applied -= j->sent;
	j->sent = 0;
	if (j->b.len == 0)
		buf_fini(&j->b);
}

void
journal_cut(struct journal *j, size_t from)
{
	if (j->b.data != NULL)
		j->b.data[from] = '\0';
	j->b.len = from;
}

void
journal_fini(struct journal *j)
{
	buf_fini(&j->b);
	*j = (struct journal){ 0 };
}
