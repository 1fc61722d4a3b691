/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "status.h"

#define READ_SIZE 65536 /* bytes asked of one read(2) */

void
io_init(struct io *in, int fd, const char *name)
{
	*in = (struct io){ .fd = fd, .name = name };
}

void
io_fini(struct io *in)
{
	free(in->data);
	*in = (struct io){ .fd = -1 };
}

/* Room for one read behind tail: move what is left to the front, or grow. */
static void
make_room(struct io *in)
{
	size_t have = in->tail - in->head;

	if (in->head > 0 && (have == 0 || in->cap - in->tail < READ_SIZE)) {
		memmove(in->data, in->data + in->head, have);
		in->head = 0;
		in->tail = have;
	}
	if (in->cap - in->tail >= READ_SIZE)
		return;
	in->cap = in->cap == 0 ? 2 * READ_SIZE : in->cap * 2;
	if ((in->data = realloc(in->data, in->cap)) == NULL) {
		log_error("out of memory", KV_I("bytes", (int64_t)in->cap));
		exit(ST_RETRY);
	}
}

int
io_fill(struct io *in, struct err *e)
{
	ssize_t n;

	if (in->eof)
		return 0;
	if (in->seen > IO_LINE_MAX)
		return err_set(e, ST_DATA, "%s:%ld: line over %d bytes",
		    in->name, in->line + 1, IO_LINE_MAX);
	make_room(in);
	do
		n = read(in->fd, in->data + in->tail, in->cap - in->tail - 1);
	while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 1;
	if (n == -1)
		return err_sys(e, ST_RETRY, "%s", in->name);
	in->tail += (size_t)n;
	if (n > 0)
		return 1;
	in->eof = 1;
	if (in->tail > in->head && in->data[in->tail - 1] != '\n')
		return err_set(e, ST_DATA,
		    "%s:%ld: last line has no newline, so it may be torn",
		    in->name, in->line + 1);
	return 0;
}

char *
io_take(struct io *in, size_t *len)
{
	char *at = in->data + in->head, *nl;
	size_t have = in->tail - in->head;

	if (have == in->seen)
		return NULL;
	nl = memchr(at + in->seen, '\n', have - in->seen);
	if (nl == NULL) {
		in->seen = have;
		return NULL;
	}
	*nl = '\0';
	*len = (size_t)(nl - at);
	in->head += *len + 1;
	in->seen = 0;
	in->line++;
	return at;
}

char *
io_take_lines(struct io *in, size_t *len)
{
	char *at = in->data + in->head, *nl;
	size_t have = in->tail - in->head;

	if (have == in->seen)
		return NULL;
	nl = memrchr(at + in->seen, '\n', have - in->seen);
	if (nl == NULL) {
		in->seen = have;
		return NULL;
	}
	*len = (size_t)(nl + 1 - at);
	for (const char *p = at; p <= nl; in->line++)
		p = (char *)memchr(p, '\n', (size_t)(nl + 1 - p)) + 1;
	in->head += *len;
	in->seen = have - *len;
	return at;
}

int
io_next(struct io *in, char **line, size_t *len, struct err *e)
{
	int more = 1;

	while ((*line = io_take(in, len)) == NULL) {
		if (more != 1)
			return more;
		/* Whole lines come before the news of a torn one. */
		if ((more = io_fill(in, e)) == -1)
			return -1;
	}
	return 1;
}

int
io_flush(struct err *e)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return err_sys(e, ST_RETRY, "stdout");
	return 0;
}

int
io_finish(struct err *e)
{
	int bad = ferror(stdout);

	if (fclose(stdout) != 0 || bad)
		return err_sys(e, ST_RETRY, "stdout");
	return 0;
}

int
io_write(int fd, const void *p, size_t n, struct err *e)
{
	const char *at = p;
	ssize_t w;

	while (n > 0) {
		if ((w = write(fd, at, n)) == -1) {
			if (errno == EINTR)
				continue;
			return err_sys(e, ST_RETRY, "write");
		}
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

int
io_hold_std(void)
{
	/* Each the wrong way round: what is lost must not look written. */
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) == -1 &&
		    open("/dev/null", modes[fd]) != fd)
			return -1;
	return 0;
}

const char *
io_tmpdir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir != NULL && *dir != '\0' ? dir : "/tmp";
}

int
io_tmpfile(const char *dir, struct err *e)
{
	char path[4096];
	int fd;

	if (dir == NULL)
		dir = io_tmpdir();
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd != -1)
		return fd;
	/* Not every file system knows O_TMPFILE. */
	snprintf(path, sizeof(path), "%s/kqlpipe.XXXXXX", dir);
	if ((fd = mkostemp(path, O_CLOEXEC)) == -1)
		return err_sys(e, ST_RETRY, "temporary file in %s", dir);
	unlink(path);
	return fd;
}
