/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "curl_late.h"
#include "status.h"

#define SONAME "libcurl.so.4"

/* Set a pointer to what the library has by that name. */
static int
find(void *library, const char *name, void *pointer)
{
	void *p = dlsym(library, name);

	memcpy(pointer, &p, sizeof(p));
	return p != NULL ? 0 : -1;
}

const struct curl_calls *
curl_late(struct err *e)
{
	static struct curl_calls calls; /* the same for all of the process */
	static int found;
	void *library;
	int r = 0;

	if (found)
		return &calls;
	errno = 0;
	if ((library = dlopen(SONAME, RTLD_NOW)) == NULL)
		r = -1;
#define CALL(name)  \
	if (r == 0) \
		r = find(library, "curl_" #name, &calls.name);
	CURL_CALLS(CALL)
#undef CALL
	if (r == -1) {
		err_set(e, err_code(ST_CONFIG), "libcurl: %s", dlerror());
		return NULL;
	}
	found = 1;
	return &calls;
}
