/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <sys/random.h>

#include "uuid.h"
#include "when.h"

void
uuid_make(char out[UUID_TEXT])
{
	static const char dash[16] = { [4] = 1, [6] = 1, [8] = 1, [10] = 1 };
	unsigned char b[16] = { 0 };

	/* So few bytes come at once; without any the time still tells two
	 * requests apart. */
	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		snprintf((char *)b, sizeof(b), "%015llx",
		    (unsigned long long)when_now());
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++)
		out += snprintf(out, 4, "%s%02x", dash[i] ? "-" : "", b[i]);
}
