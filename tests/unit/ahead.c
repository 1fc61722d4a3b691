/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ahead.h"
#include "check.h"
#include "status.h"

#define WINDOW "# @window {\"x\":1}\n"
#define END    "# @end {}\n"

static struct err e;

struct pipe_in {
	struct ahead ahead;
	int fd; /* to write to */
};

static void
begin(struct pipe_in *p, size_t limit)
{
	int fds[2];

	if (pipe(fds) == -1)
		abort();
	p->fd = fds[1];
	ahead_init(&p->ahead, fds[0], limit, "t");
}

static void
end(struct pipe_in *p)
{
	close(p->ahead.in.fd);
	if (p->fd != -1)
		close(p->fd);
	ahead_fini(&p->ahead);
}

/* Put text in and let it be read, as long as it goes in. */
static void
put(struct pipe_in *p, const char *text)
{
	size_t n = strlen(text);

	if (write(p->fd, text, n) != (ssize_t)n ||
	    ahead_read(&p->ahead, &e) != 1)
		abort();
}

/* The next line, or "nothing". */
static const char *
next(struct pipe_in *p)
{
	size_t n;
	char *line = ahead_take(&p->ahead, &n, &e);

	return line != NULL ? line : n > 0 ? e.msg : "nothing";
}

static void
lines(void)
{
	struct pipe_in p;

	begin(&p, 1000);
	CHECK_STR(next(&p), "nothing");
	put(&p, "a 1\nb");
	CHECK_STR(next(&p), "a 1");
	CHECK_STR(next(&p), "nothing");
	put(&p, " 2\n\n# c\n");
	CHECK_INT(ahead_size(&p.ahead), 9);
	CHECK_STR(next(&p), "b 2");
	CHECK_STR(next(&p), "");
	CHECK_STR(next(&p), "# c");
	CHECK_INT(ahead_size(&p.ahead), 0);
	put(&p, "torn");
	close(p.fd);
	p.fd = -1;
	CHECK_INT(ahead_read(&p.ahead, &e), -1);
	CHECK_INT(e.code, ST_DATA);
	end(&p);
}

/* A window that does not fit behind another keeps its ends alone. */
static void
full(void)
{
	struct pipe_in p;

	begin(&p, 60);
	put(&p, WINDOW "a 1\n" END);
	put(&p, WINDOW "b 1\n");
	put(&p, "b 2\nb 3\nb 4\nb 5\n");
	put(&p, "b 6\n" END WINDOW END);
	CHECK_STR(next(&p), "# @window {\"x\":1}");
	CHECK_STR(next(&p), "a 1");
	CHECK_STR(next(&p), "# @end {}");
	CHECK_STR(next(&p), "# @window {\"x\":1}");
	CHECK(strstr(next(&p), "\"code\":\"Full\"") != NULL);
	CHECK_STR(next(&p), "# @window {\"x\":1}");
	CHECK_STR(next(&p), "# @end {}");
	CHECK_STR(next(&p), "nothing");
	end(&p);
}

/* One that is alone is not dropped but waited for. */
static void
alone(void)
{
	struct pipe_in p;

	begin(&p, 40);
	put(&p, WINDOW);
	CHECK(ahead_wants(&p.ahead, 0));
	CHECK_STR(next(&p), "# @window {\"x\":1}");
	put(&p, "a 1\na 2\na 3\na 4\na 5\n");
	CHECK(ahead_wants(&p.ahead, 0));
	put(&p, "b 1\nb 2\nb 3\nb 4\nb 5\n");
	CHECK(!ahead_wants(&p.ahead, 0));
	CHECK(!ahead_wants(&p.ahead, 1000000));
	for (int i = 0; i < 5; i++)
		next(&p);
	CHECK(ahead_wants(&p.ahead, 0));
	for (int i = 0; i < 4; i++)
		next(&p);
	CHECK_STR(next(&p), "b 5");
	end(&p);
}

/* What memory does not hold goes through the file, in order, round it. */
static void
through_file(void)
{
	static char text[40001];
	struct pipe_in p;
	long in = 0, out = 0;
	int bad = 0;

	begin(&p, 4 << 20);
	p.ahead.ring = 3 << 20; /* so that it goes round */
	put(&p, WINDOW);
	next(&p);
	while (out < 1000000) {
		for (int k = 0; k < 20 && in < 1000000; k++) {
			size_t n = 0;

			while (n < sizeof(text) - 20)
				n += (size_t)sprintf(text + n, "%ld\n", in++);
			put(&p, text);
		}
		for (int k = 0; k < 50000 && out < in; k++)
			bad += atol(next(&p)) != out++;
	}
	CHECK_INT(bad, 0);
	CHECK(p.ahead.file_in > p.ahead.ring);
	while (out < in)
		bad += atol(next(&p)) != out++;
	CHECK_INT(bad, 0);
	CHECK_STR(next(&p), "nothing");
	end(&p);
}

/* Memory may be full for a moment before the file is used. */
static void
patience(void)
{
	static char text[40001];
	struct pipe_in p;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 2] = '\n';
	begin(&p, 4 << 20);
	put(&p, WINDOW);
	for (int k = 0; k < 8; k++)
		put(&p, text);
	CHECK(!ahead_wants(&p.ahead, 5000));
	CHECK(!ahead_wants(&p.ahead, 5999));
	CHECK(ahead_wants(&p.ahead, 6000));
	end(&p);
}

int
main(void)
{
	lines();
	full();
	alone();
	through_file();
	patience();
	return check_end("ahead");
}
