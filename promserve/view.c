/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "expo_write.h"
#include "hash.h"
#include "log.h"
#include "mem.h"
#include "view.h"

/* Text to be sent as it stands. */
struct piece {
	const char *at;
	size_t len;
};

struct view {
	atomic_int users;
	struct block **blocks;
	size_t nblocks;
	struct arena a; /* text of its own */
	struct piece *v;
	size_t n, cap;
	size_t len;
	unsigned long version;
	int64_t hidden;      /* series that are left out */
	const char *example; /* one of them */
	int64_t clashes;     /* metrics of which two types were said */
	const char *clash;   /* one of them */
};

struct views {
	struct store *store;
	struct metric *hidden;
	pthread_mutex_t lock;
	struct view *newest;
	int64_t told_hidden, told_clashes;
};

/* A group of a block, on its way to a page. */
struct part {
	const char *name;
	const struct block_group *g;
	const struct block *block;
	size_t rank; /* of the block */
};

/* Series that were seen. */
struct seen {
	const char **slots;
	uint32_t *lens;
	size_t cap, n;
};

static void
add_piece(struct view *x, const char *at, size_t len)
{
	if (len == 0)
		return;
	if (x->n == x->cap) {
		x->cap = x->cap == 0 ? 64 : x->cap * 2;
		x->v = mem_need(realloc(x->v, x->cap * sizeof(*x->v)));
	}
	x->v[x->n++] = (struct piece){ at, len };
	x->len += len;
}

static size_t
seen_slot(const struct seen *s, const char *key, size_t len)
{
	size_t i = hash_bytes(key, len) & (s->cap - 1);

	while (s->slots[i] != NULL &&
	    (s->lens[i] != len || memcmp(s->slots[i], key, len) != 0))
		i = (i + 1) & (s->cap - 1);
	return i;
}

static void
seen_grow(struct seen *s)
{
	struct seen old = *s;

	s->cap = old.cap == 0 ? 1024 : old.cap * 2;
	s->slots = mem_new(s->cap, sizeof(*s->slots));
	s->lens = mem_new(s->cap, sizeof(*s->lens));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i] != NULL) {
			size_t to = seen_slot(s, old.slots[i], old.lens[i]);

			s->slots[to] = old.slots[i];
			s->lens[to] = old.lens[i];
		}
	free(old.slots);
	free(old.lens);
}

/* Whether it is new. */
static int
seen_add(struct seen *s, const char *key, size_t len)
{
	size_t i;

	if (s->n * 2 >= s->cap)
		seen_grow(s);
	i = seen_slot(s, key, len);
	if (s->slots[i] != NULL)
		return 0;
	s->slots[i] = key;
	s->lens[i] = (uint32_t)len;
	s->n++;
	return 1;
}

static void
seen_fini(struct seen *s)
{
	free(s->slots);
	free(s->lens);
	*s = (struct seen){ 0 };
}

/* Add lines, but for those of series that were seen. */
static void
add_new(
    struct view *x, struct seen *seen, const char *at, size_t len, int stamps)
{
	const char *end = at + len, *from = at, *nl;

	for (; at < end; at = nl + 1) {
		size_t key;

		nl = memchr(at, '\n', (size_t)(end - at));
		key = block_key(at, (size_t)(nl - at), stamps);
		if (seen_add(seen, at, key))
			continue;
		if (x->hidden++ == 0)
			x->example = arena_strndup(&x->a, at, key);
		add_piece(x, from, (size_t)(at - from));
		from = nl + 1;
	}
	add_piece(x, from, (size_t)(end - from));
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

/* All groups of all blocks, those of one name together. */
static struct part *
collect(const struct view *x, size_t *n)
{
	struct part *v;
	size_t all = 0;

	for (size_t i = 0; i < x->nblocks; i++)
		all += x->blocks[i]->n;
	v = mem_new(all + 1, sizeof(*v));
	*n = 0;
	for (size_t i = 0; i < x->nblocks; i++)
		for (size_t k = 0; k < x->blocks[i]->n; k++)
			v[(*n)++] =
			    (struct part){ .name = x->blocks[i]->v[k].name,
				    .g = &x->blocks[i]->v[k],
				    .block = x->blocks[i],
				    .rank = i };
	if (*n > 0)
		qsort(v, *n, sizeof(*v), by_name);
	return v;
}

/* The type of a metric of which resources may say different things. */
static enum block_type
common_type(struct view *x, const struct part *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (v[i].g->type == v[0].g->type)
			continue;
		if (x->clashes++ == 0)
			x->clash = v[0].name;
		return BLOCK_UNTYPED;
	}
	return v[0].g->type;
}

