/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "expo_read.h"
#include "file.h"
#include "stages.h"
#include "status.h"

#define FILE_MAX (1 << 20) /* bytes of a tool's metrics */

/* Which metrics are looked for: their names end in this. */
static const struct {
	const char *suffix;
	size_t at;
} wanted[] = {
	{ "kqlpipe_alive_timestamp_seconds", offsetof(struct stage, alive) },
	{ "_breaker_open", offsetof(struct stage, breaker) },
	{ "_ready", offsetof(struct stage, ready) },
	{ "_draining", offsetof(struct stage, draining) },
	{ "_window_timestamp_seconds", offsetof(struct stage, window) },
	{ "_receipt_timestamp_seconds", offsetof(struct stage, receipt) },
};

static double *
member_of(struct stage *s, const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		size_t len = strlen(wanted[i].suffix);

		if (n >= len &&
		    memcmp(name + n - len, wanted[i].suffix, len) == 0)
			return (double *)(void *)((char *)s + wanted[i].at);
	}
	return NULL;
}

static int
read_line(struct stage *s, const char *line, size_t n)
{
	size_t series, name;
	double *to, value;
	int64_t ms;

	if (!expo_is_sample(line, n))
		return 0;
	if ((series = expo_series_len(line, n, &s->err)) == 0 ||
	    expo_read_point(line + series, n - series, &value, &ms, &s->err) ==
		-1)
		return -1;
	name = strcspn(line, "{ ");
	if ((to = member_of(s, line, name < series ? name : series)) != NULL)
		*to = value;
	return 0;
}

static void
read_stage(struct stage *s, const char *path)
{
	char *at, *nl;

	if (file_read(path, FILE_MAX, &s->text, &s->err) == -1)
		return;
	s->begun = s->text.len > 0;
	for (at = s->text.data; s->begun && (nl = strchr(at, '\n')) != NULL;
	     at = nl + 1)
		if (read_line(s, at, (size_t)(nl - at)) == -1) {
			err_wrap(&s->err, "%s", path);
			break;
		}
}

/* NAME.prom, of which the temporary ones of a writer are none. */
static int
is_stage(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return d->d_name[0] != '.' && dot != NULL && strcmp(dot, ".prom") == 0;
}

int
stages_read(const char *dir, struct stage **v, struct err *e)
{
	struct dirent **names;
	struct buf path = { 0 };
	int n = scandir(dir, &names, is_stage, alphasort);

	if (n == -1)
		return err_sys(e, ST_CONFIG, "%s", dir);
	if ((*v = calloc((size_t)n + 1, sizeof(**v))) == NULL)
		abort();
	for (int i = 0; i < n; i++) {
		struct stage *s = *v + i;

		*s = (struct stage){ .breaker = -1, .ready = -1 };
		snprintf(s->name, sizeof(s->name), "%.*s",
		    (int)(strlen(names[i]->d_name) - 5), names[i]->d_name);
		buf_reset(&path);
		buf_printf(&path, "%s/%s", dir, names[i]->d_name);
		read_stage(s, buf_str(&path));
		free(names[i]);
	}
	free(names);
	buf_fini(&path);
	return n;
}

void
stages_free(struct stage *v, int n)
{
	for (int i = 0; i < n; i++)
		buf_fini(&v[i].text);
	free(v);
}
