/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "done.h"
#include "io.h"
#include "log.h"
#include "receipt.h"
#include "status.h"

static const char *
window_key(struct arena *a, const char *resource, ticks start, ticks end,
    const char *destination)
{
	return arena_printf(a, "%s %" PRId64 " %" PRId64 " %s", resource, start,
	    end, destination);
}

static int
take(struct done *d, const char *line, size_t n, struct err *e)
{
	struct receipt r;
	const char *resource;

	if (receipt_read(&d->arena, line, n, &r, e) == -1)
		return -1;
	if (r.status == RECEIPT_DELIVERED || r.status == RECEIPT_REJECTED) {
		resource = arena_printf(&d->arena, "%s/%s%s%s", r.w.namespace,
		    r.w.name, r.w.rule[0] != '\0' ? "+" : "", r.w.rule);
		map_put(&d->windows,
		    window_key(
			&d->arena, resource, r.w.start, r.w.end, r.destination),
		    d);
	}
	arena_reset(&d->arena);
	return 0;
}

int
done_read(struct done *d, const char *path, struct err *e)
{
	struct io in;
	char *line;
	size_t n;
	int fd, more, bad = 0;

	*d = (struct done){ 0 };
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_sys(e, ST_CONFIG, "--done %s", path);
	io_init(&in, fd, path);
	while ((more = io_next(&in, &line, &n, e)) == 1 && bad == 0)
		if ((bad = take(d, line, n, e)) == -1)
			err_wrap(e, "%s:%ld", path, in.line);
	if (more == -1 && in.eof)
		log_warn("torn last receipt left out", KV_S("file", path));
	else if (more == -1)
		bad = -1;
	io_fini(&in);
	close(fd);
	return bad;
}

int
done_has(struct done *d, const char *resource, ticks start, ticks end,
    const char *destination)
{
	int has = map_get(&d->windows,
		      window_key(&d->arena, resource, start, end,
			  destination)) != NULL;

	arena_reset(&d->arena);
	return has;
}

void
done_fini(struct done *d)
{
	map_fini(&d->windows);
	arena_fini(&d->arena);
}
