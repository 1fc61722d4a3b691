/* SPDX-License-Identifier: MIT */
#include "kql/builtins/tables.h"

const struct builtin builtins_encoding[] = {
	{ "base64_encode_tostring", "s", 's', NONE, "kql_base64_encode($1)" },
	{ "base64_encodestring", "s", 's', NONE, "kql_base64_encode($1)" },
	{ "base64_decode_tostring", "s", 's', NONE, "kql_base64_decode($1)" },
	{ "base64_decodestring", "s", 's', NONE, "kql_base64_decode($1)" },
	{ "base64_decode_toarray", "s", 'y', NONE, "kql_base64_to_array($1)" },
	{ "base64_encode_fromarray", "y", 's', NONE,
	    "kql_base64_of_array($1)" },
	{ "base64_decode_toguid", "s", 'g', NONE, "kql_base64_to_guid($1)" },
	{ "base64_encode_fromguid", "g", 's', NONE, "kql_base64_of_guid($1)" },
	{ "url_encode", "s", 's', NONE, "kql_url_encode($1)" },
	{ "url_encode_component", "s", 's', NONE,
	    "kql_url_encode_component($1)" },
	{ "url_decode", "s", 's', NONE, "kql_url_decode($1)" },
	{ "zlib_compress_to_base64_string", "s", 's', NONE,
	    "kql_zlib_compress($1)" },
	{ "zlib_decompress_from_base64_string", "s", 's', NONE,
	    "kql_zlib_decompress($1)" },
	{ "gzip_compress_to_base64_string", "s", 's', NONE,
	    "kql_gzip_compress($1)" },
	{ "gzip_decompress_from_base64_string", "s", 's', NONE,
	    "kql_gzip_decompress($1)" },
	{ NULL, NULL, 0, NONE, NULL },
};
