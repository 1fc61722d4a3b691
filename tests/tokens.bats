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

@test "a workload identity: the file is read again for each token" {
	start_sink "$(granted)" "$(granted stale)"
	with_secret
	unset AZURE_CLIENT_SECRET
	export AZURE_FEDERATED_TOKEN_FILE=assertion
	echo hush.one >assertion
	ask 0
	echo hush.two >assertion
	ask 78
	run sent 1
	want='client_id=client-1&client_assertion_type=urn%3Aietf%3Aparams%3A'
	want+='oauth%3Aclient-assertion-type%3Ajwt-bearer'
	want+='&client_assertion=hush.one&grant_type=client_credentials'
	[[ ${lines[-1]} == "$want&"* ]]
	run sent 2
	[[ ${lines[-1]} == *'&client_assertion=hush.two&'* ]]
	rm assertion
	ask 78
	says 'workload identity: assertion: No such file'
}

# A managed identity's answer, whose numbers are strings.
managed() {
	printf '200 body={"access_token":"%s","expires_on":"%s",' \
	    "${1:-sesame}" "$(($(date +%s) + 3600))"
	printf '"resource":"r","token_type":"Bearer"}\n'
}

@test "the metadata service of a machine" {
	start_sink '404' "$(managed)"
	export AZURE_POD_IDENTITY_AUTHORITY_HOST=$SINK_URL/
	AZURE_CLIENT_ID='a b' ask 0
	run sent 2
	want='/metadata/identity/oauth2/token?api-version=2018-02-01'
	want+='&resource=https%3A%2F%2Fkusto.kusto.windows.net&client_id=a%20b'
	[ "${lines[0]}" = "GET $want HTTP/1.1" ]
	[[ $output == *$'\nMetadata: true\n'* ]]
	[ "$(sink_requests)" -eq 2 ]
	grep -F 'source="managed identity"' log
}

@test "a machine without an identity, and one that is none" {
	local no='"error_description":"Identity not found"'
	start_sink "400 body={\"error\":\"invalid_request\",$no}" '403' \
	    '200 body=<html>' '429 after=1' "$(managed)"
	export AZURE_POD_IDENTITY_AUTHORITY_HOST=$SINK_URL
	ask 78
	says 'environment: AZURE_TENANT_ID is not set' \
	    'workload identity: AZURE_FEDERATED_TOKEN_FILE is not set' \
	    'managed identity: it answered 400 invalid_request: Identity not'
	ask 78
	says 'managed identity: it answered 403'
	# 429 and what makes no sense are tried again
	ask 0
	export AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:1
	ask 78
	says 'managed identity: Failed to connect to 127.0.0.1 port 1'
}

@test "App Service" {
	start_sink "$(managed)"
	export IDENTITY_ENDPOINT=$SINK_URL/msi/token IDENTITY_HEADER=hush
	ask 0
	run sent 1
	want='/msi/token?api-version=2019-08-01'
	want+='&resource=https%3A%2F%2Fkusto.kusto.windows.net'
	[ "${lines[0]}" = "GET $want HTTP/1.1" ]
	[[ $output == *$'\nX-IDENTITY-HEADER: hush\n'* ]]
	run cat "$KUSTO_RECORD"
	[[ $output != *hush* ]]
}

@test "Azure Arc: a file that only root reads proves who asks" {
	mkdir keys
	printf 'hush' >keys/a.key
	printf 'hush' >other.key
	printf 'hush%04100d' 0 >keys/long.key
	start_sink "401 key=$PWD/keys/a.key" "$(managed)" \
	    "401 key=$PWD/other.key" "401 key=$PWD/keys/../other.key" \
	    "401 key=$PWD/keys/long.key" "401 key=$PWD/keys/none.key" '200'
	export IDENTITY_ENDPOINT=$SINK_URL/metadata/identity/oauth2/token
	export IMDS_ENDPOINT=$SINK_URL KQLPIPE_ARC_TOKENS=$PWD/keys
	ask 0
	run sent 1
	[[ ${lines[0]} == 'GET '*'?api-version=2020-06-01&resource='* ]]
	[[ $output == *$'\nMetadata: true'* && $output != *Authorization* ]]
	run sent 2
	[[ $output == *$'\nAuthorization: Basic hush' ]]
	ask 78
	says 'names a file that is no key'
	ask 78
	says 'names a file that is no key'
	ask 78
	says 'long.key'
	ask 78
	says 'none.key: No such file'
	[ "$(sink_requests)" -eq 6 ]
	ask 75
	says 'answered 200 without a challenge'
}

# fake_az LINE...: a program az that does these lines.
fake_az() {
	mkdir -p bin
	printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$PWD/argv'" "$@" >bin/az
	chmod +x bin/az
	export PATH=$PWD/bin:$PATH AZURE_TOKEN_CREDENTIALS=dev
}

@test "the Azure CLI" {
	local at until
	until=$(date -d '+1 hour' '+%F %T.123456')
	at=$(($(date +%s) + 3600))
	fake_az "echo '{\"accessToken\":\"sesame\",\"expires_on\":$at}'"
	ask 0
	[ "$(cat argv)" = 'account get-access-token -o json --resource '\
'https://kusto.kusto.windows.net' ]
	grep -F 'source="Azure CLI"' log
	# an older one, which has local time
	fake_az "echo '{\"accessToken\":\"sesame\",\"expiresOn\":\"$until\"}'"
	TZ=Asia/Kolkata ask 75
	until=$(TZ=Asia/Kolkata date -d '+1 hour' '+%F %T.123456')
	fake_az "echo '{\"accessToken\":\"sesame\",\"expiresOn\":\"$until\"}'"
	AZURE_TENANT_ID=t TZ=Asia/Kolkata ask 0
	[[ $(tail -n 1 argv) == *' --tenant t' ]]
}

