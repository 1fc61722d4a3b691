/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kube.h"

#define RETRY_MAX_SEC 86400 /* longer is a mistake */

/* Whether one of the causes is that reason. */
static int
caused_by(const struct json *details, const char *reason)
{
	const struct json *causes = json_get(details, "causes");
	const struct json *v = causes != NULL ? causes->child : NULL;

	while (v != NULL && strcmp(json_get_str(v, "reason", ""), reason) != 0)
		v = v->next;
	return v != NULL;
}

static enum kube_outcome
outcome_of(int code, const char *reason)
{
	switch (code) {
	case 401:
	case 403:
		return KUBE_DENIED;
	case 404:
		return KUBE_NOT_FOUND;
	case 409:
		return strcmp(reason, "AlreadyExists") == 0 ? KUBE_EXISTS
							    : KUBE_CONFLICT;
	case 410:
		return KUBE_GONE;
	case 408:
	case 429:
		return KUBE_BUSY;
	}
	if (code >= 200 && code < 300)
		return KUBE_OK;
	return code >= 500 || code < 200 ? KUBE_TROUBLE : KUBE_INVALID;
}

void
kube_status_read(const struct json *o, int code, struct kube_status *st)
{
	const struct json *details = json_get(o, "details");
	int64_t said = json_get_int(o, "code", 0);
	int64_t after = json_get_int(details, "retryAfterSeconds", 0);

	*st = (struct kube_status){ .code = code };
	if (code == 0 && said >= 100 && said < 600)
		st->code = (int)said;
	st->reason = json_get_str(o, "reason", "");
	st->message = json_get_str(o, "message", "");
	if (*st->message == '\0')
		st->message = *st->reason != '\0' ? st->reason : "not said why";
	if (after > 0)
		st->retry_after_ms =
		    (after < RETRY_MAX_SEC ? after : RETRY_MAX_SEC) * 1000;
	st->outcome = outcome_of(st->code, st->reason);
	if (st->outcome == KUBE_TROUBLE &&
	    caused_by(details, "ResourceVersionTooLarge"))
		st->outcome = KUBE_TOO_NEW;
	if (st->code == 0 && strcmp(st->reason, "Expired") == 0)
		st->outcome = KUBE_GONE;
}
