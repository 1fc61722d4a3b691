/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "file.h"
#include "io.h"
#include "kql/kql.h"
#include "kusto_ask.h"
#include "kusto_fault.h"
#include "kusto_mgmt.h"
#include "log.h"
#include "status.h"
#include "when.h"

/*
 * kusto [-c CERT -k KEY] [-f SCRIPT] [-r RECORD] [-t TOKEN]
 *     DATABASE=ENDPOINT...: a Kusto service on a loopback port that the kernel
 * picks, which it prints; over TLS with a certificate and its key.  Queries are
 * answered by the embedded engine, each in a process of its own, but for what
 * the SCRIPT has go wrong (kusto_fault.h).  What it is asked is written to
 * RECORD, one JSON object a line.  With -t only requests with the token that is
 * in the file TOKEN at that time are answered, others by 401.
 */
#define HEAD_MAX  64 /* bytes of the line in front of an answer */
#define PEM_MAX   65536
#define TOKEN_MAX 4096 /* bytes */
#define PACE_MS   20   /* how often bytes of a slow body go out */

struct server {
	struct kql *kql;
	char **databases; /* DATABASE=ENDPOINT, NULL ends */
	const char *record;
	const char *token_file;
	struct buf cert, key; /* PEM; empty: no TLS */
	struct kusto_script script;
	pthread_mutex_t lock; /* of the engine, the record and requests */
	int requests;
	int at_once; /* of them, that have come and not ended */
};

/* An answer on its way from a query's process to the client. */
struct flow {
	pid_t pid;
	int fd;
	int64_t cut, slow; /* as in a fault */
};

static void
flow_free(void *ctx)
{
	struct flow *f = ctx;

	if (f->fd != -1)
		close(f->fd);
	if (f->pid > 0) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
	}
	free(f);
}

