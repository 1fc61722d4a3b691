/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expo_read.h"
#include "mem.h"
#include "series.h"
#include "status.h"

#define SLOTS_MIN 256 /* a power of two, as each later size */

/* A series that was read; several texts may say the same. */
struct known {
	struct series s;
	uint64_t hash; /* of the labels */
};

/* A text of a series. */
struct entry {
	struct known *known;
	const char *text;
	size_t len;
	uint64_t hash;
	struct entry *follower; /* which came next when it was last seen */
};

struct series_set {
	const struct series_rules *rules;
	struct arena a;
	struct arena scratch; /* of the text being read */
	struct entry **slots;
	struct known **labels; /* as many slots, by labels */
	size_t cap, n;
	size_t size; /* bytes held */
	struct entry *last;
	const struct series *newest; /* what was read last */
	int users;
	uint32_t marks;
};

struct series_set *
series_new(const struct series_rules *rules)
{
	struct series_set *set = mem_new(1, sizeof(*set));

	set->rules = rules;
	set->cap = SLOTS_MIN;
	set->slots = mem_new(set->cap, sizeof(*set->slots));
	set->labels = mem_new(set->cap, sizeof(*set->labels));
	set->users = 1;
	return set;
}

struct series_set *
series_hold(struct series_set *set)
{
	set->users++;
	return set;
}

void
series_drop(struct series_set *set)
{
	if (set == NULL || --set->users > 0)
		return;
	arena_fini(&set->a);
	arena_fini(&set->scratch);
	free(set->slots);
	free(set->labels);
	free(set);
}

uint32_t
series_mark(struct series_set *set)
{
	return ++set->marks;
}

size_t
series_size(const struct series_set *set)
{
	return set->size;
}

/* Eight bytes at a time: texts are long and differ anywhere. */
static uint64_t
hash_of(const char *s, size_t n)
{
	uint64_t h = n * UINT64_C(0x9e3779b97f4a7c15), w;

	for (; n >= 8; s += 8, n -= 8) {
		memcpy(&w, s, 8);
		h = (h ^ w) * UINT64_C(0xd6e8feb86659fd93);
		h ^= h >> 32;
	}
	w = 0;
	memcpy(&w, s, n);
	h = (h ^ w) * UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 29;
}

static struct entry **
slot_of(struct entry **slots, size_t cap, uint64_t hash, const char *text,
    size_t len)
{
	size_t i = hash & (cap - 1);

	while (slots[i] != NULL &&
	    (slots[i]->hash != hash || slots[i]->len != len ||
		memcmp(slots[i]->text, text, len) != 0))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static uint64_t
hash_labels(const struct sample_label *v, size_t n)
{
	uint64_t h = n;

	for (size_t i = 0; i < n; i++) {
		h = (h ^ hash_of(v[i].name, strlen(v[i].name))) * 31;
		h = (h ^ hash_of(v[i].value, strlen(v[i].value))) * 37;
	}
	return h;
}

static int
has_labels(const struct series *s, const struct sample_label *v, size_t n)
{
	if (s->nlabels != n)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (strcmp(s->labels[i].name, v[i].name) != 0 ||
		    strcmp(s->labels[i].value, v[i].value) != 0)
			return 0;
	return 1;
}

static struct known **
place_of(struct known **labels, size_t cap, uint64_t hash,
    const struct sample_label *v, size_t n)
{
	size_t i = hash & (cap - 1);

	while (labels[i] != NULL &&
	    (labels[i]->hash != hash || !has_labels(&labels[i]->s, v, n)))
		i = (i + 1) & (cap - 1);
	return &labels[i];
}

static void
grow(struct series_set *set)
{
	size_t cap = set->cap * 2;
	struct entry **slots = mem_new(cap, sizeof(*slots));
	struct known **labels = mem_new(cap, sizeof(*labels));

	for (size_t i = 0; i < set->cap; i++) {
		struct entry *x = set->slots[i];

		if (x != NULL)
			*slot_of(slots, cap, x->hash, x->text, x->len) = x;
	}
	for (size_t i = 0; i < set->cap; i++) {
		struct known *k = set->labels[i];

		if (k != NULL)
			*place_of(labels, cap, k->hash, k->s.labels,
			    k->s.nlabels) = k;
	}
	free(set->slots);
	free(set->labels);
	set->slots = slots;
	set->labels = labels;
	set->cap = cap;
}

/* The name with an underscore for each character no legacy name has. */
static const char *
plain_name(struct arena *a, const char *name, int colon)
{
	size_t n = strlen(name), at = 0, to = 0;
	char *out;

	while (at < n && sample_plain_char(name[at], at == 0, colon))
		at++;
	if (at == n)
		return name;
	out = arena_alloc(a, n + 1);
	for (at = 0; at < n; at++)
		/* One for a character, not for each of its bytes. */
		if (((unsigned char)name[at] & 0xc0) != 0x80)
			out[to++] =
			    (char)(sample_plain_char(name[at], at == 0, colon)
				    ? name[at]
				    : '_');
	out[to] = '\0';
	return out;
}

static void
plain_names(struct arena *a, struct sample_label *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, SAMPLE_NAME) == 0)
			v[i].value = plain_name(a, v[i].value, 1);
		else
			v[i].name = plain_name(a, v[i].name, 0);
}

static int
has_name(const struct sample_label *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return 1;
	return 0;
}

