/* SPDX-License-Identifier: MIT */
#include "dry_run.h"
#include "endpoints.h"
#include "jsonw.h"
#include "lines.h"
#include "query_text.h"

void
dry_run_write(struct buf *b, const struct settings *s, const struct unit *u,
    const struct sched_plan *p)
{
	struct jsonw w = { .b = b };
	struct buf text = { 0 };

	query_text_build(&text, u->body, p->start, p->end, &s->labels);
	jsonw_object(&w, NULL);
	jsonw_object(&w, "window");
	lines_window_members(&w, u, p);
	jsonw_end_object(&w);
	jsonw_str(&w, "database", u->database);
	jsonw_str(
	    &w, "endpoint", endpoints_find(&s->endpoints, u->database)->url);
	jsonw_str(&w, "query", buf_str(&text));
	jsonw_end_object(&w);
	buf_putc(b, '\n');
	buf_fini(&text);
}
