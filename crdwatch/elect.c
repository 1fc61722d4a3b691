/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "elect.h"
#include "log.h"
#include "status.h"

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/"

/* Log what is new, once. */
static void
tell(struct elect *el, const char *msg, const char *key, const char *value)
{
	if (strcmp(buf_str(&el->told), value) == 0)
		return;
	buf_reset(&el->told);
	buf_puts(&el->told, value);
	log_info(msg, KV_S("lease", el->lease.name), KV_S(key, value));
}

static void
on_answer(void *ctx, const struct kube_reply *r)
{
	struct elect *el = ctx;
	struct lease *l = &el->lease;
	int64_t now = when_mono_ms();
	int led = lease_leads(l, now), first = l->step == LEASE_LOOK;

	lease_answer(l, r->status.outcome, r->body, r->body_len, now);
	if (!led && lease_leads(l, now))
		tell(el, "leading", "id", el->id);
	else if (r->status.outcome == KUBE_OK && !l->led && l->holder.len > 0)
		tell(el, "waiting for the lease", "holder", l->holder.data);
	else if (r->status.outcome != KUBE_OK &&
	    !(first && r->status.outcome == KUBE_NOT_FOUND))
		tell(el, "no answer for the lease", "error", r->status.message);
}

void
elect_open(
    struct elect *el, struct kube *k, const char *name, const char *space)
{
	char host[ELECT_HOST] = "", uuid[UUID_TEXT];
	struct lease *l = &el->lease;

	gethostname(host, sizeof(host) - 1);
	uuid_make(uuid);
	snprintf(el->id, sizeof(el->id), "%s_%s", host, uuid);
	el->kube = k;
	*l = (struct lease){ .name = name,
		.space = space,
		.id = el->id,
		.duration = LEASE_DURATION,
		.deadline = LEASE_DEADLINE,
		.retry = LEASE_RETRY };
	if (getrandom(&l->seed, sizeof(l->seed), GRND_NONBLOCK) == -1)
		l->seed = (uint64_t)when_mono_ms();
	buf_puts(&el->paths[0], LEASES);
	kube_quote(&el->paths[0], space);
	buf_puts(&el->paths[0], "/leases");
	buf_printf(&el->paths[1], "%s/", el->paths[0].data);
	kube_quote(&el->paths[1], name);
}

static int
ask(struct elect *el, int64_t now, struct err *e)
{
	static const char *const methods[] = {
		[LEASE_GET] = "GET", [LEASE_POST] = "POST", [LEASE_PUT] = "PUT"
	};
	struct buf body = { 0 };
	enum lease_ask ask = lease_next(&el->lease, now, when_now(), &body);
	int r;

	if (ask == LEASE_REST)
		return 0;
	r = kube_start(el->kube,
	    &(struct kube_request){ .method = methods[ask],
		.path = el->paths[ask != LEASE_POST].data,
		.body = body.data,
		.body_len = body.len,
		.timeout_ms = lease_patience(&el->lease, now),
		.done = on_answer,
		.ctx = el },
	    e);
	buf_fini(&body);
	return r;
}

int
elect_turn(struct elect *el, struct err *e)
{
	const struct lease *l = &el->lease;
	int64_t now = when_mono_ms();

	if (lease_lost(&el->lease, now)) {
		if (strcmp(buf_str(&l->holder), el->id) != 0)
			return err_set(e, ST_RETRY,
			    "the lease %s is lost: %.200s holds it", l->name,
			    buf_str(&l->holder));
		return err_set(e, ST_RETRY,
		    "the lease %s is lost: it was not renewed for %d s",
		    l->name, (int)(l->deadline / 1000));
	}
	if (ask(el, now, e) == -1)
		return -1;
	return lease_leads(&el->lease, now);
}

int64_t
elect_due(const struct elect *el)
{
	int64_t due = lease_due(&el->lease);

	return due != INT64_MAX ? due : 0;
}

void
elect_fini(struct elect *el)
{
	if (el->kube != NULL)
		kube_cancel(el->kube, el);
	lease_fini(&el->lease);
	buf_fini(&el->paths[0]);
	buf_fini(&el->paths[1]);
	buf_fini(&el->told);
}
