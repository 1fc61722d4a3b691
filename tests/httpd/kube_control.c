/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kube_control.h"
#include "kube_write.h"

static void
state(struct kube_control *c, struct kube_ask *q)
{
	buf_printf(&q->answer,
	    "{\"revision\":%lld,\"watches\":%d,\"requests\":%d}\n",
	    (long long)kube_set_rev(c->set), c->watches->running, c->requests);
}

/* The MetricsExporters that are there, a line each. */
static void
objects(struct kube_control *c, struct kube_ask *q)
{
	const struct kube_kind *k = kube_kinds();
	size_t i = kube_set_from(c->set, k, "");

	for (; i < c->set->n && c->set->v[i]->kind == k; i++) {
		const struct kube_object *o = c->set->v[i];

		if (o->now->change != KUBE_DELETED)
			buf_printf(&q->answer, "%s %lld\n", o->path,
			    (long long)o->now->rev);
	}
}

static void
fault(struct kube_control *c, struct kube_ask *q)
{
	struct err e;

	if (kube_faults_add(c->faults, buf_str(&q->body), q->body.len, &e) ==
	    -1)
		kube_ask_fail(q, 400, NULL, "%s", e.msg);
}

void
kube_control(struct kube_control *c, struct kube_ask *q)
{
	const char *what = q->path + strlen("/control/");
	struct kube_watches *w = c->watches;

	q->status = 200;
	if (strcmp(what, "apply") == 0) {
		kube_write_apply(c->set, q, c->upstream);
	} else if (strcmp(what, "fault") == 0) {
		fault(c, q);
	} else if (strcmp(what, "clear") == 0) {
		kube_faults_clear(c->faults);
	} else if (strcmp(what, "compact") == 0) {
		c->set->compacted = kube_set_rev(c->set);
	} else if (strcmp(what, "bookmark") == 0) {
		w->marks++;
	} else if (strcmp(what, "cut") == 0) {
		w->hard = *kube_ask_arg(q, "hard", "") != '\0';
		w->cuts++;
	} else if (strcmp(what, "raw") == 0) {
		buf_add(&w->raw, buf_str(&q->body), q->body.len);
	} else if (strcmp(what, "restart") == 0) {
		c->restart_ms = atoi(kube_ask_arg(q, "ms", "200"));
		kill(getpid(), SIGUSR1);
	} else if (strcmp(what, "objects") == 0) {
		objects(c, q);
	} else if (strcmp(what, "state") == 0) {
		state(c, q);
	} else {
		kube_ask_fail(q, 404, NULL, "no control is named %s", what);
	}
	pthread_cond_broadcast(&c->set->news);
}
