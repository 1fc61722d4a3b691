/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cel/fns.h"

/*
 * What expressions may use, from the evaluator's own tables.
 *
 *	cel_manual page <page	the manual page, its lists written anew: each
 *				between .\" list WHAT and .\" end
 *	cel_manual words	the dictionary of the fuzz target
 */

static const char *
type_name(char letter)
{
	static const struct {
		char letter;
		const char *name;
	} all[] = { { 'b', "bool" }, { 'i', "int" }, { 'u', "uint" },
		{ 'd', "double" }, { 's', "string" }, { 'y', "bytes" },
		{ 't', "timestamp" }, { 'D', "duration" }, { 'L', "list" },
		{ 'M', "map" }, { 'T', "type" }, { '*', "dyn" } };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].letter == letter)
			return all[i].name;
	return "any";
}

/* The type at s, of which only the outermost counts. */
static const char *
pass(const char *s)
{
	if (*s == 'L' || *s == 'T')
		return pass(s + 1);
	return *s == 'M' ? pass(pass(s + 1)) : s + 1;
}

/* Letters of the types that argument n has in any signature; '>' at the end:
 * that of the result. */
static void
types_at(const struct cel_fn *f, int member, int n, char out[32])
{
	size_t len = 0;

	for (const char *const *sig = f->signatures; *sig != NULL; sig++) {
		const char *s = *sig + (**sig == '.');

		if (*s == '~' || (**sig == '.') != member)
			continue;
		for (int i = 0; i < n && *s != '>'; i++)
			s = pass(s);
		if (memchr(out, *s, len) == NULL)
			out[len++] = *s;
	}
	out[len] = '\0';
}

static void
print_types(const char *letters)
{
	const char *between = "";

	for (; *letters != '\0'; letters++) {
		if (*letters == '>')
			continue;
		printf("%s%s", between, type_name(*letters));
		between = "|";
	}
}

/* name(types, types) or types.name(types); what may be left out in []. */
static int
print_form(const struct cel_fn *f, int member)
{
	char letters[32];
	int n = 0;

	types_at(f, member, 0, letters);
	if (*letters == '\0')
		return 0;
	printf(".It\n.Li \"");
	if (member) {
		printf("%s", letters[1] != '\0' ? "(" : "");
		print_types(letters);
		printf("%s", letters[1] != '\0' ? ")." : ".");
		n = 1;
	}
	printf("%s(", f->name);
	for (;; n++) {
		types_at(f, member, n, letters);
		if (strcmp(letters, ">") == 0)
			break;
		printf("%s%s", n > member ? ", " : "",
		    strchr(letters, '>') != NULL ? "[" : "");
		print_types(letters);
		printf("%s", strchr(letters, '>') != NULL ? "]" : "");
	}
	puts(")\"");
	return 1;
}

static void
list_functions(void)
{
	puts(".Bl -item -compact -offset indent");
	for (const struct cel_fn *const *t = cel_fns; *t != NULL; t++)
		for (const struct cel_fn *f = *t; f->name != NULL; f++)
			if (isalpha((unsigned char)*f->name)) {
				print_form(f, 0);
				print_form(f, 1);
			}
	puts(".El");
}

static void
write_page(void)
{
	static const char mark[] = ".\\\" list functions\n";
	static const char end[] = ".\\\" end\n";
	char line[2000];
	int inside = 0;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(line, end) == 0)
			inside = 0;
		if (!inside)
			fputs(line, stdout);
		if (strcmp(line, mark) == 0) {
			inside = 1;
			list_functions();
		}
	}
}

static void
write_words(void)
{
	static const char *const others[] = { "labels", "region", "has(",
		".all(", ".exists(", ".exists_one(", ".map(", ".filter(",
		" in ", "&&", "||", "==", "!=", "<=", ">=", "true", "false",
		"null", "b'", "r'", "'''", "0x", "1u", "1e9",
		"google.protobuf.Timestamp", "2024-01-01T00:00:00Z", "(?i)",
		"[[:alpha:]]", "//", "9223372036854775807", NULL };

	for (const struct cel_fn *const *t = cel_fns; *t != NULL; t++)
		for (const struct cel_fn *f = *t; f->name != NULL; f++)
			if (isalpha((unsigned char)*f->name))
				printf("\"%s(\"\n", f->name);
	for (const char *const *w = others; *w != NULL; w++)
		printf("\"%s\"\n", *w);
}

int
main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "page") == 0)
		write_page();
	else if (argc == 2 && strcmp(argv[1], "words") == 0)
		write_words();
	else
		return 1;
	return 0;
}
