/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "json.h"
#include "log.h"
#include "resource.h"
#include "sources.h"
#include "state.h"
#include "status.h"

#define STATUS_MAX (8 << 20) /* bytes of a status file */

struct state_watch {
	int wd;
	char namespace[64];
};

static int
parse(struct arena *a, const char *key, const char *path,
    const struct buf *text, struct buf *out, struct err *e)
{
	const struct json *doc = json_parse(a, buf_str(text), text->len, e);
	const struct json *status = json_get(doc, "status");

	if (doc == NULL)
		return err_wrap(e, "%s", path);
	if (status == NULL || status->type != JSON_OBJECT)
		return err_set(e, ST_DATA, "%s: holds no status", path);
	if (resource_check_owner(doc, key, path, e) == -1)
		return -1;
	json_write(out, status);
	return 1;
}

int
state_read(
    const struct state *s, const char *key, struct buf *out, struct err *e)
{
	struct arena a = { 0 };
	struct buf text = { 0 };
	struct stat st;
	const char *path;
	int found = 0;

	if (s->dir == NULL)
		return 0;
	path = arena_printf(&a, "%s/%s.json", s->dir, key);
	if (stat(path, &st) == -1 && errno == ENOENT) {
		/* That all is new must not be concluded from a lost mount. */
		if (stat(s->dir, &st) == -1)
			found = err_sys(e, ST_DATA, "%s", s->dir);
	} else if (file_read(path, STATUS_MAX, &text, e) == -1) {
		found = -1;
	} else {
		found = parse(&a, key, path, &text, out, e);
	}
	buf_fini(&text);
	arena_fini(&a);
	return found;
}

int
state_open(struct state *s, const char *dir, struct err *e)
{
	struct stat st;

	s->dir = dir;
	if (file_mkdirs(dir, 0755, e) == -1) {
		e->code = ST_CONFIG;
		return -1;
	}
	if (stat(dir, &st) == -1)
		return err_sys(e, ST_CONFIG, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ST_CONFIG, "%s: is no directory", dir);
	return 0;
}

/* Watch the directory of a namespace.  One that is gone again is no error. */
static int
watch_namespace(struct state *s, int fd, const char *name, struct err *e)
{
	struct state_watch *grown;
	char path[4096];
	int wd;

	if (name[0] == '.' || strlen(name) >= sizeof(s->v->namespace))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	wd = inotify_add_watch(fd, path, SOURCES_EVENTS | IN_ONLYDIR);
	if (wd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (wd == -1)
		return err_sys(e, ST_RETRY, "cannot watch %s", path);
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i].namespace, name) == 0) {
			s->v[i].wd = wd;
			return 0;
		}
	}
	grown = realloc(s->v, (s->n + 1) * sizeof(*grown));
	if (grown == NULL)
		return err_sys(e, ST_RETRY, "cannot watch %s", path);
	s->v = grown;
	s->v[s->n].wd = wd;
	snprintf(s->v[s->n].namespace, sizeof(s->v->namespace), "%s", name);
	s->n++;
	return 0;
}

int
state_watch(struct state *s, int fd, struct err *e)
{
	struct dirent *d;
	int bad = 0;
	DIR *dir;

	if (s->dir == NULL)
		return 0;
	s->wd = inotify_add_watch(fd, s->dir, SOURCES_EVENTS | IN_ONLYDIR);
	if (s->wd == -1 && errno == ENOENT)
		return 1;
	if (s->wd == -1 || (dir = opendir(s->dir)) == NULL)
		return err_sys(e, ST_RETRY, "cannot watch %s", s->dir);
	while (bad == 0 && (d = readdir(dir)) != NULL)
		bad = watch_namespace(s, fd, d->d_name, e);
	closedir(dir);
	return bad;
}

/* A file of a namespace: NAME.json is looked at, temporary files are not. */
static void
touch_file(const char *namespace, const char *name, struct store *store)
{
	size_t n = strlen(name);
	char key[512];

	if (name[0] == '.' || n < 6 || strcmp(name + n - 5, ".json") != 0)
		return;
	snprintf(key, sizeof(key), "%s/%.*s", namespace, (int)n - 5, name);
	store_touch(store, key);
}

/* The directory itself is gone, or another stands there. */
static void
lose(struct state *s, int fd, struct store *store)
{
	log_warn("state directory is gone", KV_S("path", s->dir));
	inotify_rm_watch(fd, s->wd);
	s->wd = -1;
	s->n = 0;
	store_touch_all(store, "");
}

int
state_event(struct state *s, int fd, const struct inotify_event *ev,
    struct store *store, struct err *e)
{
	char prefix[512];

	if (s->dir == NULL)
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].wd != ev->wd)
			continue;
		if (ev->mask & IN_IGNORED)
			s->v[i].wd = -1;
		else if (ev->len > 0)
			touch_file(s->v[i].namespace, ev->name, store);
	}
	if (s->wd != ev->wd)
		return 0;
	if (ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED))
		lose(s, fd, store);
	if (ev->len == 0 || !(ev->mask & IN_ISDIR))
		return 0;
	/* What is in a new directory may be older than its watch. */
	snprintf(prefix, sizeof(prefix), "%s/", ev->name);
	store_touch_all(store, prefix);
	return watch_namespace(s, fd, ev->name, e);
}

void
state_fini(struct state *s)
{
	free(s->v);
	*s = (struct state){ .wd = -1 };
}
