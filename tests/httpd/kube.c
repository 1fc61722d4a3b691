/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <microhttpd.h>

#include "file.h"
#include "io.h"
#include "kube_control.h"
#include "kube_list.h"
#include "kube_write.h"
#include "log.h"
#include "mem.h"
#include "status.h"

/*
 * kube [-b MS] [-p PORT] [-r RECORD] [-t TOKEN] [-u]: an API server of
 * Kubernetes on a loopback port, which it prints: the resources of adx-mon,
 * leases and events, from memory, with what tests ask of it (kube_control.h).
 * A bookmark is sent every MS (60000).  What it is asked is written to RECORD,
 * one JSON object a line.  With -t only requests with the token that is in the
 * file TOKEN at that time are answered, others by 401.  With -u the schema is
 * upstream's, which prunes what it does not know.
 */
#define TOKEN_MAX 8192 /* bytes */
#define PACE_MS   20

struct server {
	struct kube_set set;
	struct kube_watches watches;
	struct kube_faults faults;
	struct kube_control control;
	const char *record, *token_file;
	int port;
};

/* A body that is cut or slow. */
struct text {
	struct buf b;
	int64_t cut, slow;
};

static ssize_t
text_read(void *ctx, uint64_t at, char *p, size_t room)
{
	struct text *t = ctx;
	size_t pace = t->slow > 0 ? (size_t)t->slow * PACE_MS / 1000 + 1 : room;

	if (t->slow != -1)
		poll(NULL, 0, PACE_MS);
	if (room > pace)
		room = pace;
	if (room > t->b.len - at)
		room = t->b.len - at;
	if (t->cut != -1 && room > (uint64_t)t->cut - at)
		room = (uint64_t)t->cut - at;
	if (room == 0)
		return at < t->b.len ? MHD_CONTENT_READER_END_WITH_ERROR
				     : MHD_CONTENT_READER_END_OF_STREAM;
	memcpy(p, t->b.data + at, room);
	return (ssize_t)room;
}

static void
text_free(void *ctx)
{
	struct text *t = ctx;

	buf_fini(&t->b);
	free(t);
}

/* The answer as it stands in q, which loses it. */
static struct MHD_Response *
text_response(struct kube_ask *q, const struct kube_fault *f)
{
	struct text *t = mem_new(1, sizeof(*t));
	int known = f->cut == -1 && f->slow == -1;

	t->b = q->answer;
	t->cut = f->cut;
	t->slow = f->slow;
	q->answer = (struct buf){ 0 };
	return MHD_create_response_from_callback(
	    known ? t->b.len : MHD_SIZE_UNKNOWN, 65536, text_read, t,
	    text_free);
}

/* An error that a test wants. */
static void
answer_fault(struct kube_ask *q, const struct kube_fault *f)
{
	kube_ask_fail(q, f->status, f->reason, "%s", f->message);
	if (f->text == NULL)
		return;
	buf_reset(&q->answer);
	buf_puts(&q->answer, f->text);
}

static void
answer_forbidden(struct kube_ask *q)
{
	const char *at = q->namespace == NULL
	    ? "at the cluster scope"
	    : arena_printf(&q->a, "in the namespace \"%s\"", q->namespace);
	const char *resource = kube_ask_resource(q);

	kube_ask_fail(q, 403, NULL,
	    "%s is forbidden: User \"system:serviceaccount:kqlpipe:crdwatch\" "
	    "cannot %s resource \"%s\" in API group \"%s\" %s",
	    resource, q->verb, q->kind->plural, q->kind->group, at);
}

static void
answer_discovery(struct kube_ask *q)
{
	q->status = 200;
	buf_puts(&q->answer,
	    "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\","
	    "\"groupVersion\":\"adx-mon.azure.com/v1\",\"resources\":[");
	for (const struct kube_kind *k = kube_kinds(); k->has_status; k++)
		buf_printf(&q->answer,
		    "%s{\"name\":\"%s\",\"singularName\":\"\",\"namespaced\":"
		    "true,\"kind\":\"%s\",\"verbs\":[\"delete\",\"get\","
		    "\"list\",\"patch\",\"create\",\"update\",\"watch\"]}",
		    k == kube_kinds() ? "" : ",", k->plural, k->kind);
	buf_puts(&q->answer, "]}\n");
}

