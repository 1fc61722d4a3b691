/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "http.h"
#include "kubeconfig.h"
#include "status.h"

/* The names of a list, for messages. */
static const char *
names(struct arena *a, const struct kubeconfig_entry *list)
{
	const char *all = list != NULL ? list->name : "none";

	for (; list != NULL && list->next != NULL; list = list->next)
		all = arena_printf(a, "%s, %s", all, list->next->name);
	return all;
}

static const struct kubeconfig_entry *
find(const struct kubeconfig_entry *list, const char *name)
{
	while (list != NULL && strcmp(list->name, name) != 0)
		list = list->next;
	return list;
}

static const struct kubeconfig_entry *
find_context(struct arena *a, const struct kubeconfig *kc, const char *name,
    struct err *e)
{
	const struct kubeconfig_entry *context;

	if (name == NULL && (name = kc->current) == NULL) {
		err_set(e, ST_CONFIG,
		    "no current-context is set: name a context with "
		    "--context; there are: %s",
		    names(a, kc->contexts));
		return NULL;
	}
	if ((context = find(kc->contexts, name)) == NULL)
		err_set(e, ST_CONFIG,
		    "there is no context \"%.100s\"; there are: %s", name,
		    names(a, kc->contexts));
	return context;
}

/* The cluster or user that a context names. */
static int
follow(struct arena *a, const struct kubeconfig_entry *context,
    const struct kubeconfig_entry *list, const char *kind,
    const struct kubeconfig_entry **to, struct err *e)
{
	const struct json *v = json_get(context->body, kind);
	const char *name;

	*to = NULL;
	if (kubeconfig_text(context, context->body, kind, &name, e) == -1)
		return -1;
	if (name != NULL && (*to = find(list, name)) == NULL)
		return kubeconfig_wrong(context, v, e,
		    "there is no %s \"%.60s\"; there are: %.80s", kind, name,
		    names(a, list));
	return 0;
}

/* Schemes of proxies: as written, and as curl has them.  A proxy of SOCKS
 * looks the name up itself, as with other clients. */
static int
read_proxy(struct arena *a, const struct kubeconfig_entry *cluster,
    struct kube_config *cf, struct err *e)
{
	static const char *const schemes[][2] = { { "http://", "http://" },
		{ "https://", "https://" }, { "socks5://", "socks5h://" },
		{ "socks5h://", "socks5h://" } };
	const char *url;

	if (kubeconfig_text(cluster, cluster->body, "proxy-url", &url, e) == -1)
		return -1;
	for (size_t i = 0; url && i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i][0]);

		if (strncasecmp(url, schemes[i][0], n) == 0 && url[n] != '\0')
			cf->proxy =
			    arena_printf(a, "%s%s", schemes[i][1], url + n);
	}
	if (url == NULL || cf->proxy != NULL)
		return 0;
	return kubeconfig_wrong(cluster, json_get(cluster->body, "proxy-url"),
	    e, "proxy-url must begin with http://, https:// or socks5://");
}

static int
read_server(struct arena *a, const struct kubeconfig_entry *cluster,
    struct kube_config *cf, struct err *e)
{
	const struct json *v = json_get(cluster->body, "server");
	const char *url;
	struct err why;
	size_t n;

	if (kubeconfig_text(cluster, cluster->body, "server", &url, e) == -1)
		return -1;
	if (url == NULL)
		return kubeconfig_wrong(cluster, v, e, "server is missing");
	if (strpbrk(url, "?# \t\r\n") != NULL || http_url(url, &why) == -1)
		return kubeconfig_wrong(cluster, v, e,
		    "server must be https://HOST:PORT, without credentials");
	for (n = strlen(url); url[n - 1] == '/'; n--)
		;
	cf->server = arena_strndup(a, url, n);
	return 0;
}

static int
read_cluster(struct arena *a, const struct kubeconfig_entry *cluster,
    struct kube_config *cf, struct err *e)
{
	const char *name;

	if (read_server(a, cluster, cf, e) == -1 ||
	    read_proxy(a, cluster, cf, e) == -1 ||
	    kubeconfig_pem(a, cluster, "certificate-authority", &cf->ca_file,
		&cf->ca_pem, e) == -1 ||
	    kubeconfig_text(
		cluster, cluster->body, "tls-server-name", &name, e) == -1 ||
	    kubeconfig_truth(
		cluster, "insecure-skip-tls-verify", &cf->insecure, e) == -1)
		return -1;
	if (name != NULL && name[strcspn(name, "/@:?# \t\r\n")] != '\0')
		return kubeconfig_wrong(cluster,
		    json_get(cluster->body, "tls-server-name"), e,
		    "tls-server-name is no name of a host");
	cf->tls_name = name;
	if (cf->insecure && (cf->ca_file != NULL || cf->ca_pem != NULL))
		return kubeconfig_wrong(cluster,
		    json_get(cluster->body, "insecure-skip-tls-verify"), e,
		    "insecure-skip-tls-verify is of no use with a "
		    "certificate-authority: take one out");
	return 0;
}

int
kubeconfig_pick(struct arena *a, const struct kubeconfig *kc, const char *name,
    struct kube_config *cf, struct err *e)
{
	const struct kubeconfig_entry *context, *cluster, *user;

	if ((context = find_context(a, kc, name, e)) == NULL ||
	    follow(a, context, kc->clusters, "cluster", &cluster, e) == -1 ||
	    follow(a, context, kc->users, "user", &user, e) == -1)
		return -1;
	if (cluster == NULL)
		return kubeconfig_wrong(
		    context, NULL, e, "it names no cluster");
	cf->source =
	    arena_printf(a, "%s: context %s", context->file, context->name);
	if (kubeconfig_text(
		context, context->body, "namespace", &cf->space, e) == -1)
		return -1;
	if (cf->space == NULL)
		cf->space = "default";
	if (read_cluster(a, cluster, cf, e) == -1)
		return -1;
	return user != NULL ? kubeconfig_user(a, user, cluster, cf, e) : 0;
}
