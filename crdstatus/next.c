/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "control.h"
#include "jsonw.h"
#include "log.h"
#include "next.h"

#define ERROR_MAX   1024            /* bytes of an error in a status */
#define ERROR_SHORT 120             /* the same when the status is large */
#define FIELDS_MAX  (256 << 10)     /* bytes of a large one */
#define RULE_KEPT   (30 * WHEN_DAY) /* after its last window or failure */
#define RULE_SILENT 86400000        /* ms without a receipt besides */

/* The members of a status that are ours. */
static const char *const ours[] = { "lastSuccessfulExecution", "backlog",
	"rules", "lastLoss", "conditions" };
#define NOURS (sizeof(ours) / sizeof(*ours))

/* Whether two trees say the same; the API server sorts members. */
static int
same(const struct json *x, const struct json *y)
{
	const struct json *other;

	if (x == NULL || y == NULL || x->type != y->type)
		return x == y;
	if (x->type == JSON_NUMBER || x->type == JSON_STRING)
		return x->len == y->len && memcmp(x->str, y->str, x->len) == 0;
	if (json_count(x) != json_count(y))
		return 0;
	other = y->child;
	for (const struct json *j = x->child; j != NULL; j = j->next) {
		if (x->type == JSON_OBJECT)
			other = json_get(y, j->key);
		if (!same(j, other))
			return 0;
		other = other->next;
	}
	return 1;
}

/* --- its runs --- */

static const struct part *
part_of(const struct object *o, const char *rule)
{
	for (size_t i = 0; i < o->nparts; i++)
		if (strcmp(o->parts[i].rule, rule) == 0)
			return &o->parts[i];
	return NULL;
}

/* When anything last came of a run. */
static ticks
last_sign(const struct owed *o)
{
	ticks t = o->last;

	for (size_t i = 0; i < o->ndests; i++)
		if (o->dests[i].tries.last > t)
			t = o->dests[i].tries.last;
	for (size_t i = 0; i < o->nlates; i++)
		if (o->lates[i].tries.last > t)
			t = o->lates[i].tries.last;
	return t;
}

/* A rule that is no more.  One that goes on from long ago is heard of. */
static int
is_over(const struct next *n, const char *rule, const struct owed *owed)
{
	const struct part *p = part_of(n->o, rule);

	return *rule != '\0' && last_sign(owed) + RULE_KEPT < n->m.now &&
	    n->m.ms - n->o->born >= RULE_SILENT &&
	    (p == NULL || n->m.ms - p->heard >= RULE_SILENT);
}

static void
add_run(struct next *n, const char *rule, const struct owed *owed)
{
	if (!owed->founded)
		return;
	if (!is_over(n, rule, owed)) {
		n->runs.v[n->runs.n++] = (struct run){ rule, owed };
		return;
	}
	log_warn("forgets what a rule is owed that has been gone for 30 days",
	    KV_S("resource", n->o->key), KV_S("rule", rule));
}

/* Add a run as it is in memory, or else in that status. */
static int
read_run(
    struct next *n, const char *rule, const struct json *status, struct err *e)
{
	const struct part *p = part_of(n->o, rule);
	struct owed *owed = &n->read[n->nread];

	if (p != NULL && p->loaded) {
		add_run(n, rule, &p->owed);
		return 0;
	}
	n->nread++;
	if (owed_read(owed, status, e) == -1)
		return -1;
	add_run(n, rule, owed);
	return 0;
}

static int
has_rule(const struct json *rules, const char *rule)
{
	const struct json *j = rules != NULL ? rules->child : NULL;

	while (j != NULL && strcmp(json_get_str(j, "name", ""), rule) != 0)
		j = j->next;
	return j != NULL;
}

/* Its own run, the rules of the status in their order, those that are new. */
static int
read_runs(struct next *n, struct err *e)
{
	const struct json *rules = NULL, *j;
	size_t max;

	if (owed_rules(n->a, n->was, &rules, e) == -1)
		return -1;
	max = json_count(rules) + n->o->nparts + 1;
	n->runs.v = arena_alloc(n->a, max * sizeof(*n->runs.v));
	n->read = arena_zalloc(n->a, max * sizeof(*n->read));
	if (read_run(n, "", n->was, e) == -1)
		return -1;
	for (j = rules != NULL ? rules->child : NULL; j != NULL; j = j->next)
		if (read_run(n, json_get_str(j, "name", ""), j, e) == -1)
			return -1;
	for (size_t i = 0; i < n->o->nparts; i++) {
		const struct part *p = &n->o->parts[i];

		if (p->loaded && *p->rule != '\0' && !has_rule(rules, p->rule))
			add_run(n, p->rule, &p->owed);
	}
	return 0;
}

