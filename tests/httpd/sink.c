/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * sink [-d DIR] [SCRIPT]: an HTTP server on a port that the kernel picks,
 * which it prints as its first line.  It answers each request by the next line
 * of SCRIPT, the last line again and again (no SCRIPT: 204):
 *
 *	STATUS [after=SECONDS] [delay=MS] [key=PATH] [written=N] [fill=BYTES]
 *	       [lack=BYTES] [body=TEXT]
 *	               an answer
 *	close          reads the request and ends the connection
 *	cut            sends half of an answer and ends the connection
 *	hang           does not answer until the peer has gone
 *
 * delay waits first; key is a challenge that names a file, as Azure Arc has
 * it; written is what remote write 2.0 counts; fill sends so many bytes x; lack
 * ends the connection so many bytes before the end of the answer; body is the
 * rest of the line, with \n for its ends of lines.  With -d it writes what it
 * was sent, in order: DIR/N.head and DIR/N.body.  It prints one line for each
 * request: N, the method, the path and the bytes of the body.  Each connection
 * is served by a thread.
 */
#define HEAD_MAX  65536
#define LINES_MAX 1024

struct script {
	char *lines[LINES_MAX];
	size_t n, at;
};

/* What all connections share. */
struct sink {
	struct script script;
	const char *dir;
	int number; /* of requests */
	pthread_mutex_t lock;
};

struct peer {
	struct sink *sink;
	int fd;
};

struct request {
	char head[HEAD_MAX + 1];
	size_t head_len; /* with the empty line */
	size_t have;     /* bytes in head, part of the body perhaps */
	char *body;
	size_t body_len;
	size_t body_cap;
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
load(struct script *s, const char *path)
{
	char line[4096];
	FILE *f = fopen(path, "r");

	if (f == NULL)
		die(path);
	while (s->n < LINES_MAX && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (*line != '\0' && *line != '#')
			s->lines[s->n++] = strdup(line);
	}
	fclose(f);
}

static const char *
next_answer(struct script *s)
{
	if (s->n == 0)
		return "204";
	return s->lines[s->at + 1 < s->n ? s->at++ : s->at];
}

static int
serve_on(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&a, len) == -1 ||
	    listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		die("listen");
	printf("%d\n", ntohs(a.sin_port));
	return fd;
}

/* The value of a header, or NULL. */
static const char *
header(const struct request *r, const char *name)
{
	const char *at = r->head;
	size_t n = strlen(name);

	while ((at = strstr(at, "\r\n")) != NULL) {
		at += 2;
		if (strncasecmp(at, name, n) == 0 && at[n] == ':')
			return at + n + 1 + strspn(at + n + 1, " ");
	}
	return NULL;
}

/* Read the head of a request; what came behind it stays in r->head. */
static int
read_head(int fd, struct request *r)
{
	char *end;
	ssize_t n;

	for (;;) {
		r->head[r->have] = '\0';
		if ((end = strstr(r->head, "\r\n\r\n")) != NULL) {
			r->head_len = (size_t)(end + 4 - r->head);
			return 0;
		}
		if (r->have == HEAD_MAX)
			return -1;
		n = read(fd, r->head + r->have, HEAD_MAX - r->have);
		if (n <= 0)
			return -1;
		r->have += (size_t)n;
	}
}

static int
read_body(int fd, struct request *r)
{
	const char *v = header(r, "Content-Length");
	size_t got, want = v != NULL ? strtoul(v, NULL, 10) : 0;
	ssize_t n;

	if (want > r->body_cap) {
		r->body_cap = want;
		if ((r->body = realloc(r->body, want)) == NULL)
			die("body");
	}
	got = r->have - r->head_len;
	got = got < want ? got : want;
	memcpy(r->body, r->head + r->head_len, got);
	/* The next request may have begun in what was read. */
	r->have -= r->head_len + got;
	for (r->body_len = want; got < want; got += (size_t)n)
		if ((n = read(fd, r->body + got, want - got)) <= 0)
			return -1;
	return 0;
}

static void
dump(const char *dir, int number, const char *what, const void *p, size_t n)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.%s", dir, number, what);
	if ((f = fopen(path, "w")) == NULL || fwrite(p, 1, n, f) != n ||
	    fclose(f) != 0)
		die(path);
}

static void
send_all(int fd, const char *p, size_t n)
{
	ssize_t w;

	for (; n > 0; p += w, n -= (size_t)w)
		if ((w = send(fd, p, n, MSG_NOSIGNAL)) <= 0)
			return;
}

static long
number_of(const char *answer, const char *key)
{
	const char *at = strstr(answer, key);

	return at == NULL ? 0 : strtol(at + strlen(key), NULL, 10);
}

/* The rest of the line, with \n as an end of line. */
static const char *
body_of(const char *line, char *out, size_t size)
{
	const char *at = strstr(line, "body=");
	size_t n = 0;

	for (at = at != NULL ? at + 5 : ""; *at != '\0' && n + 1 < size; at++)
		if (at[0] == '\\' && at[1] == 'n') {
			out[n++] = '\n';
			at++;
		} else {
			out[n++] = *at;
		}
	out[n] = '\0';
	return out;
}

