/* SPDX-License-Identifier: MIT */
#ifndef KQL_CSV_H
#define KQL_CSV_H

#include <stddef.h>

#include "buf.h"
#include "err.h"
#include "gz.h"
#include "kql/data/view.h"

/* A field: text ends in a NUL that len does not count. */
struct csv_field {
	char *text;
	size_t len;
	int quoted;
};

/*
 * Records of separated values: RFC 4180, or the same with tabs.  A field that
 * begins with a quote is quoted and may hold separators and newlines; lines
 * end in LF or CRLF; the last one may lack it.  A record is at most
 * IO_LINE_MAX bytes.
 */
struct csv {
	struct view view;
	char sep;
	int torn;   /* the last line lacked its newline */
	long line;  /* where the record last taken began, from 1 */
	long below; /* the line behind it */
	int bad;    /* csv_next failed for a record alone: csv_skip passes it */
	struct csv_field *fields; /* of the record last taken */
	size_t n;
	struct buf room; /* where fields lives */
};

/* Records of in, which is borrowed as name is; sep is "," or a tab. */
void csv_init(struct csv *, struct gz *in, const char *name, char sep);
void csv_fini(struct csv *);

/*
 * Take the next record: c->fields, c->n of them, good until the next call.
 * Returns 1, 0 at the end, or -1 with e set and the line named: text behind a
 * quote, bytes that are no UTF-8, a NUL; ST_RETRY for a quote that is not
 * closed, since the file may be being written.
 */
int csv_next(struct csv *c, struct err *e);

/*
 * Behind a csv_next that failed for a bad record: go on with the line behind
 * the one where it began.  Returns 0, or -1: there is no way on.
 */
int csv_skip(struct csv *c);

#endif
