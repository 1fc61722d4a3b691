/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dead.h"
#include "expo_write.h"
#include "file.h"
#include "log.h"
#include "map.h"
#include "mem.h"
#include "num.h"
#include "status.h"
#include "utf8.h"
#include "when.h"

#define SUFFIX     ".prom"
#define SAID_MAX   16384 /* bytes of the receiver's words in a file */
#define LOOK_EVERY 10000 /* ms between looks at a directory that is full */

struct dead {
	struct dead_config cf;
	int64_t bytes, files; /* in the directory, when last looked and since */
	int64_t looked_at;    /* ms, monotonic */
	int64_t written, lost;
	int64_t number; /* of the last file, for its name */
};

/* Count what is in the directory, whoever wrote it. */
static int
look(struct dead *d, struct err *e)
{
	DIR *dir = opendir(d->cf.dir);
	struct dirent *f;
	struct stat st;

	if (dir == NULL)
		return err_sys(e, ST_CONFIG, "%s", d->cf.dir);
	d->bytes = d->files = 0;
	while ((f = readdir(dir)) != NULL) {
		size_t n = strlen(f->d_name);

		if (n <= strlen(SUFFIX) ||
		    strcmp(f->d_name + n - strlen(SUFFIX), SUFFIX) != 0 ||
		    fstatat(dirfd(dir), f->d_name, &st, 0) == -1)
			continue;
		d->bytes += st.st_size;
		d->files++;
	}
	closedir(dir);
	d->looked_at = when_mono_ms();
	return 0;
}

struct dead *
dead_new(const struct dead_config *cf, struct err *e)
{
	struct dead *d = mem_new(1, sizeof(*d));

	d->cf = *cf;
	if (file_mkdirs(cf->dir, 0700, e) == 0 && look(d, e) == 0) {
		if (access(cf->dir, W_OK | X_OK) == 0)
			return d;
		err_sys(e, ST_CONFIG, "%s", cf->dir);
	}
	e->code = ST_CONFIG;
	free(d);
	return NULL;
}

void
dead_free(struct dead *d)
{
	free(d);
}

int64_t
dead_files(const struct dead *d)
{
	return d == NULL ? 0 : d->written;
}

int64_t
dead_lost(const struct dead *d)
{
	return d == NULL ? 0 : d->lost;
}

static int
has_room(const struct dead *d, size_t n)
{
	return d->files < d->cf.max_files &&
	    d->bytes + (int64_t)n <= d->cf.max_bytes;
}

/* The file of the next letter: in order of time, by whom. */
static void
name_of(struct dead *d, char *out, size_t size)
{
	char time[WHEN_TEXT], who[64];
	size_t n = 0;

	when_format(time, when_now());
	for (const char *c = d->cf.destination;
	     *c != '\0' && n + 1 < sizeof(who); c++)
		who[n++] = *c;
	who[n] = '\0';
	for (char *c = who; *c != '\0'; c++)
		if (!sample_plain_char(*c, 0, 0) && *c != '-')
			*c = '_';
	for (char *c = time; *c != '\0'; c++)
		if (*c == ':')
			*c = '-';
	snprintf(out, size, "%s/%s-%s-%ld-%lld" SUFFIX, d->cf.dir, time, who,
	    (long)getpid(), (long long)++d->number);
}

/* A comment, whatever the text holds. */
static void
comment(struct buf *b, const char *what, const char *text)
{
	size_t n = strlen(text), at = b->len;

	n = n < SAID_MAX ? n : SAID_MAX;
	buf_printf(b, "# %s: ", what);
	at = b->len;
	buf_add(b, text, n);
	utf8_clean(b->data + at);
	b->len = at + strlen(b->data + at);
	buf_putc(b, '\n');
}

/* The receiver's words, each line a comment. */
static void
comment_lines(struct buf *b, const char *text)
{
	size_t left = SAID_MAX;

	while (*text != '\0' && left > 0) {
		size_t n = strcspn(text, "\r\n");
		char *line = strndup(text, n < left ? n : left);

		if (mem_need(line) != NULL && *line != '\0')
			comment(b, "message", line);
		free(line);
		left -= n < left ? n : left;
		text += n + strspn(text + n, "\r\n");
	}
}

static void
comment_window(struct buf *b, const struct window *w)
{
	char start[WHEN_TEXT], end[WHEN_TEXT];

	if (w == NULL || *w->name == '\0')
		return;
	when_format(start, w->start);
	when_format(end, w->end);
	buf_printf(b, "# resource: %s/%s%s%s\n# window: %s to %s, id %s\n",
	    w->namespace, w->name, *w->rule != '\0' ? " rule " : "", w->rule,
	    start, end, w->id);
}

