/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "kql/fn/dyn.h"
#include "kql/fn/fn.h"
#include "num.h"

/* What is left of a path: $.a.b[0]['c d'] */
struct path {
	const char *s, *end;
};

/* The next name or index.  Returns 1, 0 at the end, -1 when it is none. */
static int
next_step(struct path *p, struct dyn *name, int64_t *index)
{
	char quote = '\0';
	const char *close;

	name->s = NULL;
	if (p->s == p->end)
		return 0;
	if (*p->s == '.') {
		name->s = ++p->s;
		while (p->s < p->end && *p->s != '.' && *p->s != '[')
			p->s++;
		name->n = (size_t)(p->s - name->s);
		return name->n > 0 ? 1 : -1;
	}
	if (*p->s++ != '[' || p->s == p->end)
		return -1;
	if (*p->s == '\'' || *p->s == '"')
		quote = *p->s++;
	close =
	    memchr(p->s, quote != '\0' ? quote : ']', (size_t)(p->end - p->s));
	if (close == NULL)
		return -1;
	name->s = p->s;
	name->n = (size_t)(close - p->s);
	p->s = close + 1;
	if (quote != '\0')
		return p->s < p->end && *p->s++ == ']' ? 1 : -1;
	if (num_parse_int(name->s, name->n, index) == -1)
		return -1;
	name->s = NULL;
	return 1;
}

/* Go to a member or an element.  Returns 0 when it is not there. */
static int
go(struct dyn *d, struct dyn name, int64_t index)
{
	struct dyn_walk w;

	if (dyn_kind(*d) != (name.s != NULL ? DYN_BAG : DYN_ARRAY))
		return 0;
	dyn_walk(&w, *d);
	while (dyn_next(&w))
		if (name.s != NULL ? dyn_key_is(w.key, name.s, name.n)
				   : index-- == 0) {
			*d = w.value;
			return 1;
		}
	return 0;
}

/* json_path(path, text): the JSON there, or null. */
static void
json_path(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	struct buf b = { 0 };
	struct path p;
	struct dyn d, name;
	int64_t index = 0;
	size_t n;
	int more = -1;

	(void)nargs;
	p.s = fn_str(v[0], &n);
	p.end = p.s + n;
	d.s = fn_str(v[1], &d.n);
	if (p.s < p.end && *p.s == '$' && dyn_parse(&b, d.s, d.n) == 0) {
		p.s++;
		d.s = b.data;
		d.n = b.len;
		while ((more = next_step(&p, &name, &index)) == 1)
			if (!go(&d, name, index))
				break;
	}
	if (more == 0 && dyn_kind(d) != DYN_NULL)
		fn_text(c, d.s, d.n);
	buf_fini(&b);
}

const struct fn fn_path[] = {
	{ "kql_json_path", 2, json_path, 0, NULL },
	{ NULL, 0, NULL, 0, NULL },
};
