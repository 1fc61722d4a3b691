/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "file.h"
#include "metrics.h"

/* A tool that ends at once must still leave its last counts. */
static void
test_short_lives(const char *path)
{
	static struct metric table[] = {
		{ "x_total", "counter", "Things.", 0 },
		{ 0 },
	};
	struct buf b = { 0 };
	struct err e;

	for (int i = 0; i < 20; i++) {
		buf_reset(&b);
		CHECK_INT(metrics_start(path, "t", table, &e), 0);
		table[0].value = i + 1;
		metrics_stop();
		CHECK_INT(file_read(path, 4096, &b, &e), 0);
		CHECK_INT(atoi(strstr(buf_str(&b), "\nx_total{") +
			      strlen("\nx_total{tool=\"t\"} ")),
		    i + 1);
	}
	buf_fini(&b);
}

int
main(void)
{
	char path[] = "/tmp/kqlpipe-metrics.XXXXXX";

	close(mkstemp(path));
	test_short_lives(path);
	unlink(path);
	return check_end("metrics");
}