static void
preface(
    const struct dead *d, const struct dead_why *why, int64_t n, struct buf *b)
{
	char time[WHEN_TEXT];

	when_format(time, when_now());
	buf_printf(
	    b, "# dead letter: %s URL <FILE sends it again\n", d->cf.tool);
	comment_window(b, why->w);
	comment(b, "destination", d->cf.destination);
	buf_printf(b, "# refused: %s, ", time);
	if (why->refused != 0 && why->refused < n)
		buf_printf(b, "%lld of ", (long long)why->refused);
	buf_printf(b, "%lld samples\n", (long long)n);
	if (why->http != 0)
		buf_printf(b, "# status: %d\n", why->http);
	comment_lines(b, why->said);
}

/* Write a letter, or count what it holds as lost. */
static void
put(struct dead *d, const struct dead_why *why, const struct buf *b, int64_t n)
{
	char path[4096];
	struct err e;

	if (!has_room(d, b->len) && when_mono_ms() - d->looked_at > LOOK_EVERY)
		look(d, &e);
	name_of(d, path, sizeof(path));
	if (!has_room(d, b->len))
		err_set(&e, ST_RETRY, "%s is full: %lld files, %lld bytes",
		    d->cf.dir, (long long)d->files, (long long)d->bytes);
	else if (file_write(path, b->data, b->len, 0600, &e) == 0) {
		d->bytes += (int64_t)b->len;
		d->files++;
		d->written++;
		return;
	}
	d->lost += why->refused != 0 ? why->refused : n;
	log_error("dead letter not kept",
	    KV_S("window", why->w != NULL ? why->w->id : ""),
	    KV_I("samples", n), KV_S("reason", e.msg));
}

void
dead_lines(struct dead *d, const struct dead_why *why, const char *text,
    size_t len, int64_t n)
{
	struct buf b = { 0 };

	if (d == NULL || n == 0)
		return;
	preface(d, why, n, &b);
	buf_add(&b, text, len);
	put(d, why, &b, n);
	buf_fini(&b);
}

static void
add_sample(struct buf *b, const struct sample *x)
{
	struct buf head = { 0 }, labels = { 0 }, key = { 0 };
	char value[NUM_MAX] = SAMPLE_STALE;
	size_t n = sample_is_stale(x->value) ? strlen(value)
					     : num_double(value, x->value);

	for (size_t i = 0; i < x->series->nlabels; i++) {
		const struct sample_label *l = &x->series->labels[i];

		if (strcmp(l->name, SAMPLE_NAME) == 0) {
			expo_head(&head, l->value, strlen(l->value));
			continue;
		}
		buf_reset(&key);
		expo_key(&key, l->name, strlen(l->name));
		expo_label(
		    &labels, key.data, key.len, l->value, strlen(l->value));
	}
	expo_sample(b, &head, &labels, value, n, &x->ms);
	buf_fini(&head);
	buf_fini(&labels);
	buf_fini(&key);
}

/* A series as Prometheus names it in its errors. */
static void
name_series(struct buf *b, const struct series *s)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < s->nlabels; i++) {
		char key[512];
		int n = snprintf(key, sizeof(key), "%s%s=", i > 0 ? " " : "",
		    s->labels[i].name);

		if (n >= 0 && (size_t)n < sizeof(key))
			expo_label(&list, key, (size_t)n, s->labels[i].value,
			    strlen(s->labels[i].value));
	}
	buf_reset(b);
	buf_printf(b, "{%s}", buf_str(&list));
	buf_fini(&list);
}

/* All that stands from a brace to the end of its line, of each line. */
static void
read_named(struct map *named, const char *said)
{
	static char there;

	for (; *said != '\0'; said += strspn(said, "\r\n")) {
		size_t n = strcspn(said, "\r\n"), at = strcspn(said, "{");
		char *text;

		if (at < n) {
			text = mem_need(strndup(said + at, n - at));
			map_put(named, text, &there);
			free(text);
		}
		said += n;
	}
}

/* Pick the samples of named series, or all: returns how many. */
static size_t
pick(const struct dead_why *why, const struct sample *v, size_t n,
    const struct sample **out)
{
	struct map named = { 0 };
	struct buf text = { 0 };
	size_t picked = 0;
	int in = 0;

	if (why->refused != 0 && why->refused < (int64_t)n)
		read_named(&named, why->said);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || v[i].series != v[i - 1].series) {
			name_series(&text, v[i].series);
			in = map_get(&named, buf_str(&text)) != NULL;
		}
		if (in)
			out[picked++] = &v[i];
	}
	map_fini(&named);
	buf_fini(&text);
	if (picked > 0 && (int64_t)picked >= why->refused)
		return picked;
	for (size_t i = 0; i < n; i++)
		out[i] = &v[i];
	return n;
}

void
dead_samples(struct dead *d, const struct dead_why *why, const struct sample *v,
    size_t n)
{
	const struct sample **list;
	struct buf b = { 0 };

	if (d == NULL || n == 0)
		return;
	list = mem_new(n, sizeof(*list));
	n = pick(why, v, n, list);
	preface(d, why, (int64_t)n, &b);
	for (size_t i = 0; i < n; i++)
		add_sample(&b, list[i]);
	put(d, why, &b, (int64_t)n);
	buf_fini(&b);
	free(list);
}
