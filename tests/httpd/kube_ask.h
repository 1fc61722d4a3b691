/* SPDX-License-Identifier: MIT */
#ifndef KUBE_ASK_H
#define KUBE_ASK_H

#include "arena.h"
#include "buf.h"
#include "json.h"
#include "kube_set.h"

/* A request as it was read, and the answer to it. */
struct kube_ask {
	struct arena a;
	const char *method;
	const char *path;
	struct json *args; /* an object: what is behind the ? */
	struct json *headers;
	struct buf body; /* as it came */

	/* What it is about; kind NULL: something else. */
	const struct kube_kind *kind;
	const char *namespace; /* NULL: all */
	const char *name;      /* NULL: the whole list */
	const char *sub;       /* subresource, or NULL */
	const char *verb;      /* as RBAC has it: get list watch create ... */

	/* The answer, unless it is a watch. */
	int status;
	struct buf answer;
};

/* Read the path and the method: kind and what follows it. */
void kube_ask_read(struct kube_ask *);

/* A value of args or headers, or the fallback. */
const char *kube_ask_arg(
    const struct kube_ask *, const char *name, const char *fallback);
const char *kube_ask_header(
    const struct kube_ask *, const char *name, const char *fallback);

/* "namespace/name". */
const char *kube_ask_object(struct kube_ask *);

/*
 * Make the answer a Status of that code; reason NULL: the one that code has.
 * The message is made of fmt.
 */
void kube_ask_fail(struct kube_ask *, int code, const char *reason,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The reason of a code, as the API server gives it. */
const char *kube_reason(int code);

/* Append a Status to b; details of q when it is not NULL. */
void kube_status(struct buf *b, struct kube_ask *q, int code,
    const char *reason, const char *message);

/* "metricsexporters.adx-mon.azure.com". */
const char *kube_ask_resource(struct kube_ask *);

/* Append the request as a line of JSON. */
void kube_ask_record(const struct kube_ask *, int number, struct buf *);

#endif
