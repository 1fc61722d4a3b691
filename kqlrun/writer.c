/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "status.h"
#include "writer.h"

#define PIECE (64 << 10) /* bytes read from the spool at once */
#define TURN  16         /* writes before others have their turn */

/* Only pipes and sockets can make a writer wait for a reader. */
static int
can_block(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

void
writer_init(struct writer *o, int fd)
{
	*o = (struct writer){ .fd = fd, .flags = -1 };
	if (can_block(fd) && (o->flags = fcntl(fd, F_GETFL)) != -1)
		fcntl(fd, F_SETFL, o->flags | O_NONBLOCK);
}

void
writer_fini(struct writer *o)
{
	if (o->flags != -1)
		fcntl(o->fd, F_SETFL, o->flags);
	buf_fini(&o->text);
	buf_fini(&o->tail);
	buf_fini(&o->later);
}

struct buf *
writer_lines(struct writer *o)
{
	return o->body != NULL ? &o->later : &o->text;
}

int
writer_ready(const struct writer *o)
{
	return o->body == NULL && o->text.len - o->done < PIECE;
}

int
writer_waits(const struct writer *o)
{
	return o->body != NULL || o->text.len > 0;
}

void
writer_window(struct writer *o, const struct buf *head, struct spool *body,
    const struct buf *tail)
{
	assert(o->body == NULL);
	buf_add(&o->text, head->data, head->len);
	o->body = body;
	buf_add(body != NULL ? &o->tail : &o->text, tail->data, tail->len);
}

/* Fill text, which is empty, from what comes next. */
static int
refill(struct writer *o, struct err *e)
{
	ssize_t n;

	if (o->body == NULL)
		return 0;
	n = spool_next(o->body, buf_reserve(&o->text, PIECE), PIECE, e);
	if (n == -1)
		return -1;
	o->text.len = (size_t)n;
	if (n > 0)
		return 0;
	o->body = NULL;
	buf_add(&o->text, o->tail.data, o->tail.len);
	buf_add(&o->text, o->later.data, o->later.len);
	buf_reset(&o->tail);
	buf_reset(&o->later);
	return 0;
}

int
writer_pump(struct writer *o, struct err *e)
{
	ssize_t n;

	for (int i = 0; i < TURN; i++) {
		if (o->text.len == 0 && refill(o, e) == -1)
			return -1;
		if (o->text.len == 0)
			return 0;
		n = write(o->fd, o->text.data + o->done, o->text.len - o->done);
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n == -1 && errno != EINTR)
			return err_sys(e, ST_RETRY, "stdout");
		if (n > 0)
			o->done += (size_t)n;
		if (o->done == o->text.len) {
			buf_reset(&o->text);
			o->done = 0;
		}
	}
	return 0;
}
