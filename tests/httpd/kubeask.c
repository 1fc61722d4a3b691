/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "kube.h"
#include "log.h"
#include "status.h"

/*
 * kubeask METHOD PATH [BODY]: one request to the API that the environment or
 * KUBECONFIG names, by the client of the tools.  Prints the HTTP status, the
 * reason and what was answered; ends with 1 when that is no good answer.  Each
 * line of standard input asks again, on the same connection if there is one.
 */

static int
print(const struct kube_reply *r)
{
	printf("%d %s %s\n", r->status.code,
	    *r->status.reason != '\0' ? r->status.reason : "-",
	    r->status.outcome == KUBE_OK ? r->body : r->status.message);
	fflush(stdout);
	return r->status.outcome == KUBE_OK ? ST_OK : ST_SKIP;
}

/* Returns a status, or -1 with e. */
static int
ask(struct kube *k, char *argv[], struct err *e)
{
	const struct kube_reply *r;
	struct kube_request rq = { .method = argv[1],
		.path = argv[2],
		.body = argv[3],
		.body_len = argv[3] != NULL ? strlen(argv[3]) : 0,
		.timeout_ms = 10000 };

	if (kube_start(k, &rq, e) == -1)
		return -1;
	while ((r = kube_take(k)) == NULL)
		if (kube_poll(k, NULL, 0, -1, e) == -1)
			return -1;
	return print(r);
}

static int
run(struct arena *a, char *argv[], struct err *e)
{
	struct kube_config cf;
	struct kube *k = NULL;
	char line[16];
	int status;

	if (kube_config_load(a, NULL, NULL, &cf, e) == -1 ||
	    (k = kube_new(&cf, "kubeask/1", e)) == NULL)
		return -1;
	while ((status = ask(k, argv, e)) != -1 &&
	    fgets(line, sizeof(line), stdin) != NULL)
		;
	kube_free(k);
	return status;
}

int
main(int argc, char *argv[])
{
	struct arena a = { 0 };
	struct err e;
	int status;

	log_init("kubeask", LV_INFO, 0);
	if (argc < 3)
		return ST_USAGE;
	if ((status = run(&a, argv, &e)) == -1)
		status = log_fail(&e);
	arena_fini(&a);
	return status;
}
