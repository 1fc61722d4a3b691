/* SPDX-License-Identifier: MIT */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"

/* Append a whole file to b; an error (with path) when it is over max bytes. */
int file_read(const char *path, size_t max, struct buf *b, struct err *e);

/*
 * Write a file others read: a temporary file in the same directory, fsync,
 * rename, fsync of the directory.  Readers see the old or the new, whole.
 */
int file_write(
    const char *path, const void *, size_t n, mode_t mode, struct err *e);

/* The same in halves, for groups: stage each, sync once, then commit each. */
int file_stage(
    const char *path, const void *, size_t n, mode_t mode, struct err *e);
int file_commit(const char *path, struct err *e);

/* Or think better of it: the temporary file goes, if there is one. */
void file_unstage(const char *path);

/* Create a directory and those above it, as mkdir -p does. */
int file_mkdirs(const char *path, mode_t mode, struct err *e);

#endif
