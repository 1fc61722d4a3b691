/* SPDX-License-Identifier: MIT */
#ifndef OTLP_JSON_H
#define OTLP_JSON_H

#include "buf.h"
#include "otlp.pb-c.h"

/* Append a request as OTLP has it in JSON: names in lowerCamelCase, 64-bit
 * integers and the doubles that JSON lacks as strings. */
void otlp_json(struct buf *, const Otlp__Request *);

#endif
