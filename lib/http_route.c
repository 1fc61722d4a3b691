/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "http_transfer.h"

/* A file, or text that goes before it. */
static void
set_pem(struct transfer *t, CURLoption file_option, const char *file,
    CURLoption text_option, const char *text)
{
	const struct curl_calls *curl = t->http->curl;
	struct curl_blob blob = { .data = (char *)text,
		.flags = CURL_BLOB_COPY };

	curl->easy_setopt(t->easy, file_option, text == NULL ? file : NULL);
	if (text != NULL)
		blob.len = strlen(text);
	curl->easy_setopt(t->easy, text_option, text != NULL ? &blob : NULL);
}

/* Who may answer, and who we are. */
static void
set_trust(struct transfer *t, const struct http_request *rq)
{
	const struct curl_calls *curl = t->http->curl;
	const struct http_config *cf = &t->http->cf;
	int own = rq->cert_pem != NULL;

	if (cf->ca_pem != NULL || cf->ca_file != NULL)
		set_pem(t, CURLOPT_CAINFO, cf->ca_file, CURLOPT_CAINFO_BLOB,
		    cf->ca_pem);
	set_pem(t, CURLOPT_SSLCERT, cf->cert_file, CURLOPT_SSLCERT_BLOB,
	    own ? rq->cert_pem : cf->cert_pem);
	set_pem(t, CURLOPT_SSLKEY, cf->key_file, CURLOPT_SSLKEY_BLOB,
	    own ? rq->key_pem : cf->key_pem);
	/* A key with a password fails; nobody is asked at the terminal. */
	curl->easy_setopt(t->easy, CURLOPT_KEYPASSWD, "");
	if (cf->insecure) {
		curl->easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl->easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

/*
 * The peer shows a certificate for another name than that of its address: the
 * URL takes the name, and the address is where to connect.
 */
static void
rename_peer(struct transfer *t, CURLU *u, const char *name)
{
	const struct curl_calls *curl = t->http->curl;
	char *host = NULL, *port = NULL, *url = NULL;
	struct buf b = { 0 };

	if (curl->url_get(u, CURLUPART_HOST, &host, 0) ||
	    curl->url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT))
		http_no_memory();
	buf_printf(&b, "::%s:%s", host, port);
	if ((t->route = curl->slist_append(NULL, b.data)) == NULL)
		http_no_memory();
	buf_reset(&b);
	buf_printf(&b, "Host: %s:%s", host, port);
	transfer_header(t, b.data);
	if (curl->url_set(u, CURLUPART_HOST, name, 0) == CURLUE_OK &&
	    curl->url_get(u, CURLUPART_URL, &url, 0) == CURLUE_OK)
		curl->easy_setopt(t->easy, CURLOPT_URL, url);
	curl->free(host);
	curl->free(port);
	curl->free(url);
	buf_fini(&b);
}

static void
set_url(struct transfer *t, const char *url)
{
	const struct curl_calls *curl = t->http->curl;
	const char *name = t->http->cf.tls_name;
	CURLU *u;

	curl->easy_setopt(t->easy, CURLOPT_URL, url);
	if (name != NULL && strncasecmp(url, "https:", 6) == 0) {
		if ((u = curl->url()) == NULL ||
		    curl->url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
			http_no_memory();
		rename_peer(t, u, name);
		curl->url_cleanup(u);
	}
	curl->easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->route);
}

void
transfer_route(struct transfer *t, const struct http_request *rq)
{
	const struct curl_calls *curl = t->http->curl;
	const char *proxy = rq->direct ? "" : t->http->cf.proxy;

	set_url(t, rq->url);
	curl->easy_setopt(t->easy, CURLOPT_PROXY, proxy);
	/* One that was named is for every host. */
	curl->easy_setopt(
	    t->easy, CURLOPT_NOPROXY, t->http->cf.proxy != NULL ? "" : NULL);
	set_trust(t, rq);
}
