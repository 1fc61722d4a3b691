/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "kubeconfig.h"
#include "status.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What a request takes over: one line each, and all that it needs. */
static void
check_config(const struct kube_config *cf)
{
	assert(strncmp(cf->server, "http", 4) == 0);
	assert(cf->server[strlen(cf->server) - 1] != '/');
	assert(cf->space != NULL && cf->source != NULL);
	assert(cf->token == NULL || strpbrk(cf->token, " \r\n") == NULL);
	for (size_t i = 0; cf->headers != NULL && cf->headers[i] != NULL; i++)
		assert(strpbrk(cf->headers[i], "\r\n") == NULL);
	if (cf->exec != NULL)
		assert(cf->exec->argv[0] != NULL && cf->exec->env[0] != NULL);
}

/* A kubeconfig, and behind a NUL another one that is merged into it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "/none/one", "/none/two" };
	const char *s = (const char *)data;
	struct kube_config cf = { 0 };
	struct kubeconfig kc = { 0 };
	struct arena a = { 0 };
	struct err e = { 0 };
	int r = 0;

	for (size_t i = 0; i < 2 && r == 0; i++) {
		size_t n = strnlen(s, size);

		r = kubeconfig_add(
		    &a, &kc, names[i], arena_strndup(&a, s, n), n, &e);
		s += n + (n < size);
		size -= n + (n < size);
	}
	if (r == 0)
		r = kubeconfig_pick(&a, &kc, NULL, &cf, &e);
	if (r == 0)
		check_config(&cf);
	else
		assert(e.code == ST_CONFIG && e.msg[0] != '\0');
	arena_fini(&a);
	return 0;
}
