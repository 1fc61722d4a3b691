/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base64.h"
#include "check.h"
#include "file.h"
#include "kube.h"
#include "kube_auth.h"
#include "kubeconfig.h"
#include "status.h"

#define CLUSTER    "clusters: [{name: c, cluster: {server: 'https://h:1'}}]\n"
#define CONTEXT    "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
#define HEAD       "current-context: x\n" CONTEXT CLUSTER
/* A user of one line, the fourth. */
#define USER(text) HEAD "users: [{name: u, user: {" text "}}]\n"
#define SERVER(text)                                                \
	"current-context: x\n" CONTEXT "clusters: [{name: c, " text \
	"}]\nusers: [{name: u}]\n"
#define EXEC(text) \
	USER("exec: {apiVersion: client.authentication.k8s.io/v1, " text "}")

/* Read texts as files named in order, and pick a context. */
static int
load(struct arena *a, const char *const *texts, const char *context,
    struct kube_config *cf, struct err *e)
{
	static const char *const names[] = { "/k/one", "/k/two", "/k/three" };
	struct kubeconfig kc = { 0 };

	*cf = (struct kube_config){ 0 };
	*e = (struct err){ 0 };
	for (size_t i = 0; texts[i] != NULL; i++)
		if (kubeconfig_add(
			a, &kc, names[i], texts[i], strlen(texts[i]), e) == -1)
			return -1;
	return kubeconfig_pick(a, &kc, context, cf, e);
}

/* What is wrong, and the words that say so. */
static const struct {
	const char *text, *says;
} wrong[] = {
	{ "a: [", "/k/one:2: " },
	{ "- a\n", "/k/one:1: this is no kubeconfig" },
	{ "kind: Secret\n", "/k/one:1: this is no kubeconfig: its kind" },
	{ HEAD "---\nkind: Config\n", "/k/one:5: a kubeconfig is one" },
	{ "users: 7\n", "/k/one:1: users must be a list" },
	{ "users: [{user: {}}]\n", "/k/one:1: a user must have a name" },
	{ "users: [{name: u}, {name: u}]\n", "user \"u\": stands twice" },
	{ "users: [{name: u, user: 7}]\n", "user \"u\": user must be a map" },
	{ "current-context: 7\n", "/k/one:1: current-context must be text" },
	{ CONTEXT,
	    "no current-context is set: name a context with "
	    "--context; there are: x" },
	{ "current-context: y\n" CONTEXT,
	    "there is no context \"y\"; there are: x" },
	{ "current-context: x\n" CONTEXT,
	    "context \"x\": there is no cluster \"c\"; there are: none" },
	{ HEAD, "/k/one:2: context \"x\": there is no user \"u\"" },
	{ "current-context: x\ncontexts: [{name: x}]\n",
	    "context \"x\": it names no cluster" },
	{ "current-context: x\ncontexts: [{name: x, context: {cluster: 1}}]\n",
	    "cluster must be text: write it in quotes" },
	{ SERVER("cluster: {}"), "cluster \"c\": server is missing" },
	{ SERVER("cluster: {server: h}"), "server must be https://HOST:PORT" },
	{ SERVER("cluster: {server: 'https://u:p@h'}"), "without credentials" },
	{ SERVER("cluster: {server: 'https://h/?a'}"), "server must be" },
	{ SERVER("cluster: {server: 'https://h', proxy-url: 'ftp://p'}"),
	    "proxy-url must begin with http://, https:// or socks5://" },
	{ SERVER("cluster: {server: 'https://h', "
		 "certificate-authority-data: '%%'}"),
	    "certificate-authority-data is not base64" },
	{ SERVER("cluster: {server: 'https://h', "
		 "certificate-authority-data: Zm9v}"),
	    "certificate-authority-data holds no PEM" },
	{ SERVER("cluster: {server: 'https://h', certificate-authority: ca}"),
	    "certificate-authority: /k/ca: No such file" },
	{ SERVER("cluster: {server: 'https://h', tls-server-name: 'a/b'}"),
	    "tls-server-name is no name of a host" },
	{ SERVER("cluster: {server: 'https://h', "
		 "insecure-skip-tls-verify: 'yes'}"),
	    "insecure-skip-tls-verify must be true or false" },
	{ SERVER("cluster: {server: 'https://h', insecure-skip-tls-verify: "
		 "true, certificate-authority-data: LS0tLS1CRUdJTiBB}"),
	    "insecure-skip-tls-verify is of no use" },
	{ USER("username: a, password: b"), "username is no longer taken" },
	{ USER("auth-provider: {name: gcp}"), "auth-provider is no longer" },
	{ USER("token: 7"), "/k/one:4: user \"u\": token must be text" },
	{ USER("token: 'a b'"), "token holds a blank" },
	{ USER("client-key-data: LS0tLS1CRUdJTiBB"),
	    "client-key is there without client-certificate" },
	{ USER("client-certificate-data: LS0tLS1CRUdJTiBB"),
	    "client-certificate is there without client-key" },
	{ USER("as-groups: [a]"), "need \"as\"" },
	{ USER("as: a, as-groups: b"), "this must be a list" },
	{ USER("as: \"a\\nb\""), "control character" },
	{ USER("as: a, as-user-extra: [b]"), "as-user-extra must be a map" },
	{ USER("exec: {command: a}"), "exec needs apiVersion" },
	{ USER("exec: {apiVersion: client.authentication.k8s.io/v1alpha1}"),
	    "not client.authentication.k8s.io/v1alpha1" },
	{ EXEC("command: a"), "exec needs interactiveMode" },
	{ EXEC("command: a, interactiveMode: Always"), "needs a terminal" },
	{ EXEC("command: a, interactiveMode: Perhaps"), "is none of Never" },
	{ EXEC("interactiveMode: Never"), "exec needs a command" },
	{ EXEC("command: a, interactiveMode: Never, args: [1]"),
	    "each of args must be text" },
	{ EXEC("command: a, interactiveMode: Never, env: [{value: b}]"),
	    "a variable of env has no name" },
	{ "current-context: x\n" CONTEXT
	  "clusters: [{name: c, cluster: {server: 'http://h'}}]\n"
	  "users: [{name: u, user: {token: t}}]\n",
	    "its token must not go to http://h" },
};

