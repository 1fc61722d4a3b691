/* SPDX-License-Identifier: MIT */
#ifndef STAGES_H
#define STAGES_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"

#define STAGE_NAME 64 /* bytes of a stage's name that are kept */

/*
 * What the tools of a pipeline say of themselves: each keeps a file NAME.prom
 * (--metrics-file) in one directory.  Seconds are since 1970.
 */
struct stage {
	char name[STAGE_NAME]; /* of its file, without .prom */
	struct buf text;       /* of the file */
	struct err err;        /* code not ST_OK: the file makes no sense */
	int begun;             /* the file holds something */
	double alive;          /* s: last written; 0: it does not say */
	double breaker;        /* 1: the receiver is away; -1: it has none */
	double ready;          /* 0: its resources are not known; -1: no such */
	double draining;       /* 1: the pipeline is to end */
	double window;         /* s: the last window went out; 0: none */
	double receipt;        /* s: the last receipt came in; 0: none */
};

/*
 * Read the files of dir, by name.  Returns how many there are, in *v, which
 * stages_free gives back; -1 with e set when dir cannot be read.
 */
int stages_read(const char *dir, struct stage **v, struct err *e);
void stages_free(struct stage *v, int n);

#endif
