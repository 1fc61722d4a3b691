/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "json.h"
#include "kube_fault.h"
#include "status.h"

static struct kube_fault *
read_line(struct arena *a, const struct json *j)
{
	struct kube_fault *f = arena_zalloc(a, sizeof(*f));

	f->verb = json_get_str(j, "verb", NULL);
	f->resource = json_get_str(j, "resource", NULL);
	f->times = json_get_int(j, "times", 1);
	if (f->times == 0)
		f->times = -1;
	f->text = json_get_str(j, "text", NULL);
	f->status = (int)json_get_int(j, "status", f->text != NULL ? 200 : 0);
	f->reason = json_get_str(j, "reason", NULL);
	f->message = json_get_str(j, "message", "as the script has it");
	f->retry_after = json_get_int(j, "retryAfter", -1);
	f->delay = json_get_int(j, "delay", 0);
	f->cut = json_get_int(j, "cut", -1);
	f->slow = json_get_int(j, "slow", -1);
	f->hang = json_get_bool(j, "hang", 0);
	f->close = json_get_bool(j, "close", 0);
	return f;
}

int
kube_faults_add(
    struct kube_faults *fs, const char *text, size_t n, struct err *e)
{
	char *all = arena_strndup(&fs->a, text, n), *save, *line;
	struct kube_fault **end = &fs->first;

	while (*end != NULL)
		end = &(*end)->next;
	for (line = strtok_r(all, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		const struct json *j =
		    json_parse(&fs->a, line, strlen(line), e);

		if (j == NULL)
			return -1;
		*end = read_line(&fs->a, j);
		end = &(*end)->next;
	}
	return 0;
}

static int
matches(const struct kube_fault *f, const struct kube_ask *q)
{
	return q->kind != NULL &&
	    (f->verb == NULL || strcmp(f->verb, q->verb) == 0) &&
	    (f->resource == NULL || strcmp(f->resource, q->kind->plural) == 0);
}

struct kube_fault
kube_faults_take(struct kube_faults *fs, const struct kube_ask *q)
{
	static const struct kube_fault none = { .cut = -1, .slow = -1 };

	for (struct kube_fault *f = fs->first; f != NULL; f = f->next) {
		if (f->times == 0 || !matches(f, q))
			continue;
		if (f->times > 0)
			f->times--;
		return *f;
	}
	return none;
}

void
kube_faults_clear(struct kube_faults *fs)
{
	/* Answers on their way may still borrow from the arena. */
	fs->first = NULL;
}
