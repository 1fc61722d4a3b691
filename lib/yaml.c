/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "map.h"
#include "mem.h"
#include "status.h"
#include "yaml.h"
#include "yaml_part.h"

#define DEPTH_MAX 100       /* levels of lists and maps */
#define COPY_MAX  (8 << 20) /* bytes that a document's aliases may add */
#define TAG       "tag:yaml.org,2002:"

/*
 * Each part of the text between lines that start with "---" has a parser of
 * its own, so that what is wrong with one ends none of the others.
 */
struct yaml {
	yaml_parser_t parser;
	int parsing; /* the parser has a part */
	const char *name;
	const char *text;
	size_t n;
	size_t from, to; /* of the part */
	size_t lines;    /* in front of it */
	int documents;   /* of it, so far */

	/* Of the document being read. */
	struct arena *arena;
	struct map anchors; /* name to struct json, whole ones only */
	size_t copied;      /* bytes that aliases have added */
};

static struct json *read_node(
    struct yaml *, const yaml_event_t *, int depth, struct err *);

/* Say what the parser met.  Returns -1. */
static int
parser_err(const struct yaml *y, struct err *e)
{
	const yaml_parser_t *p = &y->parser;
	const char *problem = p->problem != NULL ? p->problem : "unreadable";
	size_t line = y->lines + p->problem_mark.line + 1;

	if (p->error == YAML_MEMORY_ERROR)
		return err_set(e, ST_RETRY, "%s: out of memory", y->name);
	if (p->error == YAML_READER_ERROR) {
		line = y->lines + 1;
		line += yaml_part_lines(y->text + y->from, p->problem_offset);
	}
	return err_set(e, ST_DATA, "%s:%zu: %s%s%s", y->name, line, problem,
	    p->context != NULL ? " " : "",
	    p->context != NULL ? p->context : "");
}

static int
node_err(const struct yaml *y, const yaml_event_t *ev, const char *what,
    const char *which, struct err *e)
{
	return err_set(e, ST_DATA, "%s:%zu: %s%s%.100s", y->name,
	    y->lines + ev->start_mark.line + 1, what, *which != '\0' ? " " : "",
	    which);
}

static int
next_event(struct yaml *y, yaml_event_t *ev, struct err *e)
{
	if (!yaml_parser_parse(&y->parser, ev))
		return parser_err(y, e);
	return 0;
}

static int
is_one_of(const char *s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(s, *list) == 0)
			return 1;
	return 0;
}

/* 0o17 and 0x1f as decimal text; NULL when s is neither or too large. */
static const char *
based_number(struct arena *a, const char *s)
{
	int octal = strncmp(s, "0o", 2) == 0;
	const char *digits = octal ? "01234567" : "0123456789abcdefABCDEF";

	if (!octal && strncmp(s, "0x", 2) != 0)
		return NULL;
	if (s[2] == '\0' || s[2 + strspn(s + 2, digits)] != '\0')
		return NULL;
	s += 2 + strspn(s + 2, "0");
	if (strlen(s) > (octal ? 21 : 16))
		return NULL;
	return arena_printf(
	    a, "%llu", strtoull(*s ? s : "0", NULL, octal ? 8 : 16));
}

/*
 * A number of the core schema as JSON writes it: no plus, no leading zeros, a
 * digit on each side of the point.  NULL when s is none.
 */
static const char *
decimal_number(struct arena *a, const char *s)
{
	const char *digits = "0123456789", *whole, *exp;
	size_t nwhole, nfraction = 0, point = 0, zeros;
	int minus = *s == '-';

	whole = s + (minus || *s == '+');
	nwhole = strspn(whole, digits);
	if (whole[nwhole] == '.') {
		point = 1;
		nfraction = strspn(whole + nwhole + 1, digits);
	}
	if (nwhole + nfraction == 0)
		return NULL;
	exp = whole + nwhole + point + nfraction;
	if (*exp == 'e' || *exp == 'E') {
		const char *d = exp + 1 + (exp[1] == '-' || exp[1] == '+');

		if (*d == '\0' || d[strspn(d, digits)] != '\0')
			return NULL;
	} else if (*exp != '\0') {
		return NULL;
	}
	for (zeros = 0; zeros + 1 < nwhole && whole[zeros] == '0';)
		zeros++;
	return arena_printf(a, "%s%.*s%s%.*s%s", minus ? "-" : "",
	    nwhole > 0 ? (int)(nwhole - zeros) : 1,
	    nwhole > 0 ? whole + zeros : "0", nfraction > 0 ? "." : "",
	    (int)nfraction, whole + nwhole + point, exp);
}

