/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backoff.h"
#include "child.h"
#include "io.h"
#include "kube_exec.h"
#include "log.h"
#include "mem.h"
#include "program.h"
#include "status.h"
#include "when.h"

#define LIMIT_SEC     120
#define RUN_MS        ((LIMIT_SEC - 10) * 1000)
#define OUT_MAX       (1 << 20)
#define SAID_MAX      200   /* bytes of what it complains that are told */
#define EARLY_MS      60000 /* asked again so long before the end */
#define AGAIN_MIN     1000
#define AGAIN_MAX     60000
#define REFUSED_EVERY 10000 /* between two dropped for a 401 */

struct kube_plugin {
	const struct kube_exec *x;
	struct child child;
	struct arena a; /* what it gave last */
	struct kube_credential now;
	long made;          /* 0: nothing yet */
	int64_t ends;       /* monotonic ms; when it is of no use any more */
	int64_t renew;      /* when to ask again */
	int64_t not_before; /* no question earlier */
	int64_t failures;   /* in a row */
	int64_t refused_at; /* 0: never */
	struct err e;       /* of the last question */
};

/* How the program ended, in front of what it wrote. */
struct result {
	int status; /* of the program; -1: e tells why there is none */
	struct err e;
};

struct kube_plugin *
kube_plugin_new(const struct kube_exec *x)
{
	struct kube_plugin *p = mem_new(1, sizeof(*p));

	p->x = x;
	return p;
}

/* Forget it; its memory is wiped with the keys that are in it. */
static void
forget(struct kube_plugin *p)
{
	const char *const secrets[] = { p->now.token, p->now.key_pem };

	for (size_t i = 0; i < 2; i++)
		if (secrets[i] != NULL)
			explicit_bzero((char *)secrets[i], strlen(secrets[i]));
	p->now = (struct kube_credential){ 0 };
	arena_fini(&p->a);
}

void
kube_plugin_free(struct kube_plugin *p)
{
	if (p == NULL)
		return;
	child_fini(&p->child);
	forget(p);
	free(p);
}

/* One line of what it complains, without what would end or colour it. */
static void
complaint(struct err *e, const char *name, int status, const struct buf *says)
{
	char line[SAID_MAX + 1];
	size_t n = 0;

	for (const char *c = buf_str(says); *c != '\0' && n < SAID_MAX; c++)
		if (!iscntrl((unsigned char)*c))
			line[n++] = *c;
		else if (n > 0 && line[n - 1] != ' ')
			line[n++] = ' ';
	line[n] = '\0';
	err_set(e, ST_RETRY, "%s ended with %d: %s", name, status, line);
}

/* In the process of its own. */
static void
run(void *ctx, int fd)
{
	const struct kube_exec *x = ctx;
	struct buf out = { 0 }, says = { 0 };
	struct result r = { 0 };
	struct err ignored;

	for (const char *const *v = x->env; *v != NULL; v++)
		putenv((char *)*v);
	r.status = program_run(x->argv, RUN_MS, OUT_MAX, &out, &says, &r.e);
	if (r.status > 0)
		complaint(&r.e, x->argv[0], r.status, &says);
	if (io_write(fd, &r, sizeof(r), &ignored) == 0 && r.status == 0)
		io_write(fd, buf_str(&out), out.len, &ignored);
}

static void
failed(struct kube_plugin *p)
{
	err_wrap(&p->e, "credentials of %s", p->x->argv[0]);
	log_warn("no credentials", KV_S("error", p->e.msg));
	p->not_before = when_mono_ms() +
	    backoff_ms(AGAIN_MIN, AGAIN_MAX, ++p->failures, (uint64_t)getpid());
}

static void
start(struct kube_plugin *p)
{
	child_fini(&p->child);
	if (child_start(&p->child, run, (void *)p->x, LIMIT_SEC, &p->e) == -1)
		failed(p);
}

/* When what it gave ends, by our clock that is never set. */
static int
set_times(struct kube_plugin *p, const struct kube_credential *c)
{
	int64_t now = when_mono_ms(), life;

	p->not_before = now + AGAIN_MIN;
	if (c->expires_ms == 0) {
		p->ends = p->renew = INT64_MAX;
		return 0;
	}
	life = c->expires_ms - when_to_unix_ms(when_now());
	if (life <= 0)
		return err_set(&p->e, ST_RETRY,
		    "what it gives has expired: look at both clocks");
	p->ends = now + life;
	p->renew = life > 2 * EARLY_MS ? p->ends - EARLY_MS : now + life / 2;
	return 0;
}

static int
keep(struct kube_plugin *p, const char *text, size_t n)
{
	struct kube_credential c;
	struct arena a = { 0 };

	if (kube_credential_read(&a, text, n, p->x->api_version, &c, &p->e) ==
		-1 ||
	    set_times(p, &c) == -1) {
		arena_fini(&a);
		return -1;
	}
	forget(p);
	p->a = a;
	p->now = c;
	p->made++;
	p->failures = 0;
	log_info("credentials", KV_S("program", p->x->argv[0]));
	return 0;
}

/* The process has ended: what it said. */
static int
take(struct kube_plugin *p)
{
	const struct buf *got = &p->child.got;
	struct result r;

	if (got->len < sizeof(r))
		return err_set(&p->e, ST_RETRY, "its process said nothing");
	memcpy(&r, got->data, sizeof(r));
	if (r.status == 0)
		return keep(p, got->data + sizeof(r), got->len - sizeof(r));
	p->e = r.e;
	if (r.status == -1 && r.e.code == ST_CONFIG && p->x->hint != NULL)
		err_set(&p->e, ST_CONFIG, "%s: %.300s", r.e.msg, p->x->hint);
	return -1;
}

void
kube_plugin_read(struct kube_plugin *p)
{
	int more;

	if (p->child.pid == 0 || (more = child_read(&p->child, &p->e)) == 1)
		return;
	if (more == -1 || take(p) == -1)
		failed(p);
	child_fini(&p->child);
}

int
kube_plugin_fd(const struct kube_plugin *p)
{
	return p->child.pid != 0 ? p->child.fd : -1;
}

int
kube_plugin_get(struct kube_plugin *p, struct kube_proof *proof, struct err *e)
{
	int64_t now = when_mono_ms();

	if (p->child.pid == 0 && now >= p->not_before &&
	    (p->made == 0 || now >= p->renew))
		start(p);
	if (p->made > 0 && now < p->ends) {
		proof->token = p->now.token;
		proof->cert_pem = p->now.cert_pem;
		proof->key_pem = p->now.key_pem;
		proof->made = p->made;
		return 1;
	}
	*e = p->e;
	return p->child.pid != 0 ? 0 : -1;
}

void
kube_plugin_again(struct kube_plugin *p)
{
	p->renew = p->not_before = 0;
}

int
kube_plugin_refused(struct kube_plugin *p, long made)
{
	int64_t now = when_mono_ms();

	if (made != p->made)
		return 1;
	if (p->refused_at != 0 && now - p->refused_at < REFUSED_EVERY)
		return 0;
	p->refused_at = now;
	p->ends = p->renew = p->not_before = 0;
	return 1;
}