/* Labels and the rules' own behind them, in the arena; sets *n anew. */
static struct sample_label *
with_extra(struct series_set *set, const struct sample_label *v, size_t *n)
{
	const struct series_rules *r = set->rules;
	size_t had = *n;
	struct sample_label *out;

	out = arena_alloc(&set->scratch, (had + r->nextra) * sizeof(*out));
	memcpy(out, v, had * sizeof(*out));
	for (size_t i = 0; i < r->nextra; i++)
		if (!has_name(v, had, r->extra[i].name))
			out[(*n)++] = r->extra[i];
	return out;
}

/* Labels are few and mostly in order. */
static void
sort(struct sample_label *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sample_label x = v[i];
		size_t k = i;

		for (; k > 0 && strcmp(v[k - 1].name, x.name) > 0; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

/* Sort, refuse names that come twice, drop empty values. */
static int
tidy(struct sample_label *v, size_t *n, int code, struct err *e)
{
	size_t kept = 0;

	sort(v, *n);
	for (size_t i = 1; i < *n; i++)
		if (strcmp(v[i - 1].name, v[i].name) == 0)
			return err_set(
			    e, code, "label %s comes twice", v[i].name);
	for (size_t i = 0; i < *n; i++)
		if (*v[i].value != '\0')
			v[kept++] = v[i];
	*n = kept;
	return 0;
}

size_t
series_labels(struct arena *a, const char *line, size_t n, size_t *len,
    struct sample_label **labels, struct err *e)
{
	size_t count;

	if ((*len = expo_series_len(line, n, e)) == 0 ||
	    (count = expo_read_series(a, line, *len, labels, e)) == 0 ||
	    tidy(*labels, &count, ST_DATA, e) == -1)
		return 0;
	return count;
}

/*
 * Keep labels in as little memory as they need: values one behind the other,
 * names those of the series read before where it has the same.
 */
static void
keep(struct series_set *set, struct series *s, const struct sample_label *v,
    size_t n)
{
	struct sample_label *out = arena_alloc(&set->a, n * sizeof(*out));
	const struct series *like = set->newest;
	size_t bytes = 0;
	char *text;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(v[i].value) + 1;
	text = arena_alloc(&set->a, bytes);
	for (size_t i = 0; i < n; i++) {
		int same = like != NULL && i < like->nlabels &&
		    strcmp(like->labels[i].name, v[i].name) == 0;

		out[i].name = same ? like->labels[i].name
				   : arena_strdup(&set->a, v[i].name);
		out[i].value = text;
		text = stpcpy(text, v[i].value) + 1;
		s->bytes += strlen(out[i].name);
	}
	s->bytes += bytes - n;
	s->labels = out;
	s->nlabels = n;
	set->newest = s;
}

/* The series with these labels, made if there is none. */
static struct known *
know(struct series_set *set, const struct sample_label *v, size_t n)
{
	uint64_t hash = hash_labels(v, n);
	struct known **place = place_of(set->labels, set->cap, hash, v, n);

	if (*place == NULL) {
		*place = arena_zalloc(&set->a, sizeof(**place));
		(*place)->hash = hash;
		keep(set, &(*place)->s, v, n);
	}
	return *place;
}

static struct entry *
read_entry(struct series_set *set, const char *text, size_t len, struct err *e)
{
	struct arena *a = &set->scratch;
	struct sample_label *v;
	struct entry *x;
	size_t n;

	arena_reset(a);
	if ((n = expo_read_series(a, text, len, &v, e)) == 0)
		return NULL;
	if (tidy(v, &n, ST_DATA, e) == -1)
		return NULL;
	if (!set->rules->utf8)
		plain_names(a, v, n);
	if (set->rules->nextra > 0)
		v = with_extra(set, v, &n);
	if (tidy(v, &n, ST_SKIP, e) == -1)
		return NULL;
	x = arena_zalloc(&set->a, sizeof(*x));
	x->known = know(set, v, n);
	x->text = arena_strndup(&set->a, text, len);
	x->len = len;
	return x;
}

static struct entry *
look_up(struct series_set *set, const char *text, size_t len, struct err *e)
{
	uint64_t hash = hash_of(text, len);
	struct entry **slot = slot_of(set->slots, set->cap, hash, text, len);
	struct entry *x = *slot;

	if (x != NULL)
		return x;
	if ((x = read_entry(set, text, len, e)) == NULL)
		return NULL;
	x->hash = hash;
	*slot = x;
	if (++set->n * 2 > set->cap)
		grow(set);
	set->size = arena_size(&set->a) + 2 * set->cap * sizeof(*set->slots);
	return x;
}

/*
 * Whether the line begins with the text of x and nothing more of a series.
 * Behind a bare name labels may still come, after blanks even.
 */
static int
begins_with(const char *line, size_t n, const struct entry *x)
{
	size_t i;

	if (x == NULL || n <= x->len || memcmp(line, x->text, x->len) != 0)
		return 0;
	for (i = x->len; i < n && (line[i] == ' ' || line[i] == '\t'); i++)
		;
	return i > x->len && i < n && line[i] != '{';
}

struct series *
series_find(struct series_set *set, const char *line, size_t n, size_t *len,
    struct err *e)
{
	struct entry *last = set->last, *x = NULL;

	/* Series come in the same order again and again. */
	if (last != NULL && begins_with(line, n, last->follower))
		x = last->follower;
	else if (begins_with(line, n, last))
		x = last;
	if (x == NULL) {
		if ((*len = expo_series_len(line, n, e)) == 0 ||
		    (x = look_up(set, line, *len, e)) == NULL)
			return NULL;
		if (last != NULL)
			last->follower = x;
	}
	*len = x->len;
	set->last = x;
	return &x->known->s;
}
