/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "expo_write.h"
#include "mem.h"
#include "page.h"
#include "seen.h"

/* A metric of a block. */
struct part {
	const char *name; /* as the page has it, but for quotes */
	const struct block_group *g;
	const struct block *block;
	size_t rank; /* of the block */
};

/* All of them, those of a name together. */
struct parts {
	struct part *v;
	size_t n;
};

static void
add_piece(struct page *p, const char *at, size_t len)
{
	if (len == 0)
		return;
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 64 : p->cap * 2;
		p->v = mem_need(realloc(p->v, p->cap * sizeof(*p->v)));
	}
	p->v[p->n++] = (struct piece){ at, len };
	p->len += len;
}

/* Add lines, but for those of series that were seen. */
static void
add_new(
    struct page *p, struct seen *seen, const char *at, size_t len, int stamps)
{
	const char *end = at + len, *from = at, *nl;

	for (; at < end; at = nl + 1) {
		size_t key;

		nl = memchr(at, '\n', (size_t)(end - at));
		key = block_key(at, (size_t)(nl - at), stamps);
		if (seen_add(seen, at, key))
			continue;
		p->hidden++;
		if (p->example == NULL)
			p->example = at;
		add_piece(p, from, (size_t)(at - from));
		from = nl + 1;
	}
	add_piece(p, from, (size_t)(end - from));
}

static int
by_name(const void *a, const void *b)
{
	const struct part *x = a, *y = b;
	int cmp = strcmp(x->name, y->name);

	if (cmp != 0)
		return cmp;
	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static const char *
name_of(struct page *p, const struct block_group *g)
{
	struct buf b = { 0 };
	const char *name = g->name;

	if (p->form.escape == ESCAPE_NONE ||
	    (!g->odd && p->form.escape != ESCAPE_DOTS))
		return name;
	escape_name(&b, name, p->form.escape, 1);
	name = arena_strndup(&p->a, b.data, b.len);
	buf_fini(&b);
	return name;
}

static struct parts
collect(struct page *p)
{
	struct parts all = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < p->nblocks; i++)
		n += p->blocks[i]->n;
	all.v = mem_new(n + 1, sizeof(*all.v));
	for (size_t i = 0; i < p->nblocks; i++)
		for (size_t k = 0; k < p->blocks[i]->n; k++) {
			const struct block_group *g = &p->blocks[i]->v[k];

			all.v[all.n++] = (struct part){ .name = name_of(p, g),
				.g = g,
				.block = p->blocks[i],
				.rank = i };
		}
	if (all.n > 0)
		qsort(all.v, all.n, sizeof(*all.v), by_name);
	return all;
}

/* The type of a metric of which resources may say different things. */
static enum block_type
common_type(struct page *p, const struct part *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (v[i].g->type == v[0].g->type)
			continue;
		if (p->clashes++ == 0)
			p->clash = v[0].name;
		return BLOCK_UNTYPED;
	}
	return v[0].g->type;
}

/* The name of a counter without its end, which OpenMetrics calls the metric. */
static const char *
stem_of(struct page *p, const char *name)
{
	size_t n = strlen(name);

	if (n <= 6 || strcmp(name + n - 6, "_total") != 0)
		return NULL;
	return arena_strndup(&p->a, name, n - 6);
}

/*
 * How OpenMetrics names a metric and its type: a counter is one only when its
 * name ends as it must, and no other metric has the rest of it.
 */
static const char *
open_type(struct page *p, const struct parts *all, const char **name,
    enum block_type type)
{
	const char *stem;

	if (type == BLOCK_GAUGE)
		return "gauge";
	if (type == BLOCK_UNTYPED || (stem = stem_of(p, *name)) == NULL)
		return "unknown";
	for (size_t lo = 0, hi = all->n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(all->v[mid].name, stem);

		if (cmp == 0)
			return "unknown";
		*(cmp < 0 ? &lo : &hi) = mid + (cmp < 0);
	}
	*name = stem;
	return "counter";
}

/* The comments above the lines of a metric. */
static void
add_head(
    struct page *p, const struct parts *all, const struct part *v, size_t n)
{
	static const char *const words[] = { "gauge", "counter", "untyped" };
	enum block_type type = common_type(p, v, n);
	const char *name = v->name, *help = NULL, *word = words[type];
	struct buf b = { 0 }, quoted = { 0 };

	if (p->form.openmetrics)
		word = open_type(p, all, &name, type);
	for (size_t i = 0; i < n && help == NULL; i++)
		help = v[i].g->help;
	expo_name(&quoted, name, strlen(name));
	if (help != NULL) {
		buf_printf(&b, "# HELP %s ", quoted.data);
		expo_help(&b, help, p->form.openmetrics);
		buf_putc(&b, '\n');
	}
	buf_printf(&b, "# TYPE %s %s\n", quoted.data, word);
	add_piece(p, arena_strndup(&p->a, b.data, b.len), b.len);
	buf_fini(&b);
	buf_fini(&quoted);
}

/* Whether the page has the lines of a metric in another form than its block. */
static int
is_other(const struct page *p, const struct part *x)
{
	if (p->form.openmetrics && x->block->stamps)
		return 1;
	return p->form.escape == ESCAPE_DOTS ||
	    (p->form.escape != ESCAPE_NONE && x->g->odd);
}

/* The lines of a part, in the form of the page. */
static struct piece
lines_of(struct page *p, const struct part *x)
{
	struct piece lines = { x->block->text + x->g->from,
		x->g->to - x->g->from };
	struct buf b = { 0 };

	if (!is_other(p, x))
		return lines;
	p->hidden += rewrite_lines(
	    &b, lines.at, lines.len, x->block->stamps, p->form, &p->example);
	lines =
	    (struct piece){ arena_strndup(&p->a, buf_str(&b), b.len), b.len };
	buf_fini(&b);
	return lines;
}

/* A metric, of all the resources that have it. */
static void
add_metric(
    struct page *p, const struct parts *all, const struct part *v, size_t n)
{
	struct seen seen = { 0 };
	int alone = n == 1 && (!v->g->odd || !is_other(p, v));

	add_head(p, all, v, n);
	for (size_t i = 0; i < n; i++) {
		struct piece lines = lines_of(p, &v[i]);

		if (alone)
			add_piece(p, lines.at, lines.len);
		else
			add_new(
			    p, &seen, lines.at, lines.len, v[i].block->stamps);
	}
	seen_fini(&seen);
}

void
page_make(struct page *p, struct store *s, struct form form)
{
	static const char eof[] = "# EOF\n";
	struct parts all;
	size_t to;

	*p = (struct page){ .form = form };
	p->nblocks = store_blocks(s, &p->blocks, &p->version);
	all = collect(p);
	for (size_t i = 0; i < all.n; i = to) {
		const char *name = all.v[i].name;

		for (to = i + 1;
		     to < all.n && strcmp(all.v[to].name, name) == 0;)
			to++;
		add_metric(p, &all, all.v + i, to - i);
	}
	if (form.openmetrics)
		add_piece(p, eof, sizeof(eof) - 1);
	free(all.v);
}

void
page_fini(struct page *p)
{
	for (size_t i = 0; i < p->nblocks; i++)
		block_drop(p->blocks[i]);
	free(p->blocks);
	free(p->v);
	arena_fini(&p->a);
}
