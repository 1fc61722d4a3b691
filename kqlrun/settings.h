/* SPDX-License-Identifier: MIT */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdint.h>

#include "arena.h"
#include "clock.h"
#include "endpoints.h"
#include "err.h"
#include "job.h"
#include "kql/kql.h"
#include "metrics.h"
#include "opts.h"
#include "query_text.h"
#include "strs.h"
#include "token.h"
#include "when.h"

/* The command line as it was typed. */
struct args {
	struct opt_common common;
	struct opt_list endpoints;
	struct opt_list labels;
	struct opt_list params;
	const char *bad_rows;
	const char *destinations;
	const char *query;
	const char *query_file;
	const char *database;
	const char *spool_dir;
	const char *token_file;
	const char *ca_file;
	int insecure;
	const char *now;
	const char *from, *to, *done;
	int check, explain, dry_run, once;
	int64_t jobs;
	int64_t cluster_jobs; /* 0: as many as jobs */
	int64_t max_ahead;
	int64_t max_rows;
	ticks timeout;
	ticks max_catchup; /* 0: none */
	ticks order_wait;  /* 0: by the interval */
	ticks spread;
};

/* Own counters, for --metrics-file. */
enum count {
	COUNT_RESOURCES,
	COUNT_SKIPPED,
	COUNT_RUNNING,
	COUNT_WINDOWS,
	COUNT_FAILED,
	COUNT_ROWS,
	COUNT_AWAY,
	COUNT_LAST,
	COUNT_MAX,
};

/* The same, checked; lives in one arena. */
struct settings {
	struct args args;
	struct metric *counts; /* by enum count */
	struct arena arena;
	struct endpoints endpoints;
	struct placeholders labels;
	const struct kql_parameter *parameters; /* of the query of -q */
	struct strs destinations;
	struct clock clock;
	ticks from, to; /* 0: no backfill */
	struct tokens *tokens;
	struct engines engines;
};

/*
 * Check the arguments and open the endpoints.  Returns -1 with ST_USAGE or
 * ST_CONFIG.
 */
int settings_init(struct settings *, const struct args *, struct metric *counts,
    struct err *);
void settings_fini(struct settings *);

#endif
