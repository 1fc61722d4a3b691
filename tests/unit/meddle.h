/* SPDX-License-Identifier: MIT */
#ifndef MEDDLE_H
#define MEDDLE_H

#include "world.h"

/*
 * What people and others do to a made-up world in a second: edit, delete and
 * make anew, set clocks, summarise, export with another exporter.
 */
void meddle(struct world *);

#endif