@test "an Azure CLI that is not there, not logged in, or says nonsense" {
	AZURE_TOKEN_CREDENTIALS=dev PATH="$KQLPIPE_BIN:/nowhere:$PATH" ask 78
	says 'Azure CLI: '
	fake_az "echo 'WARNING: x' >&2" \
	    "echo \"ERROR: Please run 'az login' to setup account.\" >&2" \
	    'exit 1'
	ask 78
	says "Azure CLI: Please run 'az login' to setup account."
	fake_az 'echo sesame'
	ask 75
	says 'Azure CLI: what it writes is no token'
	fake_az 'exec yes sesame'
	ask 75
	says 'Azure CLI: it says too much'
}

@test "a wrong secret is for somebody to mend, and asked about once" {
	local says='AADSTS7000215: Invalid client secret hush & hush.'
	start_sink "401 body={\"error\":\"invalid_client\",\
\"error_description\":\"$says\\r\\u000aTrace ID: 1\",\"error_codes\":[7000215]}"
	with_secret
	ask 78
	says 'it answered 401 invalid_client: AADSTS7000215: Invalid client'
	run jq -r '.["@end"].error | "\(.code) \(.permanent) \(.http)"' out
	[ "$output" = 'Http401 false 401' ]
	[ "$(sink_requests)" -eq 1 ]
	AZURE_TENANT_ID=../x ask 78
	says 'AZURE_TENANT_ID is no tenant'
	AZURE_AUTHORITY_HOST=http://login.example ask 78
	says 'http://login.example is not https://'
	AZURE_TOKEN_CREDENTIALS=none ask 78
	says 'AZURE_TOKEN_CREDENTIALS names no source'
	[ "$(sink_requests)" -eq 1 ]
}

@test "what may pass is tried three times" {
	start_sink '503' 'close' "$(granted)" '500' '200 fill=200000' '302' \
	    '200 body={"access_token":"sesame"}'
	with_secret
	ask 0
	ask 75
	says 'environment: it answered 302, a redirect'
	[ "$(sink_requests)" -eq 6 ]
	ask 75
	says 'environment: its answer is no token with an expiry'
	AZURE_AUTHORITY_HOST=http://127.0.0.1:1 ask 75
	says 'environment: Failed to connect to 127.0.0.1 port 1'
}

@test "an answer without end is not read to its end" {
	start_sink '200 fill=20000000'
	with_secret
	ask 75
	says 'its answer has more than 65536 bytes'
}

@test "after a 401 another token is fetched, and the query sent once more" {
	start_sink "$(granted stale)" "$(granted)"
	with_secret
	ask 0
	[ "$(sink_requests)" -eq 2 ]
	grep -F 'asking again with another token' log
	# but only once
	stop_all
	start_kusto -t theirs DB=file:data
	start_sink "$(granted stale)"
	export AZURE_AUTHORITY_HOST=$SINK_URL
	ask 78
	[ "$(sink_requests)" -eq 2 ]
	[ "$(grep -c '"path":"/v2' "$KUSTO_RECORD")" -eq 3 ]
}

# Six windows of a minute, run by kqlrun OPTION...; each is good.
windows() {
	jq -nc '{type: "ADDED", object: {kind: "MetricsExporter",
	    apiVersion: "adx-mon.azure.com/v1",
	    metadata: {namespace: "t", name: "a", generation: 1},
	    spec: {database: "DB", interval: "1m", body: "T",
		transform: {valueColumn: "id", defaultMetricName: "m"}}}}' |
	    timeout 60 kqlrun -v -e "DB=$KUSTO_URL" \
		--from 2025-06-25T10:00:00Z --to 2025-06-25T10:06:00Z "$@" \
		>out 2>log || :
	[ "$(grep -c '^{"@end":.*"rows":2' out)" -eq 6 ] ||
	    fail "$(cat log)"
}

@test "many queries that want a token at once share one question" {
	start_sink "${granted:-$(granted | sed 's/^200/200 delay=700/')}"
	with_secret
	windows -j 8
	[ "$(sink_requests)" -eq 1 ]
}

# slow_kusto: each query takes most of a second.
slow_kusto() {
	stop_all
	printf '{"delay":800,"times":99}\n' >script
	start_kusto -f script -t theirs DB=file:data
}

@test "a token is replaced before it expires" {
	slow_kusto
	start_sink "$(granted | sed 's/"expires_in"/"refresh_in":1,&/')"
	with_secret
	unset AZURE_CLIENT_SECRET
	export AZURE_FEDERATED_TOKEN_FILE=assertion
	echo hush >assertion
	windows -j 1
	(($(sink_requests) >= 3)) || fail "$(cat log)"
	run grep -c 'msg="query failed"' log
	[ "$output" -eq 0 ]
}

@test "a token that holds is used when no other can be had" {
	slow_kusto
	start_sink "$(granted | sed 's/"expires_in"/"refresh_in":1,&/')" \
	    '401 body={"error":"invalid_client"}'
	with_secret
	windows -j 1
	grep 'msg="no token"' log | grep -F 'it answered 401 invalid_client'
	run grep -c 'msg="query failed"' log
	[ "$output" -eq 0 ]
}
