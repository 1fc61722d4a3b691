/* SPDX-License-Identifier: MIT */
#ifndef KQL_ADDRESS_H
#define KQL_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

struct sqlite3_value;

/* What the functions of network addresses share. */
struct ipv4 {
	uint32_t value;
	int bits; /* of the prefix: 32 when none is there */
};

/* Read all of 192.168.1.1 or 192.168.1.0/24.  Returns 0, or -1. */
int ipv4_parse(const char *, size_t n, struct ipv4 *);

/*
 * Does any of the texts behind the first argument pass?  With list there is
 * one argument more, a dynamic array of them.
 */
int address_any(int nargs, struct sqlite3_value **, int list,
    int (*test)(const void *, const char *, size_t n), const void *);

#endif
