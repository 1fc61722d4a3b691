/* SPDX-License-Identifier: MIT */
#ifndef KUBE_CONFIG_H
#define KUBE_CONFIG_H

#include "arena.h"
#include "err.h"

/*
 * How to reach a Kubernetes API and as whom: a context of a kubeconfig, or the
 * cluster that this runs in.
 */

/* A program that gives credentials (client.authentication.k8s.io). */
struct kube_exec {
	const char *api_version; /* its answer must have the same */
	const char *const *argv; /* NULL ends */
	const char *const *env;  /* "NAME=value" besides our own; NULL ends */
	const char *hint;        /* how to install it; NULL: not said */
};

/* All strings but those said to be otherwise may be NULL: none. */
struct kube_config {
	const char *source; /* for messages: "FILE: context NAME"; never NULL */
	const char *server; /* URL without a slash at its end; never NULL */
	const char *space;  /* namespace of the context or pod; never NULL */
	const char *ca_file; /* PEM; the text goes before the file */
	const char *ca_pem;
	const char *cert_file; /* client certificate */
	const char *cert_pem;
	const char *key_file;
	const char *key_pem;
	const char *token_file; /* goes before the token */
	const char *token;
	const struct kube_exec *exec;
	const char *const *headers; /* whom to act as; NULL ends; never NULL */
	const char *proxy;
	const char *tls_name; /* the server must show a certificate of it */
	int insecure;         /* TLS is not verified */
	int in_pod;           /* it is the account of the pod this runs in */
};

/*
 * Look for the configuration: path (a kubeconfig) when it is not NULL, else
 * the files of $KUBECONFIG, else ~/.kube/config, else the service account of
 * the pod.  context NULL: the current one.  All lives in the arena.  Returns
 * -1 with ST_CONFIG: what is wrong where, and what to do.
 */
int kube_config_load(struct arena *, const char *path, const char *context,
    struct kube_config *, struct err *);

#endif
