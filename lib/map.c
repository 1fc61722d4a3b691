/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "map.h"
#include "mem.h"

/* Open addressing, linear probing, a power of two of slots. */
struct map_entry {
	char *key; /* NULL: free */
	void *value;
};

static size_t
hash(const char *s)
{
	uint64_t h = hash_bytes(s, strlen(s));

	return (size_t)(h ^ h >> 32);
}

/* The slot that has key, or the free one where it would go. */
static size_t
find(const struct map *m, const char *key)
{
	size_t i = hash(key) & (m->cap - 1);

	while (m->slots[i].key != NULL && strcmp(m->slots[i].key, key) != 0)
		i = (i + 1) & (m->cap - 1);
	return i;
}

static void
grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap == 0 ? 16 : old.cap * 2;
	m->slots = mem_new(m->cap, sizeof(*m->slots));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].key != NULL)
			m->slots[find(m, old.slots[i].key)] = old.slots[i];
	free(old.slots);
}

void *
map_get(const struct map *m, const char *key)
{
	return m->len == 0 ? NULL : m->slots[find(m, key)].value;
}

void *
map_put(struct map *m, const char *key, void *value)
{
	struct map_entry *e;
	void *was;

	if ((m->len + 1) * 4 > m->cap * 3)
		grow(m);
	e = &m->slots[find(m, key)];
	was = e->value;
	if (e->key == NULL) {
		e->key = mem_str(key);
		m->len++;
	}
	e->value = value;
	return was;
}

void *
map_del(struct map *m, const char *key)
{
	struct map_entry e;
	size_t i;
	void *was;

	if (m->len == 0 || m->slots[i = find(m, key)].key == NULL)
		return NULL;
	was = m->slots[i].value;
	free(m->slots[i].key);
	m->slots[i] = (struct map_entry){ 0 };
	m->len--;
	/* What probed past the hole must be put again. */
	for (i = (i + 1) & (m->cap - 1); m->slots[i].key != NULL;
	     i = (i + 1) & (m->cap - 1)) {
		e = m->slots[i];
		m->slots[i] = (struct map_entry){ 0 };
		m->slots[find(m, e.key)] = e;
	}
	return was;
}

void *
map_next(const struct map *m, size_t *at, const char **keyp)
{
	while (*at < m->cap) {
		const struct map_entry *e = &m->slots[(*at)++];

		if (e->key == NULL)
			continue;
		if (keyp != NULL)
			*keyp = e->key;
		return e->value;
	}
	return NULL;
}

void
map_fini(struct map *m)
{
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].key);
	free(m->slots);
	*m = (struct map){ 0 };
}
