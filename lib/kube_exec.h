/* SPDX-License-Identifier: MIT */
#ifndef KUBE_EXEC_H
#define KUBE_EXEC_H

#include "kube_auth.h"

/* What a program of a kubeconfig gives, and when to ask it again. */
struct kube_plugin;

/* All strings of kube_exec are borrowed. */
struct kube_plugin *kube_plugin_new(const struct kube_exec *);
void kube_plugin_free(struct kube_plugin *);

/* As those of kube_auth.h. */
int kube_plugin_get(struct kube_plugin *, struct kube_proof *, struct err *);
void kube_plugin_again(struct kube_plugin *);
int kube_plugin_fd(const struct kube_plugin *);
void kube_plugin_read(struct kube_plugin *);
int kube_plugin_refused(struct kube_plugin *, long made);

#endif
