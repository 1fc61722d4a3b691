/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "file.h"
#include "hash.h"
#include "log.h"
#include "mem.h"
#include "state.h"
#include "status.h"

#define LOCK     ".promserve.lock"
#define END      ".prom"
#define TEMP     ".prom.tmp"
#define NAME_CUT 200 /* bytes of a longer name that are kept */

struct state {
	char *path;
	DIR *dir;
	int lock;
};

static int
take_lock(struct state *s, struct err *e)
{
	int fd = dirfd(s->dir);

	s->lock = openat(fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (s->lock == -1)
		return err_sys(e, ST_CONFIG, "%s/" LOCK, s->path);
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return err_sys(e, ST_CONFIG, "%s/" LOCK, s->path);
	return err_set(
	    e, ST_RETRY, "%s: another promserve has this directory", s->path);
}

struct state *
state_open(const char *dir, struct err *e)
{
	struct state *s;

	if (file_mkdirs(dir, 0755, e) == -1) {
		e->code = ST_CONFIG;
		return NULL;
	}
	s = mem_new(1, sizeof(*s));
	s->path = mem_str(dir);
	s->lock = -1;
	if ((s->dir = opendir(dir)) == NULL)
		err_sys(e, ST_CONFIG, "%s", dir);
	else if (take_lock(s, e) == 0)
		return s;
	state_close(s);
	return NULL;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	if (s->dir != NULL)
		closedir(s->dir);
	if (s->lock != -1)
		close(s->lock);
	free(s->path);
	free(s);
}

/* The name of the file of a key, which may hold any bytes: + is a slash. */
static void
file_name(struct buf *b, const char *key, const char *end)
{
	uint64_t hash = hash_bytes(key, strlen(key));

	for (const char *s = key; *s != '\0'; s++)
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		    (*s >= '0' && *s <= '9') || *s == '-' || *s == '_' ||
		    (*s == '.' && s > key))
			buf_putc(b, *s);
		else if (*s == '/' || *s == '+')
			buf_putc(b, '+');
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
	if (b->len > NAME_CUT) {
		b->len = NAME_CUT;
		buf_printf(b, "-%016llx", (unsigned long long)hash);
	}
	buf_puts(b, end);
}

int
state_is_of(const char *file, const char *key)
{
	struct buf b = { 0 };
	int same;

	file_name(&b, key, END);
	same = strcmp(b.data, file) == 0;
	buf_fini(&b);
	return same;
}

static int
write_all(int fd, const struct window *w, struct builder *points,
    const struct metadata *m, struct err *e)
{
	struct out o;
	int bad;

	out_init(&o, fd);
	control_write(&o.b, CONTROL_WINDOW, w->tree, CONTROL_PROM);
	bad = builder_write(points, m, &o, e);
	buf_printf(&o.b, "# @end {\"samples\":%zu}\n", points->n);
	if (bad == 0)
		bad = out_flush(&o, e);
	out_fini(&o);
	if (bad == 0 && fsync(fd) == -1)
		bad = err_sys(e, ST_RETRY, "fsync");
	return bad;
}

/* Write the temporary file, whole or not at all. */
static int
write_temp(struct state *s, const char *tmp, const struct window *w,
    struct builder *points, const struct metadata *m, struct err *e)
{
	int fd, bad;

	fd = openat(
	    dirfd(s->dir), tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, ST_RETRY, "%s/%s", s->path, tmp);
	if ((bad = write_all(fd, w, points, m, e)) == -1)
		err_wrap(e, "%s/%s", s->path, tmp);
	if (close(fd) == -1 && bad == 0)
		bad = err_sys(e, ST_RETRY, "%s/%s", s->path, tmp);
	return bad;
}

int
state_write(struct state *s, const char *key, const struct window *w,
    struct builder *points, const struct metadata *m, int *full, struct err *e)
{
	struct buf tmp = { 0 }, to = { 0 };
	int dir = dirfd(s->dir), bad;

	file_name(&tmp, key, TEMP);
	file_name(&to, key, END);
	errno = 0;
	bad = write_temp(s, tmp.data, w, points, m, e);
	if (bad == 0 &&
	    (renameat(dir, tmp.data, dir, to.data) == -1 || fsync(dir) == -1))
		bad = err_sys(e, ST_RETRY, "%s/%s", s->path, to.data);
	*full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
	if (bad == -1)
		unlinkat(dir, tmp.data, 0);
	buf_fini(&tmp);
	buf_fini(&to);
	return bad;
}

void
state_remove(struct state *s, const char *key)
{
	struct buf name = { 0 };

	file_name(&name, key, END);
	if (unlinkat(dirfd(s->dir), name.data, 0) == -1 && errno != ENOENT)
		log_warn("window not removed", KV_S("dir", s->path),
		    KV_S("file", name.data), KV_S("error", strerror(errno)));
	buf_fini(&name);
}

static int
ends(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n > m && strcmp(s + n - m, tail) == 0;
}

int
state_next(struct state *s, const char **file)
{
	struct dirent *d;
	int fd;

	while ((d = readdir(s->dir)) != NULL) {
		if (ends(d->d_name, TEMP))
			unlinkat(dirfd(s->dir), d->d_name, 0);
		if (!ends(d->d_name, END))
			continue;
		*file = d->d_name;
		fd = openat(dirfd(s->dir), d->d_name, O_RDONLY | O_CLOEXEC);
		if (fd != -1)
			return fd;
		log_warn("window not read", KV_S("dir", s->path),
		    KV_S("file", d->d_name), KV_S("error", strerror(errno)));
	}
	return -1;
}
