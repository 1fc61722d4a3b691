/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "hash.h"
#include "log.h"
#include "mem.h"
#include "next.h"
#include "object.h"
#include "status.h"

#define BACKLOG "metricsexporter.adx-mon.azure.com/Backlog"
#define CURSOR  "metricsexporter.adx-mon.azure.com/LastSuccessfulExecution"

struct object *
object_new(const char *key, int64_t ms)
{
	struct object *o = mem_new(1, sizeof(*o));

	o->key = mem_str(key);
	o->ready = -1;
	o->born = ms;
	return o;
}

void
object_free(struct object *o)
{
	for (size_t i = 0; i < o->nparts; i++) {
		owed_fini(&o->parts[i].owed);
		free(o->parts[i].rule);
	}
	free(o->parts);
	journal_fini(&o->journal);
	free(o->key);
	free(o->uid);
	free(o->version);
	free(o->status);
	free(o);
}

/* --- what is known --- */

static uint64_t
mix(uint64_t h, const char *s)
{
	return (h ^ hash_bytes(s, strlen(s))) * UINT64_C(1099511628211) + 1;
}

static const char *
cursor_of(const struct json *status)
{
	return json_get_str(condition_find(status, CURSOR), "message", "");
}

/*
 * What is owed by a status, for telling whether somebody else changed that:
 * of what can be there twice only what is read.  A cursor that another
 * exporter moves is no such change, unless there is nothing else.
 */
static uint64_t
hash_owed(const struct json *status)
{
	const char *packed =
	    json_get_str(condition_find(status, BACKLOG), "message", "");
	static const char *const fields[] = { "lastSuccessfulExecution",
		"backlog", "rules" };
	uint64_t h = 2;
	int there = 0;

	if (*packed != '\0')
		return mix(1, packed);
	for (size_t i = 0; i < 3; i++) {
		const struct json *j = json_get(status, fields[i]);
		struct buf b = { 0 };

		there |= j != NULL;
		if (j != NULL)
			json_write(&b, j);
		h = mix(h, buf_str(&b));
		buf_fini(&b);
	}
	return there ? h : mix(3, cursor_of(status));
}

static int
ready_of(const struct json *status)
{
	const char *s =
	    json_get_str(condition_find(status, "Ready"), "status", "");

	return strcmp(s, "True") == 0 ? 1 : strcmp(s, "False") == 0 ? 0 : -1;
}

static void
set(char **at, const char *s)
{
	free(*at);
	*at = s != NULL ? mem_str(s) : NULL;
}

/* Note what the API shows.  Returns -1 when that is no object. */
static int
know(struct object *o, const struct json *j, struct err *e)
{
	const struct json *meta = json_get(j, "metadata");
	const struct json *status = json_get(j, "status");
	const char *uid = json_get_str(meta, "uid", "");
	const char *version = json_get_str(meta, "resourceVersion", "");
	struct buf b = { 0 };

	if (*uid == '\0' || *version == '\0')
		return err_set(e, ST_DATA,
		    "the API server's object has no uid or resourceVersion");
	if (status != NULL && status->type == JSON_OBJECT)
		json_write(&b, status);
	set(&o->uid, uid);
	set(&o->version, version);
	set(&o->status, buf_str(&b));
	buf_fini(&b);
	o->base = hash_owed(status);
	o->ready = ready_of(status);
	return 0;
}

static struct part *
part_of(struct object *o, const char *rule)
{
	struct part *p;

	for (size_t i = 0; i < o->nparts; i++)
		if (strcmp(o->parts[i].rule, rule) == 0)
			return &o->parts[i];
	o->parts =
	    mem_need(realloc(o->parts, (o->nparts + 1) * sizeof(*o->parts)));
	p = &o->parts[o->nparts++];
	*p = (struct part){ .rule = mem_str(rule) };
	return p;
}

static int
load(struct object *o, struct part *p, struct err *e)
{
	struct arena a = { 0 };
	const struct json *status = NULL;
	int bad = 0;

	if (p->loaded)
		return 0;
	if (*o->status != '\0' &&
	    (status = json_parse(&a, o->status, strlen(o->status), e)) == NULL)
		bad = -1;
	if (bad == 0 && *p->rule != '\0')
		bad = owed_rule(&a, status, p->rule, &status, e);
	if (bad == 0)
		bad = owed_read(&p->owed, status, e);
	arena_fini(&a);
	p->loaded = bad == 0;
	return bad;
}

