/* SPDX-License-Identifier: MIT */
#ifndef CURL_LATE_H
#define CURL_LATE_H

#include <curl/curl.h>

#include "err.h"

/*
 * libcurl, loaded when it is first asked for.  With the thirty libraries that
 * it needs it takes ten milliseconds, more than a query over a small file, and
 * most runs of kqlrun ask no service.
 */
#define CURL_CALLS(CALL)          \
	CALL(easy_cleanup)        \
	CALL(easy_getinfo)        \
	CALL(easy_init)           \
	CALL(easy_setopt)         \
	CALL(easy_strerror)       \
	CALL(free)                \
	CALL(getdate)             \
	CALL(global_cleanup)      \
	CALL(global_init)         \
	CALL(multi_add_handle)    \
	CALL(multi_cleanup)       \
	CALL(multi_info_read)     \
	CALL(multi_init)          \
	CALL(multi_perform)       \
	CALL(multi_poll)          \
	CALL(multi_remove_handle) \
	CALL(multi_strerror)      \
	CALL(slist_append)        \
	CALL(slist_free_all)      \
	CALL(url)                 \
	CALL(url_cleanup)         \
	CALL(url_get)             \
	CALL(url_set)

/* curl_NAME is the member NAME. */
struct curl_calls {
#define CALL(name) __typeof__(curl_##name) *name;
	CURL_CALLS(CALL)
#undef CALL
};

/* The functions, or NULL with e: the library is not there. */
const struct curl_calls *curl_late(struct err *);

#endif
