/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "http_advice.h"

static const struct {
	const char *words; /* of the reason */
	const char *advice;
} table[] = {
	{ "local issuer",
	    "no authority that is trusted here has signed it; if its own is "
	    "to be trusted, name that as the CA file" },
	{ "self-signed",
	    "no authority that is trusted here has signed it; if it is to be "
	    "trusted, name it or its authority as the CA file" },
	{ "has expired",
	    "it must be renewed there, or the clock of this machine is "
	    "wrong" },
	{ "not yet valid", "is the clock of this machine right?" },
	{ " target ", "the URL must have a name that the certificate has" },
	{ "wrong version number", "what answers there does not speak TLS" },
	{ "SSL_ERROR_SYSCALL",
	    "the connection ended before TLS began; perhaps what answers "
	    "there does not speak TLS" },
};

const char *
http_advice(const char *reason)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strstr(reason, table[i].words) != NULL)
			return table[i].advice;
	return NULL;
}
