/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "accept.h"

/* A piece of a header, not ended by a NUL. */
struct word {
	const char *at;
	size_t n;
};

/* One element of the list: what it names, and the parameters we know. */
struct range {
	struct word name, version, escaping;
	int q; /* thousandths */
};

static int
is(struct word w, const char *s)
{
	return w.n == strlen(s) && strncasecmp(w.at, s, w.n) == 0;
}

static struct word
trim(struct word w)
{
	while (w.n > 0 && (*w.at == ' ' || *w.at == '\t')) {
		w.at++;
		w.n--;
	}
	while (w.n > 0 && (w.at[w.n - 1] == ' ' || w.at[w.n - 1] == '\t'))
		w.n--;
	return w;
}

/*
 * Take what stands before a separator from the front of rest; quotes hide it.
 */
static struct word
take(struct word *rest, char separator)
{
	struct word w = *rest;
	int quoted = 0;
	size_t i = 0;

	for (; i < rest->n && (quoted || rest->at[i] != separator); i++) {
		if (rest->at[i] == '"')
			quoted = !quoted;
		else if (quoted && rest->at[i] == '\\' && i + 1 < rest->n)
			i++;
	}
	w.n = i;
	i += i < rest->n;
	rest->at += i;
	rest->n -= i;
	return trim(w);
}

/* A weight in thousandths: 0, 1, 0.5, 1.000; what is none counts for 0. */
static int
weight(struct word w)
{
	int q = 0, unit = 1000;

	if (w.n == 0 || w.n > 5 || (w.at[0] != '0' && w.at[0] != '1') ||
	    (w.n > 1 && w.at[1] != '.'))
		return 0;
	for (size_t i = 0; i < w.n; i++) {
		if (i == 1)
			continue;
		if (w.at[i] < '0' || w.at[i] > '9')
			return 0;
		q += (w.at[i] - '0') * unit;
		unit /= 10;
	}
	return q <= 1000 ? q : 0;
}

static void
read_param(struct word param, struct range *r)
{
	const char *eq = memchr(param.at, '=', param.n);
	struct word key = param, value;

	if (eq == NULL)
		return;
	key.n = (size_t)(eq - param.at);
	value = (struct word){ eq + 1, param.n - key.n - 1 };
	key = trim(key);
	value = trim(value);
	if (value.n >= 2 && *value.at == '"' && value.at[value.n - 1] == '"')
		value = (struct word){ value.at + 1, value.n - 2 };
	if (is(key, "q"))
		r->q = weight(value);
	else if (is(key, "version"))
		r->version = value;
	else if (is(key, "escaping"))
		r->escaping = value;
}

/* The next element of a list; 0 at the end. */
static int
next_range(struct word *list, struct range *r)
{
	struct word element;

	if (list->n == 0)
		return 0;
	element = take(list, ',');
	*r = (struct range){ .name = take(&element, ';'), .q = 1000 };
	while (element.n > 0)
		read_param(take(&element, ';'), r);
	return 1;
}

static struct word
whole(const char *header)
{
	return (struct word){ header, header != NULL ? strlen(header) : 0 };
}

/* The form that a range allows; 0 if we have none. */
static int
form_of(const struct range *r, struct accept *out)
{
	static const struct {
		const char *name, *version;
	} forms[] = {
		{ "application/openmetrics-text", "1.0.0" },
		{ "application/openmetrics-text", "0.0.1" },
		{ "text/plain", "0.0.4" },
		{ "text/plain", "1.0.0" },
		{ "text/*", "0.0.4" },
		{ "*/*", "0.0.4" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (is(r->name, forms[i].name) &&
		    (r->version.n == 0 || is(r->version, forms[i].version))) {
			out->openmetrics = *forms[i].name == 'a';
			out->version = forms[i].version;
			return 1;
		}
	return 0;
}

static void
set_escape(struct accept *out, struct word said)
{
	out->escape = ESCAPE_UNDERSCORES;
	out->escaping = 0;
	for (int i = 0; i < ESCAPES; i++)
		if (is(said, escape_word((enum escape)i))) {
			out->escape = (enum escape)i;
			out->escaping = 1;
		}
}

struct accept
accept_page(const char *header)
{
	struct accept best = { .version = "0.0.4" };
	struct word list = whole(header);
	struct range r;
	int q = 0;

	while (next_range(&list, &r))
		if (r.q > q && form_of(&r, &best)) {
			q = r.q;
			set_escape(&best, r.escaping);
		}
	return best;
}

int
accept_gzip(const char *header)
{
	struct word list = whole(header);
	struct range r;
	int any = 0, said = -1;

	while (next_range(&list, &r))
		if (is(r.name, "gzip") || is(r.name, "x-gzip"))
			said = r.q > 0;
		else if (is(r.name, "*"))
			any = r.q > 0;
	return said != -1 ? said : any;
}

void
accept_type(char out[ACCEPT_TYPE], const struct accept *a)
{
	snprintf(out, ACCEPT_TYPE, "%s; version=%s; charset=utf-8%s%s",
	    a->openmetrics ? "application/openmetrics-text" : "text/plain",
	    a->version, a->escaping ? "; escaping=" : "",
	    a->escaping ? escape_word(a->escape) : "");
}
