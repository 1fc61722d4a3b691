/* SPDX-License-Identifier: MIT */
#ifndef OPTS_H
#define OPTS_H

#include <stddef.h>
#include <stdint.h>

#include "log.h"

/*
 * One table of options a tool: it feeds parsing, --help, shell completion and
 * the test that compares it with the man page.  Each tool also has -h/--help,
 * -V/--version, -v/--verbose, --log-level, --log-format and --metrics-file,
 * which are handled here.
 */
enum opt_type {
	OPT_FLAG,     /* int, set to 1 */
	OPT_STR,      /* const char *, borrowed from argv; last wins */
	OPT_LIST,     /* struct opt_list, repeatable */
	OPT_INT,      /* int64_t between min and max */
	OPT_SIZE,     /* int64_t bytes: 64k, 256M, 2G */
	OPT_DURATION, /* int64_t ticks (when.h), not negative: a Go duration */
	OPT_MAYBE,    /* const char *, "" when given without =VALUE */
};

struct opt {
	const char *name; /* long name; NULL ends the table */
	int letter;       /* short letter or 0 */
	enum opt_type type;
	size_t at;       /* offsetof the target in the tool's struct */
	const char *arg; /* VALUE's name in --help, NULL for a flag */
	const char *help;
	int64_t min, max; /* OPT_INT */
};

/* Values of a repeatable option, in order; borrowed from argv. */
struct opt_list {
	const char **v;
	size_t n;
};

/* The options every tool has; put one in the tool's struct. */
struct opt_common {
	int verbose;
	const char *log_level;
	const char *log_format;
	const char *metrics_file; /* NULL: none */
};

struct opt_tool {
	const char *name;
	const char *synopsis; /* what follows the name: "[option ...] URL" */
	const char *summary;  /* one line */
	const struct opt *table;
	const struct opt *more; /* what several tools have; or NULL */
	size_t more_at; /* offsetof the struct that its offsets are of */
	size_t common;  /* offsetof struct opt_common */
	int min_args;   /* operands */
	int max_args;   /* -1: any number */
};

/*
 * Hold the standard descriptors, parse into the struct at o, start the log.
 * --help and --version print and exit 0; wrong usage prints and exits
 * ST_USAGE.  Returns the index of the first operand.  opt_list values are never
 * freed: they last as argv does.
 */
int opts_parse(const struct opt_tool *, int argc, char *argv[], void *o);

/* Print a message on stderr, where to look for help, and exit ST_USAGE. */
void opts_usage(const struct opt_tool *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

#endif