/* The headers that only some answers have. */
static void
headers_of(const char *line, char *headers, size_t size)
{
	long after = number_of(line, "after=");
	const char *key = strstr(line, "key=");
	int status = atoi(line);

	*headers = '\0';
	if (strstr(line, "written=") != NULL)
		snprintf(headers, size,
		    "X-Prometheus-Remote-Write-Samples-Written: %ld\r\n",
		    number_of(line, "written="));
	else if (after > 0)
		snprintf(headers, size, "Retry-After: %ld\r\n", after);
	else if (key != NULL)
		snprintf(headers, size,
		    "WWW-Authenticate: Basic realm=%.*s\r\n",
		    (int)strcspn(key + 4, " "), key + 4);
	else if (status / 100 == 3)
		snprintf(headers, size, "Location: http://127.0.0.1:1/\r\n");
}

/* STATUS with what else the line of the script says.  Returns 1 when it is
 * whole. */
static int
answer(int fd, const char *line)
{
	char text[4096], headers[512], out[8192];
	const char *body = body_of(line, text, sizeof(text));
	long fill = number_of(line, "fill=");
	long lack = number_of(line, "lack=");
	int status = atoi(line), n;

	headers_of(line, headers, sizeof(headers));
	n = snprintf(
	    out, sizeof(out), "HTTP/1.1 %d Scripted\r\n%s", status, headers);
	if (status != 204)
		n += snprintf(out + n, sizeof(out) - (size_t)n,
		    "Content-Length: %zu\r\n",
		    strlen(body) + (size_t)(fill + lack));
	n += snprintf(out + n, sizeof(out) - (size_t)n, "\r\n%s", body);
	send_all(fd, out, (size_t)n);
	memset(out, 'x', sizeof(out));
	for (; fill > 0; fill -= n) {
		n = fill < (long)sizeof(out) ? (int)fill : (int)sizeof(out);
		send_all(fd, out, (size_t)n);
	}
	return lack == 0;
}

/* Do what a line of the script says.  Returns whether to read on. */
static int
reply(int fd, const char *line)
{
	long delay = number_of(line, "delay=");
	char rest[4096];

	if (delay > 0)
		poll(NULL, 0, (int)delay);
	if (*line >= '0' && *line <= '9')
		return answer(fd, line);
	if (strcmp(line, "cut") == 0)
		send_all(fd, "HTTP/1.1 20", 11);
	if (strcmp(line, "hang") == 0)
		while (read(fd, rest, sizeof(rest)) > 0)
			;
	return 0;
}

/* Read a whole request.  Returns -1 when the peer has gone. */
static int
take(int fd, struct request *r)
{
	size_t had;

	if (read_head(fd, r) == -1)
		return -1;
	if (header(r, "Expect") != NULL)
		send_all(fd, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	had = r->have;
	if (read_body(fd, r) == -1)
		return -1;
	/* What came behind it begins the next. */
	memmove(r->head + r->head_len, r->head + had - r->have, r->have);
	return 0;
}

/* Say and keep what came; returns the answer to it. */
static const char *
note(struct sink *s, const struct request *r)
{
	const char *line;
	int number;

	pthread_mutex_lock(&s->lock);
	number = ++s->number;
	line = next_answer(&s->script);
	if (s->dir != NULL) {
		dump(s->dir, number, "head", r->head, r->head_len);
		dump(s->dir, number, "body", r->body, r->body_len);
	}
	printf("%d %.*s %zu\n", number, (int)strcspn(r->head, "\r") - 9,
	    r->head, r->body_len);
	fflush(stdout);
	pthread_mutex_unlock(&s->lock);
	return line;
}

/* Serve one connection to its end. */
static void *
serve(void *ctx)
{
	struct peer *p = ctx;
	struct request *r = calloc(1, sizeof(*r));

	if (r == NULL)
		die("request");
	while (take(p->fd, r) == 0 && reply(p->fd, note(p->sink, r)))
		memmove(r->head, r->head + r->head_len, r->have);
	close(p->fd);
	free(r->body);
	free(r);
	free(p);
	return NULL;
}

static void
begin(struct sink *s, int fd)
{
	struct peer *p = malloc(sizeof(*p));
	pthread_t thread;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (p == NULL)
		die("peer");
	*p = (struct peer){ s, fd };
	if (pthread_create(&thread, NULL, serve, p) != 0)
		die("thread");
	pthread_detach(thread);
}

int
main(int argc, char *argv[])
{
	static struct sink s = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int c, fd, peer;

	while ((c = getopt(argc, argv, "d:")) != -1) {
		if (c != 'd')
			return 64;
		s.dir = optarg;
	}
	if (optind < argc)
		load(&s.script, argv[optind]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = serve_on();
	for (;;)
		if ((peer = accept(fd, NULL, NULL)) != -1)
			begin(&s, peer);
}
