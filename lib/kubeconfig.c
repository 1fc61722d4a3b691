/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "kubeconfig.h"
#include "status.h"
#include "yaml.h"

int
kubeconfig_wrong(const struct kubeconfig_entry *en, const struct json *v,
    struct err *e, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(e, ST_CONFIG, "%s:%d: %s \"%.100s\": %s", en->file,
	    v != NULL ? v->line : en->body->line, en->kind, en->name, what);
}

int
kubeconfig_text(const struct kubeconfig_entry *en, const struct json *o,
    const char *key, const char **text, struct err *e)
{
	const struct json *v = json_get(o, key);

	*text = NULL;
	if (v == NULL || v->type == JSON_NULL)
		return 0;
	if (v->type != JSON_STRING || strlen(v->str) != v->len)
		return kubeconfig_wrong(
		    en, v, e, "%s must be text: write it in quotes", key);
	if (v->len > 0)
		*text = v->str;
	return 0;
}

int
kubeconfig_truth(const struct kubeconfig_entry *en, const char *key, int *truth,
    struct err *e)
{
	const struct json *v = json_get(en->body, key);

	*truth = v != NULL && v->type == JSON_TRUE;
	if (v == NULL || v->type == JSON_TRUE || v->type == JSON_FALSE ||
	    v->type == JSON_NULL)
		return 0;
	return kubeconfig_wrong(en, v, e, "%s must be true or false", key);
}

int
kubeconfig_path(struct arena *a, const struct kubeconfig_entry *en,
    const char *key, const char **path, struct err *e)
{
	const char *slash = strrchr(en->file, '/');

	if (kubeconfig_text(en, en->body, key, path, e) == -1)
		return -1;
	if (*path != NULL && **path != '/' && slash != NULL)
		*path = arena_printf(
		    a, "%.*s/%s", (int)(slash - en->file), en->file, *path);
	return 0;
}

/* The text that base64 stands for, which must be PEM. */
static int
read_data(struct arena *a, const struct kubeconfig_entry *en, const char *key,
    const char *text, const char **pem, struct err *e)
{
	const struct json *v = json_get(en->body, key);
	struct buf b = { 0 };
	int ok = base64_read(&b, text, strlen(text)) == 0;

	if (ok)
		*pem = arena_strndup(a, buf_str(&b), b.len);
	if (b.data != NULL)
		explicit_bzero(b.data, b.cap);
	buf_fini(&b);
	if (!ok)
		return kubeconfig_wrong(en, v, e, "%s is not base64", key);
	if (strstr(*pem, "-----BEGIN ") == NULL)
		return kubeconfig_wrong(
		    en, v, e, "%s holds no PEM (-----BEGIN …)", key);
	return 0;
}

int
kubeconfig_pem(struct arena *a, const struct kubeconfig_entry *en,
    const char *key, const char **file, const char **pem, struct err *e)
{
	char data[64];
	const char *text;

	snprintf(data, sizeof(data), "%s-data", key);
	if (kubeconfig_text(en, en->body, data, &text, e) == -1 ||
	    kubeconfig_path(a, en, key, file, e) == -1)
		return -1;
	if (text != NULL) {
		*file = NULL;
		return read_data(a, en, data, text, pem, e);
	}
	if (*file == NULL || access(*file, R_OK) == 0)
		return 0;
	err_sys(e, ST_CONFIG, "%s:%d: %s \"%.100s\": %s: %s", en->file,
	    json_get(en->body, key)->line, en->kind, en->name, key, *file);
	return -1;
}

/* Where an error of the file's own, not of an entry, stands. */
static int
file_wrong(
    const char *file, const struct json *v, struct err *e, const char *what)
{
	return err_set(e, ST_CONFIG, "%s:%d: %s", file, v->line, what);
}

static struct kubeconfig_entry *
find(struct kubeconfig_entry *list, const char *name)
{
	while (list != NULL && strcmp(list->name, name) != 0)
		list = list->next;
	return list;
}

/* One of a list: {name: …, KIND: {…}}. */
static int
add_entry(struct arena *a, struct kubeconfig_entry **list, const char *kind,
    const char *file, const struct json *item, struct err *e)
{
	struct kubeconfig_entry *en = arena_zalloc(a, sizeof(*en)), *old;
	struct json *none = json_new(a, JSON_OBJECT);
	const char *name = json_get_str(item, "name", NULL);
	const struct json *body = json_get(item, kind);

	none->line = item->line;
	*en = (struct kubeconfig_entry){ NULL, kind, name, file, item };
	if (name == NULL || *name == '\0')
		return err_set(e, ST_CONFIG,
		    "%s:%d: a %s must have a name, which is text", file,
		    item->line, kind);
	if (body != NULL && body->type == JSON_OBJECT)
		en->body = body;
	else if (body != NULL && body->type != JSON_NULL)
		return kubeconfig_wrong(en, body, e, "%s must be a map", kind);
	else
		en->body = none;
	if ((old = find(*list, name)) != NULL && old->file == file)
		return kubeconfig_wrong(en, item, e, "stands twice");
	if (old != NULL)
		return 0;
	while (*list != NULL)
		list = &(*list)->next;
	*list = en;
	return 0;
}

static int
add_list(struct arena *a, struct kubeconfig_entry **list, const char *kind,
    const char *file, const struct json *doc, struct err *e)
{
	char key[16];
	const struct json *v;

	snprintf(key, sizeof(key), "%ss", kind);
	if ((v = json_get(doc, key)) == NULL || v->type == JSON_NULL)
		return 0;
	if (v->type != JSON_ARRAY)
		return err_set(e, ST_CONFIG, "%s:%d: %s must be a list", file,
		    v->line, key);
	for (const struct json *item = v->child; item; item = item->next)
		if (add_entry(a, list, kind, file, item, e) == -1)
			return -1;
	return 0;
}

static int
add_document(struct arena *a, struct kubeconfig *kc, const char *file,
    const struct json *doc, struct err *e)
{
	const struct json *kind = json_get(doc, "kind");
	const struct json *current = json_get(doc, "current-context");

	if (doc->type == JSON_NULL)
		return 0;
	if (doc->type != JSON_OBJECT)
		return file_wrong(file, doc, e, "this is no kubeconfig");
	if (kind != NULL &&
	    (kind->type != JSON_STRING || strcmp(kind->str, "Config") != 0))
		return file_wrong(file, kind, e,
		    "this is no kubeconfig: its kind is not Config");
	if (current != NULL && current->type != JSON_STRING &&
	    current->type != JSON_NULL)
		return file_wrong(
		    file, current, e, "current-context must be text");
	if (kc->current == NULL && current != NULL && current->len > 0)
		kc->current = current->str;
	if (add_list(a, &kc->clusters, "cluster", file, doc, e) == -1 ||
	    add_list(a, &kc->users, "user", file, doc, e) == -1 ||
	    add_list(a, &kc->contexts, "context", file, doc, e) == -1)
		return -1;
	return 0;
}

int
kubeconfig_add(struct arena *a, struct kubeconfig *kc, const char *file,
    const char *text, size_t n, struct err *e)
{
	struct yaml *y = yaml_open(file, text, n);
	struct json *doc, *more;
	int r;

	if ((r = yaml_next(y, a, &doc, e)) == 1 &&
	    (r = add_document(a, kc, file, doc, e)) == 0 &&
	    (r = yaml_next(y, a, &more, e)) == 1)
		r = file_wrong(file, more, e,
		    "a kubeconfig is one document, and here is another");
	yaml_close(y);
	if (r == -1 && e->code == ST_DATA)
		e->code = ST_CONFIG;
	return r;
}
