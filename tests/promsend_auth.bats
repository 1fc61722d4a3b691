#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Whom promsend trusts, what it tells them, and how it gets there.
bats_require_minimum_version 1.5.0
load helpers
load promsend

@test "secrets come from files and are not shown" {
	start_sink
	cd "$BATS_TEST_TMPDIR"
	printf 'user:pa ss\n' >basic
	printf 'tok.en\n' >token
	printf '# a comment\nX-Scope-OrgID: team\n\nA: b\n' >headers
	promsend -v --basic-auth-file basic --header-file headers "$SINK_URL" \
	    <<<"a 1 1" 2>log
	grep -qx $'Authorization: Basic dXNlcjpwYSBzcw==\r' "$SINK_DIR/1.head"
	grep -qx $'X-Scope-OrgID: team\r' "$SINK_DIR/1.head"
	grep -qx $'A: b\r' "$SINK_DIR/1.head"
	promsend -v --bearer-token-file token "$SINK_URL" <<<"a 1 1" 2>>log
	grep -qx $'Authorization: Bearer tok.en\r' "$SINK_DIR/2.head"
	run ! grep -e 'tok.en' -e 'pa ss' -e dXNl log
	run promsend --bearer-token-file nowhere "$SINK_URL" <<<"a 1 1"
	assert_failure 78
	run promsend --basic-auth-file token "$SINK_URL" <<<"a 1 1"
	assert_failure 78
	run promsend --header-file token "$SINK_URL" <<<"a 1 1"
	assert_failure 78
	run promsend --ca-file nowhere "https://127.0.0.1:1" <<<"a 1 1"
	assert_failure 78
	run promsend "http://user:secret@127.0.0.1:1" <<<"a 1 1"
	assert_failure 64
	refute_output --partial secret
}

# entra [ANSWER...]: a sink that gives the token "sesame", and then answers.
entra() {
	local grant='200 body={"token_type":"Bearer","expires_in":3599,'
	start_sink "${ENTRA:-$grant\"access_token\":\"sesame\"\}}" "$@"
	export AZURE_TENANT_ID=tenant-1 AZURE_CLIENT_ID=client-1
	export AZURE_CLIENT_SECRET=hush AZURE_AUTHORITY_HOST=$SINK_URL/
}

@test "a token of Entra is awaited and sent, its scope Azure Monitor's" {
	entra 204
	run --separate-stderr promsend -v --azure "$SINK_URL/w" <<<"a 1 1"
	assert_success
	assert_equal "$(receipts <<<"$output")" "delivered 1 0 0 -"
	[[ $stderr != *sesame* && $stderr != *hush* ]]
	grep -q 'scope=https%3A%2F%2Fmonitor.azure.com%2F.default' \
	    "$SINK_DIR/1.body"
	grep -qx $'POST /w HTTP/1.1\r' "$SINK_DIR/2.head"
	grep -qx $'Authorization: Bearer sesame\r' "$SINK_DIR/2.head"
	entra 204
	run --separate-stderr send --azure=api://mine/.default "$SINK_URL" \
	    <<<"a 1 1"
	assert_output "delivered 1 0 0 -"
	grep -q 'scope=api%3A%2F%2Fmine%2F.default' "$SINK_DIR/1.body"
	# nobody reads it on the way
	run promsend --azure http://192.0.2.1/ <<<"a 1 1"
	assert_failure 64
	run promsend --azure --bearer-token-file x "$SINK_URL" <<<"a 1 1"
	assert_failure 64
}

@test "a 401 is asked once more with another token, at once" {
	entra 401 '200 body={"expires_in":3599,"access_token":"other"}' 204
	run --separate-stderr send --azure "$SINK_URL" <<<"a 1 1"
	assert_output "delivered 1 0 0 -"
	assert_equal "$(sink_requests)" 4
	grep -qx $'Authorization: Bearer other\r' "$SINK_DIR/4.head"
	[[ $stderr != *'request failed'* ]]
	# a file is read again
	start_sink 'delay=1000 401' 204
	cd "$BATS_TEST_TMPDIR"
	echo old >token
	promsend --bearer-token-file token "$SINK_URL" <<<"a 1 1" 2>log &
	wait_for 5 test -e "$SINK_DIR/1.body"
	echo new >token
	wait $!
	grep -qx $'Authorization: Bearer new\r' "$SINK_DIR/2.head"
}