static void
test_wrong(void)
{
	struct arena a = { 0 };
	struct kube_config cf;
	struct err e;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		const char *const texts[] = { wrong[i].text, NULL };
		int r = load(&a, texts, NULL, &cf, &e);

		CHECK_INT(r, -1);
		CHECK_INT(e.code, ST_CONFIG);
		if (r != -1 || strstr(e.msg, wrong[i].says) == NULL)
			CHECK_STR(e.msg, wrong[i].says);
		arena_reset(&a);
	}
	arena_fini(&a);
}

/* Of several files the first that has a name says all of it. */
static void
test_merge(void)
{
	static const char *const texts[] = {
		"users: [{name: u, user: {token: one}}]\n",
		"current-context: x\nusers: [{name: u, user: {token: two}}]\n"
		"contexts: [{name: x, context: {cluster: c, user: u, "
		"namespace: m}}]\n",
		"current-context: y\n" CLUSTER
		"contexts: [{name: y, context: {cluster: c}}]\n",
		NULL,
	};
	struct arena a = { 0 };
	struct kube_config cf;
	struct err e;

	CHECK_INT(load(&a, texts, NULL, &cf, &e), 0);
	CHECK_STR(cf.token, "one");
	CHECK_STR(cf.server, "https://h:1");
	CHECK_STR(cf.space, "m");
	CHECK_STR(cf.source, "/k/two: context x");
	CHECK_INT(load(&a, texts, "y", &cf, &e), 0);
	CHECK(cf.token == NULL && cf.headers == NULL);
	CHECK_STR(cf.space, "default");
	arena_fini(&a);
}

