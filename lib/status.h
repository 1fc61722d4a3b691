/* SPDX-License-Identifier: MIT */
#ifndef STATUS_H
#define STATUS_H

/*
 * The exit statuses of every tool, a closed set: each man page lists those its
 * tool uses, and the supervisor acts on them.  They follow sysexits so that
 * they stay clear of the shell's 1, 2, 126, 127 and 128+n.
 */
enum {
	ST_OK = 0,      /* every record handled */
	ST_SKIP = 1,    /* finished; some records skipped, each logged */
	ST_USAGE = 64,  /* bad command line */
	ST_DATA = 65,   /* input or answer makes no sense */
	ST_RETRY = 75,  /* network, disk, memory: start again with backoff */
	ST_CONFIG = 78, /* bad file, environment or credentials */
};

#endif
