/* SPDX-License-Identifier: MIT */
#ifndef OTLP_ANSWER_H
#define OTLP_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* What a receiver says in the body of an answer. */
struct otlp_said {
	int64_t rejected;    /* points it refused of a request it took */
	const char *message; /* in its words, in the arena; "" none */
	int64_t retry_ms;    /* come again so much later; 0: not said */
};

/*
 * Read the body of a success, as protobuf or JSON (OTLP, "Partial Success").
 * An empty one, or one that makes no sense, says nothing.
 */
void otlp_answer_success(
    struct arena *, const char *body, size_t n, int json, struct otlp_said *);

/* Read a google.rpc.Status likewise, with its RetryInfo if there is one. */
void otlp_answer_status(
    struct arena *, const char *body, size_t n, int json, struct otlp_said *);

#endif
