/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "check.h"
#include "file.h"
#include "kql/kql.h"

/*
 * The cases of tests/kql, or of the files named: data files, a query and what
 * it answers.  A case is parts that start with a line "-- WORD":
 *
 *	-- case WHAT IT SHOWS
 *	-- file NAME	its lines are a file of the database db
 *	-- query
 *	-- answer	the columns, NAME:TYPE by commas, then a row a line
 *	-- refused	or instead: words that the error must have, by line
 *
 * Each runs in a process of its own, so that one that crashes is only wrong.
 */
#define CASE_SECONDS 60
#define FILE_MAX     (16 << 20)
#define COLUMN       "{\"ColumnName\":\""
#define TYPE         "\",\"ColumnType\":\""
#define ROWS         "\"Rows\":["

static char dir[] = "/tmp/kqlcases.XXXXXX";

struct one {
	const char *file; /* where it stands */
	struct buf what, query, answer, refused;
	FILE *data; /* the file being written */
};

/* The header's columns: NAME:TYPE,... */
static void
put_columns(struct buf *out, const char *p, const char *end)
{
	const char *name, *type;

	for (int n = 0; (p = strstr(p, COLUMN)) != NULL && p < end; n++) {
		name = p + strlen(COLUMN);
		type = strstr(name, TYPE);
		p = strchr(type + strlen(TYPE), '"');
		buf_puts(out, n > 0 ? "," : "");
		buf_add(out, name, (size_t)(type - name));
		buf_putc(out, ':');
		type += strlen(TYPE);
		buf_add(out, type, (size_t)(p - type));
	}
	buf_putc(out, '\n');
}

/* The fragment's rows, a line each; a row ends wherever "],[" stands. */
static void
put_rows(struct buf *out, const char *p, const char *end)
{
	const char *next;

	p = strstr(p, ROWS) + strlen(ROWS);
	end -= 2; /* ]} */
	while ((next = strstr(p, "],[")) != NULL && next < end) {
		buf_add(out, p, (size_t)(next + 1 - p));
		buf_putc(out, '\n');
		p = next + 2;
	}
	buf_add(out, p, (size_t)(end - p));
	buf_putc(out, '\n');
}

/* The primary results of v2 frames, a line each, as the cases have them. */
static void
put_answer(struct buf *out, const char *frames)
{
	static const char header[] = "{\"FrameType\":\"TableHeader\"";
	static const char fragment[] = "{\"FrameType\":\"TableFragment\"";
	const char *end;

	for (; (end = strchr(frames, '\n')) != NULL; frames = end + 1)
		if (strncmp(frames, header, strlen(header)) == 0)
			put_columns(out, frames, end);
		else if (strncmp(frames, fragment, strlen(fragment)) == 0)
			put_rows(out, frames, end);
}

static int
collect(void *ctx, const char *s, size_t n)
{
	buf_add(ctx, s, n);
	return 0;
}

/* Does the error have each line of words, and is it for good? */
static int
has_words(struct one *c, const struct kql_error *e)
{
	char *rest = c->refused.data, *word;

	while ((word = strsep(&rest, "\n")) != NULL)
		if (strstr(e->message, word) == NULL &&
		    strstr(e->code, word) == NULL) {
			fprintf(stderr, "%s: %s\nnot refused with: %s\n%s\n\n",
			    c->file, c->what.data, word, e->message);
			return 0;
		}
	return e->permanent;
}

/* Ask and judge; runs in the child. */
static int
judge(struct one *c)
{
	struct kql_request q = { .database = "db", .text = buf_str(&c->query) };
	struct buf endpoint = { 0 }, frames = { 0 }, got = { 0 };
	struct kql *k = kql_new();
	struct kql_error e;
	struct err why;
	int ok;

	memset(&e, 0, sizeof(e));
	buf_printf(&endpoint, "file:%s", dir);
	if (kql_add(k, NULL, "db", endpoint.data, &why) == -1)
		strcpy(e.message, why.msg);
	else
		kql_run(k, &q, collect, &frames, &e);
	put_answer(&got, buf_str(&frames));
	if (c->refused.len > 0) {
		ok = has_words(c, &e);
	} else {
		ok = *e.message == '\0' &&
		    strcmp(buf_str(&got), buf_str(&c->answer)) == 0;
		if (!ok)
			fprintf(stderr,
			    "%s: %s\n%s--- got\n%s%s\n--- want\n%s\n", c->file,
			    c->what.data, c->query.data, buf_str(&got),
			    e.message, buf_str(&c->answer));
	}
	kql_free(k);
	buf_fini(&endpoint);
	buf_fini(&frames);
	buf_fini(&got);
	return ok;
}

