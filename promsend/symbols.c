/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "mem.h"
#include "symbols.h"

#define SLOTS_MIN 256

static uint32_t *
slot_of(const struct symbols *y, const char *s)
{
	size_t i = hash_bytes(s, strlen(s)) & (y->nslots - 1);

	while (y->slots[i] != 0 && strcmp(y->v[y->slots[i]], s) != 0)
		i = (i + 1) & (y->nslots - 1);
	return &y->slots[i];
}

/* Twice as many places, at most half of which are taken. */
static void
grow(struct symbols *y)
{
	const char **v;

	y->nslots = y->nslots > 0 ? 2 * y->nslots : SLOTS_MIN;
	y->cap = y->nslots / 2;
	v = mem_new(y->cap, sizeof(*v));
	if (y->n > 0)
		memcpy(v, y->v, y->n * sizeof(*v));
	free(y->v);
	free(y->slots);
	y->v = v;
	y->slots = mem_new(y->nslots, sizeof(*y->slots));
	for (uint32_t i = 1; i < y->n; i++)
		*slot_of(y, y->v[i]) = i;
}

void
symbols_begin(struct symbols *y)
{
	if (y->nslots == 0)
		grow(y);
	else
		memset(y->slots, 0, y->nslots * sizeof(*y->slots));
	y->v[0] = "";
	y->n = 1;
}

uint32_t
symbols_ref(struct symbols *y, const char *s)
{
	uint32_t *slot;

	if (*s == '\0')
		return 0;
	if (*(slot = slot_of(y, s)) != 0)
		return *slot;
	if (y->n == y->cap) {
		grow(y);
		slot = slot_of(y, s);
	}
	*slot = (uint32_t)y->n;
	y->v[y->n++] = s;
	return *slot;
}

void
symbols_fini(struct symbols *y)
{
	free(y->v);
	free(y->slots);
}
