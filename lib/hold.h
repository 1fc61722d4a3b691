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
 * hold_answered for it.  Late windows are never held, and a hold for a window
 * that is owed no more has lapsed: the destination was taken off the list and
 * put back, or the resource was made anew.
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
