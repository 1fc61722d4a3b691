/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cel/fns.h"

const struct cel_fn *const cel_fns[] = { cel_fns_operator, cel_fns_text,
	cel_fns_convert, cel_fns_time, NULL };

const struct cel_fn *
cel_fn_find(const char *name)
{
	for (const struct cel_fn *const *family = cel_fns; *family != NULL;
	     family++)
		for (const struct cel_fn *f = *family; f->name != NULL; f++)
			if (strcmp(f->name, name) == 0)
				return f;
	return NULL;
}

/* The end of the type at s. */
static const char *
pass_type(const char *s)
{
	if (*s == 'L' || *s == 'T')
		return pass_type(s + 1);
	return *s == 'M' ? pass_type(pass_type(s + 1)) : s + 1;
}

static int
takes(char type, enum cel_kind k)
{
	static const char letters[] = {
		[CK_NULL] = 'n',
		[CK_BOOL] = 'b',
		[CK_INT] = 'i',
		[CK_UINT] = 'u',
		[CK_DOUBLE] = 'd',
		[CK_STRING] = 's',
		[CK_BYTES] = 'y',
		[CK_TIMESTAMP] = 't',
		[CK_DURATION] = 'D',
		[CK_LIST] = 'L',
		[CK_MAP] = 'M',
		[CK_TYPE] = 'T',
	};

	return strchr("AB*", type) != NULL || letters[k] == type;
}

int
cel_fn_takes(const char *s, const struct cel_value *args, int n)
{
	s += strspn(s, ".~");
	for (; n > 0 && *s != '>'; n--, args++) {
		if (!takes(*s, args->kind))
			return 0;
		s = pass_type(s);
	}
	return n == 0 && *s == '>';
}
