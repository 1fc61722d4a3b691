/* SPDX-License-Identifier: MIT */
#ifndef ERR_H
#define ERR_H

/*
 * An error as a value.  It allocates nothing and needs no freeing; code is
 * already the exit status (status.h), msg has no newline and no full stop.
 * A function that can fail takes one last and returns 0 or -1 (or NULL).
 */
struct err {
	int code;
	char msg[512];
};

/* Set e to a message.  Returns -1, so that callers can return it. */
int err_set(struct err *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * code, or ST_RETRY when errno says that the machine is short of something
 * (memory, room, descriptors) or fails: that may pass.
 */
int err_code(int code);

/* Set e to a message, a colon and errno's text, by err_code.  Returns -1. */
int err_sys(struct err *e, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put context and a colon in front of e's message.  Returns -1. */
int err_wrap(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Trouble with a file of settings: ST_CONFIG, unless it may pass. */
void err_config(struct err *e);

#endif
