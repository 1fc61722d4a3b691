/* SPDX-License-Identifier: MIT */
#ifndef OTLP_GRPC_H
#define OTLP_GRPC_H

#include "otlp_http.h"

/* OTLP over gRPC: what it needs between requests.  Zero but for the first part
 * it is ready. */
struct otlp_grpc {
	const char *url; /* of the method; borrowed, as all that is given */
	struct otlp_source *source;
	const char *const *more; /* headers besides its own; NULL: none */
	int64_t timeout_ms;      /* of a request, said to the server */
	int gzip;

	const char *headers[OTLP_HEADERS_MAX + 1];
	char timeout[48];
	struct arena a;
	struct buf raw;
};

/* What stands behind the host in the URL of a request. */
#define OTLP_GRPC_METHOD \
	"/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"

/* The codec; it borrows g. */
struct codec otlp_grpc_codec(struct otlp_grpc *g);

void otlp_grpc_fini(struct otlp_grpc *);

/*
 * The one message of a gRPC answer of n bytes, unpacked into out if it came
 * packed; max bounds it.  Returns 0, or -1: there is none whole.
 */
int otlp_grpc_message(const char *body, size_t n, size_t max, const char **at,
    size_t *len, struct buf *out);

#endif
