/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "kube_auth.h"
#include "status.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What a program of a kubeconfig wrote: it is used whole, or not at all. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kube_credential c;
	struct arena a = { 0 };
	struct err e = { 0 };
	int r = kube_credential_read(&a, (const char *)data, size,
	    "client.authentication.k8s.io/v1", &c, &e);

	if (r == -1) {
		assert(e.code == ST_CONFIG && e.msg[0] != '\0');
	} else {
		assert(c.token != NULL || c.cert_pem != NULL);
		assert((c.cert_pem != NULL) == (c.key_pem != NULL));
		assert(c.expires_ms >= 0);
		for (const char *s = c.token; s != NULL && *s != '\0'; s++)
			assert(isgraph((unsigned char)*s));
	}
	arena_fini(&a);
	return 0;
}
