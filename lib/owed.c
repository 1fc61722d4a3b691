/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "owed.h"

#define TIDY_MIN 16384 /* bytes of arena below which it is left alone */

static struct owed_dest *
find(const struct owed *o, const char *name)
{
	for (size_t i = 0; i < o->ndests; i++)
		if (strcmp(o->dests[i].name, name) == 0)
			return &o->dests[i];
	return NULL;
}

static int
lists(const struct json *names, const char *name)
{
	for (const struct json *j = names->child; j != NULL; j = j->next)
		if (j->type == JSON_STRING && strcmp(j->str, name) == 0)
			return 1;
	return 0;
}

static struct end_error
copy_error(struct arena *a, const struct end_error *e)
{
	if (e->stage == NULL)
		return (struct end_error){ 0 };
	return (struct end_error){
		.stage = arena_strdup(a, e->stage),
		.code = arena_strdup(a, e->code),
		.message = arena_strdup(a, e->message),
		.permanent = e->permanent,
	};
}

static void
count_failure(struct owed *o, struct owed_tries *t, const struct receipt *r)
{
	/* A clock may have been set back since the first one. */
	if (t->attempts++ == 0 || t->first > r->time)
		t->first = r->time;
	t->last = r->time;
	t->error = copy_error(&o->arena, &r->error);
}

static void
add_dest(struct owed *o, const char *name)
{
	struct owed_dest *d =
	    arena_alloc(&o->arena, (o->ndests + 1) * sizeof(*d));

	if (o->ndests > 0)
		memcpy(d, o->dests, o->ndests * sizeof(*d));
	o->dests = d;
	d[o->ndests++] = (struct owed_dest){
		.name = arena_strdup(&o->arena, name),
		.next = o->last,
		.fresh = o->listed,
	};
}

static void
add_late(struct owed *o, const struct owed_late *l)
{
	struct owed_late *v =
	    arena_alloc(&o->arena, (o->nlates + 1) * sizeof(*v));

	if (o->nlates > 0)
		memcpy(v, o->lates, o->nlates * sizeof(*v));
	o->lates = v;
	v[o->nlates++] = *l;
}

/* Forget the destinations that are not in names. */
static void
forget(struct owed *o, const struct json *names)
{
	size_t n = 0;

	for (size_t i = 0; i < o->ndests; i++)
		if (lists(names, o->dests[i].name))
			o->dests[n++] = o->dests[i];
	o->ndests = n;
	n = 0;
	for (size_t i = 0; i < o->nlates; i++)
		if (lists(names, o->lates[i].name))
			o->lates[n++] = o->lates[i];
	o->nlates = n;
}

/*
 * Whether a receipt's list of destinations is newer than ours.  Whoever does
 * not say when it was set is asked by the generation: it counts up for objects
 * with a uid; for files it is a hash.
 */
static int
is_news(const struct owed *o, const struct window *w)
{
	if (!o->listed)
		return *w->uid == '\0' || w->generation >= o->generation;
	if (w->listed != 0 || o->listed_at != 0)
		return w->listed > o->listed_at;
	if (*w->uid != '\0')
		return w->generation > o->generation;
	return w->generation != o->generation;
}

static void
adopt_destinations(struct owed *o, const struct receipt *r)
{
	const struct json *names = r->w.destinations;

	if (names == NULL) {
		if (find(o, r->destination) == NULL)
			add_dest(o, r->destination);
		return;
	}
	if (!is_news(o, &r->w))
		return;
	forget(o, names);
	for (const struct json *j = names->child; j != NULL; j = j->next)
		if (j->type == JSON_STRING && find(o, j->str) == NULL)
			add_dest(o, j->str);
	o->listed_at = r->w.listed;
	o->generation = r->w.generation;
	o->listed = 1;
}

/*
 * The windows of [d->next, start) have no answer, and a later one has: each
 * becomes late, cut as the later one is.  They are facts and not a choice, so
 * the bound on the backlog does not stop them, but then they share an entry.
 */
static void
make_hole(struct owed *o, struct owed_dest *d, const struct receipt *r)
{
	static const struct end_error lost = { .stage = "crdstatus",
		.code = "Died",
		.message = "there was no answer for it, but one for a newer "
			   "window" };
	ticks step = r->w.end - r->w.start, to = r->w.start;
	struct owed_late l = { .name = d->name };

	for (ticks at = d->next; at < to; at = l.end) {
		l.start = at;
		l.end = to;
		if (step > 0 && owed_entries(o) + 1 < OWED_BACKLOG_MAX &&
		    when_floor(at, step) + step < to)
			l.end = when_floor(at, step) + step;
		l.tries = (struct owed_tries){ 1, r->time, r->time, lost };
		add_late(o, &l);
	}
	d->next = to;
	d->tries = (struct owed_tries){ 0 };
}

