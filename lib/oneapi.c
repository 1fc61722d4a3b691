/* SPDX-License-Identifier: MIT */
#include "oneapi.h"

int
oneapi_read(const struct json *j, struct oneapi_error *e)
{
	const struct json *inner = json_get(j, "error");

	if (inner != NULL && inner->type == JSON_OBJECT)
		j = inner;
	e->code = json_get_str(j, "code", "General_InternalServerError");
	/* "message" is the same for all errors of a code; "@message" tells. */
	e->message = json_get_str(j, "message", "no message");
	e->message = json_get_str(
	    json_get(j, "innererror"), "@errorMessage", e->message);
	e->message = json_get_str(j, "@message", e->message);
	e->permanent = json_get_bool(j, "@permanent", 0);
	return json_get_str(j, "code", NULL) != NULL ? 0 : -1;
}
