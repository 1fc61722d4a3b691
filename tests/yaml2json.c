/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "file.h"
#include "status.h"
#include "yaml.h"

/* Print each document of the text as a line of JSON. */
static int
print(const char *name, const struct buf *text, struct err *e)
{
	struct yaml *y = yaml_open(name, text->data, text->len);
	struct arena a = { 0 };
	struct buf line = { 0 };
	struct json *doc;
	int more;

	while ((more = yaml_next(y, &a, &doc, e)) == 1) {
		line.len = 0;
		json_write(&line, doc);
		puts(buf_str(&line));
	}
	yaml_close(y);
	buf_fini(&line);
	arena_fini(&a);
	return more;
}

/* yaml2json FILE: each document as a line of JSON, for tests to ask jq. */
int
main(int argc, char *argv[])
{
	struct buf text = { 0 };
	struct err e;
	int status = argc == 2 ? 0 : -1;

	err_set(&e, ST_USAGE, "usage: yaml2json FILE");
	if (status == 0)
		status = file_read(argv[1], 1 << 24, &text, &e);
	if (status == 0)
		status = print(argv[1], &text, &e);
	if (status == -1)
		fprintf(stderr, "%s\n", e.msg);
	buf_fini(&text);
	return status == -1 ? e.code : 0;
}
