/* SPDX-License-Identifier: MIT */
#ifndef IO_H
#define IO_H

#include <stddef.h>

#include "err.h"

#define IO_LINE_MAX (16 << 20) /* bytes; a longer record is refused */

/*
 * Records in: lines of one descriptor.  A line over IO_LINE_MAX and a last
 * line without a newline are errors, since a torn write must not look like a
 * shorter record.
 */
struct io {
	int fd;
	const char *name; /* for messages; borrowed */
	char *data;
	size_t cap;
	size_t head; /* first byte not yet taken */
	size_t tail; /* behind the last byte read */
	size_t seen; /* bytes behind head known to hold no newline */
	long line;   /* number of the line last taken, from 1 */
	int eof;
};

/* Start to read fd, which stays the caller's to close; free the buffer. */
void io_init(struct io *, int fd, const char *name);
void io_fini(struct io *);

/*
 * Read once into the buffer, waiting if the descriptor blocks.  Returns 1 if
 * more may come, 0 at end of file, -1 with e set: ST_RETRY for a read error,
 * ST_DATA for a line too long or torn.  EAGAIN counts as "more may come".
 */
int io_fill(struct io *, struct err *e);

/*
 * The next whole line that is in the buffer, its newline replaced by a NUL,
 * its length in *len; or NULL.  Good until the next io_fill.
 */
char *io_take(struct io *, size_t *len);

/*
 * All whole lines that are in the buffer, newlines included, their bytes in
 * *len; or NULL.  Good until the next io_fill.
 */
char *io_take_lines(struct io *, size_t *len);

/*
 * The next line, reading as needed.  Returns 1, 0 at end of file, -1 with e
 * set as io_fill does.
 */
int io_next(struct io *, char **line, size_t *len, struct err *e);

/*
 * stdout belongs to data.  io_flush empties stdio's buffer, io_finish also
 * closes it: both return -1 with ST_RETRY when anything was not written.
 */
int io_flush(struct err *e);
int io_finish(struct err *e);

/* Write all n bytes to fd, going on after short writes and signals. */
int io_write(int fd, const void *, size_t n, struct err *e);

/*
 * Fill the descriptors 0, 1 and 2 that the parent left closed, so that no file
 * opened later takes their place: reading or writing them fails.  Returns -1
 * when that cannot be done.
 */
int io_hold_std(void);

/* Where temporary files go: TMPDIR, or /tmp. */
const char *io_tmpdir(void);

/* A descriptor of an unlinked temporary file, 0600, in dir or TMPDIR. */
int io_tmpfile(const char *dir, struct err *e);

#endif
