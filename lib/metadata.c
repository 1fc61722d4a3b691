/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "metadata.h"
#include "remote2.pb-c.h"

#define FAMILIES_MAX 10000 /* more are not remembered */
#define TEXT_MAX     4096  /* bytes of a help that are kept */

#define TYPE(t) \
	IO__PROMETHEUS__WRITE__V2__METADATA__METRIC_TYPE__METRIC_TYPE_##t

static int
type_of(const char *s, size_t n)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "counter", TYPE(COUNTER) },
		{ "gauge", TYPE(GAUGE) },
		{ "histogram", TYPE(HISTOGRAM) },
		{ "gaugehistogram", TYPE(GAUGEHISTOGRAM) },
		{ "summary", TYPE(SUMMARY) },
		{ "info", TYPE(INFO) },
		{ "stateset", TYPE(STATESET) },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strlen(types[i].name) == n &&
		    memcmp(types[i].name, s, n) == 0)
			return types[i].type;
	return TYPE(UNSPECIFIED);
}

static struct family *
family(struct metadata *m, const char *name)
{
	struct family *f = map_get(&m->families, name);

	if (f == NULL && m->families.len < FAMILIES_MAX) {
		f = mem_new(1, sizeof(*f));
		map_put(&m->families, name, f);
	}
	return f;
}

/* The text of a help: \\ and \n stand for a backslash and an end of line. */
static char *
plain(const char *s, size_t n)
{
	char *text = mem_need(strndup(s, n < TEXT_MAX ? n : TEXT_MAX));
	char *to = text;

	for (const char *at = text; *at != '\0'; at++)
		if (at[0] == '\\' && (at[1] == 'n' || at[1] == '\\'))
			*to++ = *++at == 'n' ? '\n' : '\\';
		else
			*to++ = *at;
	*to = '\0';
	return text;
}

static void
set(struct family *f, const char *what, const char *text, size_t n)
{
	char **at = *what == 'H' ? &f->help : &f->unit;

	if (*what == 'T') {
		f->type = type_of(text, n);
		return;
	}
	free(*at);
	*at = plain(text, n);
}

void
metadata_read(struct metadata *m, const char *line, size_t n)
{
	char *text, *what, *name, *save;
	struct family *f;

	if (n < 7 ||
	    (memcmp(line, "# TYPE ", 7) != 0 &&
		memcmp(line, "# HELP ", 7) != 0 &&
		memcmp(line, "# UNIT ", 7) != 0))
		return;
	text = mem_need(strndup(line + 2, n - 2));
	what = strtok_r(text, " \t", &save);
	name = strtok_r(NULL, " \t", &save);
	if (name != NULL && (f = family(m, name)) != NULL) {
		save += strspn(save, " \t");
		set(f, what, save, strcspn(save, "\r"));
	}
	free(text);
}

const struct family *
metadata_of(const struct metadata *m, const char *name)
{
	static const char *const ends[] = { "_bucket", "_count", "_sum",
		"_total", "_created", "_info" };
	const struct family *f;
	size_t n = strlen(name);

	if (m->families.len == 0)
		return NULL;
	f = map_get(&m->families, name);
	for (size_t i = 0; f == NULL && i < sizeof(ends) / sizeof(*ends); i++) {
		size_t len = strlen(ends[i]);
		char *stem;

		if (n <= len || strcmp(name + n - len, ends[i]) != 0)
			continue;
		stem = mem_need(strndup(name, n - len));
		f = map_get(&m->families, stem);
		free(stem);
	}
	return f;
}

void
metadata_fini(struct metadata *m)
{
	struct family *f;
	size_t at = 0;

	while ((f = map_next(&m->families, &at, NULL)) != NULL) {
		free(f->help);
		free(f->unit);
		free(f);
	}
	map_fini(&m->families);
}
