/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "env.h"
#include "log.h"
#include "opts.h"
#include "otlp_grpc.h"
#include "otlp_http.h"
#include "sending.h"
#include "status.h"

#define SERVICE "adx-mon-metrics-exporter"
#define PATH    "/v1/metrics"

struct opts {
	struct sending send;
	struct opt_list resource;
	const char *encoding;
	const char *compression;
};

static const struct opt table[] = {
	{ "compression", 0, OPT_STR, offsetof(struct opts, compression),
	    "none|gzip", "of requests (none)", 0, 0 },
	{ "encoding", 0, OPT_STR, offsetof(struct opts, encoding),
	    "protobuf|json", "of requests over HTTP (protobuf)", 0, 0 },
	{ "resource", 0, OPT_LIST, offsetof(struct opts, resource), "K=V,...",
	    "attributes of the resource", 0, 0 },
	{ 0 },
};

static const struct opt_tool tool = {
	.name = "otlpsend",
	.synopsis = "[option ...] [URL]",
	.summary = "send Prometheus text by OTLP",
	.table = table,
	.more = sending_table,
	.more_at = offsetof(struct opts, send),
	.common = offsetof(struct opts, send.common),
	.min_args = 0,
	.max_args = 1,
};

static struct metric metrics[] = {
	SENDING_METRICS("otlpsend"),
	[SENT_ALIVE] = { 0 },
};

/* Where to send, and how. */
struct target {
	const char *url;
	int grpc, json, gzip;
};

/* Take one of two words.  Returns -1: it is neither. */
static int
choose(const char *what, const char *said, const char *no, const char *yes,
    int *out, struct err *e)
{
	if (said == NULL)
		return 0;
	*out = strcmp(said, yes) == 0;
	if (!*out && strcmp(said, no) != 0)
		return err_set(e, ST_USAGE, "%s: \"%s\" is neither %s nor %s",
		    what, said, no, yes);
	return 0;
}

static int
has_path(const char *url)
{
	const char *host = strstr(url, "://"), *slash;

	slash = host != NULL ? strchr(host + 3, '/') : NULL;
	return slash != NULL && slash[1] != '\0';
}

/* The URL with a path behind its host, a slash at its end left out. */
static const char *
with_path(struct arena *a, const char *url, const char *path)
{
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	return arena_printf(a, "%.*s%s", (int)n, url, path);
}

/* The URL of the method on a server of gRPC, at its port if none is given. */
static const char *
grpc_url(struct arena *a, const char *scheme, const char *rest)
{
	size_t n = strcspn(rest, "/");
	const char *last = rest + n, *port;

	while (last > rest && last[-1] != ':' && last[-1] != ']')
		last--;
	port = last > rest && last[-1] == ':' ? "" : ":4317";
	return arena_printf(
	    a, "%s://%.*s%s" OTLP_GRPC_METHOD, scheme, (int)n, rest, port);
}

/* The operand: http(s) as it stands, grpc(s) for the other protocol. */
static void
from_operand(struct arena *a, const char *url, struct target *t)
{
	t->grpc = 1;
	if (strncasecmp(url, "grpc://", 7) == 0) {
		t->url = grpc_url(a, "http", url + 7);
	} else if (strncasecmp(url, "grpcs://", 8) == 0) {
		t->url = grpc_url(a, "https", url + 8);
	} else {
		t->grpc = 0;
		t->url = has_path(url) ? url : with_path(a, url, PATH);
	}
}

/* The variables, as the OpenTelemetry specification has them. */
static void
from_env(struct arena *a, const struct env *env, struct target *t)
{
	const char *url = env->endpoint, *rest = strstr(url, "://");

	if (!t->grpc) {
		t->url = !env->whole ? with_path(a, url, PATH)
		    : has_path(url)  ? url
				     : with_path(a, url, "/");
	} else if (rest == NULL) {
		t->url = grpc_url(a, env->insecure ? "http" : "https", url);
	} else {
		t->url = grpc_url(a,
		    strncasecmp(url, "https:", 6) == 0 ? "https" : "http",
		    rest + 3);
	}
}