/* The least that those without an entry are owed next; without such, the
 * greatest of all. */
static ticks
settled_until(const struct owed *o)
{
	ticks least = WHEN_MAX, most = o->last;

	for (size_t i = 0; i < o->ndests; i++) {
		const struct owed_dest *d = &o->dests[i];

		if (!d->entry && d->next < least)
			least = d->next;
		if (d->next > most)
			most = d->next;
	}
	return least != WHEN_MAX ? least : most;
}

/*
 * Let go of entries whose destination has caught up, and move `last` on.  In
 * this order: one that has caught up counts again.
 */
static void
settle(struct owed *o)
{
	ticks until = settled_until(o);

	for (size_t i = 0; i < o->ndests; i++) {
		struct owed_dest *d = &o->dests[i];

		if (d->entry && d->tries.attempts == 0 && d->next >= until)
			d->entry = 0;
	}
	until = settled_until(o);
	assert(o->ndests == 0 || until >= o->last);
	o->last = until;
}

static void
tidy(struct owed *o)
{
	struct owed n = *o;

	if (arena_size(&o->arena) < TIDY_MIN + 2 * o->live)
		return;
	n.arena = (struct arena){ 0 };
	n.dests = arena_alloc(&n.arena, o->ndests * sizeof(*n.dests));
	for (size_t i = 0; i < o->ndests; i++) {
		n.dests[i] = o->dests[i];
		n.dests[i].name = arena_strdup(&n.arena, o->dests[i].name);
		n.dests[i].tries.error =
		    copy_error(&n.arena, &o->dests[i].tries.error);
	}
	n.lates = arena_alloc(&n.arena, o->nlates * sizeof(*n.lates));
	for (size_t i = 0; i < o->nlates; i++) {
		n.lates[i] = o->lates[i];
		n.lates[i].name = arena_strdup(&n.arena, o->lates[i].name);
		n.lates[i].tries.error =
		    copy_error(&n.arena, &o->lates[i].tries.error);
	}
	n.live = arena_size(&n.arena);
	arena_fini(&o->arena);
	*o = n;
}

/* Take [start, end) out of the i-th late entry: nothing, one or two are left,
 * behind the others. */
static void
cut_late(struct owed *o, size_t i, ticks start, ticks end)
{
	struct owed_late was = o->lates[i], rest = was;

	memmove(
	    &o->lates[i], &o->lates[i + 1], (o->nlates - i - 1) * sizeof(was));
	o->nlates--;
	rest.tries = (struct owed_tries){ 0 };
	if (was.start < start) {
		rest.end = start;
		add_late(o, &rest);
	}
	if (was.end > end) {
		rest.start = end;
		rest.end = was.end;
		add_late(o, &rest);
	}
}

/* It may be of a backfill, whose list of destinations is its own: nothing but
 * a window that is owed late is changed by it. */
static enum owed_effect
apply_late(struct owed *o, const struct receipt *r)
{
	enum owed_effect effect = OWED_NOTHING;
	size_t n = o->nlates;

	for (size_t i = n; i-- > 0;) {
		struct owed_late *l = &o->lates[i];

		if (strcmp(l->name, r->destination) != 0 ||
		    l->start >= r->w.end || l->end <= r->w.start)
			continue;
		if (r->status == RECEIPT_FAILED) {
			count_failure(o, &l->tries, r);
			effect = OWED_FAILED;
		} else {
			cut_late(o, i, r->w.start, r->w.end);
			effect = OWED_MOVED;
		}
	}
	return effect;
}

/* The next window is probably as long as this one. */
static void
move_on(struct owed_dest *d, const struct receipt *r)
{
	d->next = r->w.end;
	d->end = r->w.end + (r->w.end - r->w.start);
	if (d->end > WHEN_MAX - WHEN_MAX % WHEN_SEC)
		d->end = r->w.end;
	d->tries = (struct owed_tries){ 0 };
}

static enum owed_effect
apply_failed(struct owed *o, struct owed_dest *d, const struct receipt *r)
{
	struct owed_late l = {
		.name = d->name, .start = r->w.start, .end = r->w.end
	};

	count_failure(o, &d->tries, r);
	d->entry = 1;
	d->end = r->w.end;
	if (!r->w.pass_over || l.start == l.end ||
	    owed_entries(o) >= OWED_BACKLOG_MAX)
		return OWED_FAILED;
	l.tries = d->tries;
	add_late(o, &l);
	move_on(d, r);
	return OWED_PASSED;
}