/* What is always the same; controller-runtime's clients ask for the groups. */
static const struct {
	const char *path, *answer;
} fixed[] = {
	{ "/version",
	    "{\"major\":\"1\",\"minor\":\"31\",\"gitVersion\":"
	    "\"v1.31.0\"}\n" },
	{ "/readyz", "ok" },
	{ "/livez", "ok" },
	{ "/api", "{\"kind\":\"APIVersions\",\"versions\":[]}\n" },
	{ "/apis",
	    "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":["
	    "{\"name\":\"adx-mon.azure.com\",\"versions\":[{"
	    "\"groupVersion\":\"adx-mon.azure.com/v1\","
	    "\"version\":\"v1\"}],\"preferredVersion\":{"
	    "\"groupVersion\":\"adx-mon.azure.com/v1\","
	    "\"version\":\"v1\"}}]}\n" },
};

static void
answer_fixed(struct kube_ask *q)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (strcmp(q->path, fixed[i].path) == 0) {
			q->status = 200;
			buf_puts(&q->answer, fixed[i].answer);
			return;
		}
	q->status = 404;
	buf_puts(&q->answer, "404 page not found\n");
}

/* Requests that are about no object. */
static void
answer_other(struct server *s, struct kube_ask *q)
{
	if (strncmp(q->path, "/control/", 9) == 0)
		kube_control(&s->control, q);
	else if (strcmp(q->path, "/apis/adx-mon.azure.com/v1") == 0)
		answer_discovery(q);
	else
		answer_fixed(q);
}

/* Returns the body of a watch; otherwise the answer stands in q. */
static struct MHD_Response *
answer(struct server *s, struct kube_ask *q, const struct kube_fault *f, int fd)
{
	if (q->kind == NULL)
		answer_other(s, q);
	else if (f->status == 403)
		answer_forbidden(q);
	else if (f->status != 0)
		answer_fault(q, f);
	else if (strcmp(q->verb, "watch") == 0)
		return kube_watch(&s->watches, q, f, fd);
	else if (strcmp(q->verb, "list") == 0)
		kube_list(&s->set, q);
	else if (strcmp(q->verb, "get") == 0)
		kube_get(&s->set, q);
	else
		kube_write(&s->set, q, s->control.upstream);
	return NULL;
}

/* Whether a request has the token that it needs. */
static int
is_allowed(const struct server *s, const struct kube_ask *q, const char *got)
{
	struct buf b = { 0 };
	struct err e;
	int same;

	if (s->token_file == NULL || strncmp(q->path, "/control/", 9) == 0)
		return 1;
	if (file_read(s->token_file, TOKEN_MAX, &b, &e) == -1)
		return 0;
	same = got != NULL && strncmp(got, "Bearer ", 7) == 0 &&
	    strcspn(buf_str(&b), "\n") == strlen(got + 7) &&
	    strncmp(buf_str(&b), got + 7, strlen(got + 7)) == 0;
	buf_fini(&b);
	return same;
}

static int
connection_fd(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
	    ->connect_fd;
}

static enum MHD_Result
send_answer(struct MHD_Connection *c, struct kube_ask *q,
    struct MHD_Response *r, const struct kube_fault *f)
{
	enum MHD_Result done;
	char seconds[32];
	int text;

	if (r == NULL) {
		text = q->answer.len > 0 && q->answer.data[0] != '{';
		r = text_response(q, f);
	} else {
		q->status = 200;
		text = 0;
	}
	MHD_add_response_header(r, "Content-Type",
	    text ? "text/plain; charset=utf-8" : "application/json");
	snprintf(seconds, sizeof(seconds), "%lld", (long long)f->retry_after);
	if (f->retry_after > 0)
		MHD_add_response_header(r, "Retry-After", seconds);
	done = MHD_queue_response(c, (unsigned)q->status, r);
	MHD_destroy_response(r);
	return done;
}

/* Wait, at most that long, while the client is there. */
static void
linger(struct MHD_Connection *c, int ms)
{
	struct pollfd p = { .fd = connection_fd(c), .events = POLLRDHUP };

	poll(&p, 1, ms);
}

static enum MHD_Result
reply(struct server *s, struct MHD_Connection *c, struct kube_ask *q)
{
	const char *token =
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
	struct MHD_Response *r = NULL;
	struct kube_fault f;

	kube_ask_read(q);
	pthread_mutex_lock(&s->set.lock);
	f = kube_faults_take(&s->faults, q);
	pthread_mutex_unlock(&s->set.lock);
	if (f.hang || f.delay > 0)
		linger(c, f.hang ? -1 : (int)f.delay);
	if (f.hang || f.close)
		return MHD_NO;
	pthread_mutex_lock(&s->set.lock);
	if (!is_allowed(s, q, token))
		kube_ask_fail(q, 401, NULL, "Unauthorized");
	else
		r = answer(s, q, &f, connection_fd(c));
	pthread_mutex_unlock(&s->set.lock);
	return send_answer(c, q, r, &f);
}

/* A secret is nothing to keep, not even here. */
static enum MHD_Result
take_value(
    void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct kube_ask *q = ctx;
	const char *v = value != NULL ? value : "";
	size_t n = strlen(v);

	if (strcasecmp(name, "Authorization") == 0)
		n = strcspn(v, " ");
	json_set(&q->a, kind == MHD_HEADER_KIND ? q->headers : q->args, name,
	    json_new_str(&q->a, arena_strndup(&q->a, v, n)));
	return MHD_YES;
}

