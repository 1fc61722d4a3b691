/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../kqlrun/kusto_auth.h"
#include "buf.h"
#include "check.h"
#include "child.h"
#include "entra_try.h"
#include "log.h"
#include "program.h"
#include "status.h"

/* Answers with a token "t", and for how many seconds it holds; -1: refused. */
static const struct {
	const char *text;
	long life, refresh;
} texts[] = {
	{ "{\"access_token\":\"t\",\"expires_in\":3599}", 3599, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":\"86399\"}", 86399, 0 },
	{ "{\"expires_in\":9,\"refresh_in\":\"4\","
	  "\"access_token\":\"t\"}",
	    9, 4 },
	{ "{\"access_token\":\"t\",\"expires_in\":9,"
	  "\"refresh_in\":10}",
	    9, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":9,"
	  "\"refresh_in\":-1}",
	    9, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":"
	  "9223372036854775807}",
	    31536000, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":0}", -1, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":-5}", -1, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":\"soon\"}", -1, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":1.5}", -1, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":true}", -1, 0 },
	{ "{\"access_token\":\"t\",\"expires_on\":"
	  "-9223372036854775808}",
	    -1, 0 },
	{ "{\"access_token\":\"t\",\"expires_on\":\"1\"}", -1, 0 },
	{ "{\"access_token\":\"t\"}", -1, 0 },
	{ "{\"access_token\":\"\",\"expires_in\":9}", -1, 0 },
	{ "{\"access_token\":\"t t\",\"expires_in\":9}", -1, 0 },
	{ "{\"access_token\":\"t\\r\\nX: y\",\"expires_in\":9}", -1, 0 },
	{ "{\"access_token\":\"t\\u0000\",\"expires_in\":9}", -1, 0 },
	{ "{\"access_token\":\"\xc3\xa9\",\"expires_in\":9}", -1, 0 },
	{ "{\"access_token\":5,\"expires_in\":9}", -1, 0 },
	{ "{\"access_token\":null,\"expires_in\":9}", -1, 0 },
	{ "{\"accessToken\":\"t\",\"expiresOn\":"
	  "\"9999-01-01 00:00:00.000000\"}",
	    31536000, 0 },
	{ "{\"accessToken\":\"t\",\"expiresOn\":"
	  "\"2001-01-01 00:00:00\"}",
	    -1, 0 },
	{ "{\"accessToken\":\"t\",\"expiresOn\":\"tomorrow\"}", -1, 0 },
	{ "[\"t\"]", -1, 0 },
	{ "null", -1, 0 },
	{ "", -1, 0 },
	{ "{\"access_token\":\"t\",\"expires_in\":9", -1, 0 },
	{ "<html>t</html>", -1, 0 },
};

static void
answers(void)
{
	static struct entra_answer a;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *s = texts[i].text;

		memset(&a, 0, sizeof(a));
		CHECK_INT(entra_read_token(&a, s, strlen(s)),
		    texts[i].life < 0 ? -1 : 0);
		CHECK_STR(a.token, texts[i].life < 0 ? "" : "t");
		if (texts[i].life >= 0) {
			CHECK_INT(a.life_ms, 1000 * texts[i].life);
			CHECK_INT(a.refresh_ms, 1000 * texts[i].refresh);
		}
	}
}

static void
long_token(size_t n, int bad)
{
	static struct entra_answer a;
	struct buf b = { 0 };

	buf_printf(&b, "{\"expires_in\":9,\"access_token\":\"");
	while (n-- > 0)
		buf_putc(&b, 'x');
	buf_puts(&b, "\"}");
	CHECK_INT(entra_read_token(&a, b.data, b.len), bad);
	buf_fini(&b);
}

#define LOGIN "https://login.microsoftonline.com"

/* What a service's word about its tokens comes to. */
static const struct {
	const char *endpoint, *login, *resource; /* login NULL: 404 */
	const char *authority, *audience;        /* authority NULL: default */
} words[] = {
	{ "https://c.kusto.windows.net", NULL, NULL, LOGIN,
	    "https://c.kusto.windows.net" },
	{ "https://C.we.Kusto.Windows.NET/x", LOGIN,
	    "https://kusto.kusto.windows.net", LOGIN,
	    "https://kusto.kusto.windows.net" },
	{ "https://c.kusto.usgovcloudapi.net", NULL, NULL,
	    "https://login.microsoftonline.us",
	    "https://c.kusto.usgovcloudapi.net" },
	{ "https://c.kusto.chinacloudapi.cn:443", NULL, NULL,
	    "https://login.partner.microsoftonline.cn",
	    "https://c.kusto.chinacloudapi.cn:443" },
	{ "https://c.kusto.sovcloud-api.fr", NULL, NULL,
	    "https://login.sovcloud-identity.fr",
	    "https://c.kusto.sovcloud-api.fr" },
	{ "https://ade.loganalytics.io/subscriptions/1", LOGIN "/",
	    "https://kusto.kusto.windows.net", LOGIN,
	    "https://kusto.kusto.windows.net" },
	/* another of Azure's */
	{ "https://c.kusto.windows.net", "https://login.microsoftonline.us",
	    "https://c.kusto.windows.net", "https://login.microsoftonline.us",
	    "https://c.kusto.windows.net" },
	/* not Azure's */
	{ "https://c.kusto.windows.net", "https://login.example",
	    "https://management.azure.com", LOGIN,
	    "https://c.kusto.windows.net" },
	{ "https://c.kusto.windows.net", "http://127.0.0.1:1",
	    "http://c.kusto.windows.net", LOGIN,
	    "https://c.kusto.windows.net" },
	{ "http://localhost:8080", "http://127.0.0.1:1",
	    "https://kusto.kusto.windows.net", "http://127.0.0.1:1",
	    "https://kusto.kusto.windows.net" },
};