static ssize_t
flow_read(void *ctx, uint64_t at, char *p, size_t room)
{
	struct flow *f = ctx;
	int64_t pace = f->slow * PACE_MS / 1000;
	ssize_t n;

	if (f->cut != -1 && room > (uint64_t)f->cut - at)
		room = (uint64_t)f->cut - at;
	if (room == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (f->slow != -1) {
		poll(NULL, 0, PACE_MS);
		if (room > (uint64_t)pace)
			room = pace > 0 ? (size_t)pace : 1;
	}
	do
		n = read(f->fd, p, room);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		return n;
	return n == 0 && f->cut == -1 ? MHD_CONTENT_READER_END_OF_STREAM
				      : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The connections are the server's: a process that has one keeps it open. */
static void
drop_sockets(void)
{
	long most = sysconf(_SC_OPEN_MAX);
	struct stat st;

	for (int fd = 3; fd < most && fd < 4096; fd++)
		if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
			close(fd);
}

/* The life of a query's process; ends it. */
static void
answer(struct server *s, const struct kusto_ask *q, const struct kusto_fault *w,
    int fd)
{
	struct kusto_form f = kusto_ask_form(q, fd);
	struct kql_request rq = { .database = q->db, .text = q->csl };
	int64_t ms = kusto_ask_timeout(q);
	struct itimerval t = { .it_value = { .tv_sec = ms / 1000,
				   .tv_usec = ms % 1000 * 1000 } };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	drop_sockets();
	signal(SIGALRM, SIG_DFL);
	setitimer(ITIMER_REAL, &t, NULL);
	f.gzip = f.gzip && !w->plain;
	f.inject = w->inject ? &w->error : NULL;
	f.inject_place = w->place == PLACE_ASKED ? f.asked : w->place;
	if (w->inject && w->place <= PLACE_DATASET)
		f.place = w->place;
	rq.max_rows = kusto_ask_max_rows(q);
	rq.now = kusto_ask_now(q);
	rq.parameters = q->parameters;
	if (strstr(q->path, "/v1/rest/mgmt") != NULL)
		kusto_mgmt(s->databases, q->db, q->csl, &f);
	else
		kusto_answer_query(s->kql, &rq, &f);
}

/* Start a query's process.  Returns NULL when there is none. */
static struct flow *
flow_start(
    struct server *s, const struct kusto_ask *q, const struct kusto_fault *w)
{
	struct flow *f = calloc(1, sizeof(*f));
	struct err e;
	int ends[2];

	if (f == NULL || pipe2(ends, O_CLOEXEC) == -1)
		return NULL;
	pthread_mutex_lock(&s->lock);
	if (kql_prepare(s->kql, &e) == -1)
		log_fail(&e);
	if ((f->pid = fork()) == 0) {
		answer(s, q, w, ends[1]);
		_exit(0);
	}
	pthread_mutex_unlock(&s->lock);
	close(ends[1]);
	f->fd = ends[0];
	f->cut = w->cut;
	f->slow = w->slow;
	return f;
}

/* Read the line in front of an answer.  Returns its length, 0 for none. */
static size_t
read_head(struct flow *f, char line[HEAD_MAX])
{
	size_t n = 0;

	while (n < HEAD_MAX - 1 && read(f->fd, line + n, 1) == 1)
		if (line[n++] == '\n')
			break;
	line[n] = '\0';
	return n > 0 && line[n - 1] == '\n' ? n : 0;
}

/* What every answer has. */
static void
add_headers(struct MHD_Response *r, const struct kusto_ask *q, int64_t off)
{
	time_t now = time(NULL) + (time_t)off;
	char date[64];
	struct tm tm;

	if (off != 0 &&
	    strftime(date, sizeof(date), "%a, %d %b %Y %T GMT",
		gmtime_r(&now, &tm)) > 0)
		MHD_add_response_header(r, "Date", date);
	MHD_add_response_header(r, "x-ms-client-request-id", q->client_id);
	MHD_add_response_header(r, "x-ms-activity-id", q->activity_id);
}

static enum MHD_Result
reply_text(struct MHD_Connection *c, const struct kusto_ask *q, unsigned status,
    const char *type, const char *text)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	MHD_add_response_header(r, "Content-Type", type);
	add_headers(r, q, 0);
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

/* A process that ended without a word was out of time, or has crashed. */
static enum MHD_Result
reply_dead(struct MHD_Connection *c, const struct kusto_ask *q, struct flow *f)
{
	int status;

	waitpid(f->pid, &status, 0);
	f->pid = 0;
	flow_free(f);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return reply_text(c, q, 504, "application/json",
		    "{\"error\":{\"code\":\"Timeout\",\"message\":\"Request "
		    "timed out.\",\"@message\":\"Request timed out.\","
		    "\"@permanent\":false}}");
	return reply_text(
	    c, q, 500, "text/plain", "the query's process has ended");
}

static enum MHD_Result
reply_query(struct server *s, struct MHD_Connection *c,
    const struct kusto_ask *q, const struct kusto_fault *w)
{
	struct flow *f = flow_start(s, q, w);
	struct MHD_Response *r;
	char line[HEAD_MAX];
	enum MHD_Result done;

	if (f == NULL)
		return MHD_NO;
	if (read_head(f, line) == 0)
		return reply_dead(c, q, f);
	r = MHD_create_response_from_callback(
	    MHD_SIZE_UNKNOWN, 64 << 10, flow_read, f, flow_free);
	MHD_add_response_header(r, "Content-Type",
	    strstr(line, "json") != NULL ? "application/json; charset=utf-8"
					 : "text/plain; charset=utf-8");
	if (strstr(line, "gzip") != NULL)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	add_headers(r, q, w->date);
	done = MHD_queue_response(c, (unsigned)atoi(line), r);
	MHD_destroy_response(r);
	return done;
}

/* Wait, at most that long, while the client is there. */
static void
linger(struct MHD_Connection *c, int ms)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd p = { .fd = info->connect_fd, .events = POLLRDHUP };

	poll(&p, 1, ms);
}

/* An error that the script wants, without asking the engine. */
static enum MHD_Result
reply_error(struct MHD_Connection *c, const struct kusto_ask *q,
    const struct kusto_fault *w)
{
	struct kusto_form f = kusto_ask_form(q, -1);
	struct buf b = { 0 };
	struct MHD_Response *r;
	enum MHD_Result done;
	char seconds[32];

	if (w->text != NULL)
		buf_puts(&b, w->text);
	else
		kusto_error_element(&b, &f, &w->error);
	r = MHD_create_response_from_buffer(
	    b.len, (void *)(uintptr_t)buf_str(&b), MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(r, "Content-Type",
	    w->text != NULL ? "text/html" : "application/json; charset=utf-8");
	if (w->redirect != NULL)
		MHD_add_response_header(r, "Location", w->redirect);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)w->retry_after);
	if (w->retry_after >= 0)
		MHD_add_response_header(r, "Retry-After", seconds);
	if (w->status == 401)
		MHD_add_response_header(r, "WWW-Authenticate",
		    "Bearer authorization_uri=\"https://login."
		    "microsoftonline.com\"");
	add_headers(r, q, w->date);
	done = MHD_queue_response(c, (unsigned)w->status, r);
	MHD_destroy_response(r);
	buf_fini(&b);
	return done;
}

