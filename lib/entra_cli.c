/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "entra_try.h"
#include "program.h"
#include "status.h"

#define CLI_MS  30000 /* it is slow to start */
#define CLI_MAX 65536

/* What it says, its first line, without the word that begins each. */
static void
first_line(struct buf *says)
{
	char *at = strstr(buf_str(says), "ERROR: ");

	if (says->len == 0)
		return;
	at = at != NULL ? at + 7 : says->data;
	at[strcspn(at, "\r\n")] = '\0';
	memmove(says->data, at, strlen(at) + 1);
}

/* Whoever is logged in with az on this machine. */
enum entra_outcome
entra_cli(struct entra_try *t)
{
	const char *tenant = entra_env("AZURE_TENANT_ID");
	const char *argv[] = { "az", "account", "get-access-token", "-o",
		"json", "--resource", t->ask->resource,
		tenant != NULL ? "--tenant" : NULL, tenant, NULL };
	struct buf out = { 0 }, says = { 0 };
	enum entra_outcome oc = ENTRA_GOT;
	struct err e;
	int rc = program_run(argv, CLI_MS, CLI_MAX, &out, &says, &e);

	if (rc == -1)
		oc = entra_fail(t,
		    e.code == ST_CONFIG ? ENTRA_ABSENT : ENTRA_TROUBLE, "%s",
		    e.msg);
	else if (rc != 0) {
		first_line(&says);
		oc = entra_fail(t, ENTRA_ABSENT, "%.200s", buf_str(&says));
	} else if (entra_read_token(t->out, buf_str(&out), out.len) == -1)
		oc = entra_fail(t, ENTRA_TROUBLE,
		    "what it writes is no token with an expiry");
	if (out.data != NULL)
		explicit_bzero(out.data, out.cap);
	buf_fini(&out);
	buf_fini(&says);
	return oc;
}
