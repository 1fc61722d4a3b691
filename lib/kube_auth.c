/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "kube_auth.h"
#include "kube_exec.h"
#include "mem.h"
#include "token.h"

/* Where the proof comes from: one of these, or none. */
struct kube_auth {
	struct tokens *tokens;
	struct kube_plugin *plugin;
};

struct kube_auth *
kube_auth_new(const struct kube_config *cf, struct err *e)
{
	struct tokens_config tc = { .file = cf->token_file,
		.secret = cf->token };
	struct kube_auth *k = mem_new(1, sizeof(*k));

	if (tc.file != NULL || tc.secret != NULL) {
		if ((k->tokens = tokens_new(&tc, e)) == NULL) {
			err_wrap(e, "%s", cf->source);
			kube_auth_free(k);
			return NULL;
		}
	} else if (cf->exec != NULL) {
		k->plugin = kube_plugin_new(cf->exec);
	}
	return k;
}

void
kube_auth_free(struct kube_auth *k)
{
	if (k == NULL)
		return;
	tokens_free(k->tokens);
	kube_plugin_free(k->plugin);
	free(k);
}

int
kube_auth_get(struct kube_auth *k, struct kube_proof *proof, struct err *e)
{
	*proof = (struct kube_proof){ 0 };
	if (k->plugin != NULL)
		return kube_plugin_get(k->plugin, proof, e);
	if (k->tokens == NULL)
		return 1;
	proof->token = tokens_get(k->tokens, NULL, e);
	return proof->token != NULL ? 1 : -1;
}

void
kube_auth_again(struct kube_auth *k)
{
	if (k->plugin != NULL)
		kube_plugin_again(k->plugin);
	if (k->tokens != NULL)
		tokens_again(k->tokens);
}

int
kube_auth_fd(const struct kube_auth *k)
{
	return k->plugin != NULL ? kube_plugin_fd(k->plugin) : -1;
}

void
kube_auth_read(struct kube_auth *k)
{
	if (k->plugin != NULL)
		kube_plugin_read(k->plugin);
}

int
kube_auth_refused(struct kube_auth *k, const struct kube_proof *proof)
{
	if (k->plugin != NULL)
		return kube_plugin_refused(k->plugin, proof->made);
	if (k->tokens == NULL)
		return 0;
	return tokens_refused(k->tokens, NULL, proof->token);
}