/* --- what has come --- */

static void
say_runs(struct next *n)
{
	conditions_update(
	    n->a, n->status, &n->runs, n->o->generation, n->m.now);
}

static void
set_condition(struct next *n, const struct journal_entry *t)
{
	struct condition c;
	struct window w;
	struct err e;
	struct json *j;

	j = control_parse(
	    n->a, CONTROL_CONDITION, t->line, t->n, CONTROL_JSON, &e);
	if (j != NULL && condition_read(j, &c, &w, &e) == 0)
		condition_set(n->a, n->status, &c, n->m.now);
}

/* Note what was lost.  Receipts of one destination come in their order, those
 * of several need not. */
static void
note_receipt(struct next *n, const struct journal_entry *t)
{
	struct receipt r;
	struct err e;

	if (receipt_read(n->a, t->line, t->n, &r, &e) == -1)
		return;
	r.time = when_floor(r.time, WHEN_SEC);
	conditions_note(n->a, n->status, &r);
}

/* What receipts and conditions say, in their order: the last that speaks of
 * Ready is right.  Returns whether there was a receipt. */
static int
apply_journal(struct next *n)
{
	const struct journal *j = &n->o->journal;
	struct journal_entry t;
	int receipts = 0, unsaid = 0;
	size_t at = 0;

	while (journal_next(j, &at, j->b.len, &t)) {
		if (t.mark != JOURNAL_CONDITION) {
			note_receipt(n, &t);
			receipts = unsaid = 1;
			continue;
		}
		if (unsaid && n->runs.n > 0)
			say_runs(n);
		unsaid = 0;
		set_condition(n, &t);
	}
	if (unsaid && n->runs.n > 0)
		say_runs(n);
	return receipts;
}

/* What flipped and flipped back has not flipped. */
static void
keep_times(struct next *n)
{
	const struct json *list = json_get(n->status, "conditions");

	if (list == NULL || list->type != JSON_ARRAY)
		return;
	for (struct json *c = list->child; c != NULL; c = c->next) {
		const struct json *was =
		    condition_find(n->was, json_get_str(c, "type", ""));
		const char *time =
		    json_get_str(was, "lastTransitionTime", NULL);

		if (time != NULL &&
		    strcmp(json_get_str(was, "status", ""),
			json_get_str(c, "status", "")) == 0)
			json_set(n->a, c, "lastTransitionTime",
			    json_new_str(n->a, time));
	}
}

static size_t
size_of(const struct json *j)
{
	struct buf b = { 0 };
	size_t n;

	json_write(&b, j);
	n = b.len;
	buf_fini(&b);
	return n;
}

static void
write_runs(struct next *n)
{
	static const size_t errors[] = { ERROR_MAX, ERROR_SHORT, 0 };

	for (size_t i = 0; i < 3; i++) {
		runs_write(n->a, &n->runs, n->status, errors[i]);
		if (size_of(n->status) <= FIELDS_MAX)
			break;
	}
	conditions_pack(n->a, n->status, &n->runs, n->o->generation, n->m.now);
}

int
next_make(struct next *n, struct err *e)
{
	const char *text = *n->o->status != '\0' ? n->o->status : "{}";

	n->was = json_parse(n->a, text, strlen(text), e);
	n->status = json_parse(n->a, text, strlen(text), e);
	if (n->was == NULL || read_runs(n, e) == -1)
		return -1;
	if (apply_journal(n) && n->runs.n > 0)
		write_runs(n);
	keep_times(n);
	for (size_t i = 0; i < NOURS; i++)
		if (!same(json_get(n->status, ours[i]),
			json_get(n->was, ours[i])))
			return 1;
	return 0;
}

void
next_patch(const struct next *n, struct buf *body)
{
	struct jsonw w = { .b = body };

	jsonw_object(&w, NULL);
	jsonw_object(&w, "metadata");
	jsonw_str(&w, "resourceVersion", n->o->version);
	jsonw_end_object(&w);
	jsonw_object(&w, "status");
	for (size_t i = 0; i < NOURS; i++) {
		const struct json *j = json_get(n->status, ours[i]);
		struct buf text = { 0 };

		if (j == NULL || same(j, json_get(n->was, ours[i])))
			continue;
		json_write(&text, j);
		jsonw_raw(&w, ours[i], text.data, text.len);
		buf_fini(&text);
	}
	jsonw_end_object(&w);
	jsonw_end_object(&w);
}

void
next_fini(struct next *n)
{
	for (size_t i = 0; i < n->nread; i++)
		owed_fini(&n->read[i]);
}
