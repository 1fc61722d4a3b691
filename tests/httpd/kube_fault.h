/* SPDX-License-Identifier: MIT */
#ifndef KUBE_FAULT_H
#define KUBE_FAULT_H

#include <stdint.h>

#include "arena.h"
#include "err.h"
#include "kube_ask.h"

/*
 * What is to go wrong with requests, as JSON objects, one a line, each of
 * which holds for the next requests that it matches.  Members, all optional:
 *
 *	"verb":"list"     only requests of that verb (get list watch create
 *	                  update patch delete), and only of that
 *	"resource":"R"    plural, as metricsexporters
 *	"times":N         for N requests (default 1; 0: until all are cleared)
 *	"delay":MS        wait first
 *	"hang":true       never answer
 *	"close":true      end the connection without an answer
 *	"status":N        an error, with
 *	"reason":"R", "message":"M"       as a Status has them,
 *	"text":"T"        or this text in place of JSON (status 200 too),
 *	"retryAfter":S    and this header
 *	"cut":N           end the connection behind N bytes of the body
 *	"slow":N          N bytes of the body a second
 */
struct kube_fault {
	const char *verb, *resource; /* NULL: any */
	int64_t times;               /* left; -1: no end */
	int status;                  /* 0: as it comes */
	const char *reason, *message, *text;
	int64_t retry_after;      /* s; -1: none */
	int64_t delay, cut, slow; /* cut and slow: -1 for none */
	int hang, close;
	struct kube_fault *next;
};

struct kube_faults {
	struct arena a;
	struct kube_fault *first;
};

/* Add the faults of a text.  Returns -1 with e: a line that is none. */
int kube_faults_add(
    struct kube_faults *, const char *text, size_t n, struct err *e);

/* The fault of a request; one without any when none matches. */
struct kube_fault kube_faults_take(
    struct kube_faults *, const struct kube_ask *);

/* Forget them all. */
void kube_faults_clear(struct kube_faults *);

#endif
