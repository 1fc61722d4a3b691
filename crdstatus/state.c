/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "log.h"
#include "resource.h"
#include "state.h"
#include "status.h"

#define STATUS_MAX    (8 << 20) /* bytes of a status file */
#define ERROR_MAX     1024      /* bytes of an error in a status */
#define ARENA_MAX     262144    /* bytes after which a document is read anew */
#define NAMESPACE_MAX 63
#define NAME_MAX_K8S  253

static const char *
path_of(struct arena *a, const struct states *s, const char *key)
{
	return arena_printf(a, "%s/%s.json", s->dir, key);
}

static void
state_free(struct state *st)
{
	owed_fini(&st->owed);
	arena_fini(&st->arena);
	free(st->key);
	free(st);
}

static struct state *
state_new(const char *key)
{
	struct buf b = { 0 }, k = { 0 };
	struct state *st = memset(buf_reserve(&b, sizeof(*st)), 0, sizeof(*st));

	buf_puts(&k, key);
	st->key = k.data;
	return st;
}

/* The key of the resource, checked: it becomes a path. */
static int
make_key(struct buf *b, const struct window *w, struct err *e)
{
	if (!resource_name_ok(w->namespace, NAMESPACE_MAX, 0) ||
	    !resource_name_ok(w->name, NAME_MAX_K8S, 1) ||
	    (*w->rule != '\0' && !resource_name_ok(w->rule, NAME_MAX_K8S, 1)))
		return err_set(e, ST_DATA,
		    "\"%.64s/%.64s%s%.64s\" is no name of a resource",
		    w->namespace, w->name, *w->rule != '\0' ? "+" : "",
		    w->rule);
	buf_printf(b, "%s/%s%s%s", w->namespace, w->name,
	    *w->rule != '\0' ? "+" : "", w->rule);
	return 0;
}

/* A document for a resource that has none yet. */
static struct json *
new_doc(struct arena *a, const struct window *w)
{
	struct json *doc = json_new(a, JSON_OBJECT);
	struct json *meta = json_new(a, JSON_OBJECT);

	json_set(a, doc, "apiVersion", json_new_str(a, RESOURCE_API));
	json_set(a, doc, "kind", json_new_str(a, RESOURCE_KIND));
	json_set(a, meta, "namespace", json_new_str(a, w->namespace));
	json_set(a, meta, "name", json_new_str(a, w->name));
	json_set(a, doc, "metadata", meta);
	json_set(a, doc, "status", json_new(a, JSON_OBJECT));
	return doc;
}

/* Read the file, if there is one, into st->doc. */
static int
read_doc(
    struct state *st, const char *path, const struct window *w, struct err *e)
{
	struct buf text = { 0 };
	struct stat s;
	int bad = 0;

	if (stat(path, &s) == -1 && errno == ENOENT) {
		st->doc = new_doc(&st->arena, w);
		return 0;
	}
	if ((bad = file_read(path, STATUS_MAX, &text, e)) == 0) {
		st->doc = json_parse(&st->arena, buf_str(&text), text.len, e);
		bad = st->doc == NULL ? err_wrap(e, "%s", path) : 0;
	}
	buf_fini(&text);
	return bad;
}

static int
load(struct state *st, const char *path, const struct window *w, struct err *e)
{
	if (read_doc(st, path, w, e) == -1)
		return -1;
	st->status = json_get(st->doc, "status");
	if (st->status == NULL || st->status->type != JSON_OBJECT)
		return err_set(e, ST_DATA, "%s: holds no status", path);
	if (resource_check_owner(st->doc, st->key, path, e) == -1)
		return -1;
	if (owed_read(&st->owed, st->status, e) == -1)
		return err_wrap(e, "%s", path);
	return 0;
}

/* The state of w's resource, read if it is not in memory. */
static struct state *
get(struct states *s, const struct window *w, struct err *e)
{
	struct buf key = { 0 };
	struct arena a = { 0 };
	struct state *st = NULL;

	if (make_key(&key, w, e) == 0 &&
	    (st = map_get(&s->bykey, key.data)) == NULL) {
		st = state_new(key.data);
		if (load(st, path_of(&a, s, key.data), w, e) == -1) {
			state_free(st);
			st = NULL;
		} else {
			map_put(&s->bykey, st->key, st);
		}
	}
	buf_fini(&key);
	arena_fini(&a);
	return st;
}