@test "without a token windows fail and what comes is read on" {
	ENTRA=hang entra
	start_send --azure --retry-deadline 0s --buffer 1k "$SINK_URL"
	# more than a pipe holds: it could not be written if none of it was
	# read; at once, or b might be alone in the buffer and wait for a
	{
		of a; echo "a 1 $NOW"; end 1
		of b; samples 10000 1; end 10000
		of c; end
	} >"$BATS_TEST_TMPDIR/windows"
	cat "$BATS_TEST_TMPDIR/windows" >&7
	wait_for 20 heard 1
	kill "$SINK_PID"
	exec 7>&-
	wait "$SEND_PID"
	said "failed 0 0 0 Unavailable" "failed 0 0 0 Full" \
	    "delivered 0 0 0 -"
}

@test "TLS is verified, unless it is said not to" {
	cd "$BATS_TEST_TMPDIR"
	local port url
	port=$(free_port)
	url=https://127.0.0.1:$port/
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert \
	    -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	# it takes a request and says nothing
	spawn log openssl s_server -quiet -accept "127.0.0.1:$port" \
	    -key key -cert cert -WWW
	wait_for 10 listening "$port"
	run --separate-stderr promsend --retry-deadline 0s "$url" <<<"a 1 1"
	assert_failure 75
	assert_equal "$(receipts <<<"$output")" "failed 0 0 0 Unavailable"
	[[ $stderr == *certificate* ]]
	# trusted, or not verified, the request is sent
	run --separate-stderr promsend --retry-deadline 0s --timeout 500ms \
	    --ca-file cert "$url" <<<"a 1 1"
	assert_equal "$(receipts <<<"$output")" "failed 0 0 0 Timeout"
	run --separate-stderr promsend --retry-deadline 0s --timeout 500ms \
	    --insecure-skip-verify "$url" <<<"a 1 1"
	assert_equal "$(receipts <<<"$output")" "failed 0 0 0 Timeout"
	[[ $stderr == *'TLS is not verified'* ]]
}

@test "over TLS: the CA, a client's certificate, a token and a password" {
	cd "$BATS_TEST_TMPDIR"
	start_sink
	make_ca ca
	make_cert ca server DNS:localhost,IP:127.0.0.1
	make_cert ca client
	make_ca other
	make_cert other stranger
	start_front -c server.crt -k server.key -a ca.crt "${SINK_URL##*:}"
	local url=https://localhost:$FRONT_PORT/w
	echo user:hush >basic
	echo 'X-Scope-OrgID: team' >headers
	run --separate-stderr send --ca-file ca.crt --cert-file client.crt \
	    --key-file client.key --basic-auth-file basic \
	    --header-file headers "$url" <<<"a 1 1"
	assert_output "delivered 1 0 0 -"
	grep -qx $'Authorization: Basic dXNlcjpodXNo\r' "$SINK_DIR/1.head"
	grep -qx $'X-Scope-OrgID: team\r' "$SINK_DIR/1.head"
	# nobody, a stranger, somebody else's server
	local more
	for more in '--ca-file ca.crt' '--ca-file other.crt' \
	    '--ca-file ca.crt --cert-file stranger.crt --key-file stranger.key'
	do
		# shellcheck disable=SC2086 # options and values
		run --separate-stderr send --retry-deadline 0s $more "$url" \
		    <<<"a 1 1"
		assert_output "failed 0 0 0 Unavailable"
	done
	assert_equal "$(sink_requests)" 1
	# one connection carries all requests
	run --separate-stderr send --max-samples 1 --ca-file ca.crt \
	    --cert-file client.crt --key-file client.key "$url" \
	    <<<$'a 1 1\na 1 2\na 1 3'
	assert_output "delivered 3 0 0 -"
	assert_equal "$(grep -c client "$FRONT_LOG")" 2
}

@test "over TLS: HTTP/2, by connections that are kept" {
	cd "$BATS_TEST_TMPDIR"
	make_ca ca
	make_cert ca server DNS:localhost
	export CURL_CA_BUNDLE=ca.crt
	# it tells of each connection and of each answer, if by HTTP/2
	GODEBUG=http2debug=1 start_prometheus --tls server
	local before
	before=$(grep -c 'server connection from' "$PROM_DATA/log")
	samples 300 20 >in
	run --separate-stderr send --ca-file ca.crt --max-inflight 4 \
	    --max-samples 40 "$PROM_URL/api/v1/write" <in
	assert_output "delivered 6000 0 0 -"
	assert_equal "$(grep -c '":status" = "204"' "$PROM_DATA/log")" 150
	(($(grep -c 'server connection from' "$PROM_DATA/log") - before <= 4))
	exact_in in
}

@test "proxies come from the environment" {
	start_sink
	http_proxy=$SINK_URL run --separate-stderr \
	    promsend http://receiver.invalid/write <<<"a 1 1"
	assert_success
	grep -qx $'POST http://receiver.invalid/write HTTP/1.1\r' \
	    "$SINK_DIR/1.head"
}
