/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "sources.h"
#include "status.h"

#define PATH_BYTES 4096

struct source {
	char *path;       /* without slashes at its end */
	char *parent;     /* the directory it stands in */
	const char *name; /* in there; points into path */
	int is_dir;
	int missing; /* the log has said so */
	int wd;      /* of a directory itself, or -1 */
	int wd_parent;
};

static int
has_suffix(const char *name)
{
	static const char *const known[] = { ".yaml", ".yml", ".json" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t m = strlen(known[i]);

		if (n > m && strcmp(name + n - m, known[i]) == 0)
			return name[0] != '.';
	}
	return 0;
}

/* Fill s with copies of the path and its parts.  Returns -1 with no memory. */
static int
split(struct source *s, const char *path)
{
	size_t n = strlen(path);
	char *slash;

	while (n > 1 && path[n - 1] == '/')
		n--;
	*s = (struct source){ .wd = -1, .wd_parent = -1 };
	s->path = strndup(path, n);
	if (s->path == NULL)
		return -1;
	slash = strrchr(s->path, '/');
	s->name = slash != NULL ? slash + 1 : s->path;
	if (slash == NULL)
		s->parent = strdup(".");
	else if (slash == s->path)
		s->parent = strdup("/");
	else
		s->parent = strndup(s->path, (size_t)(slash - s->path));
	if (s->parent != NULL)
		return 0;
	free(s->path);
	return -1;
}

static int
read_stream(struct sources *t, const char *path, struct err *e)
{
	int fd, bad;

	if (strcmp(path, "-") == 0)
		return files_stream(t->files, STDIN_FILENO, "stdin", e);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_sys(e, ST_CONFIG, "%s", path);
	bad = files_stream(t->files, fd, path, e);
	close(fd);
	return bad;
}

int
sources_add(struct sources *t, const char *path, struct err *e)
{
	struct source *grown;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return read_stream(t, path, e);
	if (stat(path, &st) == -1 || access(path, R_OK) == -1)
		return err_sys(e, ST_CONFIG, "%s", path);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return read_stream(t, path, e);
	grown = realloc(t->v, (t->n + 1) * sizeof(*grown));
	if (grown == NULL)
		return err_sys(e, ST_RETRY, "%s", path);
	t->v = grown;
	if (split(&t->v[t->n], path) == -1)
		return err_sys(e, ST_RETRY, "%s", path);
	t->v[t->n++].is_dir = S_ISDIR(st.st_mode);
	return 0;
}

/*
 * Watch a directory.  One that is not there is no error, one that may not be
 * watched is if it is needed.
 */
static int
watch(int fd, const char *path, int needed, int *wd, struct err *e)
{
	*wd = inotify_add_watch(fd, path, SOURCES_EVENTS | IN_ONLYDIR);
	if (*wd == -1 &&
	    (errno == ENOSPC || errno == ENOMEM || (needed && errno == EACCES)))
		return err_sys(e, ST_RETRY, "cannot watch %s", path);
	return 0;
}

/*
 * Arm what tells of changes: the directory itself, and the one it stands in,
 * where a file, too, is replaced.
 */
static int
arm(const struct sources *t, struct source *s, struct err *e)
{
	if (t->fd == -1)
		return 0;
	if (s->is_dir && watch(t->fd, s->path, 1, &s->wd, e) == -1)
		return -1;
	return watch(t->fd, s->parent, !s->is_dir, &s->wd_parent, e);
}

static int
any_name(const struct dirent *d)
{
	return has_suffix(d->d_name);
}

static void
note_missing(struct source *s, int missing)
{
	if (missing && !s->missing)
		log_warn("source is gone", KV_S("path", s->path),
		    KV_S("error", strerror(errno)));
	else if (!missing && s->missing)
		log_info("source is back", KV_S("path", s->path));
	s->missing = missing;
}

/* Read the files of a directory, in the order of their names. */
static int
scan_dir(struct sources *t, struct source *s, struct err *e)
{
	struct dirent **names;
	char path[PATH_BYTES];
	int n = scandir(s->path, &names, any_name, alphasort);

	/* It is there: none of its resources may be taken for gone. */
	if (n == -1 && err_sys(e, ST_CONFIG, "%s", s->path) == -1 &&
	    e->code == ST_RETRY)
		return -1;
	note_missing(s, n == -1);
	files_refresh_in(t->files, s->path);
	for (int i = 0; i < n; i++) {
		snprintf(
		    path, sizeof(path), "%s/%s", s->path, names[i]->d_name);
		files_refresh(t->files, path, 0);
		free(names[i]);
	}
	if (n != -1)
		free(names);
	return 0;
}

int
sources_scan(struct sources *t, struct err *e)
{
	int missing = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct source *s = &t->v[i];

		if (arm(t, s, e) == -1)
			return -1;
		if (s->is_dir) {
			if (scan_dir(t, s, e) == -1)
				return -1;
		} else {
			files_refresh(t->files, s->path, 0);
			note_missing(s, access(s->path, F_OK) == -1);
		}
		missing |= s->missing;
	}
	return missing;
}

/* A file that was just created is empty; when it is written, that is told. */
static int
only_created(const char *path, const struct inotify_event *ev)
{
	struct stat st;

	return (ev->mask & IN_CREATE) && lstat(path, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_nlink == 1;
}

static void
refresh(struct sources *t, const char *path, const struct inotify_event *ev)
{
	if (!only_created(path, ev))
		files_refresh(t->files, path, 1);
}

/*
 * A name in a source's directory.  "..data" is the link by which a mounted
 * ConfigMap changes all its files at once.
 */
static int
name_event(struct sources *t, struct source *s, const struct inotify_event *ev)
{
	char path[PATH_BYTES];
	int data = strcmp(ev->name, "..data") == 0;

	if (s->is_dir && ev->wd == s->wd) {
		if (data)
			return 1;
		if (has_suffix(ev->name)) {
			snprintf(
			    path, sizeof(path), "%s/%s", s->path, ev->name);
			refresh(t, path, ev);
		}
	}
	if (ev->wd != s->wd_parent)
		return 0;
	if (data || (s->is_dir && strcmp(ev->name, s->name) == 0))
		return 1;
	if (strcmp(ev->name, s->name) != 0)
		return 0;
	refresh(t, s->path, ev);
	note_missing(s, access(s->path, F_OK) == -1);
	return 0;
}

int
sources_event(struct sources *t, const struct inotify_event *ev)
{
	int scan = 0;

	for (size_t i = 0; i < t->n; i++) {
		struct source *s = &t->v[i];

		if (ev->wd != s->wd && ev->wd != s->wd_parent)
			continue;
		if (ev->len > 0)
			scan |= name_event(t, s, ev);
		else if (ev->mask &
		    (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED))
			scan = 1;
	}
	return scan;
}

void
sources_fini(struct sources *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].path);
		free(t->v[i].parent);
	}
	free(t->v);
}
