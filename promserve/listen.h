/* SPDX-License-Identifier: MIT */
#ifndef LISTEN_H
#define LISTEN_H

#include "err.h"

/*
 * Listen on ADDR:PORT: an address or name, [::] and the like in brackets, or
 * none for all there are; port 0 picks one.  Logs where.  Returns the socket,
 * or -1: ST_CONFIG for a text that is no address or a port that is in use,
 * else ST_RETRY.
 */
int listen_on(const char *where, struct err *e);

#endif
