/* SPDX-License-Identifier: MIT */
#ifndef LOG_H
#define LOG_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/*
 * Logs: one line on stderr, logfmt or JSON, in one write(2) of at most 2,048
 * bytes, so that stages which share stderr do not mix.  msg is constant text
 * (it greps); what varies is a key.  Never a token, never a whole body.
 */
enum log_level {
	LV_ERROR, /* the exit status will not be 0 */
	LV_WARN,  /* a record was lost or is tried again */
	LV_INFO,  /* one line a batch or change of state */
	LV_DEBUG, /* the rest */
};

/* A key and its value; make one with KV_S, KV_I or KV_F. */
struct log_kv {
	const char *key;
	enum {
		LOG_STR,
		LOG_INT,
		LOG_REAL
	} type;
	const char *s;
	int64_t i;
	double f;
};

#define KV_S(k, v)                                    \
	(struct log_kv)                               \
	{                                             \
		.key = (k), .type = LOG_STR, .s = (v) \
	}
#define KV_I(k, v)                                    \
	(struct log_kv)                               \
	{                                             \
		.key = (k), .type = LOG_INT, .i = (v) \
	}
#define KV_F(k, v)                                     \
	(struct log_kv)                                \
	{                                              \
		.key = (k), .type = LOG_REAL, .f = (v) \
	}

#define LOG_KVS(...)                       \
	(const struct log_kv[])            \
	{                                  \
		__VA_ARGS__ __VA_OPT__(, ) \
		{                          \
			0                  \
		}                          \
	}
#define log_error(msg, ...) log_line(LV_ERROR, msg, LOG_KVS(__VA_ARGS__))
#define log_warn(msg, ...)  log_line(LV_WARN, msg, LOG_KVS(__VA_ARGS__))
#define log_info(msg, ...)  log_line(LV_INFO, msg, LOG_KVS(__VA_ARGS__))
#define log_debug(msg, ...) log_line(LV_DEBUG, msg, LOG_KVS(__VA_ARGS__))

/* Name the tool (borrowed for good), the least level and the format. */
void log_init(const char *tool, enum log_level least, int json);

/* Whether stderr is a terminal on which somebody rewrites a line in place: each
 * line of log then takes its place first. */
void log_over(int on);

/* Write a line; kv ends with a NULL key.  Use the macros above. */
void log_line(enum log_level, const char *msg, const struct log_kv *kv);

/* Log e as the reason a run ends.  Returns e->code, an exit status. */
int log_fail(const struct err *e);

#endif
