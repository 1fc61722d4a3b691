/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mem.h"
#include "status.h"

void *
mem_need(void *p)
{
	if (p == NULL) {
		log_error("out of memory");
		exit(ST_RETRY);
	}
	return p;
}

void *
mem_new(size_t n, size_t size)
{
	return mem_need(calloc(n != 0 ? n : 1, size));
}

char *
mem_str(const char *s)
{
	return mem_need(strdup(s));
}