/* Let go of what the status says: of all, or of what it says in whole. */
static void
unload(struct object *o, int all)
{
	for (size_t i = 0; i < o->nparts; i++) {
		struct part *p = &o->parts[i];

		if (!all &&
		    (!owed_is_plain(&p->owed) || owed_entries(&p->owed) > 0))
			continue;
		owed_fini(&p->owed);
		p->loaded = 0;
	}
	/* What is not a rule's is found again without a record. */
	if (o->nparts == 1 && !o->parts->loaded && *o->parts->rule == '\0') {
		free(o->parts->rule);
		free(o->parts);
		o->parts = NULL;
		o->nparts = 0;
	}
}

/* --- what comes --- */

/* Apply a receipt to what is known.  Sets the mark; 0: it changes nothing. */
static int
apply(struct object *o, const struct receipt *r, int64_t ms,
    enum journal_mark *mark, struct err *e)
{
	struct part *p = part_of(o, r->w.rule);
	enum owed_effect effect;
	int founded;
	ticks last;

	if (load(o, p, e) == -1)
		return -1;
	p->heard = ms;
	founded = p->owed.founded;
	last = p->owed.last;
	effect = owed_apply(&p->owed, r);
	*mark = effect == OWED_FAILED ? JOURNAL_FAILED
	    : effect == OWED_PASSED   ? JOURNAL_PASSED
				      : JOURNAL_MOVED;
	if (r->w.generation > o->generation)
		o->generation = r->w.generation;
	return effect != OWED_NOTHING || founded != p->owed.founded ||
	    last != p->owed.last;
}

/* The API shows whole seconds. */
static struct receipt
in_seconds(const struct receipt *r)
{
	struct receipt s = *r;

	s.time = when_floor(r->time, WHEN_SEC);
	return s;
}

int
object_receipt(struct object *o, const struct receipt *r, const char *line,
    size_t n, int64_t ms, struct err *e)
{
	struct receipt s = in_seconds(r);
	enum journal_mark mark = JOURNAL_NEW;
	int changed;

	if (o->version != NULL && strcmp(o->uid, r->w.uid) != 0)
		object_unsee(o); /* one of us two is behind */
	if (o->version == NULL) {
		journal_add(&o->journal, mark, line, n);
		return OBJECT_UNSEEN;
	}
	if ((changed = apply(o, &s, ms, &mark, e)) == -1)
		return -1;
	if (!changed)
		return OBJECT_SAME;
	journal_add(&o->journal, mark, line, n);
	return OBJECT_CHANGED;
}

int
object_condition(
    struct object *o, const struct window *w, const char *line, size_t n)
{
	if (o->version != NULL && strcmp(o->uid, w->uid) != 0)
		object_unsee(o);
	if (o->version == NULL) {
		journal_add(&o->journal, JOURNAL_NEW, line, n);
		return OBJECT_UNSEEN;
	}
	journal_add(&o->journal, JOURNAL_CONDITION, line, n);
	return OBJECT_CHANGED;
}

static int
is_condition(const struct journal_entry *t)
{
	return control_peek(t->line, t->n, CONTROL_JSON) == CONTROL_CONDITION;
}

static void
say_gone(const struct object *o, const char *uid)
{
	log_warn("receipt of an object that is gone", KV_S("resource", o->key),
	    KV_S("uid", uid));
}

/* Whether an entry is about this object and says something new; sets its
 * mark.  -1 as object_seen. */
static int
replay_one(struct object *o, struct journal_entry *t, int64_t ms,
    struct arena *a, struct err *e)
{
	const struct json *j;
	struct receipt r;

	if (is_condition(t)) {
		t->mark = JOURNAL_CONDITION;
		j = control_parse(
		    a, CONTROL_CONDITION, t->line, t->n, CONTROL_JSON, e);
		return strcmp(json_get_str(j, "uid", ""), o->uid) == 0;
	}
	if (receipt_read(a, t->line, t->n, &r, e) == -1)
		return 0; /* it was read before: cannot be */
	if (strcmp(r.w.uid, o->uid) != 0) {
		say_gone(o, r.w.uid);
		return 0;
	}
	r = in_seconds(&r);
	return apply(o, &r, ms, &t->mark, e);
}

/* Apply the entries of the journal from that byte on; those that change
 * nothing go. */
