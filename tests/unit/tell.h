/* SPDX-License-Identifier: MIT */
#ifndef TELL_H
#define TELL_H

#include "world.h"

/*
 * The story of a made-up world on standard output, a line for each thing that
 * happens, with the second of the world in front; only of one that `tells`.
 */
void tell(const struct world *, const char *what);

/* What kqlrun has planned; a receipt that crdstatus reads; a status. */
void tell_plan(const struct world *, const struct sched_plan *);
void tell_receipt(const struct world *, const struct receipt *);
void tell_status(const struct world *, const char *what, const struct owed *);

#endif
