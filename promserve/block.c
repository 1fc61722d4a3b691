/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "expo_write.h"
#include "hash.h"
#include "mem.h"
#include "num.h"
#include "remote2.pb-c.h"

#define SLOTS_MIN 1024 /* a power of two, as each later size */

struct builder_point {
	size_t at; /* of its key in keys */
	int64_t ms;
	uint32_t len; /* of its key */
	uint32_t hash;
	struct builder_group *group;
	char value[NUM_MAX];
};

struct builder_group {
	const char *name;
	int odd;
	size_t n;     /* points */
	size_t bytes; /* of its lines */
	size_t at;    /* where its next line or point goes */
};

struct block *
block_hold(struct block *b)
{
	atomic_fetch_add(&b->users, 1);
	return b;
}

void
block_drop(struct block *b)
{
	if (b == NULL || atomic_fetch_sub(&b->users, 1) > 1)
		return;
	arena_fini(&b->a);
	free(b->text);
	free(b->v);
	free(b);
}

size_t
block_key(const char *line, size_t n, int stamps)
{
	const char *blank = memrchr(line, ' ', n);

	if (stamps)
		blank = memrchr(line, ' ', (size_t)(blank - line));
	return (size_t)(blank - line);
}

/* The text of a series, the same for the same labels. */
static const char *
put_key(struct buf *b, const struct sample_label *v, size_t n, int *odd)
{
	const char *name = "";
	int more;

	buf_reset(b);
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, SAMPLE_NAME) == 0)
			name = v[i].value;
	expo_head(b, name, strlen(name));
	*odd = more = *b->data == '{';
	for (size_t i = 0; i < n; i++) {
		const struct sample_label *l = &v[i];

		if (strcmp(l->name, SAMPLE_NAME) == 0)
			continue;
		buf_putc(b, more ? ',' : '{');
		more = 1;
		expo_pair(b, l->name, l->value);
		*odd |= !sample_plain_name(l->name, strlen(l->name), 0);
	}
	if (more)
		buf_putc(b, '}');
	return name;
}

static uint32_t *
slot_of(const struct builder *b, const char *key, size_t len, uint32_t hash)
{
	size_t i = hash & (b->nslots - 1);

	for (; b->slots[i] != 0; i = (i + 1) & (b->nslots - 1)) {
		const struct builder_point *p = &b->v[b->slots[i] - 1];

		if (p->hash == hash && p->len == len &&
		    memcmp(b->keys.data + p->at, key, len) == 0)
			break;
	}
	return &b->slots[i];
}

static void
grow(struct builder *b)
{
	b->nslots = b->nslots == 0 ? SLOTS_MIN : b->nslots * 2;
	free(b->slots);
	b->slots = mem_new(b->nslots, sizeof(*b->slots));
	b->cap = b->nslots / 4 * 3;
	b->v = mem_need(realloc(b->v, b->cap * sizeof(*b->v)));
	for (size_t k = 0; k < b->n; k++) {
		size_t i = b->v[k].hash & (b->nslots - 1);

		while (b->slots[i] != 0)
			i = (i + 1) & (b->nslots - 1);
		b->slots[i] = (uint32_t)(k + 1);
	}
}

static struct builder_group *
group_of(struct builder *b, const char *name)
{
	struct builder_group *g = map_get(&b->names, name);

	if (g != NULL)
		return g;
	g = arena_zalloc(&b->a, sizeof(*g));
	g->name = arena_strdup(&b->a, name);
	map_put(&b->names, name, g);
	if (b->ngroups == b->groups_cap) {
		b->groups_cap = b->groups_cap == 0 ? 16 : b->groups_cap * 2;
		b->groups = mem_need(
		    realloc(b->groups, b->groups_cap * sizeof(*b->groups)));
	}
	b->groups[b->ngroups++] = g;
	return g;
}

/* The text as it came, or the double's if that is longer than any needs. */
static void
set_value(struct builder_point *p, const char *value, size_t n)
{
	double v = 0;

	if (n < sizeof(p->value)) {
		memcpy(p->value, value, n);
		p->value[n] = '\0';
		return;
	}
	num_parse_double(value, n, &v);
	num_double(p->value, v);
}

