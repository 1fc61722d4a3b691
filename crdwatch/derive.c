/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "derive.h"
#include "json.h"
#include "kql/kql.h"
#include "mem.h"
#include "owed.h"
#include "resource.h"
#include "selector.h"

/* A resource with a selector. */
struct base {
	struct doc *doc;  /* held */
	struct arena mem; /* of the selector */
	const struct json *selector;
	struct doc *derived; /* by sibling; held */
};

static const struct json *
parse(struct arena *a, const struct buf *text)
{
	struct err ignored;

	return json_parse(a, buf_str(text), text->len, &ignored);
}

static struct json *
object_at(struct arena *a, struct json *o, const char *key)
{
	const struct json *v = json_get(o, key);

	if (v == NULL || v->type != JSON_OBJECT)
		json_set(a, o, key, json_new(a, JSON_OBJECT));
	return (struct json *)(uintptr_t)json_get(o, key);
}

/* A table or column as KQL has it: one that is no plain name in brackets. */
static void
put_name(struct buf *b, const char *s)
{
	if (kql_is_plain(s)) {
		buf_puts(b, s);
		return;
	}
	buf_puts(b, "['");
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_putc(b, '\\');
		if ((unsigned char)*s < ' ')
			buf_printf(b, "\\x%02x", (unsigned char)*s);
		else
			buf_putc(b, *s);
	}
	buf_puts(b, "']");
}

/* The query: the rule's table, between the ends of the window. */
static const char *
body(struct arena *a, const char *table, const char *column)
{
	struct buf b = { 0 };
	const char *text;

	put_name(&b, table);
	buf_puts(&b, " | where ");
	put_name(&b, column);
	buf_puts(&b, " between (_startTime .. _endTime)");
	text = arena_strdup(a, b.data);
	buf_fini(&b);
	return text;
}

/* The rule's part of a status without its name, NULL when it has none yet. */
static int
part(struct arena *a, const struct json *status, const char *rule,
    struct json **out, struct err *e)
{
	const struct json *v;

	*out = NULL;
	if (status == NULL)
		return 0;
	if (owed_rule(a, status, rule, &v, e) == -1)
		return -1;
	if (v == NULL)
		return 0;
	*out = json_new(a, JSON_OBJECT);
	(*out)->child = v->child;
	(*out)->last = v->last;
	json_del(*out, "name");
	return 0;
}

/*
 * The object of the resource as it is to run for a rule.  Returns -1 with e
 * when its status cannot be understood.
 */
static int
write_object(struct derive *v, const struct base *b, const char *rule,
    const struct json *said, struct buf *out, struct err *e)
{
	struct arena *a = &v->scratch;
	struct json *o = (struct json *)(uintptr_t)parse(a, &b->doc->text);
	struct json *meta = object_at(a, o, "metadata"), *notes, *spec;
	const char *column, *until = json_get_str(said, "until", NULL);
	struct json *status;
	int bad = part(a, json_get(o, "status"), rule, &status, e);

	/* What concerns the resource or another rule alone is no news here. */
	json_del(meta, "resourceVersion");
	notes = object_at(a, meta, "annotations");
	json_set(a, notes, RESOURCE_RULE, json_new_str(a, rule));
	json_del(notes, RESOURCE_UNTIL);
	if (until != NULL)
		json_set(a, notes, RESOURCE_UNTIL, json_new_str(a, until));
	spec = object_at(a, o, "spec");
	column =
	    json_get_str(json_get(spec, "transform"), "timestampColumn", "");
	json_set(a, spec, "database",
	    json_new_str(a, json_get_str(said, "database", "")));
	json_set(a, spec, "body",
	    json_new_str(a, body(a, json_get_str(said, "table", ""), column)));
	json_del(o, "status");
	if (status != NULL)
		json_set(a, o, "status", status);
	json_write(out, o);
	return bad;
}

static void
problem(struct doc *d, const char *reason, const char *message)
{
	d->type = "Ready";
	d->reason = reason;
	buf_reset(&d->message);
	buf_puts(&d->message, message);
}

/* What is wrong with the rule is wrong with what is derived for it. */
static void
check_rule(struct doc *d, const struct doc *rule)
{
	const struct doc *twin = rule->peer;

	if (twin == NULL && rule->type == NULL)
		return;
	problem(d, "InvalidSpec", buf_str(&rule->message));
	if (twin == NULL)
		return;
	buf_reset(&d->message);
	buf_printf(&d->message,
	    "%s:%d: SummaryRule %s stands at %s:%d too; rename or remove one",
	    rule->path, rule->line, buf_str(&rule->entry->key), twin->path,
	    twin->line);
}

