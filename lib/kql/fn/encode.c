/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gz.h"
#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "kql/value.h"
#include "num.h"
#include "utf8.h"

/* Text in and out of base64, URLs and packed forms. */

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void
encode_base64(struct buf *b, const void *p, size_t n)
{
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t x = (uint32_t)s[i] << 16;

		if (i + 1 < n)
			x |= (uint32_t)s[i + 1] << 8;
		if (i + 2 < n)
			x |= s[i + 2];
		buf_putc(b, letters[x >> 18]);
		buf_putc(b, letters[x >> 12 & 63]);
		buf_putc(b, i + 1 < n ? letters[x >> 6 & 63] : '=');
		buf_putc(b, i + 2 < n ? letters[x & 63] : '=');
	}
}

/* Padding is needed, blanks are none.  Returns 0, or -1. */
static int
decode_base64(struct buf *b, const char *s, size_t n)
{
	uint32_t x = 0;
	size_t pad = 0;

	if (n % 4 != 0)
		return -1;
	while (pad < 2 && pad < n && s[n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < n; i++) {
		const char *at =
		    i < n - pad && s[i] != '\0' ? strchr(letters, s[i]) : NULL;

		if (at == NULL && i < n - pad)
			return -1;
		x = x << 6 | (at != NULL ? (uint32_t)(at - letters) : 0);
		if (i % 4 != 3)
			continue;
		buf_putc(b, (char)(x >> 16));
		buf_putc(b, (char)(x >> 8));
		buf_putc(b, (char)x);
	}
	b->len -= pad;
	buf_add(b, "", 0);
	return 0;
}

static void
base64_encode(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	encode_base64(&b, s, n);
	fn_buf(c, &b);
}

/* base64_decode_tostring: what is no base64, or no text, is "". */
static void
base64_decode(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if (decode_base64(&b, s, n) == -1 || !utf8_valid(buf_str(&b), b.len))
		buf_reset(&b);
	fn_buf(c, &b);
}

static void
base64_to_array(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 }, out = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if (decode_base64(&b, s, n) == 0) {
		buf_putc(&out, '[');
		for (size_t i = 0; i < b.len; i++)
			buf_printf(&out, "%s%u", i > 0 ? "," : "",
			    (unsigned char)b.data[i]);
		buf_putc(&out, ']');
		fn_buf(c, &out);
	}
	buf_fini(&b);
}

/* base64_encode_fromarray: of bytes; anything else in it makes it "". */
static void
base64_of_array(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 }, out = { 0 };
	struct dyn_walk w;
	struct dyn d;
	int64_t byte;

	(void)nargs;
	d.s = fn_str(v[0], &d.n);
	dyn_walk(&w, d);
	while (dyn_next(&w)) {
		if (num_parse_int(w.value.s, w.value.n, &byte) == -1 ||
		    byte < 0 || byte > 255) {
			buf_reset(&b);
			break;
		}
		buf_putc(&b, (char)byte);
	}
	encode_base64(&out, buf_str(&b), b.len);
	buf_fini(&b);
	fn_buf(c, &out);
}

/* A guid's bytes stand in the order that Windows keeps them in. */
static const unsigned char guid_order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10,
	11, 12, 13, 14, 15 };

static void
base64_to_guid(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	char digits[33], out[37];
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if (decode_base64(&b, s, n) == 0 && b.len == 16) {
		for (int i = 0; i < 16; i++)
			snprintf(digits + 2 * i, 3, "%02x",
			    (unsigned char)b.data[guid_order[i]]);
		if (value_guid(digits, 32, out) == 0)
			fn_text(c, out, 36);
	}
	buf_fini(&b);
}

