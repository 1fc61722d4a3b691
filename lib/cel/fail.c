/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cel/ast.h"
#include "utf8.h"

int
cel_fail(struct cel_error *e, enum cel_stage stage, struct cel_at at,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	/* It may have been cut inside a character, or quote any bytes. */
	utf8_clean(e->message);
	e->stage = stage;
	e->at = at;
	return -1;
}
