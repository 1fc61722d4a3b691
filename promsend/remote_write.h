/* SPDX-License-Identifier: MIT */
#ifndef REMOTE_WRITE_H
#define REMOTE_WRITE_H

#include "arena.h"
#include "buf.h"
#include "codec.h"
#include "err.h"
#include "metadata.h"
#include "symbols.h"

/* What is known of the version that the receiver speaks. */
enum remote_state {
	REMOTE_ONE,   /* 1.0: it was asked for, or 2.0 was not understood */
	REMOTE_TWO,   /* 2.0: it was asked for, or was understood */
	REMOTE_TRY,   /* not known: 2.0 comes first */
	REMOTE_GUESS, /* 2.0 was refused without its signs: 1.0 may do */
};

/* Remote write to one receiver.  Set url and state, all else zero. */
struct remote {
	const char *url; /* borrowed */
	enum remote_state state;
	int fixed;      /* the state was asked for: no falling back */
	struct arena a; /* one request's message */
	struct buf raw; /* packed, not yet compressed */
	struct symbols symbols;
	struct metadata metadata; /* that the text has told of */
};

/* Set the state by the value of --protocol: 1, 2 or auto. */
int remote_protocol(struct remote *, const char *text, struct err *e);

/* The codec; it borrows r. */
struct codec remote_codec(struct remote *r);

void remote_fini(struct remote *);

#endif