/*
 * What a plain scalar is by the core schema.  Infinities and NaN, which JSON
 * cannot hold, stay text, as does all that is nothing else.
 */
static void
resolve(struct arena *a, struct json *v)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL",
		NULL };
	static const char *const trues[] = { "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "false", "False", "FALSE", NULL };
	const char *number;

	if (strlen(v->str) != v->len)
		return;
	if (is_one_of(v->str, nulls))
		v->type = JSON_NULL;
	else if (is_one_of(v->str, trues))
		v->type = JSON_TRUE;
	else if (is_one_of(v->str, falses))
		v->type = JSON_FALSE;
	else if ((number = based_number(a, v->str)) != NULL ||
	    (number = decimal_number(a, v->str)) != NULL) {
		v->type = JSON_NUMBER;
		v->str = number;
		v->len = strlen(number);
	}
}

/* Whether a resolved scalar is of the type that its tag claims. */
static int
tag_holds(const char *tag, enum json_type type)
{
	if (strcmp(tag, TAG "null") == 0)
		return type == JSON_NULL;
	if (strcmp(tag, TAG "bool") == 0)
		return type == JSON_TRUE || type == JSON_FALSE;
	if (strcmp(tag, TAG "int") == 0 || strcmp(tag, TAG "float") == 0)
		return type == JSON_NUMBER;
	return 0;
}

static int
read_scalar(
    struct yaml *y, const yaml_event_t *ev, struct json *v, struct err *e)
{
	const char *tag = (const char *)ev->data.scalar.tag;
	const char *s = (const char *)ev->data.scalar.value;

	v->type = JSON_STRING;
	v->len = ev->data.scalar.length;
	v->str = arena_strndup(y->arena, s, v->len);
	if (tag == NULL && ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		resolve(y->arena, v);
	} else if (tag != NULL && strcmp(tag, "!") != 0 &&
	    strcmp(tag, TAG "str") != 0) {
		resolve(y->arena, v);
		if (!tag_holds(tag, v->type))
			return node_err(y, ev, "unknown or wrong tag", tag, e);
	}
	return 0;
}

/* A deep copy of what an anchor names; NULL when that gets out of hand. */
static struct json *
copy(struct yaml *y, const struct json *from, int depth)
{
	struct json *v = arena_alloc(y->arena, sizeof(*v));
	struct json *w;

	*v = *from;
	v->child = v->last = v->next = NULL;
	y->copied += sizeof(*v) + v->len;
	if (y->copied > COPY_MAX || depth > DEPTH_MAX)
		return NULL;
	for (const struct json *c = from->child; c != NULL; c = c->next) {
		if ((w = copy(y, c, depth + 1)) == NULL)
			return NULL;
		json_push(v, w);
	}
	return v;
}

static struct json *
read_alias(struct yaml *y, const yaml_event_t *ev, int depth, struct err *e)
{
	const char *name = (const char *)ev->data.alias.anchor;
	const struct json *from = map_get(&y->anchors, name);
	struct json *v;

	if (from == NULL) {
		node_err(y, ev, "no anchor before the alias", name, e);
		return NULL;
	}
	if ((v = copy(y, from, depth)) == NULL)
		node_err(y, ev, "aliases make the document too large", "", e);
	else
		v->key = NULL;
	return v;
}

static int
read_list(struct yaml *y, struct json *list, int depth, struct err *e)
{
	yaml_event_t ev;
	struct json *v;

	for (;;) {
		if (next_event(y, &ev, e) == -1)
			return -1;
		if (ev.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&ev);
			return 0;
		}
		v = read_node(y, &ev, depth, e);
		yaml_event_delete(&ev);
		if (v == NULL)
			return -1;
		json_push(list, v);
	}
}

