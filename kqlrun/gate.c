/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "gate.h"
#include "mem.h"

/* A query on its way; its resource may be gone when it comes back. */
struct query {
	uint64_t ticket;
	struct gate *gate;
};

void
gates_fini(struct gates *g)
{
	size_t at = 0;
	struct gate *one;

	while ((one = gates_next(g, &at)) != NULL)
		free(one);
	map_fini(&g->byname);
	buf_fini(&g->running);
}

struct gate *
gates_find(struct gates *g, const char *endpoint)
{
	struct gate *found = map_get(&g->byname, endpoint);

	if (found == NULL) {
		found = mem_new(1, sizeof(*found));
		map_put(&g->byname, endpoint, found);
	}
	return found;
}

struct gate *
gates_next(const struct gates *g, size_t *at)
{
	return map_next(&g->byname, at, NULL);
}

int64_t
gates_room(const struct gates *g, const struct gate *gate)
{
	return g->jobs > 0 ? g->jobs - gate->running : INT64_MAX;
}

void
gates_enter(struct gates *g, struct gate *gate, uint64_t ticket)
{
	struct query q = { ticket, gate };

	gate->running++;
	buf_add(&g->running, &q, sizeof(q));
}

void
gates_leave(struct gates *g, uint64_t ticket)
{
	struct query *v = (struct query *)(void *)g->running.data;
	size_t n = g->running.len / sizeof(*v);

	for (size_t i = 0; i < n; i++) {
		if (v[i].ticket != ticket)
			continue;
		v[i].gate->running--;
		v[i] = v[n - 1];
		g->running.len -= sizeof(*v);
		return;
	}
}

int
gate_hear(struct gate *gate, const struct gate_news *news, ticks now)
{
	ticks was = gate->lag;

	if (news->dated)
		gate->lag = news->ahead > 0 ? news->ahead : 0;
	if (news->rest > 0)
		gate->rest = now + news->rest;
	return gate->lag < was - WHEN_SEC;
}

void
gates_step_back(struct gates *g, ticks by)
{
	struct gate *gate;
	size_t at = 0;

	while ((gate = gates_next(g, &at)) != NULL) {
		breaker_step_back(&gate->breaker, by);
		gate->rest -= by;
		gate->lag = gate->lag > by ? gate->lag - by : 0;
	}
}
