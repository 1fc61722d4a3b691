/* SPDX-License-Identifier: MIT */
#ifndef ENV_H
#define ENV_H

#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "labels.h"

/* What the variables of the OpenTelemetry specification say; NULL where they
 * are not set.  All of it lives in the arena or the environment. */
struct env {
	const char *endpoint; /* a base, or with `whole` used as it is */
	int whole;
	const char *protocol; /* grpc, http/protobuf or http/json */
	const char *compression;
	const char *certificate, *client_certificate, *client_key;
	int insecure;               /* gRPC to an endpoint without a scheme */
	int64_t timeout_ms;         /* 0: not set */
	const char *const *headers; /* "Name: value", NULL ends */
	struct labels resource;
};

/*
 * Read OTEL_EXPORTER_OTLP_*, those for metrics before the general ones,
 * OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME.  Returns -1 with ST_CONFIG
 * and the variable's name, never a header's value.
 */
int env_read(struct arena *, struct env *, struct err *);

/* Set an attribute: a later one of a key takes the place of the first. */
void env_attribute(
    struct arena *, struct labels *, const char *key, const char *value);

#endif