/* The text of a key, which may be an alias but must be a scalar. */
static const char *
read_key(struct yaml *y, const yaml_event_t *ev, int *merge, struct err *e)
{
	const struct json *k;

	*merge = ev->type == YAML_SCALAR_EVENT &&
	    ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    strcmp((const char *)ev->data.scalar.value, "<<") == 0;
	if (ev->type == YAML_SCALAR_EVENT) {
		if (strlen((const char *)ev->data.scalar.value) !=
		    ev->data.scalar.length) {
			node_err(y, ev, "a key holds a NUL byte", "", e);
			return NULL;
		}
		/* 1 and true are keys "1" and "true", as JSON has them. */
		return arena_strndup(y->arena,
		    (const char *)ev->data.scalar.value,
		    ev->data.scalar.length);
	}
	if (ev->type == YAML_ALIAS_EVENT) {
		if ((k = read_alias(y, ev, 0, e)) == NULL)
			return NULL;
		if (k->type == JSON_STRING && strlen(k->str) == k->len)
			return k->str;
	}
	node_err(y, ev, "a key must be text", "", e);
	return NULL;
}

/* Add what "<<" brings; members that are there already stay. */
static int
merge_map(struct json *into, struct json *from, struct map *seen)
{
	struct json *next;

	if (from->type == JSON_ARRAY) {
		for (struct json *m = from->child; m != NULL; m = m->next)
			if (m->type != JSON_OBJECT ||
			    merge_map(into, m, seen) == -1)
				return -1;
		return 0;
	}
	if (from->type != JSON_OBJECT)
		return -1;
	for (struct json *m = from->child; m != NULL; m = next) {
		next = m->next;
		if (map_get(seen, m->key) != NULL)
			continue;
		map_put(seen, m->key, m);
		json_push(into, m);
	}
	return 0;
}

/* Read one key, whose event this is, and its value. */
static int
read_member(struct yaml *y, const yaml_event_t *key, struct json *o,
    struct json *merges, struct map *seen, int depth, struct err *e)
{
	yaml_event_t ev;
	struct json *v;
	const char *name;
	int merge;

	if ((name = read_key(y, key, &merge, e)) == NULL)
		return -1;
	if (!merge && map_get(seen, name) != NULL)
		return node_err(y, key, "key stands twice:", name, e);
	if (next_event(y, &ev, e) == -1)
		return -1;
	v = read_node(y, &ev, depth, e);
	yaml_event_delete(&ev);
	if (v == NULL)
		return -1;
	if (merge) {
		json_push(merges, v);
		return 0;
	}
	v->key = name;
	map_put(seen, name, v);
	json_push(o, v);
	return 0;
}

static int
read_members(
    struct yaml *y, struct json *o, struct map *seen, int depth, struct err *e)
{
	struct json merges = { .type = JSON_ARRAY };
	struct json *next;
	yaml_event_t ev;
	int status;

	for (;;) {
		if (next_event(y, &ev, e) == -1)
			return -1;
		if (ev.type == YAML_MAPPING_END_EVENT)
			break;
		status = read_member(y, &ev, o, &merges, seen, depth, e);
		yaml_event_delete(&ev);
		if (status == -1)
			return -1;
	}
	yaml_event_delete(&ev);
	for (struct json *m = merges.child; m != NULL; m = next) {
		next = m->next;
		if (merge_map(o, m, seen) == -1)
			return err_set(e, ST_DATA,
			    "%s:%d: << wants a map or a list of maps", y->name,
			    m->line);
	}
	return 0;
}

static int
read_map(struct yaml *y, struct json *o, int depth, struct err *e)
{
	struct map seen = { 0 };
	int status = read_members(y, o, &seen, depth, e);

	map_fini(&seen);
	return status;
}

/* A list or a map, whose start event this is. */
static int
read_collection(struct yaml *y, const yaml_event_t *ev, struct json *v,
    int depth, struct err *e)
{
	int map = ev->type == YAML_MAPPING_START_EVENT;
	const char *tag = (const char *)(map ? ev->data.mapping_start.tag
					     : ev->data.sequence_start.tag);

	if (depth == DEPTH_MAX)
		return node_err(y, ev, "nested too deeply", "", e);
	if (tag != NULL && strcmp(tag, "!") != 0 &&
	    strcmp(tag, map ? TAG "map" : TAG "seq") != 0)
		return node_err(y, ev, "unknown or wrong tag", tag, e);
	v->type = map ? JSON_OBJECT : JSON_ARRAY;
	return map ? read_map(y, v, depth + 1, e)
		   : read_list(y, v, depth + 1, e);
}

