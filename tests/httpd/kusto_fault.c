/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "kusto_fault.h"
#include "status.h"

#define SCRIPT_MAX (1 << 20) /* bytes */
#define LINES_MAX  100000

static const struct kusto_fault none = {
	.retry_after = -1,
	.cut = -1,
	.slow = -1,
};

/* Returns -1 for a word that is no place. */
static int
read_place(const char *word, struct kusto_fault *f)
{
	static const char *const words[] = { "rows", "table", "dataset",
		"level", "cancel", "asked" };

	for (int i = 0; i < 6; i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		f->inject = 1;
		f->place = (enum kusto_place)i;
		return 0;
	}
	return -1;
}

static int
read_line(const struct json *j, struct kusto_fault *f)
{
	const char *place = json_get_str(j, "place", NULL);

	*f = none;
	snprintf(f->error.code, sizeof(f->error.code), "%s",
	    json_get_str(j, "code", "General_InternalServerError"));
	snprintf(f->error.message, sizeof(f->error.message), "%s",
	    json_get_str(j, "message", "as the script has it"));
	f->error.permanent = json_get_bool(j, "permanent", 0);
	f->text = json_get_str(j, "text", NULL);
	f->redirect = json_get_str(j, "redirect", NULL);
	f->status =
	    (int)json_get_int(j, "status", f->redirect != NULL ? 302 : 0);
	f->retry_after = json_get_int(j, "retryAfter", -1);
	f->delay = json_get_int(j, "delay", 0);
	f->cut = json_get_int(j, "cut", -1);
	f->slow = json_get_int(j, "slow", -1);
	f->date = json_get_int(j, "date", 0);
	f->hang = json_get_bool(j, "hang", 0);
	f->close = json_get_bool(j, "close", 0);
	f->plain = !json_get_bool(j, "gzip", 1);
	return place != NULL ? read_place(place, f) : 0;
}

int
kusto_script_read(struct kusto_script *s, const char *path, struct err *e)
{
	struct buf b = { 0 };
	char *line, *save;

	s->v = arena_zalloc(&s->a, LINES_MAX * sizeof(*s->v));
	if (file_read(path, SCRIPT_MAX, &b, e) == -1)
		return -1;
	buf_putc(&b, '\n');
	for (line = strtok_r(b.data, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		const struct json *j = json_parse(&s->a, line, strlen(line), e);
		int64_t times = json_get_int(j, "times", 1);
		struct kusto_fault f;

		if (j == NULL || read_line(j, &f) == -1 ||
		    s->n + (size_t)times > LINES_MAX) {
			buf_fini(&b);
			return err_set(
			    e, ST_DATA, "%s: no fault: %s", path, line);
		}
		while (times-- > 0)
			s->v[s->n++] = f;
	}
	buf_fini(&b);
	return 0;
}

struct kusto_fault
kusto_script_next(struct kusto_script *s)
{
	return s->at < s->n ? s->v[s->at++] : none;
}
