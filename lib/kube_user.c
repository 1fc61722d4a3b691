/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "http.h"
#include "kubeconfig.h"
#include "status.h"

#define HEADERS_MAX 256 /* of impersonation */

/* The headers of a request that say whom to act as. */
struct acting {
	struct arena *a;
	const struct kubeconfig_entry *user;
	const char **headers;
	size_t n;
};

static int
act(struct acting *ac, const char *header, const struct json *v, struct err *e)
{
	if (v->type != JSON_STRING || v->len == 0)
		return kubeconfig_wrong(ac->user, v, e,
		    "who to act as must be text that is not empty");
	for (size_t i = 0; i < v->len; i++)
		if (iscntrl((unsigned char)v->str[i]))
			return kubeconfig_wrong(ac->user, v, e,
			    "who to act as holds a control character");
	if (ac->n == HEADERS_MAX)
		return kubeconfig_wrong(ac->user, v, e, "it acts as too many");
	ac->headers[ac->n++] = arena_printf(ac->a, "%s: %s", header, v->str);
	return 0;
}

/* Each of a list. */
static int
act_list(
    struct acting *ac, const char *header, const struct json *v, struct err *e)
{
	if (v == NULL || v->type == JSON_NULL)
		return 0;
	if (v->type != JSON_ARRAY)
		return kubeconfig_wrong(ac->user, v, e, "this must be a list");
	for (const struct json *item = v->child; item; item = item->next)
		if (act(ac, header, item, e) == -1)
			return -1;
	return 0;
}

/* Keys go into the header's name: lower case, what is no token as %XX. */
static int
act_extra(struct acting *ac, const struct json *extra, struct err *e)
{
	struct buf b = { 0 };
	int r = 0;

	if (extra == NULL || extra->type == JSON_NULL)
		return 0;
	if (extra->type != JSON_OBJECT)
		return kubeconfig_wrong(
		    ac->user, extra, e, "as-user-extra must be a map");
	for (const struct json *v = extra->child; v && r == 0; v = v->next) {
		buf_reset(&b);
		buf_puts(&b, "Impersonate-Extra-");
		for (const char *c = v->key; *c != '\0'; c++)
			if (isalnum((unsigned char)*c) || strchr("-._~", *c))
				buf_putc(&b, (char)tolower((unsigned char)*c));
			else
				buf_printf(&b, "%%%02X", (unsigned char)*c);
		r = act_list(ac, buf_str(&b), v, e);
	}
	buf_fini(&b);
	return r;
}

static int
read_acting(struct arena *a, const struct kubeconfig_entry *user,
    struct kube_config *cf, struct err *e)
{
	struct acting ac = { a, user,
		arena_zalloc(a, (HEADERS_MAX + 1) * sizeof(char *)), 0 };
	const struct json *as = json_get(user->body, "as");
	const struct json *uid = json_get(user->body, "as-uid");
	int named = as != NULL && as->type != JSON_NULL;

	cf->headers = ac.headers;
	if (named && act(&ac, "Impersonate-User", as, e) == -1)
		return -1;
	if (uid != NULL && uid->type != JSON_NULL &&
	    act(&ac, "Impersonate-Uid", uid, e) == -1)
		return -1;
	if (act_list(&ac, "Impersonate-Group",
		json_get(user->body, "as-groups"), e) == -1 ||
	    act_extra(&ac, json_get(user->body, "as-user-extra"), e) == -1)
		return -1;
	if (ac.n > 0 && !named)
		return kubeconfig_wrong(user, NULL, e,
		    "as-uid, as-groups and as-user-extra need \"as\"");
	return 0;
}

/* What is written as one line of visible bytes: it goes into a header. */
static int
check_token(
    const struct kubeconfig_entry *user, const char *token, struct err *e)
{
	for (const char *c = token; c != NULL && *c != '\0'; c++)
		if (!isgraph((unsigned char)*c))
			return kubeconfig_wrong(user,
			    json_get(user->body, "token"), e,
			    "token holds a blank or a control character");
	return 0;
}

/* Ways to log in that servers no longer take. */
static int
refuse_old(const struct kubeconfig_entry *user, struct err *e)
{
	static const char *const old[] = { "username", "password",
		"auth-provider" };

	for (size_t i = 0; i < sizeof(old) / sizeof(*old); i++) {
		const struct json *v = json_get(user->body, old[i]);

		if (v == NULL || v->type == JSON_NULL ||
		    (v->type == JSON_STRING && v->len == 0))
			continue;
		return kubeconfig_wrong(user, v, e,
		    "%s is no longer taken by Kubernetes: use a token, a "
		    "client certificate or exec",
		    old[i]);
	}
	return 0;
}

static int
read_certificate(struct arena *a, const struct kubeconfig_entry *user,
    struct kube_config *cf, struct err *e)
{
	int cert, key;

	if (kubeconfig_pem(a, user, "client-certificate", &cf->cert_file,
		&cf->cert_pem, e) == -1 ||
	    kubeconfig_pem(
		a, user, "client-key", &cf->key_file, &cf->key_pem, e) == -1)
		return -1;
	cert = cf->cert_file != NULL || cf->cert_pem != NULL;
	key = cf->key_file != NULL || cf->key_pem != NULL;
	if (cert == key)
		return 0;
	return kubeconfig_wrong(user, NULL, e,
	    cert ? "client-certificate is there without client-key"
		 : "client-key is there without client-certificate");
}

int
kubeconfig_user(struct arena *a, const struct kubeconfig_entry *user,
    const struct kubeconfig_entry *cluster, struct kube_config *cf,
    struct err *e)
{
	if (refuse_old(user, e) == -1 || read_acting(a, user, cf, e) == -1 ||
	    read_certificate(a, user, cf, e) == -1 ||
	    kubeconfig_text(user, user->body, "token", &cf->token, e) == -1 ||
	    check_token(user, cf->token, e) == -1 ||
	    kubeconfig_path(a, user, "tokenFile", &cf->token_file, e) == -1)
		return -1;
	if (cf->token == NULL && cf->token_file == NULL &&
	    kubeconfig_exec(a, user, cluster, cf, e) == -1)
		return -1;
	if ((cf->token != NULL || cf->token_file != NULL || cf->exec != NULL) &&
	    !http_may_carry_token(cf->server))
		return kubeconfig_wrong(user, NULL, e,
		    "its token must not go to %.100s, where others can read "
		    "it: use https",
		    cf->server);
	return 0;
}
