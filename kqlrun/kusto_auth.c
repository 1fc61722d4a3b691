/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "json.h"
#include "kusto_auth.h"
#include "log.h"
#include "mem.h"

#define TEXT_MAX  256
#define ASK_KEEP  16384
#define ASK_MS    10000
#define METADATA  "/v1/rest/auth/metadata"
#define PUBLIC    "https://login.microsoftonline.com"
#define USGOV     "https://login.microsoftonline.us"
#define CHINA     "https://login.partner.microsoftonline.cn"
#define EAGLEX    "https://login.microsoftonline.eaglex.ic.gov"
#define SCLOUD    "https://login.microsoftonline.microsoft.scloud"
#define FRANCE    "https://login.sovcloud-identity.fr"
#define GERMANY   "https://login.sovcloud-identity.de"
#define SINGAPORE "https://login.sovcloud-identity.sg"

struct kusto_auth {
	struct kusto_auth *next;
	char *origin; /* https://HOST[:PORT] */
	enum {
		AUTH_NEW,
		AUTH_ASKED,
		AUTH_KNOWN
	} state;
	int loopback;
	int wanted; /* it has answered 401 */
	char url[TEXT_MAX + sizeof(METADATA)];
	char resource[TEXT_MAX];
	char authority[TEXT_MAX]; /* "": that of the public cloud */
};

/* The hosts of Kusto services, by the last part of their names, and who gives
 * the tokens there. */
static const struct {
	const char *tail; /* from a dot on, or a whole name */
	const char *authority;
} clouds[] = {
	{ ".kusto.windows.net", PUBLIC },
	{ ".kustomfa.windows.net", PUBLIC },
	{ ".kusto.azuresynapse.net", PUBLIC },
	{ ".kusto.data.microsoft.com", PUBLIC },
	{ ".kusto.fabric.microsoft.com", PUBLIC },
	{ "kusto.aria.microsoft.com", PUBLIC },
	{ "ade.applicationinsights.io", PUBLIC },
	{ "ade.loganalytics.io", PUBLIC },
	{ "adx.applicationinsights.azure.com", PUBLIC },
	{ "adx.loganalytics.azure.com", PUBLIC },
	{ "adx.monitor.azure.com", PUBLIC },
	{ ".kusto.usgovcloudapi.net", USGOV },
	{ ".kustomfa.usgovcloudapi.net", USGOV },
	{ "adx.loganalytics.azure.us", USGOV },
	{ "adx.monitor.azure.us", USGOV },
	{ ".kusto.chinacloudapi.cn", CHINA },
	{ ".kustomfa.chinacloudapi.cn", CHINA },
	{ ".kusto.azuresynapse.azure.cn", CHINA },
	{ "adx.loganalytics.azure.cn", CHINA },
	{ "adx.monitor.azure.cn", CHINA },
	{ ".kusto.core.eaglex.ic.gov", EAGLEX },
	{ ".kustomfa.core.eaglex.ic.gov", EAGLEX },
	{ ".kusto.core.microsoft.scloud", SCLOUD },
	{ ".kustomfa.core.microsoft.scloud", SCLOUD },
	{ ".kusto.sovcloud-api.fr", FRANCE },
	{ ".kustomfa.sovcloud-api.fr", FRANCE },
	{ ".kusto.sovcloud-api.de", GERMANY },
	{ ".kusto.sovcloud-api.sg", SINGAPORE },
};

#define CLOUDS (sizeof(clouds) / sizeof(*clouds))

/* The host of a URL, with its length. */
static const char *
host_of(const char *url, size_t *n)
{
	const char *host = strstr(url, "://") + 3;

	*n = strcspn(host, ":/");
	return host;
}

/* Who gives the tokens for a host of Azure; NULL: it is none. */
static const char *
authority_of(const char *url)
{
	size_t n, m;
	const char *host = host_of(url, &n);

	for (size_t i = 0; i < CLOUDS; i++) {
		m = strlen(clouds[i].tail);
		if ((n == m || (n > m && *clouds[i].tail == '.')) &&
		    strncasecmp(host + n - m, clouds[i].tail, m) == 0)
			return clouds[i].authority;
	}
	return NULL;
}