static void
test_whole(void)
{
	static const char *const texts[] = {
		"current-context: x\n" CONTEXT "clusters: [{name: c, cluster: "
		"{server: 'https://h/p/', tls-server-name: n, proxy-url: "
		"'socks5://u:p@q:1', certificate-authority-data: "
		"LS0tLS1CRUdJTiBB, extensions: [{name: "
		"client.authentication.k8s.io/exec, extension: {a: 1}}]}}]\n"
		"users: [{name: u, user: {as: jane, as-uid: i, as-groups: "
		"[g, h], as-user-extra: {Ex/a: [v, w]}, exec: {apiVersion: "
		"client.authentication.k8s.io/v1, command: ./p, args: [q], "
		"interactiveMode: IfAvailable, provideClusterInfo: true, "
		"env: [{name: A, value: b}], installHint: get it}}}]\n",
		NULL,
	};
	static const char *const headers[] = { "Impersonate-User: jane",
		"Impersonate-Uid: i", "Impersonate-Group: g",
		"Impersonate-Group: h", "Impersonate-Extra-ex%2Fa: v",
		"Impersonate-Extra-ex%2Fa: w", NULL };
	struct arena a = { 0 };
	struct kube_config cf;
	struct err e;

	CHECK_INT(load(&a, texts, NULL, &cf, &e), 0);
	CHECK_STR(e.msg, "");
	CHECK_STR(cf.server, "https://h/p");
	CHECK_STR(cf.tls_name, "n");
	CHECK_STR(cf.proxy, "socks5h://u:p@q:1");
	CHECK_STR(cf.ca_pem, "-----BEGIN A");
	for (size_t i = 0; headers[i] != NULL; i++)
		CHECK_STR(cf.headers[i], headers[i]);
	CHECK_STR(cf.exec->argv[0], "/k/./p");
	CHECK_STR(cf.exec->argv[1], "q");
	CHECK(cf.exec->argv[2] == NULL);
	CHECK_STR(cf.exec->env[0], "A=b");
	CHECK_STR(cf.exec->env[1],
	    "KUBERNETES_EXEC_INFO={\"apiVersion\":"
	    "\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\","
	    "\"spec\":{\"interactive\":false,\"cluster\":{\"server\":"
	    "\"https://h/p\",\"tls-server-name\":\"n\","
	    "\"certificate-authority-data\":\"LS0tLS1CRUdJTiBB\","
	    "\"proxy-url\":\"socks5://u:p@q:1\",\"config\":{\"a\":1}}}}");
	CHECK_STR(cf.exec->hint, "get it");
	arena_fini(&a);
}

/* Where a configuration is looked for, in which order. */
static void
test_search(void)
{
	static const char text[] = USER("token: t");
	char dir[] = "/tmp/kube.XXXXXX", path[64], list[256];
	struct arena a = { 0 };
	struct kube_config cf;
	struct err e;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/config", dir);
	file_write(path, text, strlen(text), 0600, &e);
	setenv("HOME", dir, 1);
	unsetenv("KUBECONFIG");
	unsetenv("KUBERNETES_SERVICE_HOST");
	CHECK_INT(kube_config_load(&a, NULL, NULL, &cf, &e), -1);
	CHECK(strstr(e.msg, "no Kubernetes API is named") == e.msg);
	CHECK_INT(kube_config_load(&a, NULL, "x", &cf, &e), -1);
	CHECK(strstr(e.msg, "--context needs a kubeconfig") == e.msg);
	CHECK_INT(kube_config_load(&a, "/none", NULL, &cf, &e), -1);
	CHECK_STR(e.msg, "/none: there is no such kubeconfig");
	CHECK_INT(kube_config_load(&a, path, NULL, &cf, &e), 0);
	CHECK_STR(cf.token, "t");
	snprintf(list, sizeof(list), "%s/no:%s:", dir, path);
	setenv("KUBECONFIG", list, 1);
	CHECK_INT(kube_config_load(&a, NULL, "x", &cf, &e), 0);
	CHECK_STR(cf.token, "t");
	setenv("KUBECONFIG", "/no:/none", 1);
	CHECK_INT(kube_config_load(&a, NULL, NULL, &cf, &e), -1);
	CHECK_STR(e.msg, "$KUBECONFIG: none of its files is there: /no:/none");
	unlink(path);
	rmdir(dir);
	arena_fini(&a);
}

