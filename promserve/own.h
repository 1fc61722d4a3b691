/* SPDX-License-Identifier: MIT */
#ifndef OWN_H
#define OWN_H

#include "buf.h"
#include "err.h"

/*
 * Add the metrics that the tools of a pipeline keep in dir, each NAME.prom, to
 * the buf as one page of Prometheus text: by metric, with HELP and TYPE once,
 * and a label stage="NAME" that tells the files apart.  A file that cannot be
 * read is left out.  Returns -1 with e set when dir cannot be read.
 */
int own_page(const char *dir, struct buf *, struct err *e);

#endif
