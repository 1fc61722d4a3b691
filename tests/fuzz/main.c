/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * The main of a fuzz target where there is no libFuzzer: it runs the target
 * over each file named, or each file of a directory named, and says how many
 * there were.  A finding ends the process, as under libFuzzer; -v names each
 * file before it is run.
 */
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct count {
	int verbose, passed, failed;
};

/* The whole file, in memory of exactly its size, so that a sanitizer sees a
 * read past the end. */
static uint8_t *
read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	struct stat st;

	if (f != NULL && fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) &&
	    (data = malloc((size_t)st.st_size)) != NULL)
		*len = fread(data, 1, (size_t)st.st_size, f);
	if (f != NULL)
		fclose(f);
	return data;
}

static void
run_file(struct count *c, const char *path)
{
	size_t len = 0;
	uint8_t *data;

	if (c->verbose)
		fprintf(stderr, "%s\n", path);
	if ((data = read_file(path, &len)) == NULL) {
		fprintf(stderr, "%s: cannot read\n", path);
		c->failed++;
		return;
	}
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	c->passed++;
}

static void
run_path(struct count *c, const char *path)
{
	struct dirent *entry;
	char name[4096];
	DIR *dir;

	if ((dir = opendir(path)) == NULL) {
		run_file(c, path);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			run_file(c, name);
	}
	closedir(dir);
}

int
main(int argc, char *argv[])
{
	const char *name = strrchr(argv[0], '/');
	struct count c = { 0 };
	int first = 1;

	if (argc > 1 && strcmp(argv[1], "-v") == 0)
		c.verbose = first++;
	for (int i = first; i < argc; i++)
		run_path(&c, argv[i]);
	printf("fuzz %s: %d passed, %d failed\n",
	    name != NULL ? name + 1 : argv[0], c.passed, c.failed);
	return c.failed > 0 || c.passed == 0;
}
