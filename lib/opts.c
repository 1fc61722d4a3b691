/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "io.h"
#include "num.h"
#include "opts.h"
#include "status.h"
#include "when.h"

#define OPTIONS_MAX 96
#define LONG_BASE   1000 /* getopt's value of table[i] is LONG_BASE + i */
#define MORE_BASE   2000 /* and of more[i] this */

static const struct opt none[] = { { 0 } };

enum {
	OPT_HELP = 1,
	OPT_VERSION,
	OPT_VERBOSE,
	OPT_LOG_LEVEL,
	OPT_LOG_FORMAT,
	OPT_METRICS_FILE,
};

/* What every tool has, with the value that getopt returns in max. */
static const struct opt shared[] = {
	{ "log-level", 0, OPT_STR, 0, "error|warn|info|debug",
	    "what to log (info)", 0, OPT_LOG_LEVEL },
	{ "log-format", 0, OPT_STR, 0, "logfmt|json", "how to log (logfmt)", 0,
	    OPT_LOG_FORMAT },
	{ "metrics-file", 0, OPT_STR, 0, "PATH",
	    "keep own counters in PATH (.prom)", 0, OPT_METRICS_FILE },
	{ "verbose", 'v', OPT_FLAG, 0, NULL, "log at level debug", 0,
	    OPT_VERBOSE },
	{ "version", 'V', OPT_FLAG, 0, NULL, "print the version and exit", 0,
	    OPT_VERSION },
	{ "help", 'h', OPT_FLAG, 0, NULL, "print this help and exit", 0,
	    OPT_HELP },
	{ 0 },
};

void
opts_usage(const struct opt_tool *t, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", t->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\nusage: %s %s\nTry '%s --help'.\n", t->name,
	    t->synopsis, t->name);
	exit(ST_USAGE);
}

static const struct opt *
more_of(const struct opt_tool *t)
{
	return t->more != NULL ? t->more : none;
}

static void
help_lines(const struct opt *o)
{
	char left[80];

	for (; o->name != NULL; o++) {
		int n = 0;

		if (o->letter != 0)
			n = snprintf(left, sizeof(left), "-%c, ", o->letter);
		n += snprintf(
		    left + n, sizeof(left) - (size_t)n, "--%s", o->name);
		if (o->arg != NULL)
			snprintf(left + n, sizeof(left) - (size_t)n,
			    o->type == OPT_MAYBE ? "[=%s]" : " %s", o->arg);
		printf("  %-34s %s\n", left, o->help);
	}
}

static void
print_help(const struct opt_tool *t)
{
	printf("usage: %s %s\n%s\n\n", t->name, t->synopsis, t->summary);
	help_lines(t->table);
	help_lines(more_of(t));
	help_lines(shared);
	exit(fflush(stdout) == 0 ? ST_OK : ST_RETRY);
}

static void
print_version(const struct opt_tool *t)
{
	printf("%s (kqlpipe) %s\n", t->name, VERSION);
	exit(fflush(stdout) == 0 ? ST_OK : ST_RETRY);
}

/* Put one option into getopt's tables. */
static void
declare(const struct opt *o, int value, struct option *lo, char *letters)
{
	size_t n = strlen(letters);

	*lo = (struct option){ .name = o->name, .val = value };
	lo->has_arg = o->type == OPT_MAYBE ? optional_argument
	    : o->type == OPT_FLAG          ? no_argument
					   : required_argument;
	if (o->letter == 0)
		return;
	letters[n++] = (char)o->letter;
	if (lo->has_arg != no_argument)
		letters[n++] = ':';
	if (lo->has_arg == optional_argument)
		letters[n++] = ':';
	letters[n] = '\0';
}

/* Lists of values last as argv does, so they are never given back. */
static struct arena kept;

static void
append(struct opt_list *l, const char *v)
{
	const char **grown;

	/* Grow when n is a power of two, or none. */
	if ((l->n & (l->n - 1)) == 0) {
		grown = arena_alloc(&kept, (2 * l->n + 1) * sizeof(*grown));
		if (l->n > 0)
			memcpy(grown, l->v, l->n * sizeof(*grown));
		l->v = grown;
	}
	l->v[l->n++] = v;
}