/* The account of a pod. */
static void
test_pod(void)
{
	char dir[] = "/tmp/kube.XXXXXX", path[64];
	struct arena a = { 0 };
	struct kube_config cf;
	struct err e;

	CHECK(mkdtemp(dir) != NULL);
	unsetenv("KUBECONFIG");
	setenv("HOME", dir, 1);
	setenv("KQLPIPE_SERVICE_ACCOUNT", dir, 1);
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "443", 1);
	CHECK_INT(kube_config_load(&a, NULL, NULL, &cf, &e), -1);
	CHECK(strstr(e.msg, "the service account of this pod: ") == e.msg);
	snprintf(path, sizeof(path), "%s/ca.crt", dir);
	file_write(path, "x", 1, 0600, &e);
	CHECK_INT(kube_config_load(&a, NULL, NULL, &cf, &e), 0);
	CHECK_STR(cf.server, "https://[fd00::1]:443");
	CHECK_STR(cf.space, "default");
	unlink(path);
	snprintf(path, sizeof(path), "%s/namespace", dir);
	file_write(path, "mine\n", 5, 0600, &e);
	setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
	kube_config_load(&a, NULL, NULL, &cf, &e);
	CHECK_STR(cf.server, "https://10.0.0.1:443");
	CHECK_STR(cf.space, "mine");
	unlink(path);
	rmdir(dir);
	arena_fini(&a);
}

static const struct {
	int code; /* of HTTP */
	const char *text;
	enum kube_outcome outcome;
	int said; /* the code that stands in the end */
	const char *message;
	int64_t after;
} statuses[] = {
	{ 404, "{\"reason\":\"NotFound\",\"message\":\"m\"}", KUBE_NOT_FOUND,
	    404, "m", 0 },
	{ 409, "{\"reason\":\"Conflict\"}", KUBE_CONFLICT, 409, "Conflict", 0 },
	{ 409, "{\"reason\":\"AlreadyExists\"}", KUBE_EXISTS, 409,
	    "AlreadyExists", 0 },
	{ 401, "{}", KUBE_DENIED, 401, "not said why", 0 },
	{ 403, "{}", KUBE_DENIED, 403, "not said why", 0 },
	{ 422, "[]", KUBE_INVALID, 422, "not said why", 0 },
	{ 429, "{\"details\":{\"retryAfterSeconds\":3}}", KUBE_BUSY, 429,
	    "not said why", 3000 },
	{ 500, "{\"details\":{\"retryAfterSeconds\":-3}}", KUBE_TROUBLE, 500,
	    "not said why", 0 },
	{ 504,
	    "{\"details\":{\"causes\":[{\"reason\":"
	    "\"ResourceVersionTooLarge\"}]}}",
	    KUBE_TOO_NEW, 504, "not said why", 0 },
	{ 504, "{\"details\":{\"causes\":[7]}}", KUBE_TROUBLE, 504,
	    "not said why", 0 },
	/* Events of a watch have no code but that of the object. */
	{ 0, "{\"code\":410,\"reason\":\"Expired\",\"message\":\"m\"}",
	    KUBE_GONE, 410, "m", 0 },
	{ 0, "{\"reason\":\"Expired\"}", KUBE_GONE, 0, "Expired", 0 },
	{ 0, "{\"code\":500}", KUBE_TROUBLE, 500, "not said why", 0 },
	{ 0, "{\"code\":\"x\"}", KUBE_TROUBLE, 0, "not said why", 0 },
};

