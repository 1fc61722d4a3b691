/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "entra_try.h"
#include "file.h"

#define PUBLIC         "https://login.microsoftonline.com"
#define ASSERTION_MAX  65536
#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/*
 * Applications of Entra: they prove who they are with a secret, or with a
 * token that their cluster has signed.
 */

/* A secret goes over TLS, or to this machine. */
static int
is_safe(const char *url)
{
	return strncasecmp(url, "https://", 8) == 0 ||
	    strncmp(url, "http://127.0.0.1:", 17) == 0 ||
	    strncmp(url, "http://localhost:", 17) == 0;
}

static int
is_tenant(const char *s)
{
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && *s != '-' && *s != '.')
			return 0;
	return 1;
}

/* Where the tokens of a tenant are given.  Returns -1 with why. */
static int
token_url(struct entra_try *t, const char *tenant, struct buf *url)
{
	const char *authority = entra_env("AZURE_AUTHORITY_HOST");
	size_t n;

	if (authority == NULL)
		authority = t->ask->authority;
	if (authority == NULL)
		authority = PUBLIC;
	n = strlen(authority);
	while (n > 0 && authority[n - 1] == '/')
		n--;
	if (!is_safe(authority)) {
		entra_fail(t, ENTRA_WRONG, "%s is not https://", authority);
		return -1;
	}
	if (!is_tenant(tenant)) {
		entra_fail(t, ENTRA_WRONG, "AZURE_TENANT_ID is no tenant");
		return -1;
	}
	buf_printf(url, "%.*s/%s/oauth2/v2.0/token", (int)n, authority, tenant);
	return 0;
}

/* Ask for a token; form says who asks. */
static enum entra_outcome
ask(struct entra_try *t, const char *tenant, struct buf *form)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded",
		"Accept: application/json", NULL
	};
	struct buf url = { 0 }, scope = { 0 };
	struct http_request rq = { .method = "POST", .headers = headers };
	const struct http_reply *r;
	enum entra_outcome oc = ENTRA_WRONG;

	buf_printf(&scope, "%s/.default", t->ask->resource);
	entra_form(form, "grant_type", "client_credentials");
	entra_form(form, "scope", scope.data);
	if (token_url(t, tenant, &url) == 0) {
		rq.url = url.data;
		rq.body = form->data;
		rq.body_len = form->len;
		rq.direct = strncasecmp(rq.url, "http:", 5) == 0;
		if ((r = entra_send(t, &rq, &oc)) != NULL)
			oc = entra_read(t, r);
	}
	explicit_bzero(form->data, form->cap);
	buf_fini(form);
	buf_fini(&scope);
	buf_fini(&url);
	return oc;
}

enum entra_outcome
entra_secret(struct entra_try *t)
{
	const char *tenant = entra_env("AZURE_TENANT_ID");
	const char *client = entra_env("AZURE_CLIENT_ID");
	const char *secret = entra_env("AZURE_CLIENT_SECRET");
	struct buf form = { 0 };

	if (secret == NULL && entra_env("AZURE_CLIENT_CERTIFICATE_PATH"))
		return entra_fail(t, ENTRA_ABSENT,
		    "no AZURE_CLIENT_SECRET, and certificates are not used");
	if (secret == NULL || client == NULL || tenant == NULL)
		return entra_fail(t, ENTRA_ABSENT, "%s is not set",
		    tenant == NULL       ? "AZURE_TENANT_ID"
			: client == NULL ? "AZURE_CLIENT_ID"
					 : "AZURE_CLIENT_SECRET");
	t->secret = secret;
	entra_form(&form, "client_id", client);
	entra_form(&form, "client_secret", secret);
	return ask(t, tenant, &form);
}

/* The file is read each time, since its token is replaced every hour. */
enum entra_outcome
entra_workload(struct entra_try *t)
{
	const char *tenant = entra_env("AZURE_TENANT_ID");
	const char *client = entra_env("AZURE_CLIENT_ID");
	const char *file = entra_env("AZURE_FEDERATED_TOKEN_FILE");
	struct buf form = { 0 }, assertion = { 0 };
	enum entra_outcome oc;
	struct err e;

	if (file == NULL || client == NULL || tenant == NULL)
		return entra_fail(t, ENTRA_ABSENT, "%s is not set",
		    file == NULL         ? "AZURE_FEDERATED_TOKEN_FILE"
			: client == NULL ? "AZURE_CLIENT_ID"
					 : "AZURE_TENANT_ID");
	if (file_read(file, ASSERTION_MAX, &assertion, &e) == -1) {
		buf_fini(&assertion);
		return entra_fail(t, ENTRA_WRONG, "%s", e.msg);
	}
	while (assertion.len > 0 &&
	    isspace((unsigned char)assertion.data[assertion.len - 1]))
		assertion.data[--assertion.len] = '\0';
	t->secret = buf_str(&assertion);
	entra_form(&form, "client_id", client);
	entra_form(&form, "client_assertion_type", ASSERTION_TYPE);
	entra_form(&form, "client_assertion", buf_str(&assertion));
	oc = ask(t, tenant, &form);
	t->secret = NULL;
	buf_fini(&assertion);
	return oc;
}
