/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "io.h"
#include "kql/data/csv.h"
#include "status.h"
#include "utf8.h"

enum scan {
	SCAN_WHOLE, /* a record is complete */
	SCAN_MORE,  /* it goes on behind the buffer */
	SCAN_BAD,   /* text behind a closing quote */
};

void
csv_init(struct csv *c, struct gz *in, const char *name, char sep)
{
	memset(c, 0, sizeof(*c));
	view_init(&c->view, in, name);
	c->sep = sep;
	c->below = 1;
}

void
csv_fini(struct csv *c)
{
	view_fini(&c->view);
	buf_fini(&c->room);
	memset(c, 0, sizeof(*c));
}

/* A newline that the end of the file lacks is added. */
static int
fill(struct csv *c, struct err *e)
{
	struct buf *b = &c->view.data;

	if (view_more(&c->view, c->below, e) == -1)
		return -1;
	if (!c->view.eof)
		return 0;
	c->torn = b->len > 0 && b->data[b->len - 1] != '\n';
	if (c->torn)
		buf_putc(b, '\n');
	return 0;
}

static struct csv_field *
new_field(struct csv *c)
{
	struct buf *b = &c->room;

	b->len = c->n * sizeof(*c->fields);
	buf_reserve(b, sizeof(*c->fields));
	c->fields = (struct csv_field *)(void *)b->data;
	return &c->fields[c->n++];
}

/* Behind the closing quote of the field whose opening quote is at p. */
static char *
quoted_end(char *p, const char *end)
{
	p++;
	while ((p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		if (p + 1 == end)
			return NULL; /* the next byte tells what it is */
		if (p[1] != '"')
			return p + 1;
		p += 2;
	}
	return NULL;
}

static char *
plain_end(char *p, const char *end, char sep)
{
	while (p < end && *p != sep && *p != '\n')
		p++;
	return p < end ? p : NULL;
}

/* Is p, behind a closing quote, where a field may end? */
static enum scan
behind_quote(const char *p, const char *end, char sep)
{
	if (*p == sep || *p == '\n')
		return SCAN_WHOLE;
	if (*p != '\r')
		return SCAN_BAD;
	if (p + 1 == end)
		return SCAN_MORE;
	return p[1] == '\n' ? SCAN_WHOLE : SCAN_BAD;
}

/*
 * Find the fields of the record at head, changing no byte, so that a record
 * that is not whole yet can be scanned afresh.  *stop is its newline.
 */
static enum scan
scan(struct csv *c, char **stop)
{
	char *p = c->view.data.data + c->view.head;
	const char *end = c->view.data.data + c->view.data.len;
	struct csv_field *f;
	enum scan s;

	for (c->n = 0; p < end; p++) {
		f = new_field(c);
		f->text = p;
		f->quoted = *p == '"';
		p = f->quoted ? quoted_end(p, end) : plain_end(p, end, c->sep);
		if (p == NULL)
			return SCAN_MORE;
		f->len = (size_t)(p - f->text);
		if (f->quoted &&
		    (s = behind_quote(p, end, c->sep)) != SCAN_WHOLE)
			return s;
		if (*p == '\r')
			p++;
		if (*p == '\n') {
			*stop = p;
			return SCAN_WHOLE;
		}
	}
	return SCAN_MORE;
}

/* Take the quotes off, counting the newlines between them. */
static void
unquote(struct csv *c, struct csv_field *f)
{
	char *from = f->text + 1, *end = f->text + f->len - 1, *to = from;

	f->text = from;
	for (; from < end; from++) {
		c->below += *from == '\n';
		from += *from == '"'; /* the second of a doubled quote */
		*to++ = *from;
	}
	f->len = (size_t)(to - f->text);
}

static void
finish_fields(struct csv *c)
{
	struct csv_field *f;

	for (size_t i = 0; i < c->n; i++) {
		f = &c->fields[i];
		if (f->quoted)
			unquote(c, f);
		else if (i + 1 == c->n && f->len > 0 &&
		    f->text[f->len - 1] == '\r')
			f->len--;
		f->text[f->len] = '\0';
	}
}

/* Take the record from head to stop, which scan found whole. */
static int
take(struct csv *c, char *stop, struct err *e)
{
	char *start = c->view.data.data + c->view.head;
	size_t n = (size_t)(stop - start);

	c->line = c->below;
	c->bad = memchr(start, '\0', n) != NULL || !utf8_valid(start, n);
	if (c->bad)
		return err_set(e, ST_DATA, "%s:%ld: not UTF-8 text",
		    c->view.name, c->line);
	c->below++;
	c->view.head += n + 1;
	finish_fields(c);
	return 1;
}

int
csv_next(struct csv *c, struct err *e)
{
	enum scan s;
	char *stop;

	c->bad = 0;
	while ((s = scan(c, &stop)) == SCAN_MORE) {
		if (c->view.eof && c->view.head == c->view.data.len)
			return 0;
		c->bad = c->view.eof || c->view.data.len > IO_LINE_MAX;
		if (c->view.eof)
			return err_set(e, ST_RETRY, "%s:%ld: quote not closed",
			    c->view.name, c->below);
		if (fill(c, e) == -1)
			return -1;
	}
	c->bad = s == SCAN_BAD;
	if (c->bad)
		return err_set(e, ST_DATA,
		    "%s:%ld: text behind a closing quote in field %zu",
		    c->view.name, c->below, c->n);
	return take(c, stop, e);
}

int
csv_skip(struct csv *c)
{
	char *start = c->view.data.data + c->view.head, *nl;

	nl = c->bad ? memchr(start, '\n', c->view.data.len - c->view.head)
		    : NULL;
	if (nl == NULL)
		return -1;
	c->view.head += (size_t)(nl + 1 - start);
	c->below++;
	return 0;
}
