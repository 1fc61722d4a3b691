/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "arena.h"
#include "buf.h"
#include "json.h"
#include "kql/kql.h"

#define PROGRESS  1000 /* instructions of SQLite's between two looks */
#define LOOKS_MAX 500  /* then the query is interrupted */
#define TEXT_MAX  4096

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char dir[] = "/tmp/kqlfuzz.XXXXXX";
static const char *const files[][2] = {
	{ "T.csv",
	    "b,i,l,r,m,s,d,t,g,y\n"
	    "true,1,10,1.5,1.1,a b,2025-06-25T10:00:00Z,00:01:00,"
	    "74be27de-1e4e-49d9-b579-fe0b331d3642,"
	    "\"{\"\"a\"\":[1,\"\"x\"\"]}\"\n"
	    ",,,,,,,,,\n"
	    "false,-1,9223372036854775807,NaN,0,x,0001-01-01,-1.00:00:00,"
	    "00000000-0000-0000-0000-000000000000,\"[1,2,null]\"\n"
	    "true,2147483647,-9223372036854775808,-Infinity,-2.5,ÄÖ,"
	    "9999-12-31,00:00:00.0000001,,\"\"\"s\"\"\"\n" },
	{ "T.schema",
	    "b:bool,i:int,l:long,r:real,m:decimal,s:string,d:datetime,"
	    "t:timespan,g:guid,y:dynamic" },
	{ "U.jsonl",
	    "{\"k\":1,\"s\":\"a b\",\"y\":{\"p\":2.5}}\n"
	    "{\"k\":2,\"s\":\"x\",\"y\":[]}\n{\"k\":2,\"z\":true}\n" },
};

static const char *
path_of(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
remove_dir(void)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(path_of(files[i][0]));
	rmdir(dir);
}

static int looks; /* at the query at hand */

static int
too_long(void *ctx)
{
	(void)ctx;
	return ++looks > LOOKS_MAX;
}

/* SQLite calls this for each connection that is opened. */
static int
watch(sqlite3 *db, char **msg, const struct sqlite3_api_routines *api)
{
	(void)msg;
	(void)api;
	sqlite3_progress_handler(db, PROGRESS, too_long, NULL);
	return SQLITE_OK;
}

static struct kql *
engine(void)
{
	static struct kql *k;
	struct buf endpoint = { 0 };
	struct err e;
	FILE *f;

	if (k != NULL)
		return k;
	assert(mkdtemp(dir) != NULL);
	atexit(remove_dir);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		f = fopen(path_of(files[i][0]), "w");
		assert(f != NULL && fputs(files[i][1], f) >= 0);
		fclose(f);
	}
	sqlite3_auto_extension((void (*)(void))watch);
	k = kql_new();
	buf_printf(&endpoint, "file:%s", dir);
	assert(kql_add(k, NULL, "D", buf_str(&endpoint), &e) == 0);
	buf_fini(&endpoint);
	return k;
}

/* Each frame must be JSON. */
static int
take(void *ctx, const char *s, size_t n)
{
	struct arena a = { 0 };
	struct err e;

	(void)ctx;
	assert(n > 0 && s[n - 1] == '\n');
	if (json_parse(&a, s, n - 1, &e) == NULL) {
		fprintf(stderr, "%s: %.*s\n", e.msg, (int)n, s);
		assert(0);
	}
	arena_fini(&a);
	return 0;
}

/* A refusal has a reason, which is never that the SQL is wrong. */
static void
check_reason(const struct kql_error *e)
{
	static const char *const wrong[] = { "\": syntax error",
		"no such column", "no such table", "no such function",
		"wrong number of arg", "ambiguous", "misuse",
		"unrecognized token", "holds a value that is no" };

	assert(*e->code != '\0' && *e->message != '\0');
	if (strstr(e->message, "[line:position=") != NULL)
		return;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (strstr(e->message, wrong[i]) == NULL)
			continue;
		fprintf(stderr, "%s\n", e->message);
		assert(0);
	}
}

/* A whole query over a small table: an answer or a reason, soon. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kql_request q = { .database = "D", .max_rows = 1000 };
	struct kql_error e = { 0 };
	struct buf text = { 0 };

	if (n > TEXT_MAX)
		return 0;
	q.now = WHEN_EPOCH;
	looks = 0;
	buf_add(&text, data, n);
	q.text = buf_str(&text);
	if (kql_run(engine(), &q, take, NULL, &e) == -1)
		check_reason(&e);
	buf_fini(&text);
	return 0;
}