/* Leave the directory empty. */
static void
remove_files(void)
{
	DIR *d = opendir(dir);
	struct dirent *f;

	while (d != NULL && (f = readdir(d)) != NULL)
		if (*f->d_name != '.')
			unlinkat(dirfd(d), f->d_name, 0);
	if (d != NULL)
		closedir(d);
}

static void
run_case(struct one *c)
{
	int status = 0;
	pid_t pid;

	if (c->what.len == 0)
		return;
	if (c->data != NULL)
		fclose(c->data);
	c->data = NULL;
	if ((pid = fork()) == 0) {
		alarm(CASE_SECONDS);
		exit(judge(c) ? 0 : 1);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		status = -1;
	if (WIFSIGNALED(status))
		fprintf(stderr, "%s: %s: signal %d\n%s\n", c->file,
		    c->what.data, WTERMSIG(status), buf_str(&c->query));
	if (status == 0)
		check_passed++;
	else
		check_failed++;
	remove_files();
}

static void
open_data(struct one *c, const char *name)
{
	char path[300];

	if (c->data != NULL)
		fclose(c->data);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	c->data = fopen(path, "w");
	CHECK(c->data != NULL);
}

/* A line that starts a part: where the lines behind it go, or NULL: a file. */
static struct buf *
begin_part(struct one *c, char *line)
{
	if (strncmp(line, "-- case ", 8) == 0) {
		run_case(c);
		buf_reset(&c->what);
		buf_reset(&c->query);
		buf_reset(&c->answer);
		buf_reset(&c->refused);
		buf_puts(&c->what, line + 8);
		return &c->what;
	}
	if (strncmp(line, "-- file ", 8) == 0) {
		open_data(c, line + 8);
		return NULL;
	}
	return strcmp(line, "-- query") == 0 ? &c->query
	    : strcmp(line, "-- answer") == 0 ? &c->answer
					     : &c->refused;
}

static int
is_part(const char *line)
{
	return strncmp(line, "-- case ", 8) == 0 ||
	    strncmp(line, "-- file ", 8) == 0 ||
	    strcmp(line, "-- query") == 0 || strcmp(line, "-- answer") == 0 ||
	    strcmp(line, "-- refused") == 0;
}

static void
run_file(const char *path)
{
	const char *name = strrchr(path, '/');
	struct one c = { .file = name != NULL ? name + 1 : path };
	struct buf text = { 0 }, *part = &c.what;
	struct err e;
	char *rest, *line;

	CHECK_INT(file_read(path, FILE_MAX, &text, &e), 0);
	rest = text.data;
	while ((line = strsep(&rest, "\n")) != NULL && (*line || rest)) {
		if (is_part(line))
			part = begin_part(&c, line);
		else if (part == NULL)
			fprintf(c.data, "%s\n", line);
		else if (part == &c.refused)
			buf_printf(
			    part, "%s%s", part->len > 0 ? "\n" : "", line);
		else if (part != &c.what)
			buf_printf(part, "%s\n", line);
	}
	run_case(&c);
	buf_fini(&c.what);
	buf_fini(&c.query);
	buf_fini(&c.answer);
	buf_fini(&c.refused);
	buf_fini(&text);
}

int
main(int argc, char *argv[])
{
	glob_t g;

	if (mkdtemp(dir) == NULL)
		return 1;
	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc == 1 && glob("tests/kql/*.test", 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			run_file(g.gl_pathv[i]);
		globfree(&g);
	}
	rmdir(dir);
	return check_end("kql_cases");
}
