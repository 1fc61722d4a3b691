/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kql/data/catalog.h"
#include "status.h"

void
catalog_fini(struct catalog *c)
{
	for (struct database *d = c->first; d != NULL; d = d->next) {
		for (struct table *t = d->tables; t != NULL; t = t->next) {
			if (t->fd != -1)
				close(t->fd);
			arena_fini(&t->arena);
		}
		for (struct script *s = d->scripts; s != NULL; s = s->next)
			free(s->text);
	}
	arena_fini(&c->arena);
	memset(c, 0, sizeof(*c));
}

struct database *
catalog_add(struct catalog *c, const char *cluster, const char *name,
    const char *path, int foreign)
{
	struct database *d = arena_zalloc(&c->arena, sizeof(*d));

	d->cluster = cluster != NULL ? arena_strdup(&c->arena, cluster) : NULL;
	d->name = arena_strdup(&c->arena, name);
	d->path = arena_strdup(&c->arena, path);
	d->foreign = foreign;
	d->number = c->n++;
	if (c->first == NULL)
		c->first = d;
	else
		c->last->next = d;
	c->last = d;
	return d;
}

struct database *
catalog_database(const struct catalog *c, int number)
{
	struct database *d = c->first;

	while (d != NULL && d->number != number)
		d = d->next;
	return d;
}

struct table *
catalog_table(const struct database *d, const char *name)
{
	struct table *t = d->tables;

	while (t != NULL && strcmp(t->seen.name, name) != 0)
		t = t->next;
	return t;
}

/* How SQL names the table: "Database.Table", "Cluster/Database.Table". */
static const char *
sql_name(struct catalog *c, const struct database *d, const char *name)
{
	struct buf b = { 0 };
	const char *full, *sql;

	full = arena_printf(&c->arena, "%s%s%s.%s",
	    d->cluster != NULL ? d->cluster : "", d->cluster != NULL ? "/" : "",
	    d->name, name);
	schema_quote(&b, full);
	sql = arena_strndup(&c->arena, b.data, b.len);
	buf_fini(&b);
	return sql;
}

struct table *
catalog_make(struct catalog *c, struct database *d, const char *name)
{
	struct table *t = catalog_table(d, name), **end = &d->tables;

	if (t != NULL)
		return t;
	t = arena_zalloc(&c->arena, sizeof(*t));
	t->seen.name = arena_strdup(&c->arena, name);
	t->seen.sql = sql_name(c, d, name);
	t->of = d;
	t->fd = -1;
	t->number = c->ntables++;
	while (*end != NULL)
		end = &(*end)->next;
	*end = t;
	return t;
}

/* The format that a file's name tells; its stem's length, or 0. */
static size_t
stem_of(const char *file, enum source_format *format)
{
	static const struct {
		const char *end;
		enum source_format format;
	} ends[] = { { ".csv", SOURCE_CSV }, { ".tsv", SOURCE_TSV },
		{ ".jsonl", SOURCE_JSONL }, { ".json", SOURCE_JSON } };
	size_t n = strlen(file);

	if (n > 3 && strcmp(file + n - 3, ".gz") == 0)
		n -= 3;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t len = strlen(ends[i].end);

		if (n > len && memcmp(file + n - len, ends[i].end, len) == 0) {
			*format = ends[i].format;
			return n - len;
		}
	}
	return 0;
}

/* Give the table its files; strings are kept only if they are new. */
static void
set_files(struct catalog *c, struct table *t, const char *path)
{
	if (t->file.path == NULL || strcmp(t->file.path, path) != 0) {
		memset(t->stamps, 0, sizeof(t->stamps));
		t->file.path = arena_strdup(&c->arena, path);
	}
	if (t->file.schema == NULL)
		t->file.schema = arena_printf(
		    &c->arena, "%s/%s.schema", t->of->path, t->seen.name);
}

/* A file of the directory: if it is a table's, note that it is there. */
static void
list_file(struct catalog *c, struct database *d, const char *file)
{
	enum source_format format;
	size_t n = stem_of(file, &format);
	char path[PATH_MAX], name[NAME_MAX + 1];
	struct table *t;

	if (n == 0 || *file == '.')
		return;
	snprintf(path, sizeof(path), "%s/%s", d->path, file);
	snprintf(name, sizeof(name), "%.*s", (int)n, file);
	t = catalog_make(c, d, name);
	if (t->listed) {
		snprintf(t->twin, sizeof(t->twin), "%s", file);
		return;
	}
	t->listed = 1;
	t->file.format = format;
	set_files(c, t, path);
}

int
catalog_list(struct catalog *c, struct database *d, struct err *e)
{
	DIR *dir = opendir(d->path);
	struct dirent *f;

	if (dir == NULL)
		return err_sys(e, ST_CONFIG, "%s", d->path);
	for (struct table *t = d->tables; t != NULL; t = t->next) {
		t->listed = 0;
		*t->twin = '\0';
	}
	for (struct script *s = d->scripts; s != NULL; s = s->next)
		s->listed = 0;
	while (errno = 0, (f = readdir(dir)) != NULL) {
		list_file(c, d, f->d_name);
		script_list(c, d, f->d_name);
	}
	if (errno != 0) {
		err_sys(e, ST_CONFIG, "%s", d->path);
		closedir(dir);
		return -1;
	}
	closedir(dir);
	return 0;
}

int
catalog_restamp(const char *path, struct stamp *s, struct err *e)
{
	struct stamp now;
	struct stat st;

	memset(&now, 0, sizeof(now));
	if (stat(path, &st) == 0) {
		now.dev = st.st_dev;
		now.ino = st.st_ino;
		now.size = st.st_size;
		now.mtime = st.st_mtim;
	} else if (errno != ENOENT) {
		return err_sys(e, ST_CONFIG, "%s", path);
	}
	if (now.ino != 0 && !S_ISREG(st.st_mode))
		return err_set(e, ST_CONFIG, "%s is no regular file", path);
	if (memcmp(s, &now, sizeof(now)) == 0)
		return 0;
	*s = now;
	return 1;
}

int
catalog_stat(struct table *t, struct err *e)
{
	const char *path = t->of->foreign ? t->of->path : t->file.path;
	int a = catalog_restamp(path, &t->stamps[0], e), b = 0;

	if (a >= 0 && t->file.schema != NULL)
		b = catalog_restamp(t->file.schema, &t->stamps[1], e);
	if (a == -1 || b == -1)
		return -1;
	if (a == 0 && b == 0)
		return 0;
	if (t->fd != -1)
		close(t->fd);
	t->fd = -1;
	t->typed = 0;
	arena_reset(&t->arena);
	return 1;
}
