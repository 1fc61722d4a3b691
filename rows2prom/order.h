/* SPDX-License-Identifier: MIT */
#ifndef ORDER_H
#define ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "out.h"

#define ORDER_MEMORY (2 << 20)

/*
 * Lines in order of time, however many: they are gathered in memory, and when
 * that is full they go, sorted, as a run into an unlinked file; at the end the
 * runs are merged.  Lines of one time stay as they came.  What arrives in
 * order is one run and is never compared twice.
 */
struct order {
	size_t memory;
	struct buf text; /* lines in memory: add one, then call order_add */
	struct order_line *lines;
	size_t n;
	int sorted; /* lines are in order as they are */
	int fd;     /* the file, or -1 */
	int64_t size;
	struct order_run *runs;
	size_t nruns;
	size_t ask; /* while merging: bytes read of a run at once */
};

/* No lines yet; memory is how many bytes of them are gathered. */
void order_init(struct order *, size_t memory);
void order_fini(struct order *);

/*
 * Note that the text from there on is a line of that time.  Returns -1 with
 * ST_RETRY when the file cannot be written.
 */
int order_add(struct order *, size_t from, int64_t ms, struct err *);

/*
 * No more lines come: the last go into the file, if there is one.  Returns -1
 * as order_add does; nothing was written to any out.
 */
int order_end(struct order *, struct err *);

/*
 * Write all lines in order, once order_end was called; there are none then.
 * Returns -1 with ST_RETRY.
 */
int order_write(struct order *, struct out *, struct err *);

/* Forget all lines. */
void order_reset(struct order *);

#endif