static int
replay(struct object *o, size_t from, int64_t ms, struct err *e)
{
	struct journal *j = &o->journal;
	struct journal_entry t;
	struct arena a = { 0 };
	struct buf rest = { 0 };
	size_t at = 0;
	int good = 1;

	buf_add(&rest, buf_str(&j->b) + from, j->b.len - from);
	journal_cut(j, from);
	struct journal was = { .b = rest };
	while (good >= 0 && journal_next(&was, &at, rest.len, &t)) {
		if ((good = replay_one(o, &t, ms, &a, e)) != 0)
			journal_add(
			    j, good == 1 ? t.mark : JOURNAL_NEW, t.line, t.n);
		arena_reset(&a);
	}
	while (journal_next(&was, &at, rest.len, &t))
		journal_add(j, JOURNAL_NEW, t.line, t.n);
	buf_fini(&rest);
	arena_fini(&a);
	return good < 0 ? -1 : 0;
}

/* Another exporter may have moved its cursor: so does what is in memory.
 * Returns -1 when that must be read again. */
static int
follow(struct object *o, const struct json *status)
{
	const char *text = cursor_of(status);
	struct owed *owed;
	ticks t;

	for (size_t i = 0; i < o->nparts; i++) {
		owed = &o->parts[i].owed;
		if (!o->parts[i].loaded || *o->parts[i].rule != '\0' ||
		    !owed->founded || *text == '\0')
			continue;
		if (when_parse(text, strlen(text), &t) == -1)
			return -1;
		owed_move(owed, when_floor(t, WHEN_SEC));
	}
	return 0;
}

int
object_seen(
    struct object *o, const struct json *j, struct moment m, struct err *e)
{
	uint64_t base = o->base, sent = o->sent;
	char *uid = o->uid;
	size_t from = o->journal.applied;
	int same, keeps, bad;

	o->uid = NULL;
	o->sent = 0;
	bad = know(o, j, e);
	same = bad == 0 && uid != NULL && strcmp(uid, o->uid) == 0;
	keeps = same && o->base == base;
	if (same && o->base == sent && sent != base) {
		from -= o->journal.sent;
		journal_drop_sent(&o->journal);
		keeps = 1;
	}
	if (!keeps || follow(o, json_get(j, "status")) == -1) {
		unload(o, 1);
		from = 0;
	}
	if (!same)
		o->generation = 0;
	o->journal.sent = 0;
	o->journal.applied = from;
	free(uid);
	if (bad == 0)
		bad = replay(o, from, m.ms, e);
	if (bad == -1)
		object_unsee(o);
	return bad;
}

void
object_failed(struct object *o, int maybe)
{
	if (maybe) {
		object_unsee(o);
		return;
	}
	o->sent = 0;
	o->journal.sent = 0;
	o->later = 0;
}

void
object_unsee(struct object *o)
{
	set(&o->version, NULL);
	set(&o->status, NULL);
}

/* --- what is written --- */

int
object_patch(struct object *o, struct moment m, struct buf *body, struct err *e)
{
	struct arena a = { 0 };
	struct next n = { .a = &a, .o = o, .m = m };
	int changed = next_make(&n, e);

	if (changed == 1) {
		next_patch(&n, body);
		o->sent = hash_owed(n.status);
		o->journal.sent = o->journal.b.len;
	}
	next_fini(&n);
	arena_fini(&a);
	return changed;
}

int
object_written(struct object *o, const struct json *j, struct err *e)
{
	if (know(o, j, e) == -1)
		return -1;
	journal_drop_sent(&o->journal);
	o->sent = 0;
	if (o->journal.b.len == 0)
		unload(o, 0);
	return 0;
}

int
object_fails(const struct object *o)
{
	for (size_t i = 0; i < o->nparts; i++)
		if (owed_entries(&o->parts[i].owed) > 0)
			return 1;
	return 0;
}

int
object_owes(const struct object *o, ticks *since, size_t *entries)
{
	int owes = 0;

	*since = WHEN_MAX;
	*entries = 0;
	for (size_t i = 0; i < o->nparts; i++) {
		const struct part *p = &o->parts[i];
		ticks t = owed_oldest(&p->owed);

		if (!p->loaded || !p->owed.founded ||
		    (owed_is_plain(&p->owed) && owed_entries(&p->owed) == 0))
			continue;
		*since = t < *since ? t : *since;
		*entries += owed_entries(&p->owed);
		owes = 1;
	}
	return owes;
}
