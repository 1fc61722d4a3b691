/* SPDX-License-Identifier: MIT */
#ifndef STRS_H
#define STRS_H

#include <stddef.h>

#include "arena.h"

/* A list of strings, which are borrowed.  All zero is empty. */
struct strs {
	const char **v;
	size_t n;
};

/* Whether the list holds s. */
int strs_has(const struct strs *, const char *s);

/* Keep each string once, where it stood first. */
void strs_once(struct strs *);

/*
 * Add the parts of text between any of the separators, those that are empty or
 * there already left out.  Copies and the list live in the arena.
 */
void strs_split(
    struct strs *, struct arena *, const char *text, const char *separators);

#endif
