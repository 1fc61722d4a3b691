/* SPDX-License-Identifier: MIT */
#ifndef STAGES_H
#define STAGES_H

#include "world.h"

/* The stages of the pipeline of a world, each for a second. */

/* Take the statuses that have come, run what is due, write what is ready. */
void stage_kqlrun(struct world *);

/* Send to one destination. */
void stage_send(struct world *, int dest);

/* Take the receipts that have come, write the status. */
void stage_crdstatus(struct world *);

/* A stage was killed: crdstatus reads to the end, and says who died. */
void stage_end(struct world *);

#endif
