/* SPDX-License-Identifier: MIT */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "escape.h"

/* The form of a page that a client is given. */
struct accept {
	int openmetrics;     /* else the Prometheus text format */
	const char *version; /* of the format */
	enum escape escape;
	int escaping; /* the client has named a scheme */
};

/*
 * The best that an Accept header (NULL: none) leaves: what has the highest q,
 * of several the first.  It is text 0.0.4 when it names nothing that we have.
 */
struct accept accept_page(const char *header);

/* Whether an Accept-Encoding header (NULL: none) allows gzip. */
int accept_gzip(const char *header);

/* The Content-Type of a form, in at most ACCEPT_TYPE bytes. */
#define ACCEPT_TYPE 120
void accept_type(char out[ACCEPT_TYPE], const struct accept *);

#endif
