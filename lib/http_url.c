/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "http_transfer.h"
#include "status.h"

static CURLUcode
need(CURLUcode code)
{
	if (code == CURLUE_OUT_OF_MEMORY)
		http_no_memory();
	return code;
}

int
http_url(const char *url, struct err *e)
{
	const struct curl_calls *curl = curl_late(e);
	char *scheme = NULL, *host = NULL, *user = NULL;
	int tls = -1;
	CURLU *u;

	if (curl == NULL)
		return -1;
	if ((u = curl->url()) == NULL)
		http_no_memory();
	if (need(curl->url_set(
		u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME)) ||
	    need(curl->url_get(u, CURLUPART_SCHEME, &scheme, 0)) ||
	    need(curl->url_get(u, CURLUPART_HOST, &host, 0)) || *host == '\0')
		err_set(e, ST_USAGE, "\"%s\" is no URL", url);
	else if (need(curl->url_get(u, CURLUPART_USER, &user, 0)) == CURLUE_OK)
		err_set(e, ST_USAGE,
		    "a URL must not hold credentials: "
		    "they belong in a file");
	else if (strcasecmp(scheme, "https") == 0)
		tls = 1;
	else if (strcasecmp(scheme, "http") == 0)
		tls = 0;
	else
		err_set(e, ST_USAGE, "\"%s\" is neither http nor https", url);
	curl->free(scheme);
	curl->free(host);
	curl->free(user);
	curl->url_cleanup(u);
	return tls;
}

int
http_is_loopback(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t n = strcspn(host, ":/");

	return (n == 9 && strncasecmp(host, "localhost", 9) == 0) ||
	    strncmp(host, "[::1]", 5) == 0 ||
	    (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n);
}

int
http_may_carry_token(const char *url)
{
	return strncasecmp(url, "https:", 6) == 0 || http_is_loopback(url);
}
