/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "num.h"
#include "otlp_http.h"
#include "status.h"
#include "strs.h"

#define GENERAL "OTEL_EXPORTER_OTLP_"
#define METRICS "OTEL_EXPORTER_OTLP_METRICS_"

/* A variable that is set to something. */
static const char *
get(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

/* That of metrics, else that of all signals; *name is whose it is. */
static const char *
either(const char *what, char name[80])
{
	const char *v;

	snprintf(name, 80, METRICS "%s", what);
	if ((v = get(name)) != NULL)
		return v;
	snprintf(name, 80, GENERAL "%s", what);
	return get(name);
}

static const char *
find(const char *what)
{
	char name[80];

	return either(what, name);
}

/* Text whose bytes may be written as %XX.  NULL: a % without two digits, or a
 * byte that no header can hold. */
static const char *
decode(struct arena *a, const char *s, size_t n)
{
	char *out = arena_alloc(a, n + 1);
	size_t k = 0;
	char hex[3] = { 0 };
	char *end;

	for (size_t i = 0; i < n; i++) {
		out[k] = s[i];
		if (s[i] == '%') {
			if (n - i < 3)
				return NULL;
			memcpy(hex, s + i + 1, 2);
			out[k] = (char)strtol(hex, &end, 16);
			if (end != hex + 2)
				return NULL;
			i += 2;
		}
		if ((unsigned char)out[k++] < ' ')
			return NULL;
	}
	out[k] = '\0';
	return out;
}

/* Split "key=value" and decode both.  Returns -1: it is none. */
static int
pair(struct arena *a, const char *s, const char **key, const char **value)
{
	const char *eq = strchr(s, '=');
	size_t n;

	if (eq == NULL)
		return -1;
	s += strspn(s, " \t");
	n = (size_t)(eq - s);
	while (n > 0 && strchr(" \t", s[n - 1]) != NULL)
		n--;
	eq += 1 + strspn(eq + 1, " \t");
	*key = decode(a, s, n);
	n = strlen(eq);
	while (n > 0 && strchr(" \t", eq[n - 1]) != NULL)
		n--;
	*value = decode(a, eq, n);
	return *key == NULL || **key == '\0' || *value == NULL ? -1 : 0;
}

static int
bad_list(struct err *e, const char *name)
{
	return err_set(e, ST_CONFIG,
	    "%s must be key=value,key=value, with other characters as %%XX",
	    name);
}

void
env_attribute(
    struct arena *a, struct labels *l, const char *key, const char *value)
{
	struct label *v;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].key, key) == 0) {
			l->v[i].value = value;
			return;
		}
	v = arena_alloc(a, (l->n + 1) * sizeof(*v));
	if (l->n > 0)
		memcpy(v, l->v, l->n * sizeof(*v));
	v[l->n] = (struct label){ key, value };
	l->v = v;
	l->n++;
}

static int
read_headers(struct arena *a, struct env *env, struct err *e)
{
	char name[80];
	const char *text = either("HEADERS", name), *key, *value;
	struct strs parts = { 0 };
	const char **list;

	if (text == NULL)
		return 0;
	strs_split(&parts, a, text, ",");
	if (parts.n > OTLP_MORE_MAX)
		return err_set(e, ST_CONFIG, "%s: too many headers", name);
	list = arena_alloc(a, (parts.n + 1) * sizeof(*list));
	for (size_t i = 0; i < parts.n; i++) {
		if (pair(a, parts.v[i], &key, &value) == -1)
			return bad_list(e, name);
		list[i] = arena_printf(a, "%s: %s", key, value);
	}
	list[parts.n] = NULL;
	env->headers = list;
	return 0;
}

static int
read_resource(struct arena *a, struct env *env, struct err *e)
{
	static const char name[] = "OTEL_RESOURCE_ATTRIBUTES";
	const char *text = get(name), *service = get("OTEL_SERVICE_NAME");
	const char *key, *value;
	struct strs parts = { 0 };

	if (text != NULL)
		strs_split(&parts, a, text, ",");
	for (size_t i = 0; i < parts.n; i++) {
		if (pair(a, parts.v[i], &key, &value) == -1)
			return bad_list(e, name);
		env_attribute(a, &env->resource, key, value);
	}
	if (service != NULL)
		env_attribute(a, &env->resource, "service.name", service);
	return 0;
}

static int
read_timeout(struct env *env, struct err *e)
{
	char name[80];
	const char *text = either("TIMEOUT", name);

	if (text != NULL &&
	    num_arg(name, text, 1, INT32_MAX, &env->timeout_ms, e) == -1) {
		e->code = ST_CONFIG;
		return -1;
	}
	return 0;
}

int
env_read(struct arena *a, struct env *env, struct err *e)
{
	const char *insecure = find("INSECURE");

	env->endpoint = get(METRICS "ENDPOINT");
	env->whole = env->endpoint != NULL;
	if (!env->whole)
		env->endpoint = get(GENERAL "ENDPOINT");
	env->protocol = find("PROTOCOL");
	env->compression = find("COMPRESSION");
	env->certificate = find("CERTIFICATE");
	env->client_certificate = find("CLIENT_CERTIFICATE");
	env->client_key = find("CLIENT_KEY");
	env->insecure = insecure != NULL && strcasecmp(insecure, "true") == 0;
	return read_headers(a, env, e) == -1 ||
		read_resource(a, env, e) == -1 || read_timeout(env, e) == -1
	    ? -1
	    : 0;
}