static void
touch(struct states *s, struct state *st, int64_t generation)
{
	s->dirty += !st->dirty;
	st->dirty = 1;
	st->generation = generation;
}

/* A receipt for an object of the same name that is gone. */
static int
is_other(const struct state *st, const struct window *w)
{
	const char *uid =
	    json_get_str(json_get(st->doc, "metadata"), "uid", "");

	return *uid != '\0' && *w->uid != '\0' && strcmp(uid, w->uid) != 0;
}

/* The file is of one run alone, so it need not say of which. */
static void
say(struct state *st, const struct receipt *r, ticks now)
{
	struct run run = { "", &st->owed };
	struct receipt own = *r;

	own.w.rule = "";
	conditions_note(&st->arena, st->status, &own);
	conditions_update(&st->arena, st->status, &(struct runs){ &run, 1 },
	    r->w.generation, now);
}

int
states_apply(
    struct states *s, const struct receipt *r, ticks now, struct err *e)
{
	struct state *st = get(s, &r->w, e);
	enum owed_effect effect;
	int founded;
	ticks last;

	if (st == NULL)
		return -1;
	if (is_other(st, &r->w)) {
		log_warn("receipt of an object that is gone",
		    KV_S("resource", st->key), KV_S("uid", r->w.uid));
		return OWED_NOTHING;
	}
	founded = st->owed.founded;
	last = st->owed.last;
	effect = owed_apply(&st->owed, r);
	if (effect == OWED_NOTHING && founded == st->owed.founded &&
	    last == st->owed.last)
		return effect;
	say(st, r, now);
	touch(s, st, r->w.generation);
	return (int)effect;
}

int
states_set_condition(struct states *s, const struct window *w,
    const struct condition *c, ticks now, struct err *e)
{
	struct state *st = get(s, w, e);

	if (st == NULL)
		return -1;
	if (is_other(st, w))
		return 0;
	condition_set(&st->arena, st->status, c, now);
	touch(s, st, c->generation);
	return 0;
}

/* The text of its file, as it is to be. */
static void
write_doc(struct state *st, struct buf *b, ticks now)
{
	struct run run = { "", &st->owed };
	struct runs runs = { &run, 1 };

	if (st->owed.founded) {
		runs_write(&st->arena, &runs, st->status, ERROR_MAX);
		conditions_pack(
		    &st->arena, st->status, &runs, st->generation, now);
	}
	json_write(b, st->doc);
	buf_putc(b, '\n');
}

/* Whether errno is about that one path, and other files can be written. */
static int
is_of_path(void)
{
	return errno == EACCES || errno == EPERM || errno == EISDIR ||
	    errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG;
}

/* -1 with ST_CONFIG: this one cannot be written. */
static int
stage(const struct states *s, struct state *st, ticks now, struct err *e)
{
	struct arena a = { 0 };
	struct buf text = { 0 };
	const char *path = path_of(&a, s, st->key);
	const char *dir =
	    arena_strndup(&a, path, (size_t)(strrchr(path, '/') - path));
	int bad = file_mkdirs(dir, 0755, e);

	write_doc(st, &text, now);
	if (bad == 0)
		bad = file_stage(path, text.data, text.len, 0644, e);
	if (bad == -1 && is_of_path())
		e->code = ST_CONFIG;
	buf_fini(&text);
	arena_fini(&a);
	return bad;
}

/* A file that cannot be written is told once, tried again with the next group,
 * and keeps no other back. */
static int
stage_one(const struct states *s, struct state *st, ticks now, struct err *e)
{
	int bad = stage(s, st, now, e);

	if (bad == -1 && e->code != ST_CONFIG)
		return -1;
	if (bad == -1 && !st->barred)
		log_error("status cannot be written", KV_S("resource", st->key),
		    KV_S("error", e->msg));
	st->barred = bad == -1;
	return 0;
}

