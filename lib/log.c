/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "num.h"
#include "when.h"

#define CLEAR          "\r\033[K" /* takes the line of a terminal away */
#define LINE_MAX_BYTES 2048       /* less than PIPE_BUF: lines do not mix */

static struct {
	const char *tool;
	enum log_level least;
	int json;
	int over;
} set = { "kqlpipe", LV_INFO, 0, 0 };

static const char *const names[] = { "error", "warn", "info", "debug" };

/* A line in the making; what does not fit is cut. */
struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

void
log_init(const char *tool, enum log_level least, int json)
{
	set.tool = tool;
	set.least = least;
	set.json = json;
}

void
log_over(int on)
{
	set.over = on;
}

/* Two bytes stay free for the end of the line. */
static void
put(struct line *l, const char *s, size_t n)
{
	size_t room = sizeof(l->text) - 2 - l->len;

	if (n > room)
		n = room;
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void
puts_in(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

/* A value in quotes; one that is too long keeps its closing quote. */
static void
put_quoted(struct line *l, const char *s)
{
	char esc[8];

	puts_in(l, "\"");
	for (; *s != '\0' && l->len < sizeof(l->text) - 12; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			snprintf(esc, sizeof(esc), "\\%c", c);
		else if (c == '\n')
			snprintf(esc, sizeof(esc), "\\n");
		else if (c < 0x20 || c == 0x7f)
			snprintf(esc, sizeof(esc), "\\u%04x", c);
		else
			snprintf(esc, sizeof(esc), "%c", c);
		puts_in(l, esc);
	}
	puts_in(l, "\"");
}

/* logfmt leaves plain words bare. */
static int
is_bare(const char *s)
{
	if (*s == '\0')
		return 0;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == '"' || *s == '=' ||
		    *s == '\\' || *s == 0x7f)
			return 0;
	return 1;
}

static void
put_key(struct line *l, const char *key)
{
	if (set.json) {
		puts_in(l, l->len == 1 ? "" : ",");
		put_quoted(l, key);
		puts_in(l, ":");
	} else {
		puts_in(l, l->len == 0 ? "" : " ");
		puts_in(l, key);
		puts_in(l, "=");
	}
}

static void
put_str(struct line *l, const char *key, const char *s)
{
	put_key(l, key);
	if (s == NULL)
		s = "";
	if (!set.json && is_bare(s))
		puts_in(l, s);
	else
		put_quoted(l, s);
}

static void
put_kv(struct line *l, const struct log_kv *kv)
{
	char num[NUM_MAX];

	if (kv->type == LOG_STR) {
		put_str(l, kv->key, kv->s);
		return;
	}
	if (kv->type == LOG_INT)
		num_int(num, kv->i);
	else
		num_double(num, kv->f);
	put_key(l, kv->key);
	puts_in(l, num);
}

static void
put_time(struct line *l)
{
	struct timespec ts;
	char day[32], text[48];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%03ldZ", day, ts.tv_nsec / 1000000);
	put_str(l, "ts", text);
}

void
log_line(enum log_level lv, const char *msg, const struct log_kv *kv)
{
	struct line l = { .len = 0 };

	if (lv > set.least)
		return;
	if (set.over && write(STDERR_FILENO, CLEAR, strlen(CLEAR)) == -1)
		return;
	if (set.json)
		puts_in(&l, "{");
	put_time(&l);
	put_str(&l, "level", names[lv]);
	put_str(&l, "tool", set.tool);
	put_key(&l, "msg");
	put_quoted(&l, msg);
	for (; kv->key != NULL; kv++)
		put_kv(&l, kv);
	if (set.json)
		l.text[l.len++] = '}';
	l.text[l.len++] = '\n';
	/* There is nowhere left to report that a log line was not written. */
	if (write(STDERR_FILENO, l.text, l.len) == -1)
		return;
}

int
log_fail(const struct err *e)
{
	log_error("failed", KV_S("error", e->msg), KV_I("status", e->code));
	return e->code;
}
