/* SPDX-License-Identifier: MIT */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

/*
 * A unit test is a main that makes claims and ends in check_end().  Each
 * claim counts; one that fails says where and with what, and goes on.
 */
static int check_passed, check_failed;

#define CHECK(cond)          check_claim((cond), #cond, __FILE__, __LINE__)
#define CHECK_STR(got, want) check_str((got), (want), __FILE__, __LINE__)
#define CHECK_INT(got, want) check_int((got), (want), __FILE__, __LINE__)

static inline void
check_claim(int ok, const char *what, const char *file, int line)
{
	if (ok) {
		check_passed++;
		return;
	}
	check_failed++;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
}

static inline void
check_str(const char *got, const char *want, const char *file, int line)
{
	if (got != NULL && strcmp(got, want) == 0) {
		check_passed++;
		return;
	}
	check_failed++;
	fprintf(stderr, "%s:%d: got \"%s\", want \"%s\"\n", file, line,
	    got != NULL ? got : "(null)", want);
}

static inline void
check_int(long long got, long long want, const char *file, int line)
{
	if (got == want) {
		check_passed++;
		return;
	}
	check_failed++;
	fprintf(stderr, "%s:%d: got %lld, want %lld\n", file, line, got, want);
}

/* Print the count, one line; the status of the program. */
static inline int
check_end(const char *name)
{
	printf("unit %s: %d passed, %d failed\n", name, check_passed,
	    check_failed);
	return check_failed != 0;
}

#endif