static void
services(void)
{

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct kusto_auth *list = NULL,
				  *a =
				      kusto_auth_find(&list, words[i].endpoint);
		struct http_reply r = { .ctx = a, .status = 404, .body = "" };
		struct token_for got;
		struct buf b = { 0 };

		if (words[i].login != NULL) {
			buf_printf(&b,
			    "{\"AzureAD\":{\"LoginEndpoint\":\"%s\","
			    "\"KustoServiceResourceId\":\"%s\"}}",
			    words[i].login, words[i].resource);
			r.status = 200;
			r.body = b.data;
			r.body_len = b.len;
		}
		CHECK_INT(kusto_auth_take(list, &r), 1);
		got = kusto_auth_for(a);
		CHECK_STR(got.authority, words[i].authority);
		if (strncasecmp(got.resource, words[i].audience,
			strlen(words[i].audience)) != 0)
			CHECK_STR(got.resource, words[i].audience);
		buf_fini(&b);
		kusto_auth_free(list);
	}
}

/* Names that only look like Azure's are asked nothing. */
static void
strangers(void)
{
	static const char *const endpoints[] = { "https://kusto.example",
		"https://xkusto.windows.net", "https://kusto.windows.net.x.y",
		"https://x.example/.kusto.windows.net",
		"https://x.example:443/a.kusto.windows.net" };
	struct kusto_auth *list = NULL;

	for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++) {
		struct kusto_auth *a = kusto_auth_find(&list, endpoints[i]);
		struct token_for got = kusto_auth_for(a);

		CHECK_INT(kusto_auth_learn(a, NULL), 0);
		CHECK(got.authority == NULL);
		CHECK(kusto_auth_wanted(a));
		CHECK(!kusto_auth_want(a));
		CHECK(kusto_auth_find(&list, endpoints[i]) == a);
	}
	kusto_auth_free(list);
}

static void
with_mfa(void)
{
	static const char said[] =
	    "{\"AzureAD\":{\"LoginMfaRequired\":true,"
	    "\"KustoServiceResourceId\":\"https://kusto.kusto.windows.net\"}}";
	struct kusto_auth *list = NULL;
	struct http_reply r = {
		.status = 200, .body = said, .body_len = sizeof(said) - 1
	};
	struct http_reply other = { .ctx = &r };

	r.ctx = kusto_auth_find(&list, "https://c.kusto.windows.net");
	CHECK_INT(kusto_auth_take(list, &other), 0);
	CHECK_INT(kusto_auth_take(list, &r), 1);
	CHECK_STR(kusto_auth_for(r.ctx).resource,
	    "https://kusto.kustomfa.windows.net");
	kusto_auth_free(list);
}

static void
work(void *ctx, int fd)
{
	const char *what = ctx;

	if (strcmp(what, "dies") == 0)
		raise(SIGKILL);
	if (strcmp(what, "hangs") == 0)
		poll(NULL, 0, -1);
	for (int i = 0; i < 20000; i++)
		if (write(fd, "0123456789", 10) != 10)
			break;
}

static void
children(void)
{
	struct child c = { 0 };
	struct err e;
	int more;

	CHECK_INT(child_start(&c, work, (char[]){ "writes" }, 60, &e), 0);
	while ((more = child_read(&c, &e)) == 1)
		poll(&(struct pollfd){ .fd = c.fd, .events = POLLIN }, 1, -1);
	CHECK_INT(more, 0);
	CHECK_INT(c.got.len, 200000);
	child_fini(&c);
	CHECK_INT(child_start(&c, work, (char[]){ "dies" }, 60, &e), 0);
	while ((more = child_read(&c, &e)) == 1)
		;
	CHECK_STR(e.msg, "its process was ended by signal 9");
	child_fini(&c);
	CHECK_INT(child_start(&c, work, (char[]){ "hangs" }, 1, &e), 0);
	poll(&(struct pollfd){ .fd = c.fd, .events = POLLIN }, 1, -1);
	CHECK_INT(child_read(&c, &e), -1);
	CHECK_STR(e.msg, "nothing came within 1 s");
	child_fini(&c);
	CHECK_INT(child_start(&c, work, (char[]){ "hangs" }, 60, &e), 0);
	CHECK_INT(child_read(&c, &e), 1);
	child_fini(&c);
}

static void
programs(void)
{
	static const char *const none[] = { "no-such-program", NULL };
	static const char *const slow[] = { "sleep", "60", NULL };
	static const char *const lists[] = { "ls", "/no such", "/proc/self/fd",
		NULL };
	struct buf out = { 0 }, says = { 0 };
	struct err e;

	CHECK_INT(program_run(none, 5000, 100, &out, &says, &e), -1);
	CHECK_INT(e.code, ST_CONFIG);
	CHECK_INT(program_run(slow, 50, 100, &out, &says, &e), -1);
	CHECK_INT(e.code, ST_RETRY);
	/* it has the three streams, and what it opens itself */
	CHECK_INT(program_run(lists, 5000, 9999, &out, &says, &e), 2);
	CHECK(strstr(buf_str(&says), "/no such") != NULL);
	CHECK(strstr(buf_str(&out), "0\n1\n2\n3\n") != NULL);
	CHECK(strstr(buf_str(&out), "4\n") == NULL);
	buf_fini(&out);
	buf_fini(&says);
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	log_init("tokens", LV_ERROR, 0);
	answers();
	long_token(ENTRA_TOKEN_MAX - 1, 0);
	long_token(ENTRA_TOKEN_MAX, -1);
	services();
	strangers();
	with_mfa();
	children();
	programs();
	return check_end("tokens");
}
