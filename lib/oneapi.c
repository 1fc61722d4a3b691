/* SPDX-License-Identifier: MIT */
#include <string.h>

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

int
oneapi_find(const struct json *j, struct oneapi_error *e)
{
	const struct json *list = json_get(j, "OneApiErrors");

	if (json_count(list) > 0)
		j = list->child;
	if (json_count(list) > 0 || json_get(j, "error") != NULL) {
		oneapi_read(j, e);
		return 1;
	}
	list = json_get(j, "Exceptions");
	if (json_count(list) == 0)
		return 0;
	*e = (struct oneapi_error){ .code = "PartialQueryFailure",
		.message = list->child->str };
	if (e->message == NULL)
		e->message = "no message";
	return 1;
}

int
oneapi_no_database(const char *code, const char *message)
{
	if (strcmp(code, "BadRequest_DatabaseNotExist") == 0)
		return 1;
	return strcmp(code, "BadRequest_EntityNotFound") == 0 &&
	    (strncmp(message, "Database '", 10) == 0 ||
		strstr(message, "of kind 'Database'") != NULL);
}