/* Whether a request has the token that it needs. */
static int
is_allowed(const struct server *s, struct MHD_Connection *c)
{
	const char *got =
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
	struct buf b = { 0 };
	struct err e;
	int same;

	if (s->token_file == NULL)
		return 1;
	if (file_read(s->token_file, TOKEN_MAX, &b, &e) == -1)
		return 0;
	same = got != NULL && strncmp(got, "Bearer ", 7) == 0 &&
	    strcspn(buf_str(&b), "\n") == strlen(got + 7) &&
	    strncmp(buf_str(&b), got + 7, strlen(got + 7)) == 0;
	buf_fini(&b);
	return same;
}

/* What becomes of a query or command. */
static enum MHD_Result
reply(struct server *s, struct MHD_Connection *c, const struct kusto_ask *q)
{
	static const struct kusto_fault no_token = {
		.status = 401, .text = "", .retry_after = -1
	};
	struct kusto_fault w;

	pthread_mutex_lock(&s->lock);
	w = kusto_script_next(&s->script);
	pthread_mutex_unlock(&s->lock);
	if (w.hang || w.delay > 0)
		linger(c, w.hang ? -1 : (int)w.delay);
	if (w.hang || w.close)
		return MHD_NO;
	if (!is_allowed(s, c))
		return reply_error(c, q, &no_token);
	return w.status != 0 ? reply_error(c, q, &w) : reply_query(s, c, q, &w);
}

static const char metadata[] =
    "{\"AzureAD\":{\"LoginEndpoint\":\"https://login.microsoftonline.com\","
    "\"LoginMfaRequired\":false,"
    "\"KustoClientAppId\":\"db662dc1-0cfe-4e1c-a843-19a68e65be58\","
    "\"KustoClientRedirectUri\":\"https://microsoft/kustoclient\","
    "\"KustoServiceResourceId\":\"https://kusto.kusto.windows.net\","
    "\"FirstPartyAuthorityUrl\":\"https://login.microsoftonline.com/"
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a\"},\"dSTS\":null}";

static int
ends(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && strcmp(s + n - m, tail) == 0;
}

static enum MHD_Result
route(struct server *s, struct MHD_Connection *c, const struct kusto_ask *q)
{
	int v2 = ends(q->path, "/v2/rest/query");

	if (ends(q->path, "/v1/rest/auth/metadata"))
		return reply_text(c, q, 200, "application/json", metadata);
	if (!v2 && !ends(q->path, "/v1/rest/query") &&
	    !ends(q->path, "/v1/rest/mgmt"))
		return reply_text(c, q, 404, "text/plain", "Not Found");
	if (q->csl == NULL)
		return reply_text(c, q, 400, "text/plain",
		    "Bad request: the body has no csl");
	if (v2 && q->csl[strspn(q->csl, " \t\r\n")] == '.')
		return reply_text(c, q, 400, "text/plain; charset=utf-8",
		    "Bad request: Control commands (starting with a dot '.') "
		    "do not support api_version=v2\r\nError details:\r\n");
	return reply(s, c, q);
}

/* A secret is nothing to keep, not even here. */
static enum MHD_Result
take_header(
    void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct kusto_ask *q = ctx;
	size_t n = strlen(value);

	(void)kind;
	if (strcasecmp(name, "Authorization") == 0)
		n = strcspn(value, " ");
	json_set(&q->a, q->headers, name,
	    json_new_str(&q->a, arena_strndup(&q->a, value, n)));
	return MHD_YES;
}

static void
record(struct server *s, const struct kusto_ask *q)
{
	struct buf b = { 0 };
	struct err e;
	int fd;

	pthread_mutex_lock(&s->lock);
	kusto_ask_record(q, ++s->requests, s->at_once, &b);
	fd = s->record == NULL
	    ? -1
	    : open(s->record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd != -1) {
		io_write(fd, b.data, b.len, &e);
		close(fd);
	}
	pthread_mutex_unlock(&s->lock);
	buf_fini(&b);
}