/* The comments above the lines of a metric. */
static void
add_head(struct view *x, const struct part *v, size_t n)
{
	static const char *const words[] = { "gauge", "counter", "untyped" };
	const char *help = NULL;
	struct buf b = { 0 }, name = { 0 };

	expo_name(&name, v->name, strlen(v->name));
	for (size_t i = 0; i < n && help == NULL; i++)
		help = v[i].g->help;
	if (help != NULL) {
		buf_printf(&b, "# HELP %s ", name.data);
		expo_help(&b, help, 0);
		buf_putc(&b, '\n');
	}
	buf_printf(
	    &b, "# TYPE %s %s\n", name.data, words[common_type(x, v, n)]);
	add_piece(x, arena_strndup(&x->a, b.data, b.len), b.len);
	buf_fini(&b);
	buf_fini(&name);
}

/* A metric, of all the resources that have it. */
static void
add_metric(struct view *x, const struct part *v, size_t n)
{
	struct seen seen = { 0 };

	add_head(x, v, n);
	for (size_t i = 0; i < n; i++) {
		const char *at = v[i].block->text + v[i].g->from;
		size_t len = v[i].g->to - v[i].g->from;

		if (n > 1)
			add_new(x, &seen, at, len, v[i].block->stamps);
		else
			add_piece(x, at, len);
	}
	seen_fini(&seen);
}

static struct view *
view_new(struct store *s)
{
	struct view *x = mem_new(1, sizeof(*x));
	struct part *v;
	size_t n, to;

	atomic_init(&x->users, 1);
	x->nblocks = store_blocks(s, &x->blocks, &x->version);
	v = collect(x, &n);
	for (size_t i = 0; i < n; i = to) {
		for (to = i + 1; to < n && strcmp(v[to].name, v[i].name) == 0;)
			to++;
		add_metric(x, v + i, to - i);
	}
	free(v);
	return x;
}

void
view_drop(struct view *x)
{
	if (x == NULL || atomic_fetch_sub(&x->users, 1) > 1)
		return;
	for (size_t i = 0; i < x->nblocks; i++)
		block_drop(x->blocks[i]);
	free(x->blocks);
	free(x->v);
	arena_fini(&x->a);
	free(x);
}

size_t
view_len(const struct view *x)
{
	return x->len;
}

size_t
view_read(const struct view *x, struct view_at *at, char *out, size_t max)
{
	size_t got = 0;

	while (got < max && at->piece < x->n) {
		const struct piece *p = &x->v[at->piece];
		size_t left = p->len - at->off, n = max - got;

		n = n < left ? n : left;
		memcpy(out + got, p->at + at->off, n);
		got += n;
		at->off += n;
		if (at->off == p->len)
			*at = (struct view_at){ .piece = at->piece + 1 };
	}
	return got;
}

struct views *
views_new(struct store *s, struct metric *hidden)
{
	struct views *all = mem_new(1, sizeof(*all));

	pthread_mutex_init(&all->lock, NULL);
	all->store = s;
	all->hidden = hidden;
	return all;
}

void
views_free(struct views *all)
{
	if (all == NULL)
		return;
	view_drop(all->newest);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* Say what a page leaves out when that is not what the last one left out. */
static void
tell(struct views *all, const struct view *x)
{
	all->hidden->value = x->hidden;
	if (x->hidden != all->told_hidden && x->hidden > 0)
		log_warn("series of several resources: the first is served",
		    KV_I("hidden", x->hidden), KV_S("series", x->example));
	if (x->clashes != all->told_clashes && x->clashes > 0)
		log_warn("metrics of several types: served without one",
		    KV_I("metrics", x->clashes), KV_S("metric", x->clash));
	all->told_hidden = x->hidden;
	all->told_clashes = x->clashes;
}

struct view *
views_get(struct views *all)
{
	struct view *x;

	pthread_mutex_lock(&all->lock);
	x = all->newest;
	if (x == NULL || x->version != store_version(all->store)) {
		view_drop(x);
		all->newest = x = view_new(all->store);
		tell(all, x);
	}
	atomic_fetch_add(&x->users, 1);
	pthread_mutex_unlock(&all->lock);
	return x;
}
