/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "expo_write.h"
#include "log.h"
#include "mapper.h"
#include "metric_name.h"
#include "status.h"

/* The type of a column, or that there is none of that name. */
static void
find_type(struct mapped *m, const struct json *columns)
{
	m->type = COL_NONE;
	m->missing = columns != NULL;
	if (columns == NULL)
		return;
	for (const struct json *c = columns->child; c != NULL; c = c->next) {
		if (strcmp(json_get_str(c, "name", ""), m->name) != 0)
			continue;
		m->type = cell_type(json_get_str(c, "type", ""));
		m->missing = 0;
		return;
	}
}

static void
want(struct mapper *m, struct mapped *col, const char *name,
    const struct json *columns)
{
	*col = (struct mapped){ .name = name };
	if (name == NULL)
		return;
	col->cell = row_want(&m->row, name);
	find_type(col, columns);
}

static const struct cell *
cell(const struct mapper *m, const struct mapped *col)
{
	return &m->row.cells[col->cell];
}

static void
free_lists(struct mapper *m)
{
	for (size_t i = 0; i < m->nvalues; i++)
		buf_fini(&m->values[i].head);
	for (size_t i = 0; i < m->nlabels; i++)
		buf_fini(&m->labels[i].key);
	m->nvalues = m->nlabels = 0;
}

/* Which cells become labels, and what stands in front of their values. */
static void
begin_labels(struct mapper *m, const struct json *columns)
{
	const struct strs *l = &m->t->label_columns;

	m->labels = arena_zalloc(&m->a, (l->n + 1) * sizeof(*m->labels));
	for (size_t i = 0; i < l->n; i++) {
		struct labelled *to = &m->labels[m->nlabels];

		/* The name is the metric's, whatever a column says. */
		if (strcmp(l->v[i], "__name__") == 0) {
			log_warn(
			    "label column not used", KV_S("column", l->v[i]));
			continue;
		}
		want(m, &to->col, l->v[i], columns);
		if (to->col.missing)
			log_warn(
			    "label column missing", KV_S("column", l->v[i]));
		expo_key(&to->key, l->v[i], strlen(l->v[i]));
		m->nlabels++;
	}
}

static void
begin_values(struct mapper *m, const struct json *columns)
{
	const struct transform *t = m->t;
	size_t n = t->value_column != NULL ? 1 : t->value_columns.n;

	m->values = arena_zalloc(&m->a, (n + 1) * sizeof(*m->values));
	for (size_t i = 0; i < n; i++)
		want(m, &m->values[i].col,
		    t->value_column != NULL ? t->value_column
					    : t->value_columns.v[i],
		    columns);
	m->nvalues = n;
}

/* Both prefixes, joined by _. */
static char *
join_prefix(struct mapper *m, const char *prefix)
{
	const char *own = m->t->metric_name_prefix;

	if (prefix == NULL || *prefix == '\0')
		prefix = own != NULL ? own : "";
	else if (own != NULL)
		return arena_printf(&m->a, "%s_%s", prefix, own);
	return arena_strdup(&m->a, prefix);
}

void
mapper_begin(struct mapper *m, const struct transform *t, const char *prefix,
    const struct json *columns)
{
	free_lists(m);
	arena_reset(&m->a);
	row_reset(&m->row);
	m->t = t;
	m->prefix = join_prefix(m, prefix);
	begin_values(m, columns);
	begin_labels(m, columns);
	want(m, &m->time, t->timestamp_column, columns);
	want(m, &m->name, t->metric_name_column, columns);
	m->has_heads = 0;
	m->time_len = 0;
	m->start = m->end = 0;
	m->rows = m->samples = m->nulls = m->bad = 0;
	m->bad_rows = m->null_rows = m->outside = 0;
	m->code = "BadRow";
	m->permanent = 0;
}

void
mapper_fini(struct mapper *m)
{
	free_lists(m);
	row_fini(&m->row);
	arena_fini(&m->a);
	buf_fini(&m->base);
	buf_fini(&m->label_list);
}

