/* SPDX-License-Identifier: MIT */
#ifndef KQL_REAL_TEXT_H
#define KQL_REAL_TEXT_H

#include <stddef.h>

#include "num.h"

/*
 * A finite double as tostring() and dynamic values write it: with a fraction
 * or an exponent always, and with the digits that the service gives, which
 * read back as the same double but are not always the nearest (0.1 + 0.2 is
 * 0.30000000000000007).  Returns the length.
 */
size_t real_text(char out[NUM_MAX], double v);

#endif
