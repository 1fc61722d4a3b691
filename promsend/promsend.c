/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "log.h"
#include "opts.h"
#include "remote_write.h"
#include "sending.h"
#include "status.h"

struct opts {
	const char *protocol;
	struct sending send;
};

static const struct opt table[] = {
	{ "protocol", 0, OPT_STR, offsetof(struct opts, protocol), "1|2|auto",
	    "of remote write (auto: the newest it takes)", 0, 0 },
	{ "utf8", 0, OPT_FLAG, offsetof(struct opts, send.utf8), NULL,
	    "keep other characters in names, do not write _", 0, 0 },
	{ 0 },
};

static const struct opt_tool tool = {
	.name = "promsend",
	.synopsis = "[option ...] URL",
	.summary = "send Prometheus text by remote write",
	.table = table,
	.more = sending_table,
	.more_at = offsetof(struct opts, send),
	.common = offsetof(struct opts, send.common),
	.min_args = 1,
	.max_args = 1,
};

static struct metric metrics[] = {
	SENDING_METRICS("promsend"),
	[SENT_ALIVE] = { 0 },
};

static int
run(const struct opts *o, const char *url, struct err *e)
{
	struct remote remote = { .url = url };
	struct sending_tool t = { .name = "promsend",
		.user_agent = "kqlpipe-promsend/" VERSION,
		.codec = remote_codec(&remote),
		.metrics = metrics };
	int status = -1;

	if (remote_protocol(&remote, o->protocol, e) == 0)
		status = sending_run(&o->send, &t, url, e);
	remote_fini(&remote);
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = { .protocol = "auto", .send = SENDING_DEFAULTS };
	int arg = opts_parse(&tool, argc, argv, &o), status;
	struct err e;

	if ((status = run(&o, argv[arg], &e)) == -1)
		status = log_fail(&e);
	return status;
}
