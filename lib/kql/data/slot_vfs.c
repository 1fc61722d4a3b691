/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "kql/data/slot_vfs.h"
#include "status.h"

struct fd_file {
	sqlite3_file base;
	int fd;
};

static int
fd_of(sqlite3_file *f)
{
	return ((struct fd_file *)(void *)f)->fd;
}

static int
fd_close(sqlite3_file *f)
{
	(void)f;
	return SQLITE_OK;
}

static int
fd_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	char *to = p;
	ssize_t r;

	while (n > 0) {
		r = pread(fd_of(f), to, (size_t)n, at);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return SQLITE_IOERR_READ;
		if (r == 0)
			break;
		to += r;
		at += r;
		n -= (int)r;
	}
	memset(to, 0, (size_t)n);
	return n == 0 ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int
fd_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	const char *from = p;
	ssize_t r;

	while (n > 0) {
		r = pwrite(fd_of(f), from, (size_t)n, at);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return errno == ENOSPC || errno == EDQUOT
			    ? SQLITE_FULL
			    : SQLITE_IOERR_WRITE;
		from += r;
		at += r;
		n -= (int)r;
	}
	return SQLITE_OK;
}

static int
fd_truncate(sqlite3_file *f, sqlite3_int64 n)
{
	return ftruncate(fd_of(f), n) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

static int
fd_size(sqlite3_file *f, sqlite3_int64 *n)
{
	struct stat st;

	if (fstat(fd_of(f), &st) == -1)
		return SQLITE_IOERR_FSTAT;
	*n = st.st_size;
	return SQLITE_OK;
}

/* Nothing to do: sync, lock, unlock. */
static int
fd_nothing(sqlite3_file *f, int how)
{
	(void)f;
	(void)how;
	return SQLITE_OK;
}

static int
fd_reserved(sqlite3_file *f, int *out)
{
	(void)f;
	*out = 0;
	return SQLITE_OK;
}

static int
fd_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
fd_zero(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static const sqlite3_io_methods fd_methods = {
	.iVersion = 1,
	.xClose = fd_close,
	.xRead = fd_read,
	.xWrite = fd_write,
	.xTruncate = fd_truncate,
	.xSync = fd_nothing,
	.xFileSize = fd_size,
	.xLock = fd_nothing,
	.xUnlock = fd_nothing,
	.xCheckReservedLock = fd_reserved,
	.xFileControl = fd_control,
	.xSectorSize = fd_zero,
	.xDeviceCharacteristics = fd_zero,
};

/* The system's layer opens what is no database: files for sorting. */
static int
vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
	sqlite3_vfs *system = v->pAppData;
	struct fd_file *own = (struct fd_file *)(void *)f;

	if (name == NULL || !(flags & SQLITE_OPEN_MAIN_DB))
		return system->xOpen(system, name, f, flags, out);
	own->base.pMethods = &fd_methods;
	own->fd = atoi(name);
	if (out != NULL)
		*out = flags;
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
	sqlite3_vfs *system = v->pAppData;

	return system->xDelete(system, name, sync);
}

/* Beside a descriptor there is no journal. */
static int
vfs_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
	(void)v;
	(void)name;
	(void)flags;
	*out = 0;
	return SQLITE_OK;
}

static int
vfs_path(sqlite3_vfs *v, const char *name, int n, char *out)
{
	(void)v;
	sqlite3_snprintf(n, out, "%s", name);
	return SQLITE_OK;
}

int
slot_vfs_register(struct err *e)
{
	sqlite3_vfs *v, *system = sqlite3_vfs_find(NULL);

	if (sqlite3_vfs_find(SLOT_VFS) != NULL)
		return 0;
	if (system == NULL || (v = malloc(sizeof(*v))) == NULL)
		return err_set(e, ST_RETRY, "SQLite has no file layer");
	*v = *system;
	v->zName = SLOT_VFS;
	v->pAppData = system;
	v->pNext = NULL;
	if (v->szOsFile < (int)sizeof(struct fd_file))
		v->szOsFile = (int)sizeof(struct fd_file);
	v->xOpen = vfs_open;
	v->xDelete = vfs_delete;
	v->xAccess = vfs_access;
	v->xFullPathname = vfs_path;
	sqlite3_vfs_register(v, 0);
	return 0;
}
