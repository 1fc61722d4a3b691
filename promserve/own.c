/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "map.h"
#include "own.h"
#include "stages.h"
#include "status.h"

/* The lines of one metric, of all files. */
struct group {
	struct group *next;
	struct buf head;  /* HELP and TYPE, of the file that has it first */
	const char *from; /* whose they are */
	struct buf samples;
};

struct page {
	struct arena a;
	struct map names;
	struct group *first, **last; /* in order of appearance */
};

static struct group *
group_of(struct page *p, const char *name, size_t n, const char *stage)
{
	const char *key = arena_strndup(&p->a, name, n);
	struct group *g = map_get(&p->names, key);

	if (g != NULL)
		return g;
	g = arena_zalloc(&p->a, sizeof(*g));
	g->from = stage;
	map_put(&p->names, key, g);
	*p->last = g;
	p->last = &g->next;
	return g;
}

/* Who else keeps files there has other names. */
static int
is_own(const char *name)
{
	return strncmp(name, "kqlpipe_", 8) == 0;
}

/* # HELP NAME TEXT or # TYPE NAME TYPE; other comments are left out. */
static void
add_head(struct page *p, const char *stage, const char *line, size_t n)
{
	struct group *g;
	const char *name = line + 7;

	if (n < 8 || !is_own(name) ||
	    (memcmp(line, "# HELP ", 7) != 0 &&
		memcmp(line, "# TYPE ", 7) != 0))
		return;
	g = group_of(p, name, strcspn(name, " \n"), stage);
	if (g->from == stage)
		buf_add(&g->head, line, n);
}

/* NAME VALUE or NAME{LABELS} VALUE. */
static void
add_sample(struct page *p, const char *stage, const char *line, size_t n)
{
	size_t name = strcspn(line, "{ \n");
	struct buf *b;

	if (!is_own(line) || line[name] == '\n')
		return;
	b = &group_of(p, line, name, stage)->samples;
	buf_add(b, line, name);
	buf_printf(b, "{stage=\"%s\"%s", stage, line[name] == '{' ? "," : "}");
	name += line[name] == '{';
	buf_add(b, line + name, n - name);
}

static void
add_file(struct page *p, const char *stage, const char *text)
{
	const char *nl;

	for (; (nl = strchr(text, '\n')) != NULL; text = nl + 1) {
		size_t n = (size_t)(nl + 1 - text);

		if (*text == '#')
			add_head(p, stage, text, n);
		else
			add_sample(p, stage, text, n);
	}
}

static void
write_page(struct page *p, struct buf *b)
{
	for (struct group *g = p->first; g != NULL; g = g->next) {
		if (g->samples.len > 0) {
			buf_add(b, g->head.data, g->head.len);
			buf_add(b, g->samples.data, g->samples.len);
		}
		buf_fini(&g->head);
		buf_fini(&g->samples);
	}
}

int
own_page(const char *dir, struct buf *b, struct err *e)
{
	struct page p = { .last = &p.first };
	struct stage *v;
	int n = stages_read(dir, &v, e);

	if (n == -1)
		return -1;
	for (int i = 0; i < n; i++)
		if (v[i].err.code == ST_OK && v[i].begun &&
		    strpbrk(v[i].name, "\"\\\n") == NULL)
			add_file(&p, v[i].name, v[i].text.data);
	write_page(&p, b);
	map_fini(&p.names);
	arena_fini(&p.a);
	stages_free(v, n);
	return 0;
}