static struct kube_ask *
ask_new(struct MHD_Connection *c, const char *path, const char *method)
{
	struct kube_ask *q = mem_new(1, sizeof(*q));

	q->method = arena_strdup(&q->a, method);
	q->path = arena_strdup(&q->a, path);
	q->headers = json_new(&q->a, JSON_OBJECT);
	q->args = json_new(&q->a, JSON_OBJECT);
	MHD_get_connection_values(c, MHD_HEADER_KIND, take_value, q);
	MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, take_value, q);
	return q;
}

static void
record(struct server *s, const struct kube_ask *q)
{
	struct buf b = { 0 };
	struct err e;
	int fd;

	if (strncmp(q->path, "/control/", 9) == 0)
		return;
	pthread_mutex_lock(&s->set.lock);
	kube_ask_record(q, ++s->control.requests, &b);
	fd = s->record == NULL
	    ? -1
	    : open(s->record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd != -1) {
		io_write(fd, b.data, b.len, &e);
		close(fd);
	}
	pthread_mutex_unlock(&s->set.lock);
	buf_fini(&b);
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *body, size_t *n,
    void **request)
{
	struct kube_ask *q = *request;

	(void)version;
	if (q == NULL) {
		*request = ask_new(c, path, method);
		return MHD_YES;
	}
	if (*n > 0) {
		buf_add(&q->body, body, *n);
		*n = 0;
		return MHD_YES;
	}
	record(ctx, q);
	return reply(ctx, c, q);
}

static void
on_done(void *ctx, struct MHD_Connection *c, void **request,
    enum MHD_RequestTerminationCode why)
{
	struct kube_ask *q = *request;

	(void)ctx, (void)c, (void)why;
	if (q == NULL)
		return;
	buf_fini(&q->body);
	buf_fini(&q->answer);
	arena_fini(&q->a);
	free(q);
}

static struct MHD_Daemon *
listen_on(struct server *s, struct err *e)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)s->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_Daemon *d = MHD_start_daemon(
	    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0,
	    NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, &here,
	    MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_NOTIFY_COMPLETED,
	    on_done, NULL, MHD_OPTION_END);

	if (d == NULL)
		err_sys(e, ST_RETRY, "listen");
	else
		s->port =
		    MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port;
	return d;
}

/* End the watches as a server does that goes. */
static void
stop(struct server *s, struct MHD_Daemon *d)
{
	pthread_mutex_lock(&s->set.lock);
	s->watches.hard = 1;
	s->watches.cuts++;
	pthread_cond_broadcast(&s->set.news);
	pthread_mutex_unlock(&s->set.lock);
	MHD_stop_daemon(d);
}

/* Serve until a signal comes; SIGUSR1 is a restart. */
static int
serve(struct server *s, struct err *e)
{
	struct MHD_Daemon *d;
	sigset_t ends;
	int sig;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGUSR1);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	if ((d = listen_on(s, e)) == NULL)
		return -1;
	printf("%d\n", s->port);
	fflush(stdout);
	while (sigwait(&ends, &sig) == 0 && sig == SIGUSR1) {
		poll(NULL, 0, PACE_MS); /* the answer to it goes out */
		stop(s, d);
		poll(NULL, 0, s->control.restart_ms);
		if ((d = listen_on(s, e)) == NULL)
			return -1;
		printf("restarted\n");
		fflush(stdout);
	}
	stop(s, d);
	return 0;
}

static int
read_args(struct server *s, int argc, char *argv[])
{
	int c;

	while ((c = getopt(argc, argv, "b:p:r:t:u")) != -1) {
		if (c == 'b')
			s->watches.bookmark_ms = atoi(optarg);
		else if (c == 'p')
			s->port = atoi(optarg);
		else if (c == 'r')
			s->record = optarg;
		else if (c == 't')
			s->token_file = optarg;
		else if (c == 'u')
			s->control.upstream = 1;
		else
			return -1;
	}
	return 0;
}

int
main(int argc, char *argv[])
{
	static struct server s = { .set = { .lock = PTHREAD_MUTEX_INITIALIZER,
				       .news = PTHREAD_COND_INITIALIZER },
		.watches = { .bookmark_ms = 60000 } };
	struct err e;

	log_init("kube", LV_WARN, 0);
	signal(SIGPIPE, SIG_IGN);
	s.watches.set = s.control.set = &s.set;
	s.control.watches = &s.watches;
	s.control.faults = &s.faults;
	if (read_args(&s, argc, argv) == -1)
		return ST_USAGE;
	return serve(&s, &e) == -1 ? log_fail(&e) : ST_OK;
}
