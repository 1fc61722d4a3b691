/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "kubeconfig.h"
#include "status.h"

#define FILE_BYTES  (4 << 20)
#define SPACE_BYTES 256
#define ACCOUNT     "/var/run/secrets/kubernetes.io/serviceaccount"

static const char *const no_headers[] = { NULL };

/* A variable of the environment, or NULL when it is not set or empty. */
static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

/* Add a file.  Returns 1 when it is not there, which may be right. */
static int
add_file(
    struct arena *a, struct kubeconfig *kc, const char *path, struct err *e)
{
	struct buf b = { 0 };
	char *text;
	size_t n;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 1;
	if (file_read(path, FILE_BYTES, &b, e) == -1) {
		buf_fini(&b);
		err_config(e);
		return -1;
	}
	n = b.len;
	text = arena_strndup(a, buf_str(&b), n);
	explicit_bzero(b.data, b.cap);
	buf_fini(&b);
	return kubeconfig_add(a, kc, path, text, n, e);
}

/* The files of a list, with colons between; at least one must be there. */
static int
add_files(
    struct arena *a, struct kubeconfig *kc, const char *list, struct err *e)
{
	char *all = arena_strdup(a, list), *save, *path;
	int r, found = 0;

	for (path = strtok_r(all, ":", &save); path != NULL;
	     path = strtok_r(NULL, ":", &save)) {
		if ((r = add_file(a, kc, path, e)) == -1)
			return -1;
		found |= r == 0;
	}
	if (found)
		return 0;
	return err_set(e, ST_CONFIG,
	    "$KUBECONFIG: none of its files is there: %.200s", list);
}

/* The namespace of the pod. */
static const char *
own_space(struct arena *a, const char *dir)
{
	const char *path = arena_printf(a, "%s/namespace", dir);
	const char *space = "default";
	struct buf b = { 0 };
	struct err ignored;

	if (file_read(path, SPACE_BYTES, &b, &ignored) == 0) {
		while (b.len > 0 && isspace((unsigned char)b.data[b.len - 1]))
			b.data[--b.len] = '\0';
		if (b.len > 0)
			space = arena_strndup(a, b.data, b.len);
	}
	buf_fini(&b);
	return space;
}

/* The account of the pod that this runs in; a test has another directory. */
static int
in_cluster(struct arena *a, struct kube_config *cf, struct err *e)
{
	const char *dir = env("KQLPIPE_SERVICE_ACCOUNT");
	const char *host = env("KUBERNETES_SERVICE_HOST");
	const char *port = env("KUBERNETES_SERVICE_PORT");

	if (host == NULL || port == NULL)
		return err_set(e, ST_CONFIG,
		    "no Kubernetes API is named: give --kubeconfig, set "
		    "KUBECONFIG, write ~/.kube/config, or run in a pod");
	if (dir == NULL)
		dir = ACCOUNT;
	cf->in_pod = 1;
	cf->source = "in-cluster";
	cf->server = arena_printf(a,
	    strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host,
	    port);
	cf->space = own_space(a, dir);
	cf->ca_file = arena_printf(a, "%s/ca.crt", dir);
	cf->token_file = arena_printf(a, "%s/token", dir);
	if (access(cf->ca_file, R_OK) == -1)
		return err_sys(e, ST_CONFIG,
		    "the service account of this pod: %s", cf->ca_file);
	return 0;
}

int
kube_config_load(struct arena *a, const char *path, const char *context,
    struct kube_config *cf, struct err *e)
{
	struct kubeconfig kc = { 0 };
	const char *list = env("KUBECONFIG"), *home = env("HOME");
	int r;

	*cf = (struct kube_config){ .headers = no_headers };
	if (path != NULL) {
		r = add_file(a, &kc, path, e);
		if (r == 1)
			return err_set(e, ST_CONFIG,
			    "%s: there is no such kubeconfig", path);
	} else if (list != NULL) {
		path = "$KUBECONFIG";
		r = add_files(a, &kc, list, e);
	} else {
		path = arena_printf(
		    a, "%s/.kube/config", home != NULL ? home : "");
		r = home != NULL ? add_file(a, &kc, path, e) : 1;
	}
	if (r == -1)
		return -1;
	if (r == 1 && context != NULL)
		return err_set(e, ST_CONFIG,
		    "--context needs a kubeconfig, and there is none");
	if (r == 1)
		return in_cluster(a, cf, e);
	if (kc.contexts == NULL)
		return err_set(e, ST_CONFIG, "%s: it holds no context", path);
	return kubeconfig_pick(a, &kc, context, cf, e);
}