static int
has_code(const struct receipt *r, const char *code)
{
	return r->status == RECEIPT_FAILED && r->error.stage != NULL &&
	    strcmp(r->error.code, code) == 0;
}

static enum owed_effect
apply_answer(struct owed *o, struct owed_dest *d, const struct receipt *r)
{
	struct receipt rest;

	/* It was begun with by a status older than ours. */
	if (d->fresh && r->w.start < d->next) {
		d->next = r->w.start;
		d->entry = 1;
	}
	d->fresh = 0;
	if (r->w.start < d->next && r->w.end <= d->next)
		return OWED_NOTHING;
	/* Planned by a status older than ours; or held, as were all from what
	 * is owed next on. */
	if (r->w.start < d->next || has_code(r, "Held")) {
		rest = *r;
		rest.w.start = d->next;
		r = &rest;
	}
	if (r->w.start > d->next && d->tries.attempts > 0 &&
	    has_code(r, "Died"))
		return OWED_NOTHING; /* the sender was holding it */
	if (r->w.start > d->next)
		make_hole(o, d, r);
	if (r->status == RECEIPT_FAILED)
		return apply_failed(o, d, r);
	/* The window that founds a status holds nothing, and its receipt may
	 * come again: it says nothing of the window that has failed since. */
	if (r->w.start == r->w.end && d->tries.attempts > 0)
		return OWED_NOTHING;
	move_on(d, r);
	return OWED_MOVED;
}

/*
 * Held says nothing, since it follows the failure of an older window, which is
 * owed.  But a sender may hold on to one that is owed no more, and then nobody
 * else would say that the one owed next was not sent.
 */
static int
is_held(const struct owed *o, const struct receipt *r)
{
	const struct owed_dest *d = find(o, r->destination);

	return has_code(r, "Held") &&
	    (r->w.late || d == NULL || d->tries.attempts > 0 ||
		(r->w.start < d->next && r->w.end <= d->next));
}

/* A receipt that says nothing, or not of a destination of its window. */
static int
is_silent(const struct owed *o, const struct receipt *r)
{
	return r->status == RECEIPT_BEGUN || is_held(o, r) ||
	    (r->w.destinations != NULL &&
		!lists(r->w.destinations, r->destination));
}

enum owed_effect
owed_apply(struct owed *o, const struct receipt *r)
{
	enum owed_effect effect;
	struct owed_dest *d;

	if (is_silent(o, r) || (!o->founded && r->w.late))
		return OWED_NOTHING;
	if (!o->founded) {
		o->founded = 1;
		o->last = r->w.start;
	}
	if (r->w.late) {
		effect = apply_late(o, r);
		tidy(o);
		return effect;
	}
	adopt_destinations(o, r);
	if ((d = find(o, r->destination)) == NULL)
		return OWED_NOTHING;
	effect = apply_answer(o, d, r);
	/* Who has no entry is known only from a list. */
	if (o->listed || r->w.destinations == NULL)
		settle(o);
	tidy(o);
	return effect;
}

void
owed_move(struct owed *o, ticks cursor)
{
	if (!o->founded || cursor > o->last)
		o->last = cursor;
	o->founded = 1;
	for (size_t i = 0; i < o->ndests; i++) {
		struct owed_dest *d = &o->dests[i];

		if (d->next >= cursor)
			continue;
		/* What failed is owed no more, but what is behind it was held:
		 * it shows as failing until it is tried itself. */
		d->next = d->end = cursor;
		d->entry = cursor < o->last || d->tries.attempts > 0;
	}
}

const struct owed_dest *
owed_find(const struct owed *o, const char *name)
{
	return find(o, name);
}

ticks
owed_oldest(const struct owed *o)
{
	ticks oldest = o->last;

	for (size_t i = 0; i < o->ndests; i++)
		if (o->dests[i].next < oldest)
			oldest = o->dests[i].next;
	return oldest;
}

int
owed_is_plain(const struct owed *o)
{
	for (size_t i = 0; i < o->ndests; i++)
		if (!o->dests[i].entry && o->dests[i].next != o->last)
			return 0;
	return 1;
}

void
owed_fini(struct owed *o)
{
	arena_fini(&o->arena);
	*o = (struct owed){ 0 };
}
