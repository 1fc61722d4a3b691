/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kql/data/catalog.h"
#include "status.h"

#define SCRIPT_MAX (1 << 20)

/* The script of that file; they are kept in the order of their names. */
static struct script *
make(struct catalog *c, struct database *d, const char *file)
{
	struct script **at = &d->scripts, *s;

	while (*at != NULL && strcmp((*at)->seen.file, file) < 0)
		at = &(*at)->next;
	if (*at != NULL && strcmp((*at)->seen.file, file) == 0)
		return *at;
	s = arena_zalloc(&c->arena, sizeof(*s));
	s->seen.file = arena_strdup(&c->arena, file);
	s->seen.stem =
	    arena_strndup(&c->arena, file, strlen(file) - strlen(".kql"));
	s->path = arena_printf(&c->arena, "%s/%s", d->path, file);
	s->next = *at;
	*at = s;
	return s;
}

void
script_list(struct catalog *c, struct database *d, const char *file)
{
	size_t n = strlen(file);

	if (*file != '.' && n > 4 && strcmp(file + n - 4, ".kql") == 0)
		make(c, d, file)->listed = 1;
}

static int
read_text(struct script *s, FILE *f, struct err *e)
{
	size_t n = (size_t)s->stamp.size;

	if (s->stamp.size > SCRIPT_MAX)
		return err_set(e, ST_CONFIG, "%s is larger than %d bytes",
		    s->path, SCRIPT_MAX);
	free(s->text);
	if ((s->text = malloc(n + 1)) == NULL)
		return err_sys(e, ST_RETRY, "%s", s->path);
	s->seen.len = fread(s->text, 1, n, f);
	s->text[s->seen.len] = '\0';
	s->seen.text = s->text;
	if (ferror(f))
		return err_sys(e, ST_RETRY, "%s", s->path);
	return 0;
}

int
script_read(struct script *s, struct err *e)
{
	int changed = catalog_restamp(s->path, &s->stamp, e), r;
	FILE *f;

	if (changed <= 0)
		return changed;
	s->seen.text = NULL;
	if ((f = fopen(s->path, "r")) == NULL)
		r = err_sys(e, ST_CONFIG, "%s", s->path);
	else
		r = read_text(s, f, e);
	if (f != NULL)
		fclose(f);
	if (r == -1) /* look at it again the next time */
		memset(&s->stamp, 0, sizeof(s->stamp));
	return r;
}
