/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "files.h"
#include "status.h"

#define WRITE_EVERY_MS 200 /* the least time between two writes */

static int
take_receipt(
    struct keeper *k, const struct receipt *r, struct line line, struct err *e)
{
	struct files *f = (struct files *)k;

	(void)line;
	return states_apply(&f->states, r, when_now(), e);
}

static int
take_condition(struct keeper *k, const struct window *w,
    const struct condition *c, struct line line, struct err *e)
{
	struct files *f = (struct files *)k;

	(void)line;
	return states_set_condition(&f->states, w, c, when_now(), e);
}

static int
work(struct keeper *k, int hurry, struct err *e)
{
	struct files *f = (struct files *)k;

	if (k->said == k->taken || (!hurry && when_mono_ms() < f->next))
		return 0;
	k->metrics[M_WRITES].value += f->states.dirty > 0;
	if (states_write(&f->states, when_now(), e) == -1)
		return -1;
	k->said = k->taken;
	f->next = when_mono_ms() + WRITE_EVERY_MS;
	return 0;
}

static int
wait_input(struct keeper *k, struct pollfd *fd, struct err *e)
{
	struct files *f = (struct files *)k;
	int64_t ms = k->said < k->taken ? f->next - when_mono_ms() : -1;

	fd->revents = 0;
	if (k->said < k->taken && ms < 0)
		ms = 0;
	if (poll(fd, 1, (int)ms) == -1 && errno != EINTR)
		return err_sys(e, ST_RETRY, "stdin");
	return 0;
}

static int
finish(struct keeper *k, struct err *e)
{
	struct files *f = (struct files *)k;

	if (work(k, 1, e) == -1)
		return -1;
	if (f->states.dirty > 0)
		return err_set(e, ST_CONFIG, "%zu status files not written",
		    f->states.dirty);
	return 0;
}

static size_t
owed(const struct keeper *k)
{
	return states_owed(&((const struct files *)k)->states);
}

int
files_open(
    struct files *f, const char *dir, struct metric *metrics, struct err *e)
{
	static const struct keeper_ops ops = { take_receipt, take_condition,
		work, wait_input, finish, owed };

	*f = (struct files){ .keeper = { .ops = &ops, .metrics = metrics } };
	if (states_open(&f->states, dir, e) == -1)
		return -1;
	f->keeper.ready = 1;
	return 0;
}

void
files_fini(struct files *f)
{
	states_fini(&f->states);
}