int
builder_add(struct builder *b, const struct sample_label *labels,
    size_t nlabels, const char *value, size_t n, int64_t ms)
{
	int odd;
	const char *name = put_key(&b->key, labels, nlabels, &odd);
	uint32_t hash = (uint32_t)hash_bytes(b->key.data, b->key.len), *slot;
	struct builder_point *p;

	if (b->n == b->cap)
		grow(b);
	slot = slot_of(b, b->key.data, b->key.len, hash);
	if (*slot != 0) {
		int twice;

		p = &b->v[*slot - 1];
		twice = p->ms == ms;
		if (ms < p->ms)
			return 0;
		p->ms = ms;
		set_value(p, value, n);
		return twice;
	}
	p = &b->v[b->n++];
	*slot = (uint32_t)b->n;
	*p = (struct builder_point){ .at = b->keys.len,
		.len = (uint32_t)b->key.len,
		.hash = hash,
		.ms = ms,
		.group = group_of(b, name) };
	p->group->odd |= odd;
	set_value(p, value, n);
	buf_add(&b->keys, b->key.data, b->key.len);
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct builder_group *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

#define TYPE(t) \
	IO__PROMETHEUS__WRITE__V2__METADATA__METRIC_TYPE__METRIC_TYPE_##t

static int
ends(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n > m && strcmp(s + n - m, tail) == 0;
}

/*
 * A counter is one by its own name, or as the total of its family.  The parts
 * of histograms and summaries are metrics of no known type.
 */
static enum block_type
type_of(const struct metadata *m, const char *name, const struct family *f)
{
	if (f == NULL)
		return BLOCK_GAUGE;
	if (f->type == TYPE(COUNTER) &&
	    (map_get(&m->families, name) == f || ends(name, "_total")))
		return BLOCK_COUNTER;
	return f->type == TYPE(GAUGE) ? BLOCK_GAUGE : BLOCK_UNTYPED;
}

/* Append the line of a point. */
static char *
put_line(const struct builder *b, const struct builder_point *p, int stamps,
    char *at)
{
	at = mempcpy(at, b->keys.data + p->at, p->len);
	*at++ = ' ';
	at = stpcpy(at, p->value);
	if (stamps) {
		*at++ = ' ';
		at += num_int(at, p->ms);
	}
	*at++ = '\n';
	return at;
}

static size_t
line_bytes(const struct builder_point *p, int stamps)
{
	char text[NUM_MAX];

	return p->len + strlen(p->value) + 2 +
	    (stamps ? 1 + num_int(text, p->ms) : 0);
}

/* Say where the lines of each group go; returns the bytes of all. */
static size_t
lay_out(struct builder *b, int stamps)
{
	size_t at = 0;

	if (b->ngroups > 0)
		qsort(b->groups, b->ngroups, sizeof(*b->groups), by_name);
	for (size_t i = 0; i < b->ngroups; i++)
		b->groups[i]->bytes = 0;
	for (size_t i = 0; i < b->n; i++)
		b->v[i].group->bytes += line_bytes(&b->v[i], stamps);
	for (size_t i = 0; i < b->ngroups; i++) {
		b->groups[i]->at = at;
		at += b->groups[i]->bytes;
	}
	return at;
}

/* What is known of a group; help is for those of which nothing is said. */
static void
set_group(struct block *x, struct block_group *to,
    const struct builder_group *g, const struct metadata *m, const char *help)
{
	const struct family *f = metadata_of(m, g->name);

	*to = (struct block_group){ .name = arena_strdup(&x->a, g->name),
		.help = help,
		.type = type_of(m, g->name, f),
		.odd = g->odd,
		.from = g->at,
		.to = g->at + g->bytes };
	if (f != NULL && f->help != NULL)
		to->help = arena_strdup(&x->a, f->help);
}

struct block *
builder_seal(
    struct builder *b, const struct metadata *m, const char *who, int stamps)
{
	struct block *x = mem_new(1, sizeof(*x));
	const char *help = NULL;

	atomic_init(&x->users, 1);
	x->len = lay_out(b, stamps);
	x->text = mem_need(malloc(x->len + 1));
	x->n = b->ngroups;
	x->v = mem_new(x->n + 1, sizeof(*x->v));
	x->series = b->n;
	x->stamps = stamps;
	if (who != NULL)
		help = arena_printf(&x->a, "MetricsExporter %s", who);
	for (size_t i = 0; i < x->n; i++)
		set_group(x, &x->v[i], b->groups[i], m, help);
	for (size_t i = 0; i < b->n; i++) {
		struct builder_group *g = b->v[i].group;
		char *at = x->text + g->at;

		g->at = (size_t)(put_line(b, &b->v[i], stamps, at) - x->text);
	}
	return x;
}

/* The points, those of a group one behind the other: indices of v. */
static uint32_t *
in_groups(struct builder *b)
{
	uint32_t *order = mem_new(b->n + 1, sizeof(*order));
	size_t at = 0;

	if (b->ngroups > 0)
		qsort(b->groups, b->ngroups, sizeof(*b->groups), by_name);
	for (size_t i = 0; i < b->ngroups; i++)
		b->groups[i]->n = 0;
	for (size_t i = 0; i < b->n; i++)
		b->v[i].group->n++;
	for (size_t i = 0; i < b->ngroups; i++) {
		b->groups[i]->at = at;
		at += b->groups[i]->n;
	}
	for (size_t i = 0; i < b->n; i++)
		order[b->v[i].group->at++] = (uint32_t)i;
	return order;
}

/* What metadata has of a group, in the words that it is read from. */
static void
put_comments(struct buf *b, const struct metadata *m, const char *name)
{
	static const char *const words[] = { "gauge", "counter", "untyped" };
	const struct family *f = metadata_of(m, name);

	if (f == NULL)
		return;
	if (f->help != NULL) {
		buf_printf(b, "# HELP %s ", name);
		expo_help(b, f->help, 0);
		buf_putc(b, '\n');
	}
	buf_printf(b, "# TYPE %s %s\n", name, words[type_of(m, name, f)]);
}

int
builder_write(
    struct builder *b, const struct metadata *m, struct out *o, struct err *e)
{
	uint32_t *order = in_groups(b);
	const struct builder_group *last = NULL;
	int bad = 0;

	for (size_t i = 0; i < b->n && bad == 0; i++) {
		const struct builder_point *p = &b->v[order[i]];

		if (p->group != last)
			put_comments(&o->b, m, p->group->name);
		last = p->group;
		buf_reserve(&o->b, line_bytes(p, 1) + 1);
		o->b.len = (size_t)(put_line(b, p, 1, o->b.data + o->b.len) -
		    o->b.data);
		bad = out_spare(o, e);
	}
	free(order);
	return bad;
}

void
builder_fini(struct builder *b)
{
	buf_fini(&b->keys);
	buf_fini(&b->key);
	free(b->v);
	free(b->slots);
	free(b->groups);
	map_fini(&b->names);
	arena_fini(&b->a);
	*b = (struct builder){ 0 };
}