static void
base64_of_guid(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	char bytes[16] = { 0 }, ordered[16];
	size_t n, k = 0;
	const char *s = fn_str(v[0], &n);

	if (!fn_any_null(nargs, v)) {
		for (size_t i = 0; i < n && k < 32; i++) {
			int x = isdigit((unsigned char)s[i]) ? s[i] - '0'
							     : s[i] - 'a' + 10;

			if (s[i] == '-')
				continue;
			bytes[k / 2] = (char)(bytes[k / 2] << 4 | x);
			k++;
		}
		for (int i = 0; i < 16; i++)
			ordered[i] = bytes[guid_order[i]];
		encode_base64(&b, ordered, 16);
	}
	fn_buf(c, &b);
}

/* url_encode, where a blank is +, and url_encode_component, where it is %20 */
static void
url_encode(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)s[i];

		if (x < 0x80 && x > 0 &&
		    (isalnum(x) || strchr("-_.!*()", x) != NULL))
			buf_putc(&b, (char)x);
		else if (x == ' ' && fn_self(c)->what)
			buf_putc(&b, '+');
		else
			buf_printf(&b, "%%%02x", x);
	}
	fn_buf(c, &b);
}

static int
hex_digit(char c)
{
	c = (char)tolower((unsigned char)c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
url_decode(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 }, out = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%' && i + 2 < n && hex_digit(s[i + 1]) >= 0 &&
		    hex_digit(s[i + 2]) >= 0) {
			buf_putc(&b,
			    (char)(hex_digit(s[i + 1]) << 4 |
				hex_digit(s[i + 2])));
			i += 2;
		} else {
			buf_putc(&b, s[i] == '+' ? ' ' : s[i]);
		}
	}
	utf8_mend(&out, buf_str(&b), b.len);
	buf_fini(&b);
	fn_buf(c, &out);
}

/*
 * zlib_compress_to_base64_string, gzip_...: stored where packing gains
 * nothing.  The header of gzip names no system and no level.
 */
static void
compress_text(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	enum gz_form form = (enum gz_form)fn_self(c)->what;
	struct buf b = { 0 }, stored = { 0 }, out = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if (n > 0 && gz_pack(&b, s, n, form, 1) == 0 &&
	    gz_pack(&stored, s, n, form, 0) == 0) {
		struct buf *best = stored.len <= b.len + 5 ? &stored : &b;

		if (form == GZ_GZIP) {
			best->data[8] = 0;
			best->data[9] = (char)0xff;
		}
		encode_base64(&out, best->data, best->len);
	}
	buf_fini(&b);
	buf_fini(&stored);
	fn_buf(c, &out);
}

#define UNPACKED_MAX (64 << 20) /* bytes that a text may come to */

static void
decompress_text(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 }, out = { 0 };
	size_t n;
	const char *s = fn_str(v[0], &n);

	(void)nargs;
	if (decode_base64(&b, s, n) == -1 ||
	    gz_unpack(&out, buf_str(&b), b.len, (enum gz_form)fn_self(c)->what,
		UNPACKED_MAX) == -1 ||
	    !utf8_valid(buf_str(&out), out.len))
		buf_reset(&out);
	buf_fini(&b);
	fn_buf(c, &out);
}

const struct fn fn_encode[] = {
	{ "kql_base64_encode", 1, base64_encode, 0, NULL },
	{ "kql_base64_decode", 1, base64_decode, 0, NULL },
	{ "kql_base64_to_array", 1, base64_to_array, 0, NULL },
	{ "kql_base64_of_array", 1, base64_of_array, 0, NULL },
	{ "kql_base64_to_guid", 1, base64_to_guid, 0, NULL },
	{ "kql_base64_of_guid", 1, base64_of_guid, 0, NULL },
	{ "kql_url_encode", 1, url_encode, 1, NULL },
	{ "kql_url_encode_component", 1, url_encode, 0, NULL },
	{ "kql_url_decode", 1, url_decode, 0, NULL },
	{ "kql_zlib_compress", 1, compress_text, GZ_ZLIB, NULL },
	{ "kql_zlib_decompress", 1, decompress_text, GZ_ZLIB, NULL },
	{ "kql_gzip_compress", 1, compress_text, GZ_GZIP, NULL },
	{ "kql_gzip_decompress", 1, decompress_text, GZ_GZIP, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
