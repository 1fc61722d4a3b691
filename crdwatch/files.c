/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "files.h"
#include "log.h"
#include "resource.h"
#include "rule.h"
#include "status.h"
#include "yaml.h"

#define FILE_MAX   (1U << 30) /* bytes of a file */
#define TEXT_KEPT  (1U << 20) /* bytes of memory kept from file to file */
#define OBJECT_MAX (7 << 20)  /* bytes: with its status it must fit a line */
#define GROUP      "adx-mon.azure.com/"

/* What tells one content of a file from another. */
struct signature {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

struct file {
	struct signature sig;
	struct doc *docs; /* in their order */
	int wrong;        /* it could not be read whole */
	struct buf path;
	struct file *next; /* of the free ones */
};

/* A file in the course of being read. */
struct reading {
	struct files *files;
	struct file *file;
	struct doc **end; /* where the next doc goes */
	int wrong;
};

static struct signature
signature(const struct stat *st)
{
	struct signature s;

	memset(&s, 0, sizeof(s));
	s.dev = st->st_dev;
	s.ino = st->st_ino;
	s.size = st->st_size;
	s.mtime = st->st_mtim;
	s.ctime = st->st_ctim;
	return s;
}

static const char *
path_of(const struct file *v)
{
	return buf_str(&v->path);
}

static struct file *
file_at(struct files *f, const char *path)
{
	struct file *v = map_get(&f->by_path, path);
	struct buf kept;

	if (v != NULL)
		return v;
	if ((v = f->free_files) != NULL) {
		f->free_files = v->next;
		kept = v->path;
		memset(v, 0, sizeof(*v));
		v->path = kept;
	} else {
		v = arena_zalloc(&f->mem, sizeof(*v));
	}
	buf_reset(&v->path);
	buf_puts(&v->path, path);
	map_put(&f->by_path, path, v);
	return v;
}

/* Take docs out of the store. */
static void
drop(struct doc *docs)
{
	for (struct doc *d = docs, *next; d != NULL; d = next) {
		next = d->sibling;
		store_detach(d);
		store_release(d);
	}
}

static void
complain(struct reading *r, const char *what, const struct err *e)
{
	r->wrong = 1;
	log_warn(what, KV_S("file", path_of(r->file)), KV_S("error", e->msg));
}

static void
add(struct reading *r, struct doc *d, const char *key)
{
	store_attach(d->home, d, key);
	d->sibling = NULL;
	*r->end = d;
	r->end = &d->sibling;
}

/* Put a doc of that key where it belongs; NULL: e says what is wrong. */
static void
take_doc(struct reading *r, struct doc *d, const char *key, int line,
    const char *what, struct err *e)
{
	if (key != NULL && d->text.len > OBJECT_MAX) {
		err_set(e, ST_DATA, "%s:%d: over %d bytes", path_of(r->file),
		    line, OBJECT_MAX);
		key = NULL;
	}
	if (key != NULL) {
		add(r, d, key);
		return;
	}
	store_release(d);
	complain(r, what, e);
}

static void
take_exporter(struct reading *r, struct json *o)
{
	struct files *f = r->files;
	struct doc *d = store_doc(f->store);
	struct err e;

	take_doc(r, d,
	    object_take(&f->scratch, o, path_of(r->file), f->judge, d, &e),
	    o->line, "resource passed over", &e);
}

static void
take_rule(struct reading *r, const struct json *o)
{
	struct files *f = r->files;
	struct doc *d = store_doc(f->rules);
	struct err e;

	take_doc(r, d, rule_take(&f->scratch, o, path_of(r->file), d, &e),
	    o->line, "rule passed over", &e);
}

static void
take_object(struct reading *r, struct json *o)
{
	const char *kind = json_get_str(o, "kind", "");
	const char *api = json_get_str(o, "apiVersion", GROUP);
	int ours = strncmp(api, GROUP, strlen(GROUP)) == 0;

	if (ours && strcmp(kind, RESOURCE_KIND) == 0)
		take_exporter(r, o);
	else if (ours && strcmp(kind, RULE_KIND) == 0)
		take_rule(r, o);
	else
		log_line(*kind != '\0' ? LV_DEBUG : LV_INFO,
		    "object of another kind",
		    LOG_KVS(KV_S("kind", kind), KV_S("file", path_of(r->file)),
			KV_I("line", o->line)));
}

/* A document: an object, a list of them as kubectl prints it, or nothing. */
static void
take_document(struct reading *r, struct json *doc)
{
	const struct json *items = json_get(doc, "items");
	const char *kind = json_get_str(doc, "kind", "");
	const struct place p = { path_of(r->file), NULL };
	struct err e;

	if (doc->type == JSON_NULL)
		return;
	if (doc->type != JSON_OBJECT) {
		fields_err(&e, &p, doc, "document", "is %s, not an object",
		    fields_kind(doc));
		complain(r, "document passed over", &e);
	} else if (items != NULL && items->type == JSON_ARRAY &&
	    (strcmp(kind, "List") == 0 ||
		strcmp(kind, RESOURCE_KIND "List") == 0 ||
		strcmp(kind, RULE_KIND "List") == 0)) {
		for (struct json *o = items->child; o != NULL; o = o->next)
			take_object(r, o);
	} else {
		take_object(r, doc);
	}
}

/*
 * Each document of the text; e is left at the first that cannot be read, which
 * stops none of the others.  Returns 0, or -1 when there was one.
 */
static int
take_text(struct reading *r, const struct buf *text, struct err *e)
{
	struct yaml *y = yaml_open(path_of(r->file), buf_str(text), text->len);
	struct json *doc;
	struct err why;
	int more, bad = 0;

	while ((more = yaml_next(y, &r->files->scratch, &doc, &why)) != 0) {
		if (more == 1)
			take_document(r, doc);
		else if (bad++ == 0)
			*e = why;
		if (more == -1)
			complain(r, "document not read", &why);
		if (more == -1 && why.code == ST_RETRY)
			break;
		arena_reset(&r->files->scratch);
	}
	yaml_close(y);
	return bad > 0 ? -1 : 0;
}

/* Whether the file as it is now has brought this key again. */
static int
has_key(const struct file *v, const struct entry *n)
{
	for (const struct doc *d = n->docs; d != NULL; d = d->peer)
		if (d->path == path_of(v) && !d->stale)
			return 1;
	return 0;
}

/* What the file had before stays, but does not run, until it can be read. */
static void
keep_old(struct reading *r, const struct doc *old, const struct err *e)
{
	struct doc *d;

	for (; old != NULL; old = old->sibling) {
		if (has_key(r->file, old->entry))
			continue;
		d = store_doc(old->home);
		d->path = path_of(r->file);
		d->line = old->line;
		d->excluded = old->excluded;
		d->selects = old->selects;
		d->type = "Ready";
		d->reason = "InvalidSpec";
		buf_puts(&d->message, e->msg);
		buf_add(&d->text, old->text.data, old->text.len);
		add(r, d, buf_str(&old->entry->key));
	}
}

/* Put what the text holds in the place of what the file had. */
static void
replace(struct files *f, struct file *v, const struct buf *text,
    const struct err *unread)
{
	struct doc *old = v->docs;
	struct reading r = { f, v, &v->docs, 0 };
	struct err e;

	for (struct doc *d = old; d != NULL; d = d->sibling)
		d->stale = 1;
	v->docs = NULL;
	if (unread != NULL)
		e = *unread;
	if (unread != NULL)
		complain(&r, "file not read", &e);
	if (unread != NULL || take_text(&r, text, &e) == -1)
		keep_old(&r, old, &e);
	drop(old);
	if (f->text.cap > TEXT_KEPT) {
		buf_fini(&f->text);
		f->text = (struct buf){ 0 };
	}
	f->wrong += r.wrong - v->wrong;
	v->wrong = r.wrong;
}

static void
forget(struct files *f, struct file *v)
{
	drop(v->docs);
	f->wrong -= v->wrong;
	map_del(&f->by_path, path_of(v));
	v->next = f->free_files;
	f->free_files = v;
}

void
files_refresh(struct files *f, const char *path, int forced)
{
	struct file *v = map_get(&f->by_path, path);
	struct signature sig;
	struct stat st;
	struct err e;
	int bad = stat(path, &st);

	if (bad == -1 && (errno == ENOENT || errno == ENOTDIR)) {
		if (v != NULL)
			forget(f, v);
		return;
	}
	if (bad == 0 && !S_ISREG(st.st_mode)) {
		log_debug("no regular file", KV_S("file", path));
		if (v != NULL)
			forget(f, v);
		return;
	}
	sig = signature(&st);
	if (v != NULL && !forced && bad == 0 &&
	    memcmp(&sig, &v->sig, sizeof(sig)) == 0)
		return;
	v = file_at(f, path);
	v->sig = sig;
	buf_reset(&f->text);
	if (bad == -1)
		err_sys(&e, ST_CONFIG, "%s", path);
	else
		bad = file_read(path, FILE_MAX, &f->text, &e);
	replace(f, v, &f->text, bad == -1 ? &e : NULL);
}

void
files_refresh_in(struct files *f, const char *dir)
{
	size_t at = 0, n = strlen(dir), count = 0;
	struct arena a = { 0 };
	const char *path, **all;

	/* The map must not change while it is walked. */
	all = arena_alloc(&a, (f->by_path.len + 1) * sizeof(*all));
	while (map_next(&f->by_path, &at, &path) != NULL)
		if (strncmp(path, dir, n) == 0 && path[n] == '/' &&
		    strchr(path + n + 1, '/') == NULL)
			all[count++] = arena_strdup(&a, path);
	for (size_t i = 0; i < count; i++)
		files_refresh(f, all[i], 0);
	arena_fini(&a);
}

int
files_stream(struct files *f, int fd, const char *name, struct err *e)
{
	struct file *v = file_at(f, name);
	ssize_t n;

	buf_reset(&f->text);
	do {
		buf_reserve(&f->text, 65536);
		n = read(fd, f->text.data + f->text.len, 65536);
		if (n == -1 && errno != EINTR)
			return err_sys(e, ST_RETRY, "%s", name);
		if (n > 0)
			f->text.len += (size_t)n;
		if (f->text.len > FILE_MAX)
			return err_set(
			    e, ST_DATA, "%s: over %u bytes", name, FILE_MAX);
	} while (n != 0);
	f->text.data[f->text.len] = '\0';
	replace(f, v, &f->text, NULL);
	return 0;
}

void
files_fini(struct files *f)
{
	struct file *v;
	size_t at = 0;

	while ((v = map_next(&f->by_path, &at, NULL)) != NULL) {
		for (struct doc *d = v->docs, *next; d != NULL; d = next) {
			next = d->sibling;
			store_release(d);
		}
		buf_fini(&v->path);
	}
	for (v = f->free_files; v != NULL; v = v->next)
		buf_fini(&v->path);
	arena_fini(&f->mem);
	map_fini(&f->by_path);
	buf_fini(&f->text);
	arena_fini(&f->scratch);
}