static void
test_status(void)
{
	struct arena a = { 0 };
	struct kube_status st;
	struct err e;

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		const char *s = statuses[i].text;

		kube_status_read(
		    json_parse(&a, s, strlen(s), &e), statuses[i].code, &st);
		CHECK_INT(st.outcome, statuses[i].outcome);
		CHECK_INT(st.code, statuses[i].said);
		CHECK_STR(st.message, statuses[i].message);
		CHECK_INT(st.retry_after_ms, statuses[i].after);
	}
	arena_fini(&a);
}

/* One with the status of that text. */
static int
credential(struct arena *a, const char *status, struct kube_credential *c,
    struct err *e)
{
	const char *s = arena_printf(a,
	    "{\"apiVersion\":\"v1\",\"kind\":\"ExecCredential\",\"status\":%s}",
	    status);

	*e = (struct err){ 0 };
	return kube_credential_read(a, s, strlen(s), "v1", c, e);
}

static void
test_credential(void)
{
	static const char *const bad[][2] = {
		{ "7", "has no status" },
		{ "{}", "has neither a token nor a certificate" },
		{ "{\"token\":7}", "has a token that is no text" },
		{ "{\"token\":\"a b\"}", "has a token with a blank" },
		{ "{\"token\":\"a\\u0000b\"}", "has a token that is no text" },
		{ "{\"token\":\"a\",\"expirationTimestamp\":\"x\"}",
		    "has an expirationTimestamp that is no time" },
		{ "{\"clientKeyData\":\"k\"}", "has one of" },
		{ "{\"clientKeyData\":\"k\",\"clientCertificateData\":\"c\"}",
		    "is no PEM" },
	};
	static const char other[] =
	    "{\"kind\":\"ExecCredential\",\"apiVersion\":\"v2\"}";
	struct kube_credential c;
	struct arena a = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_INT(credential(&a, bad[i][0], &c, &e), -1);
		CHECK(strstr(e.msg, bad[i][1]) != NULL);
	}
	CHECK_INT(credential(&a,
		      "{\"token\":\"t\",\"expirationTimestamp\":"
		      "\"1970-01-01T00:00:02Z\"}",
		      &c, &e),
	    0);
	CHECK_STR(c.token, "t");
	CHECK_INT(c.expires_ms, 2000);
	CHECK_INT(kube_credential_read(&a, "{", 1, "v1", &c, &e), -1);
	CHECK_INT(kube_credential_read(&a, "{}", 2, "v1", &c, &e), -1);
	CHECK_INT(
	    kube_credential_read(&a, other, sizeof(other) - 1, "v1", &c, &e),
	    -1);
	CHECK(strstr(e.msg, "not of apiVersion v1") != NULL);
	arena_fini(&a);
}

static void
test_base64(void)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "\xff\xfe\xfd", "//79" } };
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "=g==",
		"Zh==", "Zm9=", "Zg==Zg==", "Z!==", "Z=g=" };
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		buf_reset(&b);
		base64_write(&b, pairs[i][0], strlen(pairs[i][0]));
		CHECK_STR(buf_str(&b), pairs[i][1]);
		buf_reset(&b);
		CHECK_INT(base64_read(&b, pairs[i][1], strlen(pairs[i][1])), 0);
		CHECK_STR(buf_str(&b), pairs[i][0]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_INT(base64_read(&b, bad[i], strlen(bad[i])), -1);
	buf_reset(&b);
	CHECK_INT(base64_read(&b, "Zm\n9v\n", 6), 0);
	CHECK_STR(buf_str(&b), "foo");
	buf_fini(&b);
}

static void
test_quote(void)
{
	struct buf b = { 0 };

	kube_quote(&b, "a-b._~/ %\xc3\xa9");
	CHECK_STR(buf_str(&b), "a-b._~%2F%20%25%C3%A9");
	buf_fini(&b);
}

int
main(void)
{
	test_wrong();
	test_merge();
	test_whole();
	test_search();
	test_pod();
	test_status();
	test_credential();
	test_base64();
	test_quote();
	return check_end("kube");
}