static const char *
name_in(const char *key)
{
	return strchr(key, '/') + 1;
}

/* The place of the doc derived for a rule, or of the end. */
static struct doc **
find(struct base *b, const char *rule)
{
	struct doc **at = &b->derived;

	for (; *at != NULL; at = &(*at)->sibling) {
		const char *key = buf_str(&(*at)->entry->key);

		if (strcmp(strrchr(key, '+') + 1, rule) == 0)
			break;
	}
	return at;
}

static void
drop(struct doc **at)
{
	struct doc *d = *at;

	*at = d->sibling;
	store_detach(d);
	store_release(d);
}

/* Derive again for one rule: its entry may have no doc any more. */
static void
derive_one(
    struct derive *v, const char *key, struct base *b, const struct entry *n)
{
	const char *rule = name_in(buf_str(&n->key));
	struct doc **at = find(b, rule), *d, *was = *at;
	const struct json *said;
	struct err e;

	arena_reset(&v->scratch);
	said = n->docs != NULL ? parse(&v->scratch, &n->docs->text) : NULL;
	if (said == NULL ||
	    !selector_match(b->selector, json_get(said, "labels"))) {
		if (was != NULL)
			drop(at);
		return;
	}
	d = store_doc(v->store);
	d->path = b->doc->path;
	d->line = b->doc->line;
	d->uid = b->doc->uid;
	if (write_object(v, b, rule, said, &d->text, &e) == -1)
		problem(d, "InvalidStatus", e.msg);
	check_rule(d, n->docs);
	store_attach(
	    v->store, d, arena_printf(&v->scratch, "%s+%s", key, rule));
	if (was != NULL)
		drop(at);
	d->sibling = b->derived;
	b->derived = d;
}

static void
base_free(struct base *b)
{
	while (b->derived != NULL)
		drop(&b->derived);
	store_release(b->doc);
	arena_fini(&b->mem);
	free(b);
}

/* Bytes of a key up to and with its slash. */
static size_t
space_of(const char *key)
{
	return (size_t)(name_in(key) - key);
}

/* Read the selector of a doc that has come. */
static void
set_base(struct base *b, struct doc *d)
{
	const struct json *o;

	store_release(b->doc);
	b->doc = d;
	d->refs++;
	arena_reset(&b->mem);
	o = parse(&b->mem, &d->text);
	b->selector = json_get(json_get(o, "spec"), "summaryRuleSelector");
}

void
derive_base(struct derive *v, const char *key, struct doc *d)
{
	struct base *b = map_get(&v->bases, key);
	const struct entry *n;
	size_t at = 0;

	if (d == NULL || !d->selects || d->type != NULL) {
		if (b != NULL) {
			map_del(&v->bases, key);
			base_free(b);
		}
		return;
	}
	if (b != NULL && b->doc == d)
		return;
	if (b == NULL) {
		b = mem_new(1, sizeof(*b));
		map_put(&v->bases, key, b);
	}
	set_base(b, d);
	while ((n = map_next(&v->rules->entries, &at, NULL)) != NULL)
		if (strncmp(key, buf_str(&n->key), space_of(key)) == 0)
			derive_one(v, key, b, n);
}

void
derive_rules(struct derive *v)
{
	struct entry *n;
	struct base *b;
	const char *key, *rule;
	size_t at;

	while ((n = store_pop(v->rules)) != NULL) {
		rule = buf_str(&n->key);
		at = 0;
		while ((b = map_next(&v->bases, &at, &key)) != NULL)
			if (strncmp(key, rule, space_of(rule)) == 0)
				derive_one(v, key, b, n);
		/* One that is gone is forgotten. */
		store_show(v->rules, n, NULL, 0, 0);
	}
}

int
derive_wanted(const struct derive *v)
{
	return v->bases.len > 0;
}

void
derive_fini(struct derive *v)
{
	struct base *b;
	size_t at = 0;

	while ((b = map_next(&v->bases, &at, NULL)) != NULL)
		base_free(b);
	map_fini(&v->bases);
	arena_fini(&v->scratch);
}
