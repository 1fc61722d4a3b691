/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base64.h"
#include "file.h"
#include "jsonw.h"
#include "kubeconfig.h"
#include "status.h"

#define GROUP     "client.authentication.k8s.io/"
#define EXTENSION GROUP "exec" /* what a cluster tells the plugin */
#define INFO      "KUBERNETES_EXEC_INFO"
#define PEM_BYTES (1 << 20)

/* The exec member as an entry of its own, for messages and paths. */
static struct kubeconfig_entry
inner(const struct kubeconfig_entry *user, const struct json *exec)
{
	struct kubeconfig_entry en = *user;

	en.body = exec;
	return en;
}

static int
read_version(
    const struct kubeconfig_entry *en, struct kube_exec *x, struct err *e)
{
	const struct json *v = json_get(en->body, "apiVersion");

	if (kubeconfig_text(en, en->body, "apiVersion", &x->api_version, e) ==
	    -1)
		return -1;
	if (x->api_version != NULL &&
	    (strcmp(x->api_version, GROUP "v1") == 0 ||
		strcmp(x->api_version, GROUP "v1beta1") == 0))
		return 0;
	return kubeconfig_wrong(en, v, e,
	    "exec needs apiVersion " GROUP "v1 (or v1beta1), not %.60s",
	    x->api_version != NULL ? x->api_version : "none");
}

/* Nobody sits at a terminal here, and the program must do without one. */
static int
read_mode(
    const struct kubeconfig_entry *en, const struct kube_exec *x, struct err *e)
{
	const struct json *v = json_get(en->body, "interactiveMode");
	const char *mode;

	if (kubeconfig_text(en, en->body, "interactiveMode", &mode, e) == -1)
		return -1;
	if (mode == NULL && strcmp(x->api_version, GROUP "v1") == 0)
		return kubeconfig_wrong(en, v, e,
		    "exec needs interactiveMode: Never or IfAvailable");
	if (mode == NULL || strcmp(mode, "Never") == 0 ||
	    strcmp(mode, "IfAvailable") == 0)
		return 0;
	if (strcmp(mode, "Always") == 0)
		return kubeconfig_wrong(en, v, e,
		    "exec: interactiveMode Always needs a terminal, which "
		    "there is none of here");
	return kubeconfig_wrong(en, v, e,
	    "exec: interactiveMode is none of Never, IfAvailable, Always");
}

/* A name without a slash is looked up in PATH, another from the file on. */
static int
read_command(struct arena *a, const struct kubeconfig_entry *en,
    struct kube_exec *x, struct err *e)
{
	const struct json *args = json_get(en->body, "args");
	const char **argv =
	    arena_zalloc(a, (json_count(args) + 2) * sizeof(char *));
	const char *name;
	size_t n = 1;

	if (kubeconfig_text(en, en->body, "command", &name, e) == -1)
		return -1;
	if (name == NULL)
		return kubeconfig_wrong(en, NULL, e, "exec needs a command");
	argv[0] = name;
	if (strchr(name, '/') != NULL &&
	    kubeconfig_path(a, en, "command", &argv[0], e) == -1)
		return -1;
	if (args != NULL && args->type != JSON_ARRAY && args->type != JSON_NULL)
		return kubeconfig_wrong(
		    en, args, e, "exec: args must be a list");
	for (const struct json *v = args != NULL ? args->child : NULL;
	     v != NULL; v = v->next) {
		if (v->type != JSON_STRING || strlen(v->str) != v->len)
			return kubeconfig_wrong(en, v, e,
			    "exec: each of args must be text: write it in "
			    "quotes");
		argv[n++] = v->str;
	}
	x->argv = argv;
	return 0;
}

/* One of env: {name: …, value: …}. */
static int
read_variable(struct arena *a, const struct kubeconfig_entry *en,
    const struct json *v, const char **out, struct err *e)
{
	const char *name, *value;

	if (v->type != JSON_OBJECT)
		return kubeconfig_wrong(
		    en, v, e, "exec: each of env must be {name, value}");
	if (kubeconfig_text(en, v, "name", &name, e) == -1 ||
	    kubeconfig_text(en, v, "value", &value, e) == -1)
		return -1;
	if (name == NULL || strchr(name, '=') != NULL)
		return kubeconfig_wrong(
		    en, v, e, "exec: a variable of env has no name");
	*out = arena_printf(a, "%s=%s", name, value != NULL ? value : "");
	return 0;
}

/* The cluster's CA as base64, for the plugin. */
static int
write_ca(struct arena *a, const struct kube_config *cf, struct jsonw *w,
    struct err *e)
{
	const char *pem = cf->ca_pem;
	struct buf b = { 0 };

