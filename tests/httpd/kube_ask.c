/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "jsonw.h"
#include "kube_ask.h"

#define PARTS_MAX 12

const char *
kube_ask_arg(const struct kube_ask *q, const char *name, const char *fallback)
{
	return json_get_str(q->args, name, fallback);
}

const char *
kube_ask_header(
    const struct kube_ask *q, const char *name, const char *fallback)
{
	for (const struct json *h = q->headers->child; h != NULL; h = h->next)
		if (strcasecmp(h->key, name) == 0)
			return h->str;
	return fallback;
}

const char *
kube_ask_object(struct kube_ask *q)
{
	return arena_printf(&q->a, "%s/%s", q->namespace, q->name);
}

const char *
kube_ask_resource(struct kube_ask *q)
{
	const struct kube_kind *k = q->kind;

	return arena_printf(&q->a, "%s%s%s", k->plural,
	    k->group[0] != '\0' ? "." : "", k->group);
}

static const char *
verb_of(const struct kube_ask *q)
{
	const char *watch = kube_ask_arg(q, "watch", "");

	if (strcmp(q->method, "POST") == 0)
		return "create";
	if (strcmp(q->method, "PUT") == 0)
		return "update";
	if (strcmp(q->method, "PATCH") == 0)
		return "patch";
	if (strcmp(q->method, "DELETE") == 0)
		return "delete";
	if (q->name != NULL)
		return "get";
	return strcmp(watch, "1") == 0 || strcmp(watch, "true") == 0 ? "watch"
								     : "list";
}

/* [namespaces/NS/]PLURAL[/NAME[/SUB]] */
static void
read_target(struct kube_ask *q, const char *group, const char *version,
    const char *const *part)
{
	if (part[0] != NULL && strcmp(part[0], "namespaces") == 0 &&
	    part[1] != NULL && part[2] != NULL) {
		q->namespace = part[1];
		part += 2;
	}
	if (part[0] == NULL)
		return;
	q->kind = kube_kind(group, version, part[0]);
	q->name = part[1];
	if (q->name != NULL)
		q->sub = part[2];
	q->verb = verb_of(q);
}

void
kube_ask_read(struct kube_ask *q)
{
	const char *part[PARTS_MAX + 3] = { NULL };
	char *at = arena_strdup(&q->a, q->path), *save;
	size_t n = 0;

	for (at = strtok_r(at, "/", &save); at != NULL && n < PARTS_MAX;
	     at = strtok_r(NULL, "/", &save))
		part[n++] = at;
	if (n > 3 && strcmp(part[0], "apis") == 0)
		read_target(q, part[1], part[2], part + 3);
	else if (n > 2 && strcmp(part[0], "api") == 0)
		read_target(q, "", part[1], part + 2);
}

const char *
kube_reason(int code)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = { { 400, "BadRequest" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "NotFound" },
		{ 405, "MethodNotAllowed" }, { 409, "Conflict" },
		{ 410, "Expired" }, { 415, "UnsupportedMediaType" },
		{ 422, "Invalid" }, { 429, "TooManyRequests" },
		{ 503, "ServiceUnavailable" }, { 504, "Timeout" } };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "InternalError";
}

/* "KIND.GROUP "NAME" is invalid: FIELD: WHAT: ..." said by members. */
static void
invalid(struct jsonw *w, struct arena *a, const char *message)
{
	static const char said[] = "\" is invalid: ";
	const char *name = strchr(message, '"');
	const char *why = name == NULL ? NULL : strstr(name, said);
	const char *text, *dot;

	if (why == NULL || (text = strstr(why + strlen(said), ": ")) == NULL)
		return;
	dot = memchr(message, '.', (size_t)(name - message));
	if (dot != NULL)
		jsonw_str(w, "group",
		    arena_strndup(a, dot + 1, (size_t)(name - dot) - 2));
	jsonw_str(w, "kind",
	    arena_strndup(a, message,
		(size_t)((dot != NULL ? dot : name - 1) - message)));
	if (why > name + 1)
		jsonw_str(w, "name",
		    arena_strndup(a, name + 1, (size_t)(why - name) - 1));
	why += strlen(said);
	jsonw_array(w, "causes");
	jsonw_object(w, NULL);
	jsonw_str(w, "field", arena_strndup(a, why, (size_t)(text - why)));
	jsonw_str(w, "message", text + 2);
	jsonw_str(w, "reason",
	    strncmp(text + 2, "Forbidden", 9) == 0 ? "FieldValueForbidden"
						   : "FieldValueInvalid");
	jsonw_end_object(w);
	jsonw_end_array(w);
}

static void
details(struct jsonw *w, const struct kube_ask *q, int code, const char *reason)
{
	int large = strcmp(reason, "ResourceVersionTooLarge") == 0;

	jsonw_object(w, "details");
	if (q != NULL && q->kind != NULL && code != 410 && !large) {
		if (q->name != NULL)
			jsonw_str(w, "name", q->name);
		if (q->kind->group[0] != '\0')
			jsonw_str(w, "group", q->kind->group);
		jsonw_str(w, "kind", q->kind->plural);
	}
	if (large) {
		jsonw_array(w, "causes");
		jsonw_object(w, NULL);
		jsonw_str(w, "reason", reason);
		jsonw_str(w, "message", "Too large resource version");
		jsonw_end_object(w);
		jsonw_end_array(w);
	}
	if (large || code == 429)
		jsonw_int(w, "retryAfterSeconds", 1);
	jsonw_end_object(w);
}

void
kube_status(struct buf *b, struct kube_ask *q, int code, const char *reason,
    const char *message)
{
	struct jsonw w = { .b = b };

	if (reason == NULL)
		reason = kube_reason(code);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "kind", "Status");
	jsonw_str(&w, "apiVersion", "v1");
	jsonw_object(&w, "metadata");
	jsonw_end_object(&w);
	jsonw_str(&w, "status", "Failure");
	jsonw_str(&w, "message", message);
	jsonw_str(&w, "reason",
	    strcmp(reason, "ResourceVersionTooLarge") == 0 ? "Timeout"
							   : reason);
	if (q != NULL && code == 422) {
		jsonw_object(&w, "details");
		invalid(&w, &q->a, message);
		jsonw_end_object(&w);
	} else if (q != NULL && code != 400 && code != 401 && code != 415) {
		details(&w, q, code, reason);
	}
	jsonw_int(&w, "code", code);
	jsonw_end_object(&w);
}

void
kube_ask_fail(
    struct kube_ask *q, int code, const char *reason, const char *fmt, ...)
{
	char message[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	q->status = code;
	buf_reset(&q->answer);
	kube_status(&q->answer, q, code, reason, message);
}

void
kube_ask_record(const struct kube_ask *q, int number, struct buf *b)
{
	struct jsonw w = { .b = b };
	struct buf tree = { 0 };

	jsonw_object(&w, NULL);
	jsonw_int(&w, "request", number);
	jsonw_str(&w, "method", q->method);
	jsonw_str(&w, "path", q->path);
	json_write(&tree, q->args);
	jsonw_raw(&w, "args", tree.data, tree.len);
	buf_reset(&tree);
	json_write(&tree, q->headers);
	jsonw_raw(&w, "headers", tree.data, tree.len);
	if (q->body.len > 0)
		jsonw_strn(&w, "body", q->body.data, q->body.len);
	jsonw_end_object(&w);
	buf_putc(b, '\n');
	buf_fini(&tree);
}
