/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

/*
 * The yardstick of rows.bash: yajl reads standard input with a callback for
 * each event that does nothing.  No program that decodes JSON with yajl can
 * take less.
 */
static int
on_null(void *ctx)
{
	(void)ctx;
	return 1;
}

static int
on_boolean(void *ctx, int v)
{
	(void)v;
	return on_null(ctx);
}

static int
on_number(void *ctx, const char *s, size_t n)
{
	(void)s;
	(void)n;
	return on_null(ctx);
}

static int
on_string(void *ctx, const unsigned char *s, size_t n)
{
	return on_number(ctx, (const char *)s, n);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_map_key = on_string,
	.yajl_start_map = on_null,
	.yajl_end_map = on_null,
	.yajl_start_array = on_null,
	.yajl_end_array = on_null,
};

int
main(void)
{
	static unsigned char bytes[65536];
	yajl_handle y = yajl_alloc(&callbacks, NULL, NULL);
	yajl_status st = yajl_status_ok;
	ssize_t n;

	if (y == NULL)
		return 75;
	yajl_config(y, yajl_allow_multiple_values, 1);
	while (st == yajl_status_ok &&
	    (n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		st = yajl_parse(y, bytes, (size_t)n);
	if (st == yajl_status_ok)
		st = yajl_complete_parse(y);
	yajl_free(y);
	return st == yajl_status_ok ? 0 : 65;
}
