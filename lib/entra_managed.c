/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "entra_try.h"
#include "file.h"

#define IMDS      "http://169.254.169.254"
#define IMDS_PATH "/metadata/identity/oauth2/token"
#define IMDS_MS   1000 /* to connect: elsewhere nobody is at that address */
#define ARC       "http://127.0.0.1:40342/metadata/identity/oauth2/token"
#define ARC_AGENT "/opt/azcmagent/bin/himds"
#define ARC_KEYS  "/var/opt/azcmagent/tokens"
#define KEY_MAX   4096

/*
 * Identities that the machine, the cluster or the host of the application has:
 * a service at hand gives their tokens, and no secret is needed.
 */

static const struct http_reply *
get(struct entra_try *t, const struct buf *url, const char *header,
    enum entra_outcome *oc)
{
	const char *headers[] = { header, "Accept: application/json", NULL };
	struct http_request rq = { .method = "GET",
		.url = url->data,
		.headers = headers,
		.connect_ms = IMDS_MS,
		.direct = 1 };

	return entra_send(t, &rq, oc);
}

/* ENDPOINT?api-version=…&resource=…, and which identity of several. */
static void
ask_for(struct entra_try *t, struct buf *url, const char *endpoint,
    const char *version, int named)
{
	const char *client = entra_env("AZURE_CLIENT_ID");

	buf_printf(url, "%s?", endpoint);
	entra_form(url, "api-version", version);
	entra_form(url, "resource", t->ask->resource);
	if (named && client != NULL)
		entra_form(url, "client_id", client);
}

/* App Service, Functions, Container Apps. */
static enum entra_outcome
app_service(struct entra_try *t, const char *endpoint, const char *secret)
{
	struct buf url = { 0 }, header = { 0 };
	const struct http_reply *r;
	enum entra_outcome oc;

	t->secret = secret;
	ask_for(t, &url, endpoint, "2019-08-01", 1);
	buf_printf(&header, "X-IDENTITY-HEADER: %s", secret);
	if ((r = get(t, &url, header.data, &oc)) != NULL)
		oc = entra_read(t, r);
	explicit_bzero(header.data, header.cap);
	buf_fini(&header);
	buf_fini(&url);
	return oc;
}

/* Where the keys of Arc are; a test has others. */
static const char *
key_dir(void)
{
	const char *dir = entra_env("KQLPIPE_ARC_TOKENS");

	return dir != NULL ? dir : ARC_KEYS;
}

/*
 * The file that a challenge names: right in the directory of the keys, since
 * what is in it goes back to whoever named it.  Returns -1 if it is not.
 */
static int
read_key(
    struct entra_try *t, const char *challenge, size_t len, struct buf *key)
{
	static const char basic[] = "Basic realm=";
	const char *dir = key_dir(), *name;
	char path[512];
	size_t n = strlen(dir);
	struct err e;

	if (len <= sizeof(basic) - 1 || len >= sizeof(path) ||
	    strncasecmp(challenge, basic, sizeof(basic) - 1) != 0) {
		entra_fail(t, ENTRA_TROUBLE, "its challenge names no file");
		return -1;
	}
	snprintf(path, sizeof(path), "%.*s", (int)(len - sizeof(basic) + 1),
	    challenge + sizeof(basic) - 1);
	name = path + n + 1;
	len = strlen(path);
	if (len < n + 6 || strncmp(path, dir, n) != 0 || path[n] != '/' ||
	    strchr(name, '/') != NULL || strcmp(path + len - 4, ".key") != 0) {
		entra_fail(t, ENTRA_WRONG,
		    "its challenge names a file that is no key in %s", dir);
		return -1;
	}
	if (file_read(path, KEY_MAX, key, &e) == 0)
		return 0;
	entra_fail(t, ENTRA_WRONG, "%s", e.msg);
	return -1;
}

/* The second question, with what the challenge's file holds. */
static enum entra_outcome
arc_answer(struct entra_try *t, const struct buf *url, const struct buf *key)
{
	struct buf header = { 0 };
	const char *headers[] = { "Metadata: true", NULL, NULL };
	struct http_request rq = { .method = "GET",
		.url = url->data,
		.headers = headers,
		.direct = 1 };
	const struct http_reply *r;
	enum entra_outcome oc;

	t->secret = buf_str(key);
	buf_printf(&header, "Authorization: Basic %s", buf_str(key));
	header.data[strcspn(header.data, "\r\n")] = '\0';
	headers[1] = header.data;
	if ((r = entra_send(t, &rq, &oc)) != NULL)
		oc = entra_read(t, r);
	t->secret = NULL;
	explicit_bzero(header.data, header.cap);
	buf_fini(&header);
	return oc;
}

/* Servers elsewhere that Arc has made a part of Azure. */
static enum entra_outcome
arc(struct entra_try *t, const char *endpoint)
{
	struct buf url = { 0 }, key = { 0 };
	const struct http_reply *r;
	const char *challenge;
	enum entra_outcome oc;
	size_t n = 0;

	ask_for(t, &url, endpoint, "2020-06-01", 0);
	if ((r = get(t, &url, "Metadata: true", &oc)) != NULL) {
		challenge = http_header(r, "WWW-Authenticate", &n);
		if (r->status != 401 || challenge == NULL)
			oc = entra_fail(t, ENTRA_TROUBLE,
			    "it answered %d without a challenge", r->status);
		else if (read_key(t, challenge, n, &key) == -1)
			oc = ENTRA_WRONG;
		else
			oc = arc_answer(t, &url, &key);
	}
	buf_fini(&key);
	buf_fini(&url);
	return oc;
}

/*
 * The metadata service of virtual machines.  What answers at its address but
 * is none, or nobody, means that this is not one.
 */
static enum entra_outcome
imds(struct entra_try *t)
{
	const char *host = entra_env("AZURE_POD_IDENTITY_AUTHORITY_HOST");
	struct buf url = { 0 }, endpoint = { 0 };
	const struct http_reply *r;
	enum entra_outcome oc;

	buf_puts(&endpoint, host != NULL ? host : IMDS);
	while (endpoint.data[endpoint.len - 1] == '/')
		endpoint.data[--endpoint.len] = '\0';
	buf_puts(&endpoint, IMDS_PATH);
	ask_for(t, &url, endpoint.data, "2018-02-01", 1);
	if ((r = get(t, &url, "Metadata: true", &oc)) == NULL) {
		oc = oc == ENTRA_WRONG ? oc : ENTRA_ABSENT;
	} else {
		oc = entra_read(t, r);
		if (r->status == 404 || r->status == 410 || oc == ENTRA_TROUBLE)
			oc = ENTRA_DOUBT;
		else if (oc == ENTRA_WRONG)
			oc = ENTRA_ABSENT;
	}
	buf_fini(&endpoint);
	buf_fini(&url);
	return oc;
}

enum entra_outcome
entra_managed(struct entra_try *t)
{
	const char *endpoint = entra_env("IDENTITY_ENDPOINT");
	const char *header = entra_env("IDENTITY_HEADER");

	if (entra_env("IDENTITY_SERVER_THUMBPRINT") != NULL)
		return entra_fail(
		    t, ENTRA_ABSENT, "that of Service Fabric is not used");
	if (endpoint != NULL && header != NULL)
		return app_service(t, endpoint, header);
	if (endpoint != NULL && entra_env("IMDS_ENDPOINT") != NULL)
		return arc(t, endpoint);
	if (endpoint == NULL && access(ARC_AGENT, X_OK) == 0)
		return arc(t, ARC);
	return imds(t);
}
