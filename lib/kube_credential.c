/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "json.h"
#include "kube_auth.h"
#include "status.h"
#include "when.h"

static int
wrong(struct err *e, const char *what)
{
	return err_set(e, ST_CONFIG, "its ExecCredential %s", what);
}

/* A member that is text or not there. */
static int
text(const struct json *o, const char *key, const char **out, struct err *e)
{
	const struct json *v = json_get(o, key);

	*out = NULL;
	if (v == NULL || v->type == JSON_NULL)
		return 0;
	if (v->type != JSON_STRING || strlen(v->str) != v->len)
		return err_set(e, ST_CONFIG,
		    "its ExecCredential has a %s that is no text", key);
	if (v->len > 0)
		*out = v->str;
	return 0;
}

static int
read_expiry(const struct json *status, struct kube_credential *c, struct err *e)
{
	const char *s;
	ticks t;

	if (text(status, "expirationTimestamp", &s, e) == -1)
		return -1;
	if (s == NULL)
		return 0;
	if (when_parse(s, strlen(s), &t) == -1)
		return wrong(e, "has an expirationTimestamp that is no time");
	c->expires_ms = when_to_unix_ms(t);
	if (c->expires_ms <= 0)
		c->expires_ms = 1;
	return 0;
}

static int
check(const struct kube_credential *c, struct err *e)
{
	for (const char *s = c->token; s != NULL && *s != '\0'; s++)
		if (!isgraph((unsigned char)*s))
			return wrong(e,
			    "has a token with a blank or a control "
			    "character");
	if ((c->cert_pem != NULL) != (c->key_pem != NULL))
		return wrong(e,
		    "has one of clientCertificateData and clientKeyData: it "
		    "must have both or none");
	if (c->cert_pem != NULL &&
	    (strstr(c->cert_pem, "-----BEGIN ") == NULL ||
		strstr(c->key_pem, "-----BEGIN ") == NULL))
		return wrong(e,
		    "has clientCertificateData or clientKeyData that is no "
		    "PEM");
	if (c->token == NULL && c->cert_pem == NULL)
		return wrong(e, "has neither a token nor a certificate");
	return 0;
}

int
kube_credential_read(struct arena *a, const char *s, size_t n,
    const char *api_version, struct kube_credential *c, struct err *e)
{
	const struct json *o, *status;
	struct err ignored;

	*c = (struct kube_credential){ 0 };
	if ((o = json_parse(a, s, n, &ignored)) == NULL)
		return err_set(e, ST_CONFIG,
		    "what it writes is no JSON: it must be an ExecCredential");
	if (strcmp(json_get_str(o, "kind", ""), "ExecCredential") != 0)
		return err_set(
		    e, ST_CONFIG, "what it writes is no ExecCredential");
	if (strcmp(json_get_str(o, "apiVersion", ""), api_version) != 0)
		return err_set(e, ST_CONFIG,
		    "its ExecCredential is not of apiVersion %s, which the "
		    "kubeconfig says",
		    api_version);
	status = json_get(o, "status");
	if (status == NULL || status->type != JSON_OBJECT)
		return wrong(e, "has no status");
	if (text(status, "token", &c->token, e) == -1 ||
	    text(status, "clientCertificateData", &c->cert_pem, e) == -1 ||
	    text(status, "clientKeyData", &c->key_pem, e) == -1 ||
	    read_expiry(status, c, e) == -1)
		return -1;
	return check(c, e);
}
