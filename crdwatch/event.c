/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "err.h"
#include "event.h"
#include "hash.h"
#include "json.h"
#include "log.h"
#include "object.h"
#include "utf8.h"

/* What is to be said of a resource now. */
struct now {
	struct doc *doc;  /* NULL: nothing runs here */
	const char *type; /* of a problem's condition; NULL: none */
	const char *reason;
	const char *message;
	struct err e;      /* where message stands, when made here */
	struct buf status; /* JSON, empty when there is none */
};

/* The first doc whose criteria match.  Others of the same key are an error. */
static struct doc *
choose(const struct entry *n)
{
	for (struct doc *d = n->docs; d != NULL; d = d->peer)
		if (!d->excluded)
			return d;
	return NULL;
}

static void
look(struct entry *n, const struct state *state, struct now *w)
{
	const struct doc *first = n->docs;
	const char *key = buf_str(&n->key);
	struct err torn;

	if ((w->doc = choose(n)) == NULL)
		return;
	if (w->doc->type != NULL) {
		w->type = w->doc->type;
		w->reason = w->doc->reason;
		w->message = buf_str(&w->doc->message);
	}
	if (first->peer != NULL) {
		err_set(&w->e, 0,
		    "%s:%d: %s stands at %s:%d too; rename or remove one",
		    first->path, first->line, key, first->peer->path,
		    first->peer->line);
		w->type = "Ready";
		w->reason = "InvalidSpec";
		w->message = w->e.msg;
	}
	if (state_read(state, key, &w->status, &torn) == -1 &&
	    w->type == NULL) {
		w->e = torn;
		w->type = "Ready";
		w->reason = "InvalidStatus";
		w->message = w->e.msg;
	}
}

/* An object of that name went, and another came. */
static int
is_another(const struct entry *n, const struct doc *d)
{
	return n->shown != NULL && n->shown->uid != d->uid;
}

/* A message as JSON; it may be cut inside a character or quote raw bytes. */
static void
put_message(struct buf *b, const char *s)
{
	struct buf clean = { 0 };

	utf8_mend(&clean, s, strlen(s));
	json_write_str(b, buf_str(&clean), clean.len);
	buf_fini(&clean);
}

/* What follows the event's type. */
static void
body(struct buf *b, const struct now *w)
{
	/* The status goes before the object's closing brace. */
	buf_puts(b, ",\"object\":");
	buf_add(b, w->doc->text.data, w->doc->text.len - 1);
	if (w->status.len > 0) {
		buf_puts(b, ",\"status\":");
		buf_add(b, w->status.data, w->status.len);
	}
	buf_putc(b, '}');
	if (w->type != NULL) {
		buf_printf(b, ",\"problem\":{\"type\":\"%s\"", w->type);
		buf_printf(b, ",\"reason\":\"%s\",\"message\":", w->reason);
		put_message(b, w->message);
		buf_putc(b, '}');
	}
	buf_puts(b, "}\n");
}

/* A change of status, as the problem itself makes one, is no news of it. */
static void
log_problem(struct entry *n, const struct now *w)
{
	uint64_t hash = hash_bytes(w->message, strlen(w->message));

	if (n->problem && n->logged == hash)
		return;
	n->logged = hash;
	log_warn("resource does not run", KV_S("resource", buf_str(&n->key)),
	    KV_S("reason", w->reason), KV_S("error", w->message));
}

static void
put_deleted(struct entry *n, struct buf *out)
{
	struct now gone = { .doc = n->shown };

	buf_puts(out, "{\"type\":\"DELETED\"");
	body(out, &gone);
}

static void
show(struct store *s, struct entry *n, const struct now *w, struct buf *out)
{
	struct buf b = { 0 };
	uint64_t hash;

	if (is_another(n, w->doc)) {
		put_deleted(n, out);
		store_show(s, n, NULL, 0, 0);
	}
	body(&b, w);
	hash = hash_bytes(b.data, b.len);
	n->excluded = 0;
	if (n->shown == NULL || n->hash != hash) {
		if (w->type != NULL)
			log_problem(n, w);
		buf_printf(out, "{\"type\":\"%s\"",
		    n->shown == NULL ? "ADDED" : "MODIFIED");
		buf_add(out, b.data, b.len);
	}
	store_show(s, n, w->doc, hash, w->type != NULL);
	buf_fini(&b);
}

static void
hide(struct store *s, struct entry *n, struct buf *out)
{
	if (n->docs != NULL && !n->excluded && !n->docs->foreign)
		log_info("criteria do not match",
		    KV_S("resource", buf_str(&n->key)),
		    KV_S("file", n->docs->path));
	n->excluded = n->docs != NULL;
	if (n->shown != NULL)
		put_deleted(n, out);
	store_show(s, n, NULL, 0, 0);
}

int
event_next(struct store *s, struct derive *derive, const struct state *state,
    struct buf *out)
{
	struct entry *n;
	struct now w = { 0 };

	derive_rules(derive);
	if ((n = store_pop(s)) == NULL)
		return 0;
	look(n, state, &w);
	if (strchr(buf_str(&n->key), '+') == NULL)
		derive_base(
		    derive, buf_str(&n->key), w.type == NULL ? w.doc : NULL);
	if (w.doc != NULL)
		show(s, n, &w, out);
	else
		hide(s, n, out);
	buf_fini(&w.status);
	return 1;
}
