/* SPDX-License-Identifier: MIT */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"

/*
 * JSON read two ways: a small tree for control lines, resources and settings,
 * and a stream of events for data of any size.  Numbers keep their text, so
 * 64-bit integers and decimals are exact.
 */
enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

/* A value of a tree; it lives in an arena.  Members keep their order. */
struct json {
	enum json_type type;
	int line : 31;      /* from 1 where it stood, when known */
	unsigned cut : 1;   /* its name has a NUL, where key ends */
	const char *key;    /* its name when a member, else NULL */
	const char *str;    /* a string's bytes, a number's text; ends in NUL */
	size_t len;         /* bytes of str (a string may hold NULs) */
	struct json *child; /* first element or member */
	struct json *last;  /* last of them */
	struct json *next;  /* the next sibling */
};

/*
 * Read one value and nothing behind it but blanks.  Returns NULL with ST_DATA
 * and where it went wrong; bytes that are no UTF-8 are refused.
 */
struct json *json_parse(struct arena *, const char *, size_t n, struct err *);

/* A member, or NULL; also NULL when o is NULL or no object. */
struct json *json_get(const struct json *o, const char *key);

/* A member's value when it has that type; else the fallback. */
const char *json_get_str(
    const struct json *o, const char *key, const char *fallback);
int json_get_bool(const struct json *o, const char *key, int fallback);
int64_t json_get_int(const struct json *o, const char *key, int64_t fallback);

/* The value as an integer.  Returns 0, or -1 if it is none. */
int json_int(const struct json *, int64_t *);

size_t json_count(const struct json *); /* elements or members; NULL: 0 */

/* Building: new values in the arena, put behind what is there. */
struct json *json_new(struct arena *, enum json_type);
struct json *json_new_str(struct arena *, const char *); /* copied */
struct json *json_new_int(struct arena *, int64_t);
struct json *json_new_bool(struct arena *, int);
void json_push(struct json *array, struct json *v);

/* Set a member: replaces one of that name in place, else adds (key copied). */
void json_set(struct arena *, struct json *o, const char *key, struct json *v);
void json_del(struct json *o, const char *key);

/* Append the tree to b as compact JSON. */
void json_write(struct buf *b, const struct json *);

/* Append a string with its quotes, escaped; bytes must be UTF-8. */
void json_write_str(struct buf *b, const char *, size_t n);

/*
 * The stream.  Each function gets the ctx of json_stream_new and returns 0 to
 * go on or -1 to stop: json_stream_feed then returns -1, e left as the
 * function's own error wants it.  Strings are borrowed for the call.
 */
struct json_events {
	int (*null)(void *ctx);
	int (*boolean)(void *ctx, int v);
	int (*number)(void *ctx, const char *text, size_t n);
	int (*string)(void *ctx, const char *, size_t n);
	int (*key)(void *ctx, const char *, size_t n);
	int (*start_object)(void *ctx);
	int (*end_object)(void *ctx);
	int (*start_array)(void *ctx);
	int (*end_array)(void *ctx);
};

struct json_stream;

/* Read a sequence of values (any number, blanks between). */
struct json_stream *json_stream_new(const struct json_events *, void *ctx);

/* Feed bytes as they come.  Returns 0, or -1: bad JSON sets ST_DATA in e. */
int json_stream_feed(
    struct json_stream *, const char *, size_t n, struct err *);

/* No more bytes: a value that is not complete is an error.  The stream can
 * then be used afresh. */
int json_stream_end(struct json_stream *, struct err *);
void json_stream_free(struct json_stream *);

#endif
