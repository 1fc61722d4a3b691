/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "endpoints.h"
#include "kusto_client.h"
#include "status.h"

static int
has_scheme(const char *url, const char *scheme)
{
	size_t n = strlen(scheme);

	return strncasecmp(url, scheme, n) == 0 && url[n] != '\0';
}

static int
is_remote(const char *url)
{
	return has_scheme(url, "http://") || has_scheme(url, "https://");
}

const char *
endpoint_remote(const struct endpoint *p)
{
	return p != NULL && is_remote(p->url) ? p->url : NULL;
}

static int
check_url(const char *url, struct err *e)
{
	if (has_scheme(url, "file:") || has_scheme(url, "sqlite:"))
		return 0;
	if (is_remote(url))
		return kusto_check_url(url, e);
	return err_set(e, ST_USAGE,
	    "\"%s\" is neither file:DIR nor sqlite:PATH nor the URL of a "
	    "service",
	    url);
}

static int
same_place(const struct endpoint *a, const struct endpoint *b)
{
	if ((a->cluster == NULL) != (b->cluster == NULL))
		return 0;
	return strcasecmp(a->database, b->database) == 0 &&
	    (a->cluster == NULL || strcasecmp(a->cluster, b->cluster) == 0);
}

static int
read_one(struct arena *a, const char *arg, struct endpoint *p, struct err *e)
{
	const char *eq = strchr(arg, '=');
	char *name, *slash;

	if (eq == NULL)
		return err_set(e, ST_USAGE, "not [CLUSTER/]DATABASE=ENDPOINT");
	name = arena_strndup(a, arg, (size_t)(eq - arg));
	slash = strrchr(name, '/');
	if (slash != NULL)
		*slash = '\0';
	p->cluster = slash != NULL ? name : NULL;
	p->database = slash != NULL ? slash + 1 : name;
	p->url = eq + 1;
	if (*p->database == '\0' || (slash != NULL && *name == '\0'))
		return err_set(e, ST_USAGE, "a name is empty");
	return check_url(p->url, e);
}

int
endpoints_read(struct arena *a, const struct opt_list *args,
    struct endpoints *all, struct err *e)
{
	all->v = arena_zalloc(a, (args->n + 1) * sizeof(*all->v));
	for (all->n = 0; all->n < args->n; all->n++) {
		struct endpoint *p = &all->v[all->n];

		if (read_one(a, args->v[all->n], p, e) == -1)
			return err_wrap(e, "-e %s", args->v[all->n]);
		for (size_t i = 0; i < all->n; i++)
			if (same_place(&all->v[i], p))
				return err_set(e, ST_USAGE,
				    "-e %s: %s has an endpoint already",
				    args->v[all->n], p->database);
	}
	return 0;
}

const struct endpoint *
endpoints_find(const struct endpoints *all, const char *database)
{
	const struct endpoint *found = NULL;
	int several = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct endpoint *p = &all->v[i];

		if (strcasecmp(p->database, database) != 0)
			continue;
		if (p->cluster == NULL)
			return p;
		several = found != NULL;
		found = p;
	}
	return several ? NULL : found;
}
