/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>
#define XXH_INLINE_ALL /* all of it from the header: nothing to link */
#include <xxhash.h>

#include "kql/fn/fn.h"

/*
 * hash(x[, mod]): XXH64 of a string's bytes, and of the eight of a number or
 * a time.  With mod the result is from 0 to mod - 1.
 */
static void
hash(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	uint64_t n = (uint64_t)sqlite3_value_int64(v[0]);
	int64_t mod = nargs > 1 ? sqlite3_value_int64(v[1]) : 0, h;
	unsigned char bytes[8];
	const char *s;
	size_t len;

	if (fn_any_null(nargs, v) || (nargs > 1 && mod <= 0))
		return;
	if (sqlite3_value_type(v[0]) == SQLITE_TEXT) {
		s = fn_str(v[0], &len);
		h = (int64_t)XXH64(s, len, 0);
	} else {
		for (int i = 0; i < 8; i++)
			bytes[i] = (unsigned char)(n >> 8 * i);
		h = (int64_t)XXH64(bytes, 8, 0);
	}
	if (mod > 0)
		h = h % mod < 0 ? h % mod + mod : h % mod;
	sqlite3_result_int64(c, h);
}

typedef int one_digest(OSSL_LIB_CTX *, const char *name, const char *options,
    const void *, size_t n, unsigned char *out, size_t *size);

/* OpenSSL's function, loaded when it is first asked for: to link it costs
 * each query that needs none a third of its start.  NULL if it is not here. */
static one_digest *
digest_late(void)
{
	static one_digest *call; /* the same for all of the process */
	void *library, *p;

	if (call == NULL &&
	    (library = dlopen("libcrypto.so.3", RTLD_NOW)) != NULL) {
		p = dlsym(library, "EVP_Q_digest");
		memcpy(&call, &p, sizeof(call));
	}
	return call;
}

/* hash_md5, hash_sha1, hash_sha256: hexadecimal digits. */
static void
digest(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	const char *name = fn_self(c)->detail;
	unsigned char out[EVP_MAX_MD_SIZE];
	struct buf b = { 0 };
	size_t n, size;
	const char *s = fn_str(v[0], &n);
	one_digest *call = digest_late();

	(void)nargs;
	if (call == NULL || !call(NULL, name, NULL, s, n, out, &size)) {
		buf_printf(&b, "OpenSSL has no %s here", name);
		sqlite3_result_error(c, b.data, (int)b.len);
		buf_fini(&b);
		return;
	}
	for (size_t i = 0; i < size; i++)
		buf_printf(&b, "%02x", out[i]);
	fn_buf(c, &b);
}

const struct fn fn_hash[] = {
	{ "kql_hash", 1, hash, 0, NULL },
	{ "kql_hash", 2, hash, 0, NULL },
	{ "kql_md5", 1, digest, 0, "MD5" },
	{ "kql_sha1", 1, digest, 0, "SHA1" },
	{ "kql_sha256", 1, digest, 0, "SHA256" },
	{ NULL, 0, NULL, 0, NULL },
};
