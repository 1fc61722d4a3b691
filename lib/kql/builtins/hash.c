/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_hash[] = {
	{ "hash", "A?i", 'l', NONE, "!hash" },
	{ "hash_xxhash64", "A?i", 'l', NONE, "!hash" },
	{ "hash_md5", "X", 's', NONE, "kql_md5($1)" },
	{ "hash_sha1", "X", 's', NONE, "kql_sha1($1)" },
	{ "hash_sha256", "X", 's', NONE, "kql_sha256($1)" },
	{ NULL, NULL, 0, NONE, NULL },
};
