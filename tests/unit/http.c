/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "http.h"
#include "log.h"
#include "status.h"

/* Answers to one request each, a connection each. */
static const char *const answers[] = {
	"HTTP/1.1 503 No\r\nretry-after: 7\r\nDate: Thu, 01 Jan 1970 "
	"00:00:09 GMT\r\nX-Id: a b \r\nContent-Length: 6\r\n"
	"Connection: close\r\n\r\nsorry!",
	("HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\n"
	 "Connection: close\r\nContent-Length: 0\r\n\r\n"),
	"HTTP/1.1 204 Fine\r\nConnection: close\r\n\r\n",
	"HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\ncut",
	"",
	"noise\r\n\r\n",
};

#define ANSWERS (sizeof(answers) / sizeof(*answers))

static void
serve(int fd)
{
	char got[4096];

	for (size_t i = 0; i < ANSWERS; i++) {
		int peer = accept(fd, NULL, NULL);
		size_t n = 0;

		while (n < sizeof(got) - 1) {
			ssize_t r = read(peer, got + n, sizeof(got) - 1 - n);

			if (r <= 0)
				break;
			n += (size_t)r;
			got[n] = '\0';
			if (strstr(got, "\r\n\r\nbody") != NULL)
				break;
		}
		/* What was not sent as it should gets no answer. */
		if (strstr(got, "POST /p HTTP/1.1\r\n") == got &&
		    strstr(got, "User-Agent: t/1\r\n") != NULL &&
		    strstr(got, "A: b\r\n") != NULL &&
		    strstr(got, "Expect") == NULL &&
		    write(peer, answers[i], strlen(answers[i])) == -1)
			break;
		shutdown(peer, SHUT_RDWR);
		close(peer);
	}
	_exit(0);
}

static int port;

static pid_t
start_server(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	pid_t pid;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&a, len) == -1 || listen(fd, 5) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		abort();
	port = ntohs(a.sin_port);
	if ((pid = fork()) == 0)
		serve(fd);
	close(fd);
	return pid;
}

static const struct http_reply *
ask(struct http *h)
{
	static const char *const headers[] = { "A: b", NULL };
	const struct http_reply *r;
	static int mark;
	char url[64];
	struct http_request rq = { .method = "POST",
		.url = url,
		.headers = headers,
		.body = "body",
		.body_len = 4,
		.timeout_ms = 5000,
		.keep = 4,
		.ctx = &mark };
	struct err e;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/p", port);
	if (http_start(h, &rq, &e) == -1)
		abort();
	while ((r = http_take(h)) == NULL)
		if (http_poll(h, NULL, 0, -1, &e) == -1)
			abort();
	CHECK(r->ctx == &mark);
	return r;
}

static void
replies(struct http *h)
{
	const struct http_reply *r = ask(h);
	size_t n;

	CHECK_INT(r->error, HTTP_ANSWERED);
	CHECK_INT(r->status, 503);
	CHECK_STR(r->body, "sorr");
	CHECK_INT(r->body_total, 6);
	CHECK_INT(r->retry_after_ms, 7000);
	CHECK_INT(r->date, 9);
	CHECK(http_header(r, "X-ID", &n) != NULL && n == 4);
	CHECK(http_header(r, "X-I", &n) == NULL);
	r = ask(h);
	CHECK_INT(r->status, 307);
	r = ask(h);
	CHECK_INT(r->status, 204);
	CHECK_STR(r->body, "");
	CHECK_INT(r->retry_after_ms, 0);
	for (int i = 0; i < 3; i++) {
		r = ask(h);
		CHECK_INT(r->error, HTTP_BROKEN);
		CHECK_INT(r->status, 0);
		CHECK(r->maybe_taken);
		CHECK(*r->reason != '\0');
	}
}

static void
nobody(struct http *h)
{
	const struct http_reply *r = ask(h);

	CHECK_INT(r->error, HTTP_CONNECT);
	CHECK(!r->maybe_taken);
}

/* An answer that stops for a while is given up, however long it may take. */
static void
idle(struct http *h)
{
	static const char begun[] =
	    "HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\ncut";
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), peer = -1;
	char url[64];
	struct http_request rq = {
		.method = "GET", .url = url, .timeout_ms = -1, .idle_ms = 1000
	};
	const struct http_reply *r;
	struct err e;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&a, len) == -1 || listen(fd, 5) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		abort();
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(a.sin_port));
	CHECK_INT(http_start(h, &rq, &e), 0);
	while ((r = http_take(h)) == NULL) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (http_poll(h, &p, peer == -1, -1, &e) == -1)
			abort();
		if (peer == -1 && p.revents != 0 &&
		    ((peer = accept(fd, NULL, NULL)) == -1 ||
			write(peer, begun, sizeof(begun) - 1) == -1))
			abort();
	}
	CHECK_INT(r->error, HTTP_TIMEOUT);
	CHECK_INT(r->body_total, 3);
	close(peer);
	close(fd);
}

static void
urls(void)
{
	struct err e;

	CHECK_INT(http_url("http://h:1/p?q", &e), 0);
	CHECK_INT(http_url("HTTPS://h", &e), 1);
	CHECK_INT(http_url("ftp://h", &e), -1);
	CHECK_INT(e.code, ST_USAGE);
	CHECK_INT(http_url("h:1", &e), -1);
	CHECK_INT(http_url("", &e), -1);
	CHECK_INT(http_url("http://u:secret@h/", &e), -1);
	CHECK(strstr(e.msg, "secret") == NULL);
}

int
main(void)
{
	struct http_config cf = { .user_agent = "t/1", .plain = 1 };
	struct err e;
	struct http *h;
	pid_t pid;

	log_init("http", LV_ERROR, 0);
	signal(SIGPIPE, SIG_IGN);
	unsetenv("http_proxy");
	pid = start_server();
	urls();
	cf.ca_file = "/nowhere";
	CHECK(http_new(&cf, &e) == NULL && e.code == ST_CONFIG);
	cf.ca_file = NULL;
	h = http_new(&cf, &e);
	replies(h);
	waitpid(pid, NULL, 0);
	nobody(h);
	idle(h);
	http_free(h);
	return check_end("http");
}
