/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "io.h"
#include "status.h"

#define PATH_BYTES 4096
#define READ_STEP  65536

int
file_read(const char *path, size_t max, struct buf *b, struct err *e)
{
	size_t start = b->len;
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_sys(e, ST_CONFIG, "%s", path);
	do {
		buf_reserve(b, READ_STEP);
		n = read(fd, b->data + b->len, READ_STEP);
		if (n == -1 && errno == EINTR)
			continue;
		if (n > 0)
			b->len += (size_t)n;
	} while (n != 0 && (n > 0 || errno == EINTR) && b->len - start <= max);
	b->data[b->len] = '\0';
	if (n == -1)
		err_sys(e, ST_CONFIG, "%s", path);
	else if (b->len - start > max)
		n = err_set(e, ST_DATA, "%s: over %zu bytes", path, max);
	else
		n = 0;
	close(fd);
	return (int)n;
}

/* The name a file has until it is whole. */
static int
temp_name(char out[PATH_BYTES], const char *path, struct err *e)
{
	int n = snprintf(out, PATH_BYTES, "%s.tmp", path);

	if (n < 0 || n >= PATH_BYTES)
		return err_set(e, ST_CONFIG, "%s: path too long", path);
	return 0;
}

static int
sync_dir(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_BYTES];
	int fd, n;

	if (slash == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - path), path);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return err_sys(e, ST_RETRY, "%s", dir);
	if ((n = fsync(fd)) == -1)
		err_sys(e, ST_RETRY, "%s", dir);
	close(fd);
	return n;
}

/* Write the temporary file, and see it on disk when sync is set. */
static int
write_temp(const char *path, const void *p, size_t n, mode_t mode, int sync,
    struct err *e)
{
	char tmp[PATH_BYTES];
	int fd, bad;

	if (temp_name(tmp, path, e) == -1)
		return -1;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd == -1)
		return err_sys(e, ST_RETRY, "%s", tmp);
	if ((bad = io_write(fd, p, n, e)) == -1)
		err_wrap(e, "%s", tmp);
	else if (sync && (bad = fsync(fd)) == -1)
		err_sys(e, ST_RETRY, "%s", tmp);
	if (close(fd) == -1 && bad == 0)
		bad = err_sys(e, ST_RETRY, "%s", tmp);
	if (bad == -1)
		unlink(tmp);
	return bad;
}

int
file_write(
    const char *path, const void *p, size_t n, mode_t mode, struct err *e)
{
	if (write_temp(path, p, n, mode, 1, e) == -1)
		return -1;
	if (file_commit(path, e) == -1)
		return -1;
	return sync_dir(path, e);
}

int
file_stage(
    const char *path, const void *p, size_t n, mode_t mode, struct err *e)
{
	return write_temp(path, p, n, mode, 0, e);
}

int
file_commit(const char *path, struct err *e)
{
	char tmp[PATH_BYTES];

	if (temp_name(tmp, path, e) == -1)
		return -1;
	if (rename(tmp, path) == -1)
		return err_sys(e, ST_RETRY, "%s", path);
	return 0;
}

void
file_unstage(const char *path)
{
	char tmp[PATH_BYTES];
	struct err e;

	if (temp_name(tmp, path, &e) == 0)
		unlink(tmp);
}

int
file_mkdirs(const char *path, mode_t mode, struct err *e)
{
	char dir[PATH_BYTES];
	size_t n = strlen(path);

	if (n >= sizeof(dir))
		return err_set(e, ST_CONFIG, "%s: path too long", path);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		snprintf(dir, sizeof(dir), "%.*s", (int)i, path);
		if (mkdir(dir, mode) == -1 && errno != EEXIST)
			return err_sys(e, ST_RETRY, "%s", dir);
	}
	return 0;
}
