/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "taken.h"

static void
key_of(char *key, size_t size, const struct window *w)
{
	snprintf(key, size, "%s/%s/%s", w->namespace, w->name, w->rule);
}

void
taken_note(struct taken *t, const struct window *w, ticks at)
{
	char key[sizeof(t->last[0].key)];

	key_of(key, sizeof(key), w);
	if (strcmp(t->last[0].key, key) != 0) {
		t->last[1] = t->last[0];
		memcpy(t->last[0].key, key, sizeof(key));
	}
	t->last[0].at = at;
}

int
taken_others(
    const struct taken *t, const struct window *w, ticks wait, ticks at)
{
	ticks two = 2 * (w->end - w->start);
	char key[sizeof(t->last[0].key)];
	int other;

	if (w->since == 0 || at - w->since <= (wait > two ? wait : two))
		return 0;
	key_of(key, sizeof(key), w);
	other = strcmp(t->last[0].key, key) == 0;
	return t->last[other].at > w->since;
}
