/* SPDX-License-Identifier: MIT */
#ifndef KQL_OBJECTS_H
#define KQL_OBJECTS_H

#include <stddef.h>

#include "err.h"
#include "gz.h"
#include "kql/data/view.h"

/*
 * The texts of JSON objects, one after the other, of a file of any size: one
 * object a line, or the elements of one array.  An object is at most
 * IO_LINE_MAX bytes; whether it is valid JSON is seen by who parses it.
 */
struct objects {
	struct view view;
	int array; /* elements of an array, not lines */
	enum {
		OBJECTS_START,
		OBJECTS_FIRST, /* behind the array's bracket */
		OBJECTS_SOME,  /* behind an element */
		OBJECTS_DONE,
	} at;
	int torn;   /* what was last taken ended with the file, not a line */
	long line;  /* where the object last taken began, from 1 */
	long below; /* the line of the view's head */
	int bad;    /* objects_next failed for a line that is no object */
};

/* Objects of in, which is borrowed as name is: in one array, or on lines. */
void objects_init(struct objects *, struct gz *in, const char *name, int array);
void objects_fini(struct objects *);

/*
 * Take the next object's text, good until the next call.  Returns 1, 0 at the
 * end, or -1 with e set and the line named.
 */
int objects_next(struct objects *, const char **text, size_t *n, struct err *e);

/* Behind an objects_next that failed for a bad line: go on with the next one.
 * Returns 0, or -1: there is no way on. */
int objects_skip(struct objects *);

#endif
