/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "creds.h"
#include "http.h"
#include "labels.h"
#include "log.h"
#include "metrics.h"
#include "opts.h"
#include "remote_write_v1.h"
#include "sample.h"
#include "sender.h"
#include "status.h"
#include "when.h"

struct opts {
	const char *name;
	const char *bearer_file, *basic_file, *header_file;
	const char *ca_file, *cert_file, *key_file;
	int insecure;
	int utf8;
	struct opt_list labels;
	int64_t max_samples, max_bytes, buffer;
	ticks retry_deadline, order_wait, timeout;
	struct opt_common common;
};

#define AT(field) offsetof(struct opts, field)

static const struct opt table[] = {
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
	{ "utf8", 0, OPT_FLAG, AT(utf8), NULL,
	    "keep other characters in names, do not write _", 0, 0 },
	{ 0 },
};

static const struct opt_tool tool = {
	.name = "promsend",
	.synopsis = "[option ...] URL",
	.summary = "send Prometheus text by remote write",
	.table = table,
	.common = AT(common),
	.min_args = 1,
	.max_args = 1,
};

static struct metric metrics[] = {
	[SENT_SAMPLES] = { "kqlpipe_promsend_samples_sent_total", "counter",
	    "Samples that the receiver has taken.", 0 },
	[SENT_HAD] = { "kqlpipe_promsend_samples_had_total", "counter",
	    "Samples that the receiver had from an earlier try.", 0 },
	[SENT_REJECTED] = { "kqlpipe_promsend_samples_rejected_total",
	    "counter", "Samples refused for good.", 0 },
	[SENT_DOUBLES] = { "kqlpipe_promsend_samples_repeated_total", "counter",
	    "Samples dropped as series and time came again.", 0 },
	[SENT_REQUESTS] = { "kqlpipe_promsend_requests_total", "counter",
	    "Requests sent.", 0 },
	[SENT_BYTES] = { "kqlpipe_promsend_request_bytes_total", "counter",
	    "Bytes of request bodies sent.", 0 },
	[SENT_WINDOWS] = { "kqlpipe_promsend_windows_answered_total", "counter",
	    "Windows delivered or rejected.", 0 },
	[SENT_FAILED] = { "kqlpipe_promsend_windows_failed_total", "counter",
	    "Windows that failed and are owed again.", 0 },
	[SENT_BUFFER] = { "kqlpipe_promsend_buffer_bytes", "gauge",
	    "Bytes read ahead.", 0 },
	[SENT_BREAKER] = { "kqlpipe_promsend_breaker_open", "gauge",
	    "Whether the receiver counts as unavailable.", 0 },
	[SENT_ALIVE] = { 0 },
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
}

/* Names that begin with __ are Prometheus's own. */
static int
is_label_name(const char *s)
{
	return sample_plain_name(s, strlen(s), 0) && strncmp(s, "__", 2) != 0;
}

/* The labels of --label as a sender wants them. */
static int
read_labels(struct arena *a, const struct opts *o, struct series_rules *rules,
    struct err *e)
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

static int
run(const struct opts *o, const char *url, struct err *e)
{
	struct remote_v1 remote = { 0 };
	struct arena a = { 0 };
	struct creds_config cc = { remote_v1_headers, o->bearer_file,
		o->basic_file, o->header_file };
	struct http_config hc = { .user_agent = "kqlpipe-promsend/" VERSION,
		.ca_file = o->ca_file,
		.cert_file = o->cert_file,
		.key_file = o->key_file,
		.insecure = o->insecure };
	struct sender_config sc = { .tool = "promsend",
		.destination = o->name,
		.codec = { remote_v1_encode, &remote, url },
		.headers = creds_headers,
		.rules = { .utf8 = o->utf8 },
		.max_samples = o->max_samples,
		.max_bytes = o->max_bytes,
		.buffer = o->buffer,
		.timeout_ms = o->timeout / WHEN_MS,
		.retry_ms = o->retry_deadline / WHEN_MS,
		.order_wait_ms = o->order_wait / WHEN_MS,
		.stop = &stop };
	struct http *http = NULL;
	int tls, status = -1;

	tls = http_url(url, e);
	hc.plain = tls == 0;
	if (tls != -1 && read_labels(&a, o, &sc.rules, e) == 0 &&
	    (sc.headers_ctx = creds_new(&cc, e)) != NULL &&
	    (http = http_new(&hc, e)) != NULL &&
	    metrics_start(o->common.metrics_file, "promsend", metrics, e) == 0)
		status = sender_run(
		    &sc, http, STDIN_FILENO, STDOUT_FILENO, metrics, e);
	metrics_stop();
	http_free(http);
	creds_free(sc.headers_ctx);
	remote_v1_fini(&remote);
	arena_fini(&a);
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = { .max_samples = 5000,
		.max_bytes = 512 << 10,
		.buffer = 256 << 20,
		.retry_deadline = 20 * WHEN_SEC,
		.order_wait = 600 * WHEN_SEC,
		.timeout = 30 * WHEN_SEC };
	int arg = opts_parse(&tool, argc, argv, &o), status;
	struct err e;

	set_signals();
	if ((status = run(&o, argv[arg], &e)) == -1)
		status = log_fail(&e);
	return status;
}
