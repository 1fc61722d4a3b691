/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "store.h"

struct part {
	char *key;
	struct block *block;
	ticks start, end;
	int64_t heard; /* ms, monotonic: the last news of it */
};

struct store {
	pthread_mutex_t lock;
	struct part *v; /* by key */
	size_t n, cap;
	size_t series, bytes;
	unsigned long version;
};

struct store *
store_new(void)
{
	struct store *s = mem_new(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	s->version = 1;
	return s;
}

void
store_free(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].key);
		block_drop(s->v[i].block);
	}
	free(s->v);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Where key is or belongs; *same says which. */
static size_t
place(const struct store *s, const char *key, int *same)
{
	size_t lo = 0, hi = s->n;
	int cmp;

	*same = 0;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if ((cmp = strcmp(s->v[mid].key, key)) == 0) {
			*same = 1;
			return mid;
		}
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

ticks
store_end(struct store *s, const char *key)
{
	ticks end;
	size_t i;
	int same;

	pthread_mutex_lock(&s->lock);
	i = place(s, key, &same);
	end = same ? s->v[i].end : 0;
	pthread_mutex_unlock(&s->lock);
	return end;
}

size_t
store_others(struct store *s, const char *key)
{
	size_t i, n;
	int same;

	pthread_mutex_lock(&s->lock);
	i = place(s, key, &same);
	n = s->series - (same ? s->v[i].block->series : 0);
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* Make room for a part at i. */
static void
insert(struct store *s, size_t i, const char *key)
{
	if (s->n == s->cap) {
		s->cap = s->cap == 0 ? 16 : s->cap * 2;
		s->v = mem_need(realloc(s->v, s->cap * sizeof(*s->v)));
	}
	memmove(s->v + i + 1, s->v + i, (s->n - i) * sizeof(*s->v));
	s->v[i] = (struct part){ .key = mem_str(key) };
	s->n++;
}

/* Give up the block of a part, which the caller drops without the lock. */
static struct block *
take(struct store *s, struct part *p)
{
	struct block *b = p->block;

	if (b != NULL) {
		s->series -= b->series;
		s->bytes -= b->len;
	}
	p->block = NULL;
	s->version++;
	return b;
}

void
store_put(
    struct store *s, const char *key, struct block *b, ticks start, ticks end)
{
	struct block *old;
	size_t i;
	int same;

	pthread_mutex_lock(&s->lock);
	i = place(s, key, &same);
	if (!same)
		insert(s, i, key);
	old = take(s, &s->v[i]);
	s->v[i].block = b;
	s->v[i].start = start;
	s->v[i].end = end;
	s->v[i].heard = when_mono_ms();
	s->series += b->series;
	s->bytes += b->len;
	pthread_mutex_unlock(&s->lock);
	block_drop(old);
}

/* Take out the part at i; its block is for the caller to drop. */
static struct block *
cut(struct store *s, size_t i)
{
	struct block *b = take(s, &s->v[i]);

	free(s->v[i].key);
	s->n--;
	memmove(s->v + i, s->v + i + 1, (s->n - i) * sizeof(*s->v));
	return b;
}

int
store_forget(struct store *s, const char *key)
{
	struct block *old = NULL;
	size_t i;
	int same;

	pthread_mutex_lock(&s->lock);
	i = place(s, key, &same);
	if (same)
		old = cut(s, i);
	pthread_mutex_unlock(&s->lock);
	block_drop(old);
	return same;
}

void
store_hear(struct store *s, const char *key)
{
	size_t i;
	int same;

	pthread_mutex_lock(&s->lock);
	i = place(s, key, &same);
	if (same)
		s->v[i].heard = when_mono_ms();
	pthread_mutex_unlock(&s->lock);
}

char *
store_expire(struct store *s, int64_t ms)
{
	int64_t now = when_mono_ms();
	struct block *old = NULL;
	char *key = NULL;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n && key == NULL; i++) {
		const struct part *p = &s->v[i];
		int64_t length = (p->end - p->start) / WHEN_MS;

		if (now - p->heard > ms + 2 * length) {
			key = mem_str(p->key);
			old = cut(s, i);
		}
	}
	pthread_mutex_unlock(&s->lock);
	block_drop(old);
	return key;
}

size_t
store_blocks(struct store *s, struct block ***v, unsigned long *version)
{
	size_t n;

	pthread_mutex_lock(&s->lock);
	n = s->n;
	*v = mem_new(n + 1, sizeof(**v));
	for (size_t i = 0; i < n; i++)
		(*v)[i] = block_hold(s->v[i].block);
	*version = s->version;
	pthread_mutex_unlock(&s->lock);
	return n;
}

unsigned long
store_version(struct store *s)
{
	unsigned long version;

	pthread_mutex_lock(&s->lock);
	version = s->version;
	pthread_mutex_unlock(&s->lock);
	return version;
}

void
store_size(struct store *s, size_t *series, size_t *bytes)
{
	pthread_mutex_lock(&s->lock);
	*series = s->series;
	*bytes = s->bytes;
	pthread_mutex_unlock(&s->lock);
}
