/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "listen.h"
#include "log.h"
#include "status.h"
#include "when.h"

#define BACKLOG  128
#define PATIENCE 2000 /* ms: who had the port before may be about to end */
#define AGAIN    50   /* ms between tries */

/* Take ADDR:PORT apart; *host is empty for none. */
static int
split(const char *where, struct buf *host, const char **port, struct err *e)
{
	const char *colon = strrchr(where, ':');
	size_t n = colon != NULL ? (size_t)(colon - where) : 0;

	if (colon == NULL || colon[1] == '\0' ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0' ||
	    strlen(colon + 1) > 5)
		return err_set(e, ST_CONFIG, "\"%s\" is no ADDR:PORT", where);
	if (n > 1 && where[0] == '[' && where[n - 1] == ']')
		buf_add(host, where + 1, n - 2);
	else if (memchr(where, ':', n) != NULL)
		return err_set(e, ST_CONFIG,
		    "\"%s\": an IPv6 address goes in brackets", where);
	else
		buf_add(host, where, n);
	*port = colon + 1;
	return 0;
}

static int
bind_soon(int fd, const struct addrinfo *a)
{
	int64_t until = when_mono_ms() + PATIENCE;
	int bad;

	while ((bad = bind(fd, a->ai_addr, a->ai_addrlen)) == -1 &&
	    errno == EADDRINUSE && when_mono_ms() < until)
		poll(NULL, 0, AGAIN);
	return bad;
}

/* A socket that listens on one address, or -1 with errno. */
static int
try(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);
	int on = 1, off = 0;

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* [::] is IPv4 too, wherever the system can do that */
	if (a->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind_soon(fd, a) == -1 || listen(fd, BACKLOG) == -1) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

/* Say where; the port may be one that the kernel picked. */
static void
tell(int fd)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&at, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&at, len, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		log_info(
		    "listening", KV_S("address", host), KV_S("port", port));
}

/* Somebody else who listens will be there the next time too. */
static int
refuse(const char *where, const char *port, struct err *e)
{
	if (errno == EADDRINUSE)
		return err_set(e, ST_CONFIG,
		    "port %s is in use on %s: another process listens there",
		    port, where);
	return err_sys(e, ST_RETRY, "%s", where);
}

/* With no address: IPv6, which takes IPv4 too, or IPv4 where that is all. */
static int
listen_any(const char *port, struct err *e)
{
	static const char *const any[] = { "::", "0.0.0.0" };
	struct addrinfo hint = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST |
		    AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	int fd = -1;

	for (size_t i = 0; i < 2 && fd == -1; i++) {
		struct addrinfo *a;

		if (getaddrinfo(any[i], port, &hint, &a) != 0)
			continue;
		fd = try(a);
		freeaddrinfo(a);
	}
	return fd != -1 ? fd : refuse("any address", port, e);
}

static int
listen_named(
    const char *where, const char *host, const char *port, struct err *e)
{
	struct addrinfo hint = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *all;
	int fd = -1, bad = getaddrinfo(host, port, &hint, &all);

	if (bad != 0)
		return err_set(
		    e, ST_CONFIG, "%s:%s: %s", host, port, gai_strerror(bad));
	for (const struct addrinfo *a = all; a != NULL && fd == -1;
	     a = a->ai_next)
		fd = try(a);
	if (fd == -1)
		refuse(where, port, e);
	freeaddrinfo(all);
	return fd;
}

int
listen_on(const char *where, struct err *e)
{
	struct buf host = { 0 };
	const char *port = NULL;
	int fd = -1;

	if (split(where, &host, &port, e) == 0)
		fd = host.len > 0 ? listen_named(where, host.data, port, e)
				  : listen_any(port, e);
	if (fd != -1)
		tell(fd);
	buf_fini(&host);
	return fd;
}
