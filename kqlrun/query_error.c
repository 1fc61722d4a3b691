/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "query_error.h"
#include "status.h"

void
query_error_set(struct query_error *e, const char *code, const char *message)
{
	memset(&e->said, 0, sizeof(e->said));
	snprintf(e->said.code, sizeof(e->said.code), "%s", code);
	snprintf(e->said.message, sizeof(e->said.message), "%s", message);
	e->status = ST_RETRY;
	e->away = strcmp(code, "Unavailable") == 0;
}

void
query_error_take(struct query_error *e, const struct kql_error *said)
{
	e->said = *said;
	e->status = said->permanent ? ST_DATA : ST_RETRY;
	e->away = strcmp(said->code, "Unavailable") == 0;
}
