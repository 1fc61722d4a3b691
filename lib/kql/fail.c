/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kql/fail.h"
#include "status.h"

#define NEAR_MAX 64 /* longer names are not compared */

__attribute__((format(printf, 5, 0))) static int
fail(struct kql_error *e, const char *code, const char *prefix,
    struct kql_at at, const char *fmt, va_list ap)
{
	char text[768];

	vsnprintf(text, sizeof(text), fmt, ap);
	memset(e, 0, sizeof(*e));
	snprintf(e->code, sizeof(e->code), "%s", code);
	snprintf(e->message, sizeof(e->message), "%s: %s [line:position=%d:%d]",
	    prefix, text, at.line, at.column);
	e->line = at.line;
	e->column = at.column;
	e->permanent = 1;
	return -1;
}

int
fail_syntax(struct kql_error *e, struct kql_at at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(e, "General_BadRequest", "Syntax error: SYN0002", at, fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_semantic(struct kql_error *e, struct kql_at at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(e, "General_BadRequest", "Semantic error: SEM0100", at, fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_coded(struct kql_error *e, struct kql_at at, const char *code,
    const char *fmt, ...)
{
	char prefix[64];
	va_list ap;

	snprintf(prefix, sizeof(prefix), "Semantic error: %s", code);
	va_start(ap, fmt);
	fail(e, "General_BadRequest", prefix, at, fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_unsupported(struct kql_error *e, struct kql_at at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(e, "General_BadRequest", "Not supported: KQL0001", at, fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_data(struct kql_error *e, struct kql_at at, const struct err *why)
{
	memset(e, 0, sizeof(*e));
	snprintf(e->code, sizeof(e->code), "%s",
	    why->code == ST_RETRY ? "ServiceError" : "General_BadRequest");
	snprintf(e->message, sizeof(e->message), "%s [line:position=%d:%d]",
	    why->msg, at.line, at.column);
	e->line = at.line;
	e->column = at.column;
	e->permanent = why->code != ST_RETRY;
	return -1;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits between two names, case apart; names are short, so a row will do. */
static size_t
distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t row[NEAR_MAX + 1], diagonal, up;

	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; i <= na; i++) {
		diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			up = row[j];
			row[j] = least(least(up, row[j - 1]) + 1,
			    diagonal +
				(strncasecmp(&a[i - 1], &b[j - 1], 1) != 0));
			diagonal = up;
		}
	}
	return row[nb];
}

void
near_offer(struct near *near, const char *wanted, const char *name)
{
	size_t nw = strlen(wanted), nn = strlen(name), d;

	if (nw > NEAR_MAX || nn > NEAR_MAX)
		return;
	d = distance(wanted, nw, name, nn);
	if (d > nw / 3 && d > 1)
		return;
	if (d >= nw || (near->best != NULL && d >= near->distance))
		return;
	near->best = name;
	near->distance = d;
}

const char *
near_text(const struct near *near, char *out, size_t n)
{
	if (near->best == NULL)
		return "";
	snprintf(out, n, " (did you mean '%.64s'?)", near->best);
	return out;
}