static void
set_option(const struct opt_tool *t, const struct opt *o, void *base)
{
	void *at = (char *)base + o->at;
	char name[64];
	struct err e;
	int bad = 0;

	snprintf(name, sizeof(name), "--%s", o->name);
	switch (o->type) {
	case OPT_FLAG:
		*(int *)at = 1;
		break;
	case OPT_STR:
		*(const char **)at = optarg;
		break;
	case OPT_MAYBE:
		*(const char **)at = optarg != NULL ? optarg : "";
		break;
	case OPT_LIST:
		append(at, optarg);
		break;
	case OPT_INT:
		bad = num_arg(name, optarg, o->min, o->max, at, &e);
		break;
	case OPT_SIZE:
		bad = num_size(name, optarg, at, &e);
		break;
	case OPT_DURATION:
		if ((bad = when_parse_duration(optarg, at, &e)) == -1)
			err_wrap(&e, "%s", name);
		else if (*(ticks *)at < 0)
			bad = err_set(&e, ST_USAGE, "%s: negative", name);
		break;
	}
	if (bad == -1)
		opts_usage(t, "%s", e.msg);
}

static void
set_shared(const struct opt_tool *t, int value, struct opt_common *c)
{
	switch (value) {
	case OPT_HELP:
		print_help(t);
		break;
	case OPT_VERSION:
		print_version(t);
		break;
	case OPT_VERBOSE:
		c->verbose = 1;
		break;
	case OPT_LOG_LEVEL:
		c->log_level = optarg;
		break;
	case OPT_LOG_FORMAT:
		c->log_format = optarg;
		break;
	case OPT_METRICS_FILE:
		c->metrics_file = optarg;
		break;
	default: /* getopt has said what is wrong */
		fprintf(stderr, "Try '%s --help'.\n", t->name);
		exit(ST_USAGE);
	}
}

static void
start_log(const struct opt_tool *t, const struct opt_common *c)
{
	static const char *const levels[] = { "error", "warn", "info",
		"debug" };
	const char *format = c->log_format != NULL ? c->log_format : "logfmt";
	const char *level = c->log_level != NULL ? c->log_level : "info";
	int lv = c->verbose ? LV_DEBUG : -1;

	for (int i = LV_ERROR; lv == -1 && i <= LV_DEBUG; i++)
		if (strcmp(level, levels[i]) == 0)
			lv = i;
	if (lv == -1)
		opts_usage(t,
		    "--log-level: \"%s\" is none of error, warn, "
		    "info, debug",
		    level);
	if (strcmp(format, "json") != 0 && strcmp(format, "logfmt") != 0)
		opts_usage(t, "--log-format: \"%s\" is neither logfmt nor json",
		    format);
	log_init(t->name, (enum log_level)lv, strcmp(format, "json") == 0);
}

/* getopt answers a short option with its letter: the long one's value. */
static int
by_letter(const struct opt_tool *t, int got)
{
	const struct opt *more = more_of(t);

	for (int i = 0; t->table[i].name != NULL; i++)
		if (got == t->table[i].letter && got != 0)
			return LONG_BASE + i;
	for (int i = 0; more[i].name != NULL; i++)
		if (got == more[i].letter && got != 0)
			return MORE_BASE + i;
	for (const struct opt *o = shared; o->name != NULL; o++)
		if (got == o->letter && got != 0)
			return (int)o->max;
	return got;
}

int
opts_parse(const struct opt_tool *t, int argc, char *argv[], void *base)
{
	struct option lo[OPTIONS_MAX] = { 0 };
	char letters[3 * OPTIONS_MAX] = "";
	struct opt_common *common = (void *)((char *)base + t->common);
	const struct opt *more = more_of(t);
	int n = 0, got, operands;

	if (io_hold_std() == -1)
		exit(ST_RETRY);
	for (int i = 0; t->table[i].name != NULL; i++)
		declare(&t->table[i], LONG_BASE + i, &lo[n++], letters);
	for (int i = 0; more[i].name != NULL; i++)
		declare(&more[i], MORE_BASE + i, &lo[n++], letters);
	for (const struct opt *o = shared; o->name != NULL; o++)
		declare(o, (int)o->max, &lo[n++], letters);
	argv[0] = (char *)(uintptr_t)t->name; /* for getopt's messages */
	while ((got = getopt_long(argc, argv, letters, lo, NULL)) != -1) {
		got = by_letter(t, got);
		if (got >= MORE_BASE)
			set_option(t, &more[got - MORE_BASE],
			    (char *)base + t->more_at);
		else if (got >= LONG_BASE)
			set_option(t, &t->table[got - LONG_BASE], base);
		else
			set_shared(t, got, common);
	}
	operands = argc - optind;
	if (operands < t->min_args)
		opts_usage(t, "too few operands");
	if (t->max_args != -1 && operands > t->max_args)
		opts_usage(t, "too many operands: %s", argv[argc - 1]);
	start_log(t, common);
	return optind;
}
