/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "creds.h"
#include "fleet.h"
#include "http.h"
#include "labels.h"
#include "log.h"
#include "sample.h"
#include "sending.h"
#include "status.h"

#define AT(field) offsetof(struct sending, field)

const struct opt sending_table[] = {
	{ "azure", 0, OPT_MAYBE, AT(azure), "SCOPE",
	    "send a token of Microsoft Entra ID", 0, 0 },
	{ "basic-auth-file", 0, OPT_STR, AT(basic_file), "FILE",
	    "send user:password, read from FILE", 0, 0 },
	{ "bearer-token-file", 0, OPT_STR, AT(bearer_file), "FILE",
	    "send the token that FILE holds", 0, 0 },
	{ "buffer", 0, OPT_SIZE, AT(buffer), "SIZE",
	    "read ahead so much (256M)", 0, 0 },
	{ "ca-file", 0, OPT_STR, AT(ca_file), "FILE",
	    "trust these certificates, PEM", 0, 0 },
	{ "cert-file", 0, OPT_STR, AT(cert_file), "FILE",
	    "client certificate, PEM", 0, 0 },
	{ "dead-letter", 0, OPT_STR, AT(dead_letter), "DIR",
	    "keep samples that are refused for good in DIR", 0, 0 },
	{ "dead-letter-files", 0, OPT_INT, AT(dead_files), "N",
	    "at most so many files there (10000)", 1, 1000000 },
	{ "dead-letter-size", 0, OPT_SIZE, AT(dead_bytes), "SIZE",
	    "at most so many bytes there (256M)", 0, 0 },
	{ "header-file", 0, OPT_STR, AT(header_file), "FILE",
	    "send the headers in FILE, one a line", 0, 0 },
	{ "insecure-skip-verify", 0, OPT_FLAG, AT(insecure), NULL,
	    "do not verify TLS", 0, 0 },
	{ "key-file", 0, OPT_STR, AT(key_file), "FILE",
	    "key of the client certificate, PEM", 0, 0 },
	{ "label", 0, OPT_LIST, AT(labels), "NAME=VALUE",
	    "label for each series that lacks it", 0, 0 },
	{ "max-bytes", 0, OPT_SIZE, AT(max_bytes), "SIZE",
	    "request size before compression (512k)", 0, 0 },
	{ "max-inflight", 0, OPT_INT, AT(max_inflight), "N",
	    "requests on their way at once (1)", 1, FLEET_MAX },
	{ "max-samples", 0, OPT_INT, AT(max_samples), "N",
	    "samples in a request (5000)", 1, 100000 },
	{ "name", 0, OPT_STR, AT(name), "DESTINATION",
	    "take the windows that are for DESTINATION", 0, 0 },
	{ "order-wait", 0, OPT_DURATION, AT(order_wait), "DURATION",
	    "give up what alone is refused so long (10m)", 0, 0 },
	{ "retry-deadline", 0, OPT_DURATION, AT(retry_deadline), "DURATION",
	    "try a request again for so long (20s)", 0, 0 },
	{ "timeout", 0, OPT_DURATION, AT(timeout), "DURATION",
	    "give a request so long (30s)", 0, 0 },
	{ 0 },
};

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* The first signal asks to end soon, a second one ends at once. */
static void
set_signals(void)
{
	struct sigaction end = { .sa_handler = on_signal,
		.sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL); /* that is a full disk */
}

/* Names that begin with __ are Prometheus's own. */
static int
is_label_name(const char *s)
{
	return sample_plain_name(s, strlen(s), 0) && strncmp(s, "__", 2) != 0;
}

/* The labels of --label as a sender wants them. */
static int
read_labels(struct arena *a, const struct sending *o,
    struct series_rules *rules, struct err *e)
{
	struct labels all = { 0 };
	struct sample_label *v;

	for (size_t i = 0; i < o->labels.n; i++)
		if (labels_parse(a, o->labels.v[i], &all, e) == -1)
			return err_wrap(e, "--label");
	v = arena_alloc(a, (all.n + 1) * sizeof(*v));
	for (size_t i = 0; i < all.n; i++)
		if (!o->utf8 && !is_label_name(all.v[i].key))
			return err_set(e, ST_USAGE,
			    "--label: \"%s\" is no name of a label",
			    all.v[i].key);
	for (size_t i = 0; i < all.n; i++)
		v[i] = (struct sample_label){ all.v[i].key, all.v[i].value };
	rules->extra = v;
	rules->nextra = all.n;
	return 0;
}

int
sending_run(const struct sending *o, const struct sending_tool *t,
    const char *url, struct err *e)
{
	struct arena a = { 0 };
	struct creds_config cc = { .bearer_file = o->bearer_file,
		.basic_file = o->basic_file,
		.header_file = o->header_file,
		.azure = o->azure,
		.url = url,
		.user_agent = t->user_agent };
	struct http_config hc = { .user_agent = t->user_agent,
		.ca_file = o->ca_file,
		.cert_file = o->cert_file,
		.key_file = o->key_file,
		.insecure = o->insecure };
	struct sender_config sc = { .tool = t->name,
		.destination = o->name,
		.codec = t->codec,
		.rules = { .utf8 = o->utf8 },
		.max_samples = o->max_samples,
		.max_bytes = o->max_bytes,
		.max_inflight = o->max_inflight,
		.buffer = o->buffer,
		.timeout_ms = o->timeout / WHEN_MS,
		.retry_ms = o->retry_deadline / WHEN_MS,
		.order_wait_ms = o->order_wait / WHEN_MS,
		.stop = &stop };
	struct dead_config dc = { .dir = o->dead_letter,
		.tool = t->name,
		.destination = o->name != NULL ? o->name : "default",
		.max_bytes = o->dead_bytes,
		.max_files = o->dead_files };
	struct http *http = NULL;
	int tls, status = -1;

	set_signals();
	tls = http_url(url, e);
	hc.plain = tls == 0;
	if (tls != -1 && read_labels(&a, o, &sc.rules, e) == 0 &&
	    (sc.creds = creds_new(&cc, e)) != NULL &&
	    (http = http_new(&hc, e)) != NULL &&
	    (dc.dir == NULL || (sc.dead = dead_new(&dc, e)) != NULL) &&
	    metrics_start(o->common.metrics_file, t->name, t->metrics, e) == 0)
		status = sender_run(
		    &sc, http, STDIN_FILENO, STDOUT_FILENO, t->metrics, e);
	metrics_stop();
	http_free(http);
	creds_free(sc.creds);
	dead_free(sc.dead);
	arena_fini(&a);
	return status;
}
