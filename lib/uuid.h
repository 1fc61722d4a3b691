/* SPDX-License-Identifier: MIT */
#ifndef UUID_H
#define UUID_H

#define UUID_TEXT 37 /* bytes of one as text, NUL included */

/* A new random UUID (RFC 9562, version 4), in lower case. */
void uuid_make(char out[UUID_TEXT]);

#endif
