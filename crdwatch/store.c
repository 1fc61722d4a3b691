/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store.h"

static void
enqueue(struct store *s, struct entry *n)
{
	if (n->queued)
		return;
	n->queued = 1;
	n->next = NULL;
	if (s->tail != NULL)
		s->tail->next = n;
	else
		s->head = n;
	s->tail = n;
}

static struct entry *
entry_at(struct store *s, const char *key)
{
	struct entry *n = map_get(&s->entries, key);
	struct buf kept;

	if (n != NULL)
		return n;
	if ((n = s->free_entries) != NULL) {
		s->free_entries = n->next;
		kept = n->key;
		memset(n, 0, sizeof(*n));
		n->key = kept;
	} else {
		n = arena_zalloc(&s->mem, sizeof(*n));
	}
	buf_reset(&n->key);
	buf_puts(&n->key, key);
	map_put(&s->entries, key, n);
	return n;
}

/* An entry of which nothing is left can be used for another key. */
static void
forget_empty(struct store *s, struct entry *n)
{
	if (n->docs != NULL || n->shown != NULL || n->queued)
		return;
	map_del(&s->entries, buf_str(&n->key));
	n->next = s->free_entries;
	s->free_entries = n;
}

/* Docs of one key stand in the order of path and line. */
static int
comes_before(const struct doc *a, const struct doc *b)
{
	int c = strcmp(a->path, b->path);

	return c < 0 || (c == 0 && a->line < b->line);
}

struct doc *
store_doc(struct store *s)
{
	struct doc *d = s->free_docs;
	struct buf text, message;

	if (d != NULL) {
		s->free_docs = d->sibling;
		text = d->text;
		message = d->message;
		memset(d, 0, sizeof(*d));
		d->text = text;
		d->message = message;
	} else {
		d = arena_zalloc(&s->mem, sizeof(*d));
	}
	d->home = s;
	d->refs = 1;
	return d;
}

void
store_release(struct doc *d)
{
	struct store *s;

	if (d == NULL || --d->refs > 0)
		return;
	s = d->home;
	buf_fini(&d->text);
	buf_fini(&d->message);
	d->text = d->message = (struct buf){ 0 };
	d->sibling = s->free_docs;
	s->free_docs = d;
}

void
store_attach(struct store *s, struct doc *d, const char *key)
{
	struct entry *n = entry_at(s, key);
	struct doc **at = &n->docs;

	while (*at != NULL && comes_before(*at, d))
		at = &(*at)->peer;
	d->entry = n;
	d->peer = *at;
	*at = d;
	d->refs++;
	enqueue(s, n);
}

void
store_detach(struct doc *d)
{
	struct doc **at = &d->entry->docs;

	while (*at != d)
		at = &(*at)->peer;
	*at = d->peer;
	enqueue(d->home, d->entry);
	store_release(d);
}

struct entry *
store_get(const struct store *s, const char *key)
{
	return map_get(&s->entries, key);
}

void
store_sweep(struct store *s, uint64_t list)
{
	struct entry *n;
	size_t at = 0;

	while ((n = map_next(&s->entries, &at, NULL)) != NULL) {
		struct doc *d = n->docs;

		if (d == NULL || d->list == 0 || d->list == list)
			continue;
		store_detach(d);
	}
}

void
store_touch(struct store *s, const char *key)
{
	struct entry *n = map_get(&s->entries, key);

	if (n != NULL)
		enqueue(s, n);
}

void
store_touch_all(struct store *s, const char *prefix)
{
	const char *key;
	struct entry *n;
	size_t at = 0;

	while ((n = map_next(&s->entries, &at, &key)) != NULL)
		if (strncmp(key, prefix, strlen(prefix)) == 0)
			enqueue(s, n);
}

struct entry *
store_pop(struct store *s)
{
	struct entry *n = s->head;

	if (n == NULL)
		return NULL;
	s->head = n->next;
	if (s->head == NULL)
		s->tail = NULL;
	n->queued = 0;
	return n;
}

void
store_show(
    struct store *s, struct entry *n, struct doc *d, uint64_t hash, int problem)
{
	struct doc *was = n->shown;

	s->shown += (d != NULL) - (was != NULL);
	s->problems += problem - n->problem;
	if (d != NULL)
		d->refs++;
	n->shown = d;
	n->hash = hash;
	n->problem = problem;
	store_release(was);
	forget_empty(s, n);
}

void
store_fini(struct store *s)
{
	struct entry *n;
	size_t at = 0;

	while ((n = map_next(&s->entries, &at, NULL)) != NULL) {
		for (struct doc *d = n->docs, *next; d != NULL; d = next) {
			next = d->peer;
			store_release(d);
		}
		store_release(n->shown);
		buf_fini(&n->key);
	}
	for (n = s->free_entries; n != NULL; n = n->next)
		buf_fini(&n->key);
	map_fini(&s->entries);
	arena_fini(&s->mem);
}
