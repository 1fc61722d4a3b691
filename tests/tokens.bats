#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Tokens of Microsoft Entra ID: each source, played by tests/httpd/sink.c.  The
# real ones cannot be reached from a test: these are the answers that their
# documentation gives.
bats_require_minimum_version 1.5.0
load helpers

# A Kusto service that takes the token "sesame", and a sink that gives one.
setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data
	printf 'id,name\n1,one\n2,two\n' >data/T.csv
	echo sesame >theirs
	start_kusto -t theirs DB=file:data
}

# No token and no secret is in a log, whatever happened.
teardown() {
	run grep -rl -e sesame -e hush log* out* "$KUSTO_RECORD"
	[ -z "$output" ] || fail "a secret in: $output"
	stop_all
}

# granted [TOKEN [SECONDS]]: an answer of Entra.
granted() {
	printf '200 body={"token_type":"Bearer","expires_in":%s,' "${2:-3599}"
	printf '"ext_expires_in":%s,"access_token":"%s"}\n' "${2:-3599}" \
	    "${1:-sesame}"
}

# An application with a secret, whose tokens the sink gives.
with_secret() {
	export AZURE_TENANT_ID=tenant-1 AZURE_CLIENT_ID=client-1
	export AZURE_CLIENT_SECRET='hush & hush' AZURE_AUTHORITY_HOST=$SINK_URL/
}

# ask STATUS: a query ends so; what it says is in out and log.
ask() {
	local got=0
	timeout 60 kqlrun -v -e "DB=$KUSTO_URL" -q T >out 2>log || got=$?
	[ "$got" -eq "$1" ] || fail "status $got: $(cat out log)"
}

# says TEXT...: the error has each text.
says() {
	local text message
	message=$(jq -r '.["@end"].error.message' out)
	for text; do
		[[ $message == *"$text"* ]] || fail "no \"$text\": $message"
	done
}

# sent N: the head and the body of a request to the sink.
sent() {
	tr -d '\r' <"$SINK_DIR/$1.head"
	cat "$SINK_DIR/$1.body"
}

@test "a client secret of the environment" {
	start_sink "$(granted)"
	with_secret
	ask 0
	[ "$(kql2rows <out | wc -l)" -eq 2 ]
	run sent 1
	[ "${lines[0]}" = 'POST /tenant-1/oauth2/v2.0/token HTTP/1.1' ]
	want='client_id=client-1&client_secret=hush%20%26%20hush'
	want+='&grant_type=client_credentials&scope=https%3A%2F%2F'
	want+='kusto.kusto.windows.net%2F.default'
	[ "${lines[-1]}" = "$want" ]
	[ "$(sink_requests)" -eq 1 ]
	grep -F 'source=environment' log
}

@test "a service on this machine gets no token before it asks for one" {
	start_sink "$(granted)"
	with_secret
	stop_all
	start_kusto DB=file:data
	ask 0
	jq -se 'length == 1 and .[0].headers.Authorization == null' \
	    "$KUSTO_RECORD"
}
