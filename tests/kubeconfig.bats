#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# How the Kubernetes API is reached: TLS, credentials and proxies, against a
# server that takes only what it should.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	make_ca ca
	make_ca other
	make_cert ca server DNS:api.test,IP:127.0.0.1
	make_cert ca named DNS:api.test
	make_cert ca jane
	make_cert other joe
	export KEYS=$BATS_FILE_TMPDIR
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	export HOME=$BATS_TEST_TMPDIR
	echo secret-1 >token
	start_kube -t "$PWD/token"
}

# with_tls [CERT [OPTION...]]: the API behind TLS, with that certificate.
with_tls() {
	local cert=$KEYS/${1:-server}
	start_front -c "$cert.crt" -k "$cert.key" "${@:2}" \
	    "${KUBE_URL##*:}"
	API=https://127.0.0.1:$FRONT_PORT
}

# config CLUSTER USER [CONTEXT]: a kubeconfig of these members.
config() {
	cat >"$KUBECONFIG" <<-END
	apiVersion: v1
	kind: Config
	current-context: dev
	contexts: [{name: dev, context: {cluster: c1, user: u1${3:+, $3}}}]
	clusters: [{name: c1, cluster: {$1}}]
	users: [{name: u1, user: {$2}}]
	END
}

# ask [METHOD PATH [BODY]]
ask() {
	if (($# == 0)); then
		set -- GET /version
	fi
	"$KQLPIPE_BIN/../tests/kubeask" "$@" </dev/null
}

# answers: /version comes, by the API of the tests.
answers() {
	run --separate-stderr ask
	assert_success
	assert_output --partial '200 - {"major":"1"'
}

# fails PATTERN: it does not, and the reason matches.
fails() {
	run ask
	assert_failure
	assert_output --partial "$1"
}

@test "a server is trusted by its authority and its name" {
	with_tls
	config "server: '$API', certificate-authority: $KEYS/ca.crt" \
	    'tokenFile: token'
	answers
	config "server: '$API', certificate-authority-data:
	    $(base64 -w 0 "$KEYS/ca.crt")" 'token: secret-1'
	answers
	config "server: '$API', certificate-authority: $KEYS/other.crt" \
	    'token: secret-1'
	fails 'SSL certificate problem'
	config "server: '$API'" 'token: secret-1'
	fails 'SSL certificate problem'
	config "server: '$API', insecure-skip-tls-verify: true" \
	    'token: secret-1'
	run ask
	assert_output --partial 'level=warn tool=kubeask msg="TLS is not verified'
	assert_output --partial '200 - {"major"'
	# What nobody has verified got nothing.
	[ "$(grep -c '"path":"/version"' "$KUBE_RECORD")" -eq 3 ]
}

@test "tls-server-name is the name that counts" {
	local ca="certificate-authority: $KEYS/ca.crt"
	with_tls named
	config "server: '$API', $ca" 'token: secret-1'
	fails "target host name '127.0.0.1'"
	config "server: '$API', $ca, tls-server-name: api.test" \
	    'token: secret-1'
	answers
	grep -qx 'tls api.test nobody' "$FRONT_LOG"
	run jq -r 'select(.path == "/version").headers.Host' "$KUBE_RECORD"
	assert_output "127.0.0.1:$FRONT_PORT"
	config "server: '$API', $ca, tls-server-name: other.test" \
	    'token: secret-1'
	fails 'other.test'
}

@test "client certificates, by file and inline" {
	local cluster
	with_tls server -a "$KEYS/ca.crt"
	cluster="server: '$API', certificate-authority: $KEYS/ca.crt"
	cp "$KEYS/jane.key" "$KEYS/jane.crt" .
	config "$cluster" 'token: secret-1, client-certificate: jane.crt,
	    client-key: jane.key'
	answers
	config "$cluster" "token: secret-1, client-certificate-data:
	    $(base64 -w 0 jane.crt), client-key-data: $(base64 -w 0 jane.key)"
	answers
	[ "$(grep -cx 'tls - jane' "$FRONT_LOG")" -eq 2 ]
	config "$cluster" 'token: secret-1'
	fails '0 - '
	config "$cluster" "token: secret-1,
	    client-certificate: $KEYS/joe.crt, client-key: $KEYS/joe.key"
	fails '0 - '
	# A key with a password asks nobody.
	openssl ec -aes256 -passout pass:x -in jane.key -out locked.key
	config "$cluster" 'token: secret-1, client-certificate: jane.crt,
	    client-key: locked.key'
	fails '0 - '
}

# lines_to NAME: a kubeask whose output goes to NAME and which asks once more
# for each line written to descriptor 4.
lines_to() {
	mkfifo lines
	"$KQLPIPE_BIN/../tests/kubeask" GET /version <lines >"$1" 2>&1 3>&- &
	keep_pid $!
	exec 4>lines
	wait_for 10 grep -q '^200' "$1"
}

# twice NAME: two good answers are in NAME.
twice() {
	[ "$(grep -c '^200' "$1")" -eq 2 ]
}

@test "a token that was replaced is read again when it is refused" {
	with_tls
	config "server: '$API', certificate-authority: $KEYS/ca.crt" \
	    'tokenFile: mine'
	ln -s token mine
	lines_to out
	echo secret-2 >token
	echo >&4
	exec 4>&-
	wait_for 10 twice out
	! grep -q 401 out
	# Three requests on one connection: one of them was refused.
	[ "$(grep -c '"path":"/version"' "$KUBE_RECORD")" -eq 3 ]
	[ "$(grep -c ^tls "$FRONT_LOG")" -eq 1 ]
}

@test "a token that stays wrong is refused once, not again and again" {
	config "server: '$KUBE_URL'" 'token: wrong'
	fails '401 Unauthorized Unauthorized'
	[ "$(grep -c '"path":"/version"' "$KUBE_RECORD")" -eq 1 ]
	refute_output --partial wrong
}

# plugin BODY: a program of exec that counts its runs.
plugin() {
	printf '#!/bin/bash\necho >>%s/runs\n%s\n' "$PWD" "$1" >login
	chmod +x login
	GIVES='{"apiVersion":"client.authentication.k8s.io/v1",
	    "kind":"ExecCredential","status":{'
}

# exec_user [MORE]: a user whose credentials login gives.
exec_user() {
	printf 'exec: {apiVersion: client.authentication.k8s.io/v1,
	    command: ./login, interactiveMode: Never%s}' "${1:+, $1}"
}

@test "exec: what a program gives, its arguments and environment" {
	with_tls
	plugin '{ printf "%s\n" "$1" "$A" "$KUBERNETES_EXEC_INFO"; } >got
	    echo "$B$(cat token)\"}}"'
	config "server: '$API', certificate-authority: $KEYS/ca.crt" \
	    "$(exec_user "args: [get it], provideClusterInfo: true,
	    env: [{name: A, value: 'x y'},
		{name: B, value: '${GIVES//$'\n\t    '/ }\"token\":\"'}]")"
	answers
	[ "$(wc -l <runs)" -eq 1 ]
	[ "$(head -n 2 got)" = $'get it\nx y' ]
	run jq -r '.kind, .spec.interactive, .spec.cluster.server,
	    (.spec.cluster["certificate-authority-data"] | @base64d)' \
	    <(tail -n +3 got)
	assert_output "$(printf '%s\n' ExecCredential false "$API"
	    cat "$KEYS/ca.crt")"
}

@test "exec: a program is asked again for a token that is refused" {
	plugin 'n=$(wc -l <runs); echo "$B secret-$n\"}}" | tr -d " "'
	config "server: '$KUBE_URL'" \
	    "$(exec_user "env: [{name: B,
		value: '${GIVES//[$'\n\t ']/}\"token\":\"'}]")"
	echo secret-2 >token
	answers
	[ "$(wc -l <runs)" -eq 2 ]
	[[ $stderr != *secret* ]]
}

# asked_again: one more request, by which login has run twice or more.
asked_again() {
	echo >&4
	[ "$(wc -l <runs)" -ge 2 ]
}

@test "exec: what a program gave is renewed before it expires" {
	plugin 'jq -nc --arg at "$(date -u -d "+3 seconds" +%FT%TZ)" "{
	    apiVersion: \"client.authentication.k8s.io/v1\",
	    kind: \"ExecCredential\",
	    status: {token: \"secret-1\", expirationTimestamp: \$at}}"'
	config "server: '$KUBE_URL'" "$(exec_user)"
	lines_to out
	wait_for 10 asked_again
	exec 4>&-
	! grep -q '^401' out
	plugin 'echo "$B" | tr -d " "'
	config "server: '$KUBE_URL'" "$(exec_user "env: [{name: B,
	    value: '${GIVES//[$'\n\t ']/}\"token\":\"x\",
	    \"expirationTimestamp\":\"2020-01-01T00:00:00Z\"}}'}]")"
	fails 'what it gives has expired: look at both clocks'
}

@test "exec: a client certificate" {
	with_tls server -a "$KEYS/ca.crt"
	plugin 'cat given'
	jq -n --rawfile c "$KEYS/jane.crt" --rawfile k "$KEYS/jane.key" '{
	    apiVersion: "client.authentication.k8s.io/v1",
	    kind: "ExecCredential",
	    status: {token: "secret-1", clientCertificateData: $c,
		clientKeyData: $k}}' >given
	config "server: '$API', certificate-authority: $KEYS/ca.crt" \
	    "$(exec_user)"
	answers
	grep -qx 'tls - jane' "$FRONT_LOG"
}

@test "exec: programs that give nothing say why" {
	local cluster="server: '$KUBE_URL'"
	plugin 'echo "please log in first" >&2; exit 3'
	config "$cluster" "$(exec_user)"
	fails "credentials of $PWD/./login: $PWD/./login ended with 3: please log"
	plugin 'echo "Welcome, token secret-1"'
	config "$cluster" "$(exec_user)"
	fails 'what it writes is no JSON: it must be an ExecCredential'
	refute_output --partial secret
	plugin 'echo "{\"kind\":\"ExecCredential\",\"apiVersion\":\"v2\"}"'
	config "$cluster" "$(exec_user)"
	fails 'is not of apiVersion client.authentication.k8s.io/v1'
	rm login
	config "$cluster" "$(exec_user 'installHint: get it from us')"
	fails 'is not installed: get it from us'
	[ ! -s "$KUBE_RECORD" ]
}

@test "proxies: CONNECT and SOCKS 5, which look names up themselves" {
	local ca="certificate-authority: $KEYS/ca.crt" api
	with_tls
	api=https://api.test:$FRONT_PORT
	start_front -p
	config "server: '$api', $ca, proxy-url: 'http://127.0.0.1:$FRONT_PORT'" \
	    'token: secret-1'
	answers
	grep -qx "connect api.test:${api##*:}" "$FRONT_LOG"
	config "server: '$api', $ca,
	    proxy-url: 'socks5://127.0.0.1:$FRONT_PORT'" 'token: secret-1'
	NO_PROXY=* answers
	grep -qx "socks api.test:${api##*:}" "$FRONT_LOG"
	# That of the environment is not for what is on this machine.
	config "server: 'https://127.0.0.1:${api##*:}', $ca" 'token: secret-1'
	https_proxy=http://127.0.0.1:1 answers
}

@test "in a pod: the service account, its token and its authority" {
	mkdir account
	cp "$KEYS/ca.crt" account
	ln -s ../token account/token
	with_tls
	unset KUBECONFIG
	export KQLPIPE_SERVICE_ACCOUNT=$PWD/account
	export KUBERNETES_SERVICE_HOST=127.0.0.1
	export KUBERNETES_SERVICE_PORT=$FRONT_PORT
	answers
	rm account/ca.crt
	fails 'the service account of this pod:'
}

@test "impersonation, and warnings of the server" {
	config "server: '$KUBE_URL'" 'token: secret-1, as: jane,
	    as-uid: "7", as-groups: [a], as-user-extra: {Team: [x]}'
	answers
	run jq -c 'select(.path == "/version").headers |
	    [.["Impersonate-User"], .["Impersonate-Uid"],
	    .["Impersonate-Group"], .["Impersonate-Extra-team"]]' "$KUBE_RECORD"
	assert_output '["jane","7","a","x"]'
}

@test "errors are told as the server means them" {
	local leases=/apis/coordination.k8s.io/v1/namespaces/m/leases
	config "server: '$KUBE_URL'" 'token: secret-1'
	run ask GET "$leases/none"
	assert_output --partial '404 NotFound '
	kube_control fault -d '{"resource":"leases","status":403}'
	run ask GET "$leases/none"
	assert_output --partial '403 Forbidden leases.coordination.k8s.io is'
	tr -d '\n' <<<'{"resource":"leases","status":502,
	    "text":"<h1>Bad\u0007 Gateway"}' |
	    kube_control fault --data-binary @-
	run ask GET "$leases/none"
	assert_output '502 - HTTP 502: <h1>Bad  Gateway'
	kube_control fault -d '{"resource":"leases","close":true}'
	run ask POST "$leases" '{}'
	assert_output --partial '0 - '
}

@test "a wrong kubeconfig names the file and what to do" {
	config "server: 'http://api.test'" 'token: secret-1'
	fails "$KUBECONFIG:6: user \\\"u1\\\": its token must not go to http://api"
	config "server: '$KUBE_URL'" 'username: a, password: secret-1'
	fails 'username is no longer taken by Kubernetes: use a token'
	refute_output --partial secret
	config "server: '$KUBE_URL'" 'tokenFile: none'
	fails "$PWD/none: No such file"
	echo '{' >"$KUBECONFIG"
	fails "$KUBECONFIG:"
	unset KUBECONFIG
	fails 'no Kubernetes API is named: give --kubeconfig'
}