static struct kusto_ask *
ask_new(struct server *s, struct MHD_Connection *c, const char *path,
    const char *method)
{
	struct arena a = { 0 };
	struct kusto_ask *q = arena_zalloc(&a, sizeof(*q));

	q->a = a;
	q->method = arena_strdup(&q->a, method);
	q->path = arena_strdup(&q->a, path);
	q->headers = json_new(&q->a, JSON_OBJECT);
	MHD_get_connection_values(c, MHD_HEADER_KIND, take_header, q);
	q->db = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "db");
	q->csl = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "csl");
	pthread_mutex_lock(&s->lock);
	s->at_once++;
	pthread_mutex_unlock(&s->lock);
	return q;
}

static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *body, size_t *n,
    void **request)
{
	struct kusto_ask *q = *request;

	(void)version;
	if (q == NULL) {
		*request = ask_new(ctx, c, path, method);
		return MHD_YES;
	}
	if (*n > 0) {
		buf_add(&q->body, body, *n);
		*n = 0;
		return MHD_YES;
	}
	kusto_ask_read(q);
	record(ctx, q);
	return route(ctx, c, q);
}

static void
on_done(void *ctx, struct MHD_Connection *c, void **request,
    enum MHD_RequestTerminationCode why)
{
	struct kusto_ask *q = *request;
	struct server *s = ctx;
	struct arena a;

	(void)c, (void)why;
	if (q == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->at_once--;
	pthread_mutex_unlock(&s->lock);
	buf_fini(&q->body);
	a = q->a;
	arena_fini(&a);
}

static int
add_databases(struct server *s, struct err *e)
{
	for (char **d = s->databases; *d != NULL; d++) {
		const char *eq = strchr(*d, '=');
		char name[256];

		if (eq == NULL || eq - *d >= (int)sizeof(name))
			return err_set(
			    e, ST_USAGE, "%s: not DATABASE=ENDPOINT", *d);
		memcpy(name, *d, (size_t)(eq - *d));
		name[eq - *d] = '\0';
		if (kql_add(s->kql, NULL, name, eq + 1, e) == -1)
			return -1;
	}
	return 0;
}

/* Listen.  Returns NULL when it cannot. */
static struct MHD_Daemon *
listen_on(struct server *s)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0,
		    (void *)(uintptr_t)buf_str(&s->cert) },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0,
		    (void *)(uintptr_t)buf_str(&s->key) },
		{ MHD_OPTION_END, 0, NULL },
	};
	int is_tls = s->cert.len > 0;

	return MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
		MHD_USE_THREAD_PER_CONNECTION | (is_tls ? MHD_USE_TLS : 0),
	    0, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, &here,
	    MHD_OPTION_NOTIFY_COMPLETED, on_done, s, MHD_OPTION_ARRAY,
	    is_tls ? tls : tls + 2, MHD_OPTION_END);
}

/* Serve until a signal comes. */
static int
serve(struct server *s, struct err *e)
{
	const union MHD_DaemonInfo *info;
	struct MHD_Daemon *d;
	sigset_t ends;
	int sig;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	if ((d = listen_on(s)) == NULL)
		return err_sys(e, ST_RETRY, "listen");
	info = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT);
	printf("%d\n", info->port);
	fflush(stdout);
	sigwait(&ends, &sig);
	MHD_stop_daemon(d);
	return 0;
}

static void
read_args(struct server *s, int argc, char *argv[], struct err *e)
{
	int c;

	while ((c = getopt(argc, argv, "c:f:k:r:t:")) != -1) {
		if (c == 'c')
			file_read(optarg, PEM_MAX, &s->cert, e);
		else if (c == 'k')
			file_read(optarg, PEM_MAX, &s->key, e);
		else if (c == 'f')
			kusto_script_read(&s->script, optarg, e);
		else if (c == 'r')
			s->record = optarg;
		else if (c == 't')
			s->token_file = optarg;
		else
			err_set(e, ST_USAGE, "wrong usage");
	}
	s->databases = argv + optind;
}

int
main(int argc, char *argv[])
{
	struct server s = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int status = ST_OK;
	struct err e;

	log_init("kusto", LV_WARN, 0);
	signal(SIGPIPE, SIG_IGN);
	e.code = 0;
	read_args(&s, argc, argv, &e);
	s.kql = kql_new();
	if (e.code != 0 || add_databases(&s, &e) == -1 || serve(&s, &e) == -1)
		status = log_fail(&e);
	kql_free(s.kql);
	buf_fini(&s.cert);
	buf_fini(&s.key);
	arena_fini(&s.script.a);
	return status;
}
