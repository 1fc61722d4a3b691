/* SPDX-License-Identifier: MIT */
#ifndef MEM_H
#define MEM_H

#include <stddef.h>

/*
 * Memory, or the end of the process with ST_RETRY: what buf, map and arena
 * promise, for those who need a thing of their own.  Give it to free().
 */

/* n things of that size, zeroed. */
void *mem_new(size_t n, size_t size);

/* A copy of a string. */
char *mem_str(const char *);

/* p, unless it is NULL. */
void *mem_need(void *p);

#endif
