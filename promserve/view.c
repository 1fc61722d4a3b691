/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gz.h"
#include "log.h"
#include "mem.h"
#include "page.h"
#include "view.h"

#define FORMS     (2 * ESCAPES)
#define VIEWS_MAX 4          /* while so many live, old ones serve again */
#define STEP      (64 << 10) /* bytes packed at a time */
#define LEVEL     1          /* of gzip: text this even packs well anyway */

struct view {
	atomic_int users;
	atomic_int *living; /* of all views */
	struct page page;
	pthread_mutex_t lock; /* of what follows */
	struct gz_packer *packer;
	struct buf packed;
	struct view_at packed_to;
	int whole; /* all is packed */
};

struct views {
	struct store *store;
	struct metric *hidden;
	pthread_mutex_t lock;
	struct view *newest[FORMS]; /* or NULL */
	struct {
		int hidden, clashes;
	} told[FORMS]; /* that their pages leave something out */
	atomic_int living;
};

static struct view *
view_new(struct views *all, struct form form)
{
	struct view *x = mem_new(1, sizeof(*x));

	atomic_init(&x->users, 1);
	x->living = &all->living;
	atomic_fetch_add(x->living, 1);
	pthread_mutex_init(&x->lock, NULL);
	page_make(&x->page, all->store, form);
	return x;
}

void
view_drop(struct view *x)
{
	if (x == NULL || atomic_fetch_sub(&x->users, 1) > 1)
		return;
	atomic_fetch_sub(x->living, 1);
	page_fini(&x->page);
	gz_packer_free(x->packer);
	buf_fini(&x->packed);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

size_t
view_len(const struct view *x)
{
	return x->page.len;
}

size_t
view_read(const struct view *x, struct view_at *at, char *out, size_t max)
{
	size_t got = 0;

	while (got < max && at->piece < x->page.n) {
		const struct piece *p = &x->page.v[at->piece];
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

/* Pack some more. */
static void
pack(struct view *x, char *scratch)
{
	size_t n = view_read(x, &x->packed_to, scratch, STEP);

	if (x->packer == NULL)
		x->packer = gz_packer_new(LEVEL);
	x->whole = x->packed_to.piece == x->page.n;
	gz_packer_add(x->packer, &x->packed, scratch, n, x->whole);
	if (x->whole) {
		gz_packer_free(x->packer);
		x->packer = NULL;
	}
}

size_t
view_read_gzip(struct view *x, uint64_t from, char *out, size_t max)
{
	char scratch[STEP];
	size_t n;

	pthread_mutex_lock(&x->lock);
	while (!x->whole && x->packed.len <= from)
		pack(x, scratch);
	n = x->packed.len > from ? x->packed.len - (size_t)from : 0;
	n = n < max ? n : max;
	if (n > 0)
		memcpy(out, x->packed.data + from, n);
	pthread_mutex_unlock(&x->lock);
	return n;
}

struct views *
views_new(struct store *s, struct metric *hidden)
{
	struct views *all = mem_new(1, sizeof(*all));

	pthread_mutex_init(&all->lock, NULL);
	atomic_init(&all->living, 0);
	all->store = s;
	all->hidden = hidden;
	return all;
}

void
views_free(struct views *all)
{
	if (all == NULL)
		return;
	for (int i = 0; i < FORMS; i++)
		view_drop(all->newest[i]);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* Say what a page leaves out, if the last one of its form left out nothing. */
static void
tell(struct views *all, size_t form, const struct page *p)
{
	char series[200];
	size_t n = p->example != NULL ? strcspn(p->example, "\n") : 0;

	n = n < sizeof(series) - 1 ? n : sizeof(series) - 1;
	if (n > 0)
		memcpy(series, p->example, n);
	series[n] = '\0';
	all->hidden->value = p->hidden;
	if (p->hidden > 0 && !all->told[form].hidden)
		log_warn("series that are there twice: the first is served",
		    KV_I("hidden", p->hidden), KV_S("one", series));
	if (p->clashes > 0 && !all->told[form].clashes)
		log_warn("metrics of several types: served as untyped",
		    KV_I("metrics", p->clashes), KV_S("one", p->clash));
	all->told[form].hidden = p->hidden > 0;
	all->told[form].clashes = p->clashes > 0;
}

/* Let go of pages that are old, or that nobody but we would read again. */
static void
drop_old(struct views *all, unsigned long version)
{
	for (int i = 0; i < FORMS; i++) {
		struct view *x = all->newest[i];

		if (x == NULL || x->page.version == version ||
		    (atomic_load(&x->users) > 1 &&
			atomic_load(&all->living) >= VIEWS_MAX))
			continue;
		view_drop(x);
		all->newest[i] = NULL;
	}
}

struct view *
views_get(struct views *all, struct form form)
{
	size_t i = form.escape * 2 + (size_t)form.openmetrics;
	struct view *x;

	pthread_mutex_lock(&all->lock);
	drop_old(all, store_version(all->store));
	if (all->newest[i] == NULL) {
		all->newest[i] = view_new(all, form);
		tell(all, i, &all->newest[i]->page);
	}
	x = all->newest[i];
	atomic_fetch_add(&x->users, 1);
	pthread_mutex_unlock(&all->lock);
	return x;
}
