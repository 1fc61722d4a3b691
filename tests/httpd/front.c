/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509.h>

/*
 * front -c CERT -k KEY [-a CA] PORT: TLS in front of the server on that port of
 * loopback; with -a only for clients with a certificate of that authority.
 * front -p: a proxy for CONNECT and SOCKS 5, for which every name is this
 * machine.  Both listen on a loopback port that the kernel picks, which they
 * print; then a line for each connection: the name that TLS was asked for and
 * the client's, or what the proxy was asked for.
 */
#define HEAD_MAX 4096
#define MOVE_MAX 16384

struct front {
	SSL_CTX *tls; /* NULL: a proxy */
	int port;     /* of the server behind */
};

/* One connection, a thread each. */
struct link {
	const struct front *front;
	int fd;
	SSL *tls; /* or NULL */
};

static int
dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static ssize_t
take(struct link *l, void *p, size_t n)
{
	return l->tls != NULL ? SSL_read(l->tls, p, (int)n) : read(l->fd, p, n);
}

static int
give(struct link *l, const char *p, size_t n)
{
	ssize_t m;

	for (; n > 0; p += m, n -= (size_t)m) {
		m = l->tls != NULL ? SSL_write(l->tls, p, (int)n)
				   : send(l->fd, p, n, MSG_NOSIGNAL);
		if (m <= 0)
			return -1;
	}
	return 0;
}

/* Bytes both ways, until one of the two ends. */
static void
relay(struct link *l, int behind)
{
	struct pollfd p[] = { { .fd = l->fd, .events = POLLIN },
		{ .fd = behind, .events = POLLIN } };
	struct link to = { .fd = behind };
	char bytes[MOVE_MAX];
	ssize_t n;

	while (l->tls != NULL && SSL_pending(l->tls) > 0
		? (p[0].revents = POLLIN, p[1].revents = 0, 1)
		: poll(p, 2, -1) > 0) {
		if (p[0].revents != 0 &&
		    ((n = take(l, bytes, sizeof(bytes))) <= 0 ||
			give(&to, bytes, (size_t)n) == -1))
			return;
		if (p[1].revents != 0 &&
		    ((n = read(behind, bytes, sizeof(bytes))) <= 0 ||
			give(l, bytes, (size_t)n) == -1))
			return;
	}
}

/* Read n bytes, or up to the end of a head when n is 0, into text. */
static int
read_some(struct link *l, char text[HEAD_MAX], size_t n)
{
	size_t have = 0;

	while (have < HEAD_MAX - 1 && (n == 0 || have < n)) {
		if (take(l, text + have, 1) <= 0)
			return -1;
		text[++have] = '\0';
		if (n == 0 && strstr(text, "\r\n\r\n") != NULL)
			return 0;
	}
	return n == have ? 0 : -1;
}

/* CONNECT HOST:PORT HTTP/1.1, of which the C is read.  Returns the port. */
static int
ask_connect(struct link *l)
{
	char text[HEAD_MAX], host[HEAD_MAX];
	int port;

	if (read_some(l, text, 0) == -1 ||
	    sscanf(text, "ONNECT %[^:]:%d HTTP", host, &port) != 2)
		return -1;
	printf("connect %s:%d\n", host, port);
	give(l, "HTTP/1.1 200 Fine\r\n\r\n", 21);
	return port;
}

/* SOCKS 5 without a login, to a name, of which the 5 is read. */
static int
ask_socks(struct link *l)
{
	static const char fine[] = { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	unsigned char b[HEAD_MAX];
	char *text = (char *)b;
	int port;
	size_t n;

	if (read_some(l, text, 1) == -1 || read_some(l, text, b[0]) == -1 ||
	    give(l, (const char[]){ 5, 0 }, 2) == -1 ||
	    read_some(l, text, 5) == -1 || b[3] != 3)
		return -1;
	n = b[4];
	if (read_some(l, text, n + 2) == -1)
		return -1;
	port = b[n] << 8 | b[n + 1];
	printf("socks %.*s:%d\n", (int)n, text, port);
	give(l, fine, sizeof(fine));
	return port;
}

/* Who is asked for, and who asks. */
static void
tell_tls(SSL *tls)
{
	const char *name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
	X509 *client = SSL_get1_peer_certificate(tls);
	char who[128] = "nobody";

	if (client != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(client),
		    NID_commonName, who, sizeof(who));
	X509_free(client);
	printf("tls %s %s\n", name != NULL ? name : "-", who);
}

/* What is behind: its port, or -1. */
static int
greet(struct link *l)
{
	char first;

	if (l->front->tls == NULL) {
		if (take(l, &first, 1) != 1)
			return -1;
		return first == 5 ? ask_socks(l) : ask_connect(l);
	}
	l->tls = SSL_new(l->front->tls);
	SSL_set_fd(l->tls, l->fd);
	if (SSL_accept(l->tls) != 1)
		return -1;
	tell_tls(l->tls);
	return l->front->port;
}

static void *
serve(void *ctx)
{
	struct link *l = ctx;
	int port = greet(l), behind = port != -1 ? dial(port) : -1;

	if (behind != -1) {
		relay(l, behind);
		close(behind);
	}
	SSL_free(l->tls);
	close(l->fd);
	free(l);
	return NULL;
}

static SSL_CTX *
tls_new(const char *cert, const char *key, const char *ca)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (SSL_CTX_use_certificate_chain_file(tls, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		return NULL;
	if (ca != NULL && SSL_CTX_load_verify_locations(tls, ca, NULL) != 1)
		return NULL;
	if (ca != NULL)
		SSL_CTX_set_verify(tls,
		    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return tls;
}

/* Take connections for ever. */
static int
run(const struct front *f)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pthread_t thread;
	struct link *l;

	if (bind(fd, (struct sockaddr *)&here, n) == -1 ||
	    listen(fd, 64) == -1 ||
	    getsockname(fd, (struct sockaddr *)&here, &n) == -1)
		return 75;
	printf("%d\n", ntohs(here.sin_port));
	for (;;) {
		if ((l = calloc(1, sizeof(*l))) == NULL)
			return 75;
		l->front = f;
		l->fd = accept(fd, NULL, NULL);
		if (l->fd == -1 || pthread_create(&thread, NULL, serve, l) != 0)
			return 75;
		pthread_detach(thread);
	}
}

/* Returns -1 for wrong usage. */
static int
read_args(struct front *f, int argc, char *argv[])
{
	const char *cert = NULL, *key = NULL, *ca = NULL;
	int c, proxy = 0;

	while ((c = getopt(argc, argv, "a:c:k:p")) != -1) {
		if (c == 'a')
			ca = optarg;
		else if (c == 'c')
			cert = optarg;
		else if (c == 'k')
			key = optarg;
		else
			proxy = c == 'p';
	}
	if (proxy)
		return 0;
	if (cert == NULL || key == NULL || argc - optind != 1)
		return -1;
	f->port = atoi(argv[optind]);
	f->tls = tls_new(cert, key, ca);
	return f->tls != NULL ? 0 : -1;
}

int
main(int argc, char *argv[])
{
	struct front f = { 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	return read_args(&f, argc, argv) == 0 ? run(&f) : 64;
}