static struct kusto_auth *
auth_new(const char *endpoint, size_t n)
{
	struct kusto_auth *a = mem_new(1, sizeof(*a));
	const char *authority;

	a->origin = mem_str(endpoint);
	a->origin[n] = '\0';
	a->loopback = http_is_loopback(endpoint);
	snprintf(a->resource, sizeof(a->resource), "%s", a->origin);
	authority = authority_of(endpoint);
	snprintf(a->authority, sizeof(a->authority), "%s",
	    authority != NULL ? authority : "");
	/* Only Azure's own may say what their tokens are for. */
	if ((authority == NULL && !a->loopback) || n >= TEXT_MAX)
		a->state = AUTH_KNOWN;
	return a;
}

struct kusto_auth *
kusto_auth_find(struct kusto_auth **list, const char *endpoint)
{
	const char *host = strstr(endpoint, "://") + 3;
	size_t n = (size_t)(host - endpoint) + strcspn(host, "/");
	struct kusto_auth *a = *list;

	while (a != NULL &&
	    (strlen(a->origin) != n || strncmp(a->origin, endpoint, n) != 0))
		a = a->next;
	if (a != NULL)
		return a;
	a = auth_new(endpoint, n);
	a->next = *list;
	return *list = a;
}

void
kusto_auth_free(struct kusto_auth *list)
{
	struct kusto_auth *a;

	while ((a = list) != NULL) {
		list = a->next;
		free(a->origin);
		free(a);
	}
}

int
kusto_auth_wanted(const struct kusto_auth *a)
{
	return !a->loopback || a->wanted;
}

int
kusto_auth_want(struct kusto_auth *a)
{
	if (!a->loopback)
		return 0;
	return a->wanted = 1;
}

int
kusto_auth_learn(struct kusto_auth *a, struct http *h)
{
	static const char *const headers[] = { "Accept: application/json",
		NULL };
	struct http_request rq = { .method = "GET",
		.url = a->url,
		.headers = headers,
		.timeout_ms = ASK_MS,
		.keep = ASK_KEEP,
		.gzip = 1,
		.repeatable = 1,
		.direct = a->loopback,
		.ctx = a };
	struct err e;

	if (a->state != AUTH_NEW)
		return a->state == AUTH_ASKED;
	snprintf(a->url, sizeof(a->url), "%s" METADATA, a->origin);
	a->state = http_start(h, &rq, &e) == 0 ? AUTH_ASKED : AUTH_KNOWN;
	return a->state == AUTH_ASKED;
}

/*
 * The service's word is taken as far as it is one of Azure's: else whoever
 * answers at an endpoint could have a token for anything.
 */
static void
take_resource(struct kusto_auth *a, const char *url, int mfa)
{
	const char *at = strstr(url, ".kusto.");
	struct err e;

	if (http_url(url, &e) != 1 || authority_of(url) == NULL ||
	    strlen(url) >= TEXT_MAX - 3)
		return;
	if (mfa && at != NULL)
		snprintf(a->resource, sizeof(a->resource), "%.*s.kustomfa.%s",
		    (int)(at - url), url, at + 7);
	else
		snprintf(a->resource, sizeof(a->resource), "%s", url);
}

static void
take_authority(struct kusto_auth *a, const char *url)
{
	struct err e;
	size_t i = 0, n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	while (i < CLOUDS &&
	    (strlen(clouds[i].authority) != n ||
		strncmp(clouds[i].authority, url, n) != 0))
		i++;
	if (i < CLOUDS ||
	    (a->loopback && http_url(url, &e) == 0 && http_is_loopback(url)))
		snprintf(
		    a->authority, sizeof(a->authority), "%.*s", (int)n, url);
}

int
kusto_auth_take(struct kusto_auth *a, const struct http_reply *r)
{
	struct arena memory = { 0 };
	const struct json *j;
	struct err ignored;

	while (a != NULL && a != r->ctx)
		a = a->next;
	if (a == NULL)
		return 0;
	a->state = AUTH_KNOWN;
	j = r->status != 200
	    ? NULL
	    : json_parse(&memory, r->body, r->body_len, &ignored);
	if ((j = json_get(j, "AzureAD")) != NULL) {
		take_authority(a, json_get_str(j, "LoginEndpoint", ""));
		take_resource(a, json_get_str(j, "KustoServiceResourceId", ""),
		    json_get_bool(j, "LoginMfaRequired", 0));
	}
	log_debug("tokens of a service", KV_S("endpoint", a->origin),
	    KV_S("resource", a->resource), KV_S("authority", a->authority),
	    KV_I("http", r->status));
	arena_fini(&memory);
	return 1;
}

struct token_for
kusto_auth_for(const struct kusto_auth *a)
{
	return (struct token_for){ .resource = a->resource,
		.authority = *a->authority != '\0' ? a->authority : NULL };
}
