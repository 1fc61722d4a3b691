/* SPDX-License-Identifier: MIT */
#ifndef TAKEN_H
#define TAKEN_H

#include "control.h"
#include "when.h"

/*
 * Of which resources a receiver took samples last: enough to say whether it
 * takes others while it fails one.  All zero is: of none.
 */
struct taken {
	struct {
		char key[512];
		ticks at;
	} last[2]; /* of two resources, the newest first */
};

/* Remember that samples of w's resource were taken at a time. */
void taken_note(struct taken *, const struct window *w, ticks at);

/*
 * Whether the receiver, at a time, has been failing w for longer than wait, or
 * than twice the window's length, and took samples of other resources since.
 */
int taken_others(
    const struct taken *, const struct window *w, ticks wait, ticks at);

#endif