static int
commit(const struct states *s, const struct state *st, int good, struct err *e)
{
	struct arena a = { 0 };
	const char *path = path_of(&a, s, st->key);
	int bad = 0;

	if (good)
		bad = file_commit(path, e);
	else
		file_unstage(path);
	arena_fini(&a);
	return bad;
}

static int
stage_all(struct states *s, ticks now, struct err *e)
{
	struct state *st;
	size_t at = 0;

	while ((st = map_next(&s->bykey, &at, NULL)) != NULL)
		if (st->dirty && stage_one(s, st, now, e) == -1)
			return -1;
	if (syncfs(s->lock) == -1)
		return err_sys(e, ST_RETRY, "%s: sync", s->dir);
	return 0;
}

/* Whether its file says all there is, so that it can leave memory. */
static int
is_said(const struct state *st)
{
	return owed_is_plain(&st->owed) && owed_entries(&st->owed) == 0;
}

/* Let go of memory: of whole states, or of what a document was before. */
static void
shrink(struct states *s)
{
	struct buf gone = { 0 };
	struct state *st;
	size_t at = 0;

	while ((st = map_next(&s->bykey, &at, NULL)) != NULL) {
		struct arena fresh = { 0 };
		struct buf text = { 0 };
		struct err e;

		if (!st->dirty && is_said(st)) {
			buf_add(&gone, &st, sizeof(st));
			continue;
		}
		if (arena_size(&st->arena) < ARENA_MAX)
			continue;
		json_write(&text, st->doc);
		st->doc = json_parse(&fresh, text.data, text.len, &e);
		st->status = json_get(st->doc, "status");
		arena_fini(&st->arena);
		st->arena = fresh;
		buf_fini(&text);
	}
	for (at = 0; at < gone.len; at += sizeof(st)) {
		memcpy(&st, gone.data + at, sizeof(st));
		map_del(&s->bykey, st->key);
		state_free(st);
	}
	buf_fini(&gone);
}

int
states_write(struct states *s, ticks now, struct err *e)
{
	struct state *st;
	size_t at = 0;
	int good;

	if (s->dirty == 0)
		return 0;
	good = stage_all(s, now, e) == 0;
	while ((st = map_next(&s->bykey, &at, NULL)) != NULL) {
		if (!st->dirty || st->barred)
			continue;
		if (commit(s, st, good, e) == -1)
			good = 0;
		if (!good)
			continue;
		st->dirty = 0;
		s->dirty--;
	}
	if (!good)
		return -1;
	shrink(s);
	return 0;
}

int
states_open(struct states *s, const char *dir, struct err *e)
{
	struct arena a = { 0 };
	const char *path = arena_printf(&a, "%s/.lock", dir);
	int bad = 0;

	*s = (struct states){ .dir = dir, .lock = -1 };
	if (file_mkdirs(dir, 0755, e) == -1)
		bad = err_sys(e,
		    errno == ENOSPC || errno == EDQUOT ? ST_RETRY : ST_CONFIG,
		    "%s", dir);
	else if ((s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644)) ==
	    -1)
		bad = err_sys(e, ST_CONFIG, "%s", path);
	else if (flock(s->lock, LOCK_EX | LOCK_NB) == -1)
		bad = errno == EWOULDBLOCK
		    ? err_set(e, ST_RETRY,
			  "%s: another crdstatus has this lock", path)
		    : err_sys(e, ST_CONFIG, "%s", path);
	arena_fini(&a);
	return bad;
}

size_t
states_owed(const struct states *s)
{
	const struct state *st;
	size_t at = 0, n = 0;

	while ((st = map_next(&s->bykey, &at, NULL)) != NULL) {
		char since[WHEN_TEXT];

		if (!st->owed.founded || is_said(st))
			continue;
		when_format(since, owed_oldest(&st->owed));
		log_warn("windows are still owed", KV_S("resource", st->key),
		    KV_S("since", since),
		    KV_I("entries", (int64_t)owed_entries(&st->owed)));
		n++;
	}
	return n;
}

void
states_fini(struct states *s)
{
	struct state *st;
	size_t at = 0;

	while ((st = map_next(&s->bykey, &at, NULL)) != NULL)
		state_free(st);
	map_fini(&s->bykey);
	if (s->lock != -1)
		close(s->lock);
}