/* One value column's head for a name.  -1: nothing is left of the name. */
static int
make_head(struct mapper *m, struct valued *v, const char *base, size_t n)
{
	struct buf name = { 0 };
	int bad = 0;

	if (m->t->value_column == NULL) {
		bad = metric_name(&name, m->prefix, base, n, v->col.name);
	} else {
		if (*m->prefix != '\0')
			buf_printf(&name, "%s_", m->prefix);
		buf_add(&name, base, n);
	}
	buf_reset(&v->head);
	if (bad == 0)
		expo_head(&v->head, name.data, name.len);
	buf_fini(&name);
	return bad;
}

/* A time or a guid is written as a string and names nothing all the same. */
static int
may_name(enum col_type type)
{
	return type == COL_NONE || type == COL_STRING || type == COL_DYNAMIC;
}

/* The heads of this row's samples.  Returns -1: it has no name. */
static int
name_row(struct mapper *m)
{
	const char *base = m->t->default_metric_name;
	size_t n = base != NULL ? strlen(base) : 0;

	if (m->name.name != NULL) {
		const struct cell *c = cell(m, &m->name);

		/* Null and empty take the default, what is no text is bad. */
		if (c->type == CELL_STRING && c->n > 0) {
			if (!may_name(m->name.type))
				return -1;
			base = c->s;
			n = c->n;
		} else if (c->type != CELL_NULL && c->type != CELL_STRING &&
		    c->type != CELL_ABSENT) {
			return -1;
		}
	}
	if (n == 0)
		return -1;
	/* Most rows have the name of the row before. */
	if (m->has_heads && m->base.len == n &&
	    memcmp(m->base.data, base, n) == 0)
		return 0;
	m->has_heads = 0;
	for (size_t i = 0; i < m->nvalues; i++)
		if (make_head(m, &m->values[i], base, n) == -1)
			return -1;
	buf_reset(&m->base);
	buf_add(&m->base, base, n);
	m->has_heads = 1;
	return 0;
}

/* The row's time; rows next to each other often have the same. */
static int
time_row(struct mapper *m, ticks *when)
{
	const struct cell *c;

	*when = m->end;
	if (m->time.name == NULL)
		return 0;
	c = cell(m, &m->time);
	if (m->time_len > 0 && c->type == CELL_STRING && c->n == m->time_len &&
	    memcmp(c->s, m->time_text, c->n) == 0) {
		*when = m->time_read;
		return 0;
	}
	if (cell_time(c, when) == -1)
		return -1;
	m->time_len = 0;
	if (c->n <= sizeof(m->time_text)) {
		memcpy(m->time_text, c->s, c->n);
		m->time_len = c->n;
		m->time_read = *when;
	}
	return 0;
}

static void
label_row(struct mapper *m)
{
	struct text t;

	m->label_list.len = 0;
	for (size_t i = 0; i < m->nlabels; i++) {
		const struct labelled *l = &m->labels[i];

		if (cell_label(cell(m, &l->col), l->col.type, &t) == 0)
			expo_label(
			    &m->label_list, l->key.data, l->key.len, t.s, t.n);
	}
}

/* What is wrong with a row; said once a window, counted always. */
struct complaint {
	const char *what; /* "number": there is none of it in column */
	const struct mapped *col;
	long line;
};

static int
bad_cell(struct mapper *m, const struct complaint *c, struct err *e)
{
	const char *column = c->col->name != NULL ? c->col->name : "";

	err_set(e, ST_DATA, "no %s in column %s", c->what, column);
	if (m->bad++ == 0) {
		log_warn("row skipped", KV_I("line", c->line),
		    KV_I("row", m->rows), KV_S("column", column),
		    KV_S("reason", e->msg));
		snprintf(m->first_bad, sizeof(m->first_bad), "row %lld: %.200s",
		    (long long)m->rows, e->msg);
	}
	if (!m->strict)
		return 0;
	return err_wrap(e, "line %ld, row %lld", c->line, (long long)m->rows);
}