static int
read_protocol(const struct env *env, struct target *t, struct err *e)
{
	const char *p = env->protocol;

	if (p == NULL)
		return 0;
	t->grpc = strcmp(p, "grpc") == 0;
	t->json = strcmp(p, "http/json") == 0;
	if (!t->grpc && !t->json && strcmp(p, "http/protobuf") != 0)
		return err_set(e, ST_CONFIG,
		    "OTEL_EXPORTER_OTLP_PROTOCOL: \"%s\" is none of grpc, "
		    "http/protobuf and http/json",
		    p);
	return 0;
}

static int
read_target(struct arena *a, const struct opts *o, const struct env *env,
    const char *url, struct target *t, struct err *e)
{
	if (read_protocol(env, t, e) == -1 ||
	    choose("OTEL_EXPORTER_OTLP_COMPRESSION", env->compression, "none",
		"gzip", &t->gzip, e) == -1 ||
	    choose("--compression", o->compression, "none", "gzip", &t->gzip,
		e) == -1 ||
	    choose("--encoding", o->encoding, "protobuf", "json", &t->json,
		e) == -1)
		return -1;
	if (url != NULL)
		from_operand(a, url, t);
	else if (env->endpoint != NULL)
		from_env(a, env, t);
	else
		return err_set(e, ST_USAGE,
		    "where to? Give a URL or set "
		    "OTEL_EXPORTER_OTLP_ENDPOINT");
	if (t->grpc && o->encoding != NULL && t->json)
		return err_set(e, ST_USAGE, "gRPC has no JSON");
	return 0;
}

/* What is said of the resource: our own, the variables', the options'. */
static int
read_resource(struct arena *a, const struct opts *o, const struct env *env,
    struct labels *all, struct err *e)
{
	struct labels given = { 0 };

	env_attribute(a, all, "service.name", SERVICE);
	env_attribute(a, all, "service.version", VERSION);
	for (size_t i = 0; i < env->resource.n; i++)
		env_attribute(
		    a, all, env->resource.v[i].key, env->resource.v[i].value);
	for (size_t i = 0; i < o->resource.n; i++)
		if (labels_parse(a, o->resource.v[i], &given, e) == -1)
			return err_wrap(e, "--resource");
	for (size_t i = 0; i < given.n; i++)
		env_attribute(a, all, given.v[i].key, given.v[i].value);
	return 0;
}

/* Files that the variables name, where no option does. */
static void
set_files(struct sending *s, const struct env *env)
{
	if (s->ca_file == NULL)
		s->ca_file = env->certificate;
	if (s->cert_file == NULL)
		s->cert_file = env->client_certificate;
	if (s->key_file == NULL)
		s->key_file = env->client_key;
}

static int
send_all(const struct sending *s, const struct env *env, struct target *t,
    struct otlp_source *source, struct err *e)
{
	struct otlp_http http = { .url = t->url,
		.source = source,
		.more = env->headers,
		.json = t->json,
		.gzip = t->gzip };
	struct otlp_grpc grpc = { .url = t->url,
		.source = source,
		.more = env->headers,
		.timeout_ms = s->timeout / WHEN_MS,
		.gzip = t->gzip };
	struct sending_tool st = { .name = tool.name,
		.user_agent = "kqlpipe-otlpsend/" VERSION,
		.codec =
		    t->grpc ? otlp_grpc_codec(&grpc) : otlp_http_codec(&http),
		.metrics = metrics };
	int status = sending_run(s, &st, t->url, e);

	otlp_http_fini(&http);
	otlp_grpc_fini(&grpc);
	return status;
}

static int
run(struct opts *o, const struct env *env, struct arena *a, const char *url,
    struct err *e)
{
	struct otlp_source source = { .description = "" };
	struct target t = { 0 };
	int status = -1;

	set_files(&o->send, env);
	if (read_target(a, o, env, url, &t, e) == 0 &&
	    read_resource(a, o, env, &source.resource, e) == 0)
		status = send_all(&o->send, env, &t, &source, e);
	otlp_source_fini(&source);
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = { .send = SENDING_DEFAULTS };
	struct arena a = { 0 };
	struct env env = { 0 };
	struct err e;
	int wrong = env_read(&a, &env, &e), arg, status;

	o.send.utf8 = 1;
	if (env.timeout_ms > 0)
		o.send.timeout = env.timeout_ms * WHEN_MS;
	arg = opts_parse(&tool, argc, argv, &o);
	status = wrong ? -1 : run(&o, &env, &a, argv[arg], &e);
	if (status == -1)
		status = log_fail(&e);
	arena_fini(&a);
	return status;
}
