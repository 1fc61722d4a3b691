/* SPDX-License-Identifier: MIT */
#ifndef HOLD_H
#define HOLD_H

#include "control.h"
#include "map.h"
#include "receipt.h"

/*
 * Which resources wait: a sender that answered `failed` for a window holds
 * back later windows of that resource (of one rule, for derived runs), so that
 * each destination gets them in order.  All zero is empty; one per sender.
 */
struct hold {
	struct map held; /* resource to the window that failed */
};

/*
 * Whether w has to wait: answer it failed, code Held, unsent, and do not call
 * hold_answered for it.  Late windows are never held, nor is the window that
 * the status says is owed first: then the hold is for one that is owed no
 * more, as the destination was taken off the list and put back, or the resource
 * was made anew.  Those behind it wait all the same: others of them may have
 * been held that are owed.
 */
int hold_has(const struct hold *, const struct window *w);

/*
 * Remember how w was answered: failed begins to hold what comes behind it (but
 * for a passOver window, which ends the hold however it went); delivered and
 * rejected end it.  Late windows change nothing.
 */
void hold_answered(
    struct hold *, const struct window *w, enum receipt_status answer);

void hold_fini(struct hold *);

#endif