/* The value that starts with this event, which stays the caller's. */
static struct json *
read_node(struct yaml *y, const yaml_event_t *ev, int depth, struct err *e)
{
	const yaml_char_t *anchor = NULL;
	struct json *v;
	int status;

	if (ev->type == YAML_ALIAS_EVENT)
		return read_alias(y, ev, depth, e);
	v = json_new(y->arena, JSON_NULL);
	v->line = (int)(y->lines + ev->start_mark.line) + 1;
	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		status = read_scalar(y, ev, v, e);
	} else {
		anchor = ev->type == YAML_MAPPING_START_EVENT
		    ? ev->data.mapping_start.anchor
		    : ev->data.sequence_start.anchor;
		status = read_collection(y, ev, v, depth, e);
	}
	if (status == -1)
		return NULL;
	if (anchor != NULL)
		map_put(&y->anchors, (const char *)anchor, v);
	return v;
}

/* The document behind its start event. */
static struct json *
read_document(struct yaml *y, struct err *e)
{
	struct json *doc;
	yaml_event_t ev;

	if (next_event(y, &ev, e) == -1)
		return NULL;
	doc = read_node(y, &ev, 0, e);
	yaml_event_delete(&ev);
	if (doc == NULL || next_event(y, &ev, e) == -1)
		return NULL;
	assert(ev.type == YAML_DOCUMENT_END_EVENT);
	yaml_event_delete(&ev);
	return doc;
}

/* Read events up to the next document or the end of the stream. */
static int
read_next(struct yaml *y, struct json **doc, struct err *e)
{
	yaml_event_type_t type;
	yaml_event_t ev;

	do {
		if (next_event(y, &ev, e) == -1)
			return -1;
		type = ev.type;
		yaml_event_delete(&ev);
	} while (type == YAML_STREAM_START_EVENT);
	if (type != YAML_DOCUMENT_START_EVENT)
		return 0;
	return (*doc = read_document(y, e)) == NULL ? -1 : 1;
}

/* Give the parser the next part.  Returns 1, 0 behind the last, or -1. */
static int
open_part(struct yaml *y, struct err *e)
{
	size_t end = yaml_part_end(y->text, y->n, y->to);

	if (y->to == y->n)
		return 0;
	if (!yaml_parser_initialize(&y->parser))
		return err_set(e, ST_RETRY, "%s: out of memory", y->name);
	y->lines += yaml_part_lines(y->text + y->from, y->to - y->from);
	y->from = y->to;
	y->to = end;
	y->documents = 0;
	y->parsing = 1;
	yaml_parser_set_input_string(&y->parser,
	    (const unsigned char *)y->text + y->from, end - y->from);
	return 1;
}

static void
close_part(struct yaml *y)
{
	if (y->parsing)
		yaml_parser_delete(&y->parser);
	y->parsing = 0;
}

/* JSON that is no YAML to libyaml, such as escaped surrogate pairs. */
static struct json *
read_json(const struct yaml *y)
{
	const char *s = y->text + y->from, *end = y->text + y->to;
	struct err ignored;

	if (yaml_part_marked(s, (size_t)(end - s), "---"))
		s += 3;
	while (s < end && strchr(" \t\r\n", *s) != NULL)
		s++;
	if (y->parser.error == YAML_NO_ERROR || y->documents > 0 || s == end ||
	    (*s != '{' && *s != '['))
		return NULL;
	return json_parse(y->arena, s, (size_t)(end - s), &ignored);
}

struct yaml *
yaml_open(const char *name, const char *text, size_t n)
{
	struct yaml *y = mem_new(1, sizeof(*y));

	y->name = name;
	y->text = text;
	y->n = n;
	return y;
}

/* The next document of the part: 1, 0, or -1 and it is over. */
static int
next_of_part(struct yaml *y, struct json **doc, struct err *e)
{
	int status = read_next(y, doc, e);

	map_fini(&y->anchors);
	memset(&y->anchors, 0, sizeof(y->anchors));
	if (status == -1 && (*doc = read_json(y)) != NULL) {
		close_part(y);
		return 1;
	}
	if (status != 1)
		close_part(y);
	y->documents++;
	return status;
}

int
yaml_next(struct yaml *y, struct arena *a, struct json **doc, struct err *e)
{
	int status = 0;

	y->arena = a;
	y->copied = 0;
	while (status == 0) {
		if (!y->parsing && (status = open_part(y, e)) != 1)
			return status;
		status = next_of_part(y, doc, e);
	}
	return status;
}

void
yaml_close(struct yaml *y)
{
	if (y == NULL)
		return;
	close_part(y);
	free(y);
}