/* Windows that follow each other would give such a time several values. */
static void
check_window(struct mapper *m, ticks when, long line)
{
	char text[WHEN_TEXT];

	if (m->end == 0 || (when >= m->start && when < m->end) ||
	    m->time.name == NULL)
		return;
	when_format(text, when);
	if (m->outside++ == 0)
		log_warn("row outside of its window", KV_I("line", line),
		    KV_I("row", m->rows), KV_S("time", text));
}

/* One sample of a row. */
static int
put(struct mapper *m, const struct valued *v, const struct text *t, ticks when,
    const struct mapper_out *out, struct err *e)
{
	size_t from = out->b->len;
	int64_t ms = when_to_unix_ms(when);
	int timed = m->end != 0 || m->time.name != NULL;

	expo_sample(
	    out->b, &v->head, &m->label_list, t->s, t->n, timed ? &ms : NULL);
	m->samples++;
	return out->order == NULL ? 0 : order_add(out->order, from, ms, e);
}

/* A column that the answer has not, though the rows need it. */
static int
check_columns(struct mapper *m, struct err *e)
{
	const struct mapped *missing = NULL;

	if (m->time.missing)
		missing = &m->time;
	if (m->name.missing)
		missing = &m->name;
	for (size_t i = 0; i < m->nvalues; i++)
		if (m->values[i].col.missing)
			missing = &m->values[i].col;
	if (missing == NULL)
		return 0;
	m->permanent = 1;
	return err_set(
	    e, ST_DATA, "the answer has no column %s", missing->name);
}

/* The samples of a row whose name and time are good. */
static int
put_values(struct mapper *m, ticks when, long line,
    const struct mapper_out *out, struct err *e)
{
	int64_t samples = m->samples;
	struct text t;

	label_row(m);
	for (size_t i = 0; i < m->nvalues; i++) {
		const struct valued *v = &m->values[i];
		int got = cell_value(cell(m, &v->col), v->col.type, &t);

		if (got == 0)
			got = put(m, v, &t, when, out, e);
		else if (got == 1)
			m->nulls++;
		else
			got = bad_cell(m,
			    &(struct complaint){ "number", &v->col, line }, e);
		if (got == -1)
			return -1;
	}
	if (m->samples > samples)
		check_window(m, when, line);
	else
		m->bad_rows++;
	return 0;
}

/* Whether there is no value, so that name and time do not matter. */
static int
all_null(const struct mapper *m)
{
	for (size_t i = 0; i < m->nvalues; i++)
		if (cell(m, &m->values[i].col)->type != CELL_NULL)
			return 0;
	return 1;
}

int
mapper_row(struct mapper *m, const char *line, size_t n, long line_no,
    const struct mapper_out *out, struct err *e)
{
	struct complaint c = { NULL, NULL, line_no };
	ticks when;

	if (m->rows++ == 0 && check_columns(m, e) == -1)
		return -1;
	if (row_read(&m->row, line, n, e) == -1) {
		m->code = "BadLine";
		return err_wrap(e, "line %ld", line_no);
	}
	if (all_null(m)) {
		/* What an aggregate over nothing answers: no sample. */
		m->null_rows++;
		m->nulls += (int64_t)m->nvalues;
		return 0;
	}
	if (name_row(m) == -1) {
		c.what = "metric name";
		c.col = &m->name;
	} else if (time_row(m, &when) == -1) {
		c.what = "time";
		c.col = &m->time;
	}
	if (c.col == NULL)
		return put_values(m, when, line_no, out, e);
	m->bad_rows++;
	return bad_cell(m, &c, e);
}

int
mapper_end(struct mapper *m, struct err *e)
{
	if (m->bad > 1)
		log_warn("rows skipped", KV_I("cells", m->bad),
		    KV_I("rows", m->bad_rows));
	if (m->outside > 1)
		log_warn(
		    "rows outside of their window", KV_I("rows", m->outside));
	if (m->bad_rows == 0 || m->bad_rows + m->null_rows < m->rows)
		return 0;
	return err_set(e, ST_DATA, "no row is good (%lld are bad; %s)",
	    (long long)m->bad_rows, m->first_bad);
}
