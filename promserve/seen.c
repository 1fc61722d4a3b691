/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "mem.h"
#include "seen.h"

#define SLOTS_MIN 1024 /* a power of two, as each later size */

/* The slot that has the text, or where it would go. */
static size_t
slot_of(const struct seen *s, const char *text, size_t len)
{
	size_t i = hash_bytes(text, len) & (s->cap - 1);

	while (s->slots[i] != NULL &&
	    (s->lens[i] != len || memcmp(s->slots[i], text, len) != 0))
		i = (i + 1) & (s->cap - 1);
	return i;
}

static void
grow(struct seen *s)
{
	struct seen old = *s;

	s->cap = old.cap == 0 ? SLOTS_MIN : old.cap * 2;
	s->slots = mem_new(s->cap, sizeof(*s->slots));
	s->lens = mem_new(s->cap, sizeof(*s->lens));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i] != NULL) {
			size_t to = slot_of(s, old.slots[i], old.lens[i]);

			s->slots[to] = old.slots[i];
			s->lens[to] = old.lens[i];
		}
	free(old.slots);
	free(old.lens);
}

int
seen_add(struct seen *s, const char *text, size_t len)
{
	size_t i;

	if (s->n * 2 >= s->cap)
		grow(s);
	i = slot_of(s, text, len);
	if (s->slots[i] != NULL)
		return 0;
	s->slots[i] = text;
	s->lens[i] = (uint32_t)len;
	s->n++;
	return 1;
}

void
seen_fini(struct seen *s)
{
	free(s->slots);
	free(s->lens);
	*s = (struct seen){ 0 };
}
