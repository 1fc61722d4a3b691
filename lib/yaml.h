/* SPDX-License-Identifier: MIT */
/* Not YAML_H, which libyaml takes. */
#ifndef KQLPIPE_YAML_H
#define KQLPIPE_YAML_H

#include <stddef.h>

#include "arena.h"
#include "err.h"
#include "json.h"

/*
 * YAML (or JSON) text to trees of json.h, one a document, each value with the
 * line it stood on.  Plain scalars become null, booleans, numbers or strings
 * by the YAML 1.2 core schema (as Kubernetes reads them); quoted ones are
 * strings; anchors and aliases are copied (within bounds), "<<" merges; a
 * key that stands twice is an error.
 */
struct yaml;

/* Read text (borrowed until yaml_close); name is for messages, borrowed. */
struct yaml *yaml_open(const char *name, const char *text, size_t n);

/*
 * The next document in the arena: 1, 0 behind the last, -1 with ST_DATA and
 * "name:line: what".  After an error come the documents behind the next line
 * that starts with "---".
 */
int yaml_next(struct yaml *, struct arena *, struct json **doc, struct err *);
void yaml_close(struct yaml *);

#endif
