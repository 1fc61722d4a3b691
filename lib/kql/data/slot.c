/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "io.h"
#include "kql/data/slot.h"
#include "kql/data/slot_vfs.h"
#include "status.h"

int
slot_new(struct err *e)
{
	if (slot_vfs_register(e) == -1)
		return -1;
	return io_tmpfile(NULL, e);
}

/* A slot that is filled has lost its write permission. */
int
slot_filled(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_mode & S_IWUSR) == 0;
}

void
slot_uri(int fd, char uri[SLOT_URI])
{
	snprintf(uri, SLOT_URI, "file:%d?vfs=" SLOT_VFS "&mode=ro", fd);
}

static sqlite3 *
open_slot(int fd, int flags, struct err *e)
{
	char name[16];
	sqlite3 *db;

	snprintf(name, sizeof(name), "%d", fd);
	if (sqlite3_open_v2(name, &db, flags | SQLITE_OPEN_NOMUTEX, SLOT_VFS) ==
	    SQLITE_OK)
		return db;
	err_set(e, ST_RETRY, "temporary database: %s", sqlite3_errmsg(db));
	sqlite3_close(db);
	return NULL;
}

sqlite3 *
slot_open(int fd, struct err *e)
{
	return open_slot(fd, SQLITE_OPEN_READONLY, e);
}

/* Fill the file from empty; the caller holds its lock. */
static int
fill_locked(int fd, slot_filler *fill, void *ctx, struct err *e)
{
	sqlite3 *db;
	int r;

	if (ftruncate(fd, 0) == -1)
		return err_sys(e, ST_RETRY, "temporary database");
	db = open_slot(fd, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, e);
	if (db == NULL)
		return -1;
	r = fill(ctx, db, e);
	if (sqlite3_close(db) != SQLITE_OK && r == 0)
		r = err_set(e, ST_RETRY, "temporary database stays open");
	if (r == 0 && fchmod(fd, S_IRUSR) == -1)
		r = err_sys(e, ST_RETRY, "temporary database");
	return r;
}

/* A record lock belongs to the process, also where fork shares the file. */
static int
lock(int fd, short how, struct err *e)
{
	struct flock l = { .l_type = how, .l_whence = SEEK_SET };

	while (fcntl(fd, F_SETLKW, &l) == -1)
		if (errno != EINTR)
			return err_sys(e, ST_RETRY, "temporary database: lock");
	return 0;
}

int
slot_fill(int fd, slot_filler *fill, void *ctx, struct err *e)
{
	struct err ignored;
	int r = 0;

	if (slot_filled(fd))
		return 0;
	if (lock(fd, F_WRLCK, e) == -1)
		return -1;
	if (!slot_filled(fd))
		r = fill_locked(fd, fill, ctx, e);
	lock(fd, F_UNLCK, &ignored);
	return r;
}
