/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sqlite3.h>

#include "arena.h"
#include "kql/data/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What was found out about a file must hold for every row of it. */
static void
load(const struct load_file *f)
{
	struct arena a = { 0 };
	struct schema t;
	struct err e;
	sqlite3 *db;

	if (load_schema(f, &t, &a, &e) == 0) {
		assert(sqlite3_open(":memory:", &db) == SQLITE_OK);
		if (load_rows(f, &t, db, &e) == -1) {
			fprintf(stderr, "%s\n", e.msg);
			assert(0);
		}
		sqlite3_close(db);
	} else {
		assert(strncmp(e.msg, f->path, strlen(f->path)) == 0);
	}
	arena_fini(&a);
}

/* The first byte picks the format, the others are the file. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct load_file f = { .format = SOURCE_CSV };
	char path[32];
	int fd;

	if (n == 0)
		return 0;
	f.format = (enum source_format)(data[0] % 4);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	assert(fd != -1 && write(fd, data + 1, n - 1) == (ssize_t)n - 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	f.path = path;
	load(&f);
	close(fd);
	return 0;
}
