/* SPDX-License-Identifier: MIT */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* Whether n bytes are UTF-8 without a NUL. */
int text_is_utf8(const char *, size_t n);

/* Make a text from elsewhere fit for a message, in place: bytes that are no
 * UTF-8 become ?, control characters blanks, and none are left at its end. */
void text_clean(char *);

#endif
