/* SPDX-License-Identifier: MIT */
#ifndef KQL_CATALOG_H
#define KQL_CATALOG_H

#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>

#include "arena.h"
#include "err.h"
#include "kql/data/load.h"
#include "kql/data/schema.h"
#include "kql/data/store.h"

/* What tells that a file has changed. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* A table of a database, and what is known of it. */
struct table {
	struct kql_table seen; /* what the store shows of it */
	struct database *of;
	struct table *next;
	struct load_file file;   /* path NULL: it is in a SQLite database */
	char twin[NAME_MAX + 1]; /* another file of the same name, or "" */
	int listed;              /* its file was there when last looked for */
	long looked;             /* the query that last looked at the files */
	struct stamp stamps[2];  /* of data (or database) and schema file */
	int fd;                  /* the slot for its rows, or -1 */
	int typed;               /* schema is known */
	struct schema schema;
	struct arena arena; /* holds the schema */
	int attached;       /* to the store's connection */
	enum {
		SHOWN_NOT,
		SHOWN_EMPTY, /* as a table without rows */
		SHOWN_VIEW,  /* of what is attached */
		SHOWN_COPY,  /* as a table with its rows */
	} shown;             /* in the store's connection */
	int number;
};

/* A file of functions: NAME.kql. */
struct script {
	struct kql_script seen;
	const char *path;
	struct stamp stamp;
	int listed;
	long looked;
	char *text; /* to be freed */
	struct script *next;
};

/* A database: a directory of files, or a SQLite database. */
struct database {
	struct database *next;
	const char *cluster; /* or NULL */
	const char *name;
	const char *path;
	int foreign;  /* a SQLite database of somebody else's */
	int attached; /* to the store's connection */
	int number;
	struct table *tables;
	struct script *scripts;
	long listed; /* the query that last listed the files for scripts */
};

/* The databases of an engine, and the tables seen in them. */
struct catalog {
	struct database *first, *last;
	int n;
	int ntables;        /* of all databases, for their numbers */
	struct arena arena; /* names and paths, for good */
};

/* Give everything back, slots too. */
void catalog_fini(struct catalog *);

/* A new database without tables; strings are copied. */
struct database *catalog_add(struct catalog *, const char *cluster,
    const char *name, const char *path, int foreign);

/* The database of that number, or NULL. */
struct database *catalog_database(const struct catalog *, int number);

/* The table of that name, or NULL. */
struct table *catalog_table(const struct database *, const char *name);

/* As catalog_table, but a table that is lacking is made. */
struct table *catalog_make(
    struct catalog *, struct database *, const char *name);

/* List the files of a directory: tables come and go.  Returns 0, or -1. */
int catalog_list(struct catalog *, struct database *, struct err *e);

/* A file of the directory: if its name ends in .kql, note that it is there. */
void script_list(struct catalog *, struct database *, const char *file);

/* Read the file if it is new or has changed.  Returns 0, or -1 with e. */
int script_read(struct script *, struct err *e);

/* Returns 1 if the file is not what the stamp says and sets it, 0 if it is,
 * -1 with e.  One that is not there has a stamp of zeros. */
int catalog_restamp(const char *path, struct stamp *, struct err *e);

/*
 * Compare a table's files with what was seen of them.  When they are new or
 * have changed, what was known goes: its slot and its schema.  Returns 1 if
 * so, 0 if all is as it was, -1 with e.
 */
int catalog_stat(struct table *, struct err *e);

#endif
