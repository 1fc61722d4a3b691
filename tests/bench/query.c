/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "buf.h"
#include "kql/data/store.h"
#include "kql/kql.h"

/*
 * query [-p] DATABASE KQL TABLE SQL ENDPOINT...: the CPU seconds that the
 * engine takes for a query over data that is loaded, the same for SQL written
 * by hand over the same tables by the same SQLite, and their ratio: a line of
 * numbers.  The two take turns, so that what else the machine does is felt by
 * both, and each figure is the median of its rounds.  TABLE is what of each
 * database is loaded; ENDPOINT is [CLUSTER/]DATABASE=file:DIR.  -p runs the KQL
 * alone, once more than it takes to load, for a profiler.
 */
#define ROUNDS 7

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

/* [CLUSTER/]DATABASE=ENDPOINT taken apart. */
static void
split(const char *arg, char **cluster, char **database, char **endpoint)
{
	char *copy = strdup(arg), *slash;

	if ((*endpoint = strchr(copy, '=')) == NULL)
		die(arg, "no =");
	*(*endpoint)++ = '\0';
	slash = strchr(copy, '/');
	*database = slash != NULL ? slash + 1 : copy;
	*cluster = slash != NULL ? copy : NULL;
	if (slash != NULL)
		*slash = '\0';
}

static struct kql *
engine(char **endpoints)
{
	struct kql *k = kql_new();
	char *cluster, *database, *endpoint;
	struct err e;

	for (; *endpoints != NULL; endpoints++) {
		split(*endpoints, &cluster, &database, &endpoint);
		if (kql_add(k, cluster, database, endpoint, &e) == -1)
			die(*endpoints, e.msg);
	}
	return k;
}

/* Load the table of each database; the connection that sees them. */
static sqlite3 *
load(char **endpoints, const char *table)
{
	struct err e;
	struct kql_store *s = store_new(&e);
	char *cluster, *database, *endpoint;
	const struct kql_table *t;
	int n;

	for (; *endpoints != NULL; endpoints++) {
		split(*endpoints, &cluster, &database, &endpoint);
		if (store_add(s, cluster, database, endpoint, &e) == -1)
			die(*endpoints, e.msg);
		n = store_database(s, cluster, database);
		if (store_table(s, n, table, &t, &e) == 1 &&
		    store_load(s, t, &e) == -1)
			die(table, e.msg);
	}
	return store_db(s, &e);
}

static int
count_bytes(void *ctx, const char *s, size_t n)
{
	(void)s;
	*(size_t *)ctx += n;
	return 0;
}

static double
run_kql(struct kql *k, const struct kql_request *q)
{
	double start = cpu();
	struct kql_error e;
	size_t n = 0;

	if (kql_run(k, q, count_bytes, &n, &e) == -1)
		die(q->text, e.message);
	return cpu() - start;
}

static double
run_sql(sqlite3 *db, const char *sql)
{
	double start = cpu();
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		die(sql, sqlite3_errmsg(db));
	while (sqlite3_step(st) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(st); i++)
			sqlite3_column_text(st, i);
	if (sqlite3_finalize(st) != SQLITE_OK)
		die(sql, sqlite3_errmsg(db));
	return cpu() - start;
}

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), order);
	return v[ROUNDS / 2];
}

/* Both in turns, each first every other time. */
static void
compare(
    struct kql *k, const struct kql_request *q, sqlite3 *db, const char *text)
{
	double kql[ROUNDS], sql[ROUNDS], ratio[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		if (i % 2 == 0)
			kql[i] = run_kql(k, q);
		sql[i] = run_sql(db, text);
		if (i % 2 == 1)
			kql[i] = run_kql(k, q);
		ratio[i] = kql[i] / sql[i];
	}
	printf("%.4f %.4f %.3f\n", median(kql), median(sql), median(ratio));
}

int
main(int argc, char *argv[])
{
	int profile = argc > 1 && strcmp(argv[1], "-p") == 0;
	struct kql_request q = { .max_rows = 0 };
	struct kql *k;

	argv += profile;
	if (argc < 6 + profile)
		die("query", "[-p] DATABASE KQL TABLE SQL ENDPOINT...");
	q.database = argv[1];
	q.text = argv[2];
	k = engine(argv + 5);
	run_kql(k, &q);
	if (profile)
		run_kql(k, &q);
	else
		compare(k, &q, load(argv + 5, argv[3]), argv[4]);
	return 0;
}