	if (pem == NULL && cf->ca_file != NULL) {
		if (file_read(cf->ca_file, PEM_BYTES, &b, e) == -1) {
			buf_fini(&b);
			err_config(e);
			return -1;
		}
		pem = arena_strndup(a, buf_str(&b), b.len);
		buf_reset(&b);
	}
	if (pem != NULL) {
		base64_write(&b, pem, strlen(pem));
		jsonw_str(w, "certificate-authority-data", buf_str(&b));
	}
	buf_fini(&b);
	return 0;
}

/* What the cluster has for the plugin, of any type. */
static void
write_extension(const struct kubeconfig_entry *cluster, struct jsonw *w)
{
	const struct json *list = json_get(cluster->body, "extensions");
	const struct json *v = list != NULL ? list->child : NULL, *ext;
	struct buf b = { 0 };

	while (v != NULL && strcmp(json_get_str(v, "name", ""), EXTENSION) != 0)
		v = v->next;
	if (v == NULL || (ext = json_get(v, "extension")) == NULL)
		return;
	json_write(&b, ext);
	jsonw_raw(w, "config", b.data, b.len);
	buf_fini(&b);
}

static int
write_cluster(struct arena *a, const struct kubeconfig_entry *cluster,
    const struct kube_config *cf, struct jsonw *w, struct err *e)
{
	const char *proxy = json_get_str(cluster->body, "proxy-url", NULL);

	jsonw_object(w, "cluster");
	jsonw_str(w, "server", cf->server);
	if (cf->tls_name != NULL)
		jsonw_str(w, "tls-server-name", cf->tls_name);
	if (cf->insecure)
		jsonw_bool(w, "insecure-skip-tls-verify", 1);
	if (write_ca(a, cf, w, e) == -1)
		return -1;
	if (proxy != NULL)
		jsonw_str(w, "proxy-url", proxy);
	write_extension(cluster, w);
	jsonw_end_object(w);
	return 0;
}

/* The variable that tells a plugin what it is asked for. */
static int
write_info(struct arena *a, const struct kubeconfig_entry *cluster,
    const struct kube_config *cf, const struct kube_exec *x, int whole,
    const char **out, struct err *e)
{
	struct buf b = { 0 };
	struct jsonw w = { .b = &b };
	int r;

	buf_puts(&b, INFO "=");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "apiVersion", x->api_version);
	jsonw_str(&w, "kind", "ExecCredential");
	jsonw_object(&w, "spec");
	jsonw_bool(&w, "interactive", 0);
	r = whole ? write_cluster(a, cluster, cf, &w, e) : 0;
	jsonw_end_object(&w);
	jsonw_end_object(&w);
	if (r == 0)
		*out = arena_strdup(a, b.data);
	buf_fini(&b);
	return r;
}

static int
read_env(struct arena *a, const struct kubeconfig_entry *en,
    const struct kubeconfig_entry *cluster, const struct kube_config *cf,
    struct kube_exec *x, struct err *e)
{
	const struct json *list = json_get(en->body, "env");
	const char **env =
	    arena_zalloc(a, (json_count(list) + 2) * sizeof(char *));
	size_t n = 0;
	int whole;

	if (list != NULL && list->type != JSON_ARRAY && list->type != JSON_NULL)
		return kubeconfig_wrong(
		    en, list, e, "exec: env must be a list");
	for (const struct json *v = list != NULL ? list->child : NULL;
	     v != NULL; v = v->next)
		if (read_variable(a, en, v, &env[n++], e) == -1)
			return -1;
	x->env = env;
	if (kubeconfig_truth(en, "provideClusterInfo", &whole, e) == -1)
		return -1;
	return write_info(a, cluster, cf, x, whole, &env[n], e);
}

int
kubeconfig_exec(struct arena *a, const struct kubeconfig_entry *user,
    const struct kubeconfig_entry *cluster, struct kube_config *cf,
    struct err *e)
{
	const struct json *exec = json_get(user->body, "exec");
	struct kube_exec *x = arena_zalloc(a, sizeof(*x));
	struct kubeconfig_entry en = inner(user, exec);

	if (exec == NULL || exec->type == JSON_NULL)
		return 0;
	if (exec->type != JSON_OBJECT)
		return kubeconfig_wrong(user, exec, e, "exec must be a map");
	if (read_version(&en, x, e) == -1 || read_mode(&en, x, e) == -1 ||
	    read_command(a, &en, x, e) == -1 ||
	    read_env(a, &en, cluster, cf, x, e) == -1 ||
	    kubeconfig_text(&en, exec, "installHint", &x->hint, e) == -1)
		return -1;
	cf->exec = x;
	return 0;
}
