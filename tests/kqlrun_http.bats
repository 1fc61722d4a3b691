#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# kqlrun against a Kusto service: what it asks, and what it makes of answers.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data
	printf 'id,name\n1,one\n2,two\n' >data/T.csv
}

# The text behind "key=" in the last line of the log on stderr.
logged() {
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$stderr" | tail -n 1
}

@test "a query is answered by the service, and asked as it should be" {
	start_kusto "DB=file:data"
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL" --timeout 90s \
	    -q 'T | sort by id asc'
	[ "$status" -eq 0 ]
	[ "$(kql2rows <<<"$output")" = '{"id":1,"name":"one"}
{"id":2,"name":"two"}' ]
	run jq -r '.headers["x-ms-client-request-id"], .activityId' \
	    "$KUSTO_RECORD"
	[[ ${lines[0]} =~ ^kqlpipe\;[0-9a-f]{8}-[0-9a-f-]{27}$ ]]
	[ "$(logged request)" = "${lines[0]}" ]
	[ "$(logged activity)" = "${lines[1]}" ]
	jq -e '.path == "/v2/rest/query" and .headers.Accept ==
	    "application/json" and .headers["Accept-Encoding"] == "gzip" and
	    .headers.Authorization == null and .body.db == "DB" and
	    .body.properties.Options == {
		results_v2_newlines_between_frames: true,
		results_v2_fragment_primary_tables: true,
		results_error_reporting_placement: "end_of_table",
		request_readonly: true, servertimeout: "00:01:30"}' \
	    "$KUSTO_RECORD"
}

@test "--param is for the parameters that a query declares" {
	local all='declare query_parameters(n:long, s:string, t:datetime,
	    d:dynamic, u:timespan = 2h);
	    print n = n, s = s, t = t, d = d, u = u'
	local given=(--param n=9223372036854775807 --param 's=it is = "so"'
	    --param 't=datetime(2025-06-25)' --param 'd=dynamic([1])'
	    --param other=1)
	local want='{"n":9223372036854775807,"s":"it is = \"so\"",'
	want+='"t":"2025-06-25T00:00:00Z","d":[1],"u":"02:00:00"}'
	start_kusto DB=file:data
	for at in "$KUSTO_URL" file:data; do
		run --separate-stderr kqlrun -e "DB=$at" "${given[@]}" -q "$all"
		[ "$status" -eq 0 ]
		[ "$(kql2rows <<<"$output")" = "$want" ]
		run kqlrun -e "DB=$at" --param n=seven \
		    -q 'declare query_parameters(n:long); print n'
		[ "$status" -eq 65 ]
		[[ $output == *"parameter 'n' of type long"*seven* ]]
		run kqlrun -e "DB=$at" \
		    -q 'declare query_parameters(n:long); print n'
		[ "$status" -eq 65 ]
	done
	jq -se '.[0].body.properties.Parameters.t == "datetime(2025-06-25)"' \
	    "$KUSTO_RECORD"
	kqlrun --check -e DB=file:data --param n=1 \
	    -q 'declare query_parameters(n:long); print n'
	for wrong in n =1 'n=1 --param n=2'; do
		# shellcheck disable=SC2086 # the last is three words
		run kqlrun -e DB=file:data --param $wrong -q 'print 1'
		[ "$status" -eq 64 ]
	done
	run kqlrun -1 -e DB=file:data --param n=1
	[ "$status" -eq 64 ]
}

@test "a refused query keeps the service's code, words and ids" {
	start_kusto "DB=file:data"
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL/" -q 'T | nonsense'
	[ "$status" -eq 65 ]
	jq -e --arg id "$(logged request)" '.["@end"].error |
	    .code == "General_BadRequest" and .permanent and
	    .http == 400 and .requestId == $id and
	    (.message | contains("nonsense"))' <<<"$output"
	[ "$(logged line)" = 1 ]
}

@test "a service that is not there is asked again some day" {
	run --separate-stderr kqlrun -e "DB=http://127.0.0.1:$(free_port)" -q T
	[ "$status" -eq 75 ]
	jq -e '.["@end"].error | .code == "Unavailable" and
	    (.permanent | not)' <<<"$output"
}

# served FAULT...: a service of DB whose next requests go wrong that way.
served() {
	printf '%s\n' "$@" >script
	start_kusto -f script "DB=file:data"
}

# fails STATUS CODE PERMANENT [HTTP]: -q ends so, and its @end says so.
fails() {
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL" --timeout 1s -q T
	local want="$*" got
	got="$status $(jq -r '.["@end"].error | [.code,
	    (.permanent | tostring), (.http // "" | tostring)] | join(" ")' \
	    <<<"${output:-null}")"
	[ "${got% }" = "$want" ] || fail "got $got, want $want: $output"
	[ "$(grep -c 'msg="query failed"' <<<"$stderr")" -eq 1 ]
	[[ $stderr == *" code=$2 "* || $stderr == *" code=\"$2\" "* ]]
	[[ $stderr == *' request=kqlpipe;'* ]]
}

@test "each status is in its class, and the body's word counts" {
	served '{"status":400,"code":"General_BadRequest","permanent":true}' \
	    '{"status":400,"code":"IllFormattedData","permanent":false}' \
	    '{"status":400,"text":"Bad request: x\r\nError details:\r\nId=1"}' \
	    '{"status":401,"text":""}' \
	    '{"status":403,"code":"Forbidden","permanent":true}' \
	    '{"status":403,"text":"<html>"}' \
	    '{"status":404,"text":"Not Found"}' \
	    '{"status":409,"text":""}' '{"status":413,"text":""}' \
	    '{"status":429,"code":"TooManyRequests","permanent":true}' \
	    '{"status":500,"code":"InternalError","permanent":false}' \
	    '{"status":500,"code":"InternalError","permanent":true}' \
	    '{"status":500,"text":"oops"}' '{"status":503,"text":""}' \
	    '{"status":504,"code":"Timeout","permanent":false}' \
	    '{"status":520,"code":"ServiceError","permanent":true}' \
	    '{"redirect":"https://elsewhere.example/"}'
	fails 65 General_BadRequest true 400
	fails 75 IllFormattedData false 400
	fails 65 Http400 true 400
	[ "$(jq -r '.["@end"].error.message' <<<"$output")" = \
	    'Bad request: x' ]
	fails 78 Http401 false 401
	fails 78 Forbidden true 403
	fails 78 Http403 true 403
	fails 78 Http404 true 404
	fails 75 Http409 false 409
	fails 65 Http413 true 413
	fails 75 TooManyRequests false 429
	fails 75 InternalError false 500
	fails 65 InternalError true 500
	fails 75 Http500 false 500
	fails 75 Http503 false 503
	fails 75 Timeout false 504
	fails 65 ServiceError true 520
	fails 78 Http302 true 302
	[[ $output == *elsewhere.example* ]]
}

@test "an error inside an answer of status 200 is found wherever it is" {
	local limit='"code":"LimitsExceeded","message":"E_QUERY_RESULT_SET_"'
	served "{\"place\":\"rows\",$limit}" \
	    "{\"place\":\"table\",$limit,\"permanent\":true}" \
	    "{\"place\":\"dataset\",$limit}" \
	    '{"place":"table","code":"Internal","permanent":true}' \
	    '{"place":"level","message":"80DA0003"}' '{"place":"cancel"}'
	fails 75 LimitsExceeded false 200
	fails 75 LimitsExceeded false 200
	fails 75 LimitsExceeded false 200
	fails 65 Internal true 200
	fails 75 'E_QUERY_RESULT_SET_TOO_LARGE (80DA0003)' false 200
	fails 75 Truncated false 200
	kqlrun -e "DB=$KUSTO_URL" -q T | kql2rows | wc -l | grep -qx 2
}

@test "an answer that is cut, slow or never comes" {
	served '{"cut":900}' '{"cut":900,"gzip":false}' '{"cut":0}' \
	    '{"close":true}' '{"slow":100}' '{"hang":true}' '{"delay":200}'
	fails 75 Truncated false 200
	fails 75 Truncated false 200
	fails 75 Unavailable false
	fails 75 Unavailable false
	fails 75 Timeout false 200
	fails 75 Timeout false
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL" --timeout 1s -q T
	[ "$status" -eq 0 ]
}

# ---- windows ----

# A resource whose window 10:00 to 10:05 is due at 10:05 and holds a row, as
# if all before it had been delivered.
load_resource() {
	mkdir -p res state/test
	printf 't,v\n2025-06-25T10:01:00Z,7\n' >data/V.csv
	cat >res/a.yaml <<-EOF
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: a, namespace: test}
	spec:
	  database: DB
	  interval: 5m
	  body: |
	    V
	    | where t between (_startTime .. _endTime)
	  transform: {valueColumn: v, timestampColumn: t, defaultMetricName: m}
	EOF
	jq -n '{apiVersion: "adx-mon.azure.com/v1", kind: "MetricsExporter",
	    metadata: {namespace: "test", name: "a"},
	    status: {lastSuccessfulExecution: "2025-06-25T10:00:00Z",
	    backlog: []}}' >state/test/a.json
}

# pipeline OPTION...: the whole of it once; the statuses of kqlrun and
# crdstatus, the conditions in ./conditions, kqlrun's log in ./log.
pipeline() {
	crdwatch -1 -f res -s state 2>/dev/null |
	    kqlrun -1 --now 2025-06-25T10:05:30Z -e "DB=$KUSTO_URL" "$@" \
		2>log | tee frames | kql2rows 2>/dev/null |
	    rows2prom 2>/dev/null |
	    promsend --protocol 1 "$SINK_URL" 2>/dev/null |
	    crdstatus -s state >/dev/null 2>status.log
	printf '%s\n' "${PIPESTATUS[1]}"
	grep '^{"@condition"' frames >conditions || :
}

# ends_up CODE HTTP REASON [OPTION...]: the window fails with the code: kqlrun
# exits 1, its log has code and answer, its condition the reason, as has the
# status, which owes the window.
ends_up() {
	local code=$1 http=$2 reason=$3
	shift 3
	load_resource
	[ "$(pipeline "$@")" -eq 1 ] || fail "$(cat log)"
	grep 'msg="query failed"' log | grep 'level=warn' |
	    grep 'window=test/a@2025-06-25T10:00:00Z' |
	    grep -F " code=$code " | grep -F " http=$http " |
	    grep -F ' request=kqlpipe;' || fail "$(cat log)"
	[ "$(jq -r '.["@condition"] | .type + " " + .reason' conditions)" = \
	    "Ready $reason" ] || fail "$(cat conditions)"
	jq -e --arg code "$code" --arg reason "$reason" '.status |
	    .lastSuccessfulExecution == "2025-06-25T10:00:00Z" and
	    (.backlog | length) == 1 and
	    (.backlog[0] | .startTime == "2025-06-25T10:00:00Z" and
		.attempts == 1 and .error.stage == "kqlrun" and
		.error.code == $code) and
	    (.conditions[] | select(.type == "Ready") |
		.status == "False" and .reason == $reason)' \
	    state/test/a.json || fail "$(cat state/test/a.json)"
	# and it goes through once the service is well again
	[ "$(pipeline)" -eq 0 ] || fail "$(cat log)"
	jq -e '.status | .lastSuccessfulExecution == "2025-06-25T10:05:00Z" and
	    (.backlog == [])' state/test/a.json
	[[ $(cat log) == *'msg="query done"'*' rows=1 '*' activity='* ]]
}

@test "a window whose query is refused or forbidden says so until it is well" {
	local yes='"permanent":true'
	start_sink
	served '{"status":400,"code":"General_BadRequest","permanent":true}' \
	    '{}' '{"status":403,"code":"Forbidden","permanent":true}' '{}' \
	    '{"status":404,"text":"Not Found"}' '{}' \
	    '{"status":400,"code":"BadRequest_DatabaseNotExist",'"$yes"'}' \
	    '{}'
	ends_up General_BadRequest 400 QueryRejected
	ends_up Forbidden 403 QueryRejected
	ends_up Http404 404 QueryRejected
	ends_up BadRequest_DatabaseNotExist 400 UnknownDatabase
}

@test "a window that the service cannot answer now is owed" {
	start_sink
	served '{"status":401,"text":""}' '{}' \
	    '{"status":429,"code":"TooManyRequests","retryAfter":7}' '{}' \
	    '{"status":429,"text":""}' '{}' \
	    '{"status":500,"code":"Internal"}' '{}' \
	    '{"status":503,"text":""}' '{}' \
	    '{"status":504,"code":"Timeout"}' '{}'
	ends_up Http401 401 QueryFailing
	ends_up TooManyRequests 429 QueryFailing
	ends_up Http429 429 QueryFailing
	ends_up Internal 500 QueryFailing
	ends_up Http503 503 QueryFailing
	ends_up Timeout 504 QueryFailing
}

@test "a window whose answer is cut, slow or wrong inside is owed whole" {
	start_sink
	served '{"cut":700}' '{}' '{"slow":100}' '{}' \
	    '{"place":"rows","code":"LimitsExceeded"}' '{}'
	ends_up Truncated 200 QueryFailing
	ends_up Timeout 200 QueryFailing --timeout 1s
	ends_up LimitsExceeded 200 QueryFailing
	# nothing of the bad ones was sent
	[ "$(sink_requests)" -eq 3 ]
}

@test "a token that is refused and replaced costs no window" {
	local grants='200 body={"expires_in":3599,"token_type":"Bearer",'
	load_resource
	echo sesame >theirs
	start_kusto -t theirs DB=file:data
	start_sink "$grants\"access_token\":\"stale\"}" \
	    "$grants\"access_token\":\"sesame\"}"
	export AZURE_AUTHORITY_HOST=$SINK_URL AZURE_TENANT_ID=t
	export AZURE_CLIENT_ID=c AZURE_CLIENT_SECRET=s
	start_sink
	[ "$(pipeline)" -eq 0 ] || fail "$(cat log)"
	grep -F 'asking again with another token' log
	[ "$(grep -c 'msg="query done" window=' log)" -eq 1 ]
	run grep 'msg="query failed"' log
	[ -z "$output" ]
	[ ! -s conditions ]
	jq -e '.status | .backlog == [] and
	    .lastSuccessfulExecution == "2025-06-25T10:05:00Z" and
	    (.conditions[] | select(.type == "Ready") | .status == "True")' \
	    state/test/a.json
}

@test "how long a service wants to be left alone is logged" {
	start_sink
	load_resource
	served '{"status":429,"code":"TooManyRequests","retryAfter":7}'
	[ "$(pipeline)" -eq 1 ]
	grep -F 'retry_after_ms=7000' log
}

# ---- tokens ----

# asked N: the service has been asked so often.
asked() {
	[ "$(wc -l <"$KUSTO_RECORD")" -ge "$1" ]
}

@test "a token comes from a file or the environment, and goes nowhere else" {
	echo sesame >token
	start_kusto -t token "DB=file:data"
	run --separate-stderr kqlrun -v --token-file token \
	    -e "DB=$KUSTO_URL" -q T
	[ "$status" -eq 0 ]
	[[ $stderr$output != *sesame* ]]
	KQLPIPE_TOKEN=sesame kqlrun -e "DB=$KUSTO_URL" -q T
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL" -q T
	[ "$status" -eq 78 ]
	KQLPIPE_TOKEN=wrong run --separate-stderr kqlrun -v \
	    -e "DB=$KUSTO_URL" -q T
	[ "$status" -eq 78 ]
	[[ $stderr$output != *wrong* ]]
	# the same token is not tried twice
	[ "$(grep -c '"path":"/v2' "$KUSTO_RECORD")" -eq 4 ]
	run kqlrun --token-file nope -e "DB=$KUSTO_URL" -q T
	[ "$status" -eq 78 ]
	printf 'two words\n' >bad
	run kqlrun --token-file bad -e "DB=$KUSTO_URL" -q T
	[ "$status" -eq 78 ]
	[[ $output != *words* ]]
}

@test "after a 401 the token is read again, and the query sent once more" {
	echo old >mine
	echo new >theirs
	printf '{"delay":1500}\n' >script
	start_kusto -f script -t theirs "DB=file:data"
	spawn log kqlrun --token-file mine -e "DB=$KUSTO_URL" -q T
	wait_for 10 asked 1
	echo new >mine
	wait "$SPAWN_PID"
	[ "$(jq -r '.headers["x-ms-client-request-id"]' "$KUSTO_RECORD" |
	    sort -u | wc -l)" -eq 2 ]
	grep -F 'msg="query done" rows=2' log
}

@test "a token goes over plain http to this machine alone" {
	echo sesame >token
	start_kusto "DB=file:data"
	# the proxy shows what another machine would have been sent
	http_proxy=$KUSTO_URL run --separate-stderr kqlrun --token-file token \
	    -e DB=http://kusto.example:8080 -q T
	[ "$status" -eq 0 ]
	[[ $stderr == *'without a token'* ]]
	jq -e '.headers.Host == "kusto.example:8080" and
	    .headers.Authorization == null' "$KUSTO_RECORD"
	http_proxy=http://127.0.0.1:1 kqlrun --token-file token \
	    -e "DB=${KUSTO_URL/127.0.0.1/localhost}" -q T
	jq -se '.[1].headers.Authorization == "Bearer"' "$KUSTO_RECORD"
}

@test "a redirect is not followed" {
	start_sink 200
	served "{\"redirect\":\"$SINK_URL/v2/rest/query\"}"
	KQLPIPE_TOKEN=sesame run --separate-stderr kqlrun \
	    -e "DB=$KUSTO_URL" -q T
	[ "$status" -eq 78 ]
	[[ $stderr == *"redirected to $SINK_URL"* ]]
	[ "$(sink_requests)" -eq 0 ]
}

# ---- what it reads ----

@test "all ten types come as the engine has them, nulls too" {
	local types='print b = true, i = int(-7), l = 9223372036854775807,
	    r = 0.1, n = real(nan), f = real(-inf),
	    d = decimal(1.0000000000000000000000000001),
	    t = datetime(2024-05-01T10:00:00.1234567Z),
	    s = timespan(-1.00:00:01.001),
	    g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642),
	    x = "naïve \"quoted\"\n\u0001", y = dynamic({"a":[1,{"b":null}]})'
	local nulls='print b = bool(null), i = int(null), l = long(null),
	    r = real(null), d = decimal(null), t = datetime(null),
	    s = timespan(null), g = guid(null), x = "", y = dynamic(null)'
	start_kusto DB=file:data
	for q in "$types" "$nulls"; do
		kqlrun -e DB=file:data -q "$q" | kql2rows >here
		kqlrun -e "DB=$KUSTO_URL" -q "$q" | kql2rows >there
		[ -s here ]
		diff here there
	done
	[[ $(kqlrun -e "DB=$KUSTO_URL" -q "$types" | kql2rows) == \
	*'"l":9223372036854775807,'*'"d":"1.0000000000000000000000000001"'* ]]
}

@test "a large result is split into lines, whole tables too" {
	start_kusto DB=file:data
	kqlrun -e "DB=$KUSTO_URL" \
	    -q 'range x from 1 to 100000 step 1 | extend y = tostring(x)' \
	    >frames
	[ "$(grep -c TableFragment frames)" -gt 4 ]
	kql2rows frames | jq -se 'length == 100000 and
	    (map(.x) | add) == 5000050000'
	# the service's limits hold unless the query lifts them
	run kqlrun -e "DB=$KUSTO_URL" -q 'range x from 1 to 500001 step 1'
	[ "$status" -eq 75 ]
	[[ $output == *LimitsExceeded*'record count limit 500000'* ]]
	run kqlrun -e "DB=$KUSTO_URL" --max-rows 9 \
	    -q 'range x from 1 to 10 step 1'
	[[ $output == *LimitsExceeded*'record count limit 9'* ]]
}

# kib LOG: the peak memory of kqlrun in it.
kib() {
	sed -n 's/^peak //p' "$1"
}

@test "10,000,000 rows take no more memory than 10" {
	needs_plain_build
	start_kusto DB=file:data
	for n in 10 10000000; do
		/usr/bin/time -f 'peak %M' -o "peak.$n" \
		    kqlrun -e "DB=$KUSTO_URL" --spool-dir . -q \
		    "set notruncation; range x from 1 to $n step 1" 2>log |
		    tail -n 2 >last.$n
		grep -F "\"RowCount\":$n}" last.$n ||
		    grep -F " rows=$n " log
	done
	(($(kib peak.10000000) < $(kib peak.10) + 4096)) ||
	    fail "$(kib peak.10) $(kib peak.10000000)"
}

# two_windows: events of a resource with a large answer, and one with a small.
two_windows() {
	jq -nc '{big: 300000, small: 2} | to_entries[] | {type: "ADDED", object: {
	    apiVersion: "adx-mon.azure.com/v1", kind: "MetricsExporter",
	    metadata: {namespace: "n", name: .key, generation: 1},
	    spec: {database: "DB", interval: "5m",
		body: "range x from 1 to \(.value) step 1",
		transform: {valueColumn: "x", defaultMetricName: "m"}},
	    status: {lastSuccessfulExecution: "2025-06-25T10:05:00Z"}}}'
}

# spooled DIR: what became of the two, answers that are large going to DIR.
spooled() {
	two_windows | KQLPIPE_NOW=2025-06-25T10:12:30Z kqlrun -1 \
	    --spool-dir "$1" -e "DB=$KUSTO_URL" 2>log |
	    jq -r '.["@end"] // empty | "\(.id[2:5]) \(.error.code // .rows)"' |
	    sort | paste -sd' '
}

teardown() {
	stop_all
	! mountpoint -q "$BATS_TEST_TMPDIR/disk" ||
	    umount "$BATS_TEST_TMPDIR/disk"
}

@test "an answer that the disk has no room for fails its window alone" {
	start_kusto DB=file:data
	mkdir spool
	[ "$(spooled spool)" = 'big 300000 sma 2' ]
	[ -z "$(ls spool)" ]
	[ "$(spooled nowhere)" = 'big Full sma 2' ]
	# files may not be so large
	[ "$(ulimit -f 1024; spooled spool)" = 'big Full sma 2' ]
	grep -q 'code=Full.*temporary file in spool: write: File too large' log
	mkdir disk
	mount -t tmpfs -o size=1m none disk 2>/dev/null ||
	    skip 'a small file system needs root'
	[ "$(spooled disk)" = 'big Full sma 2' ]
	grep -q 'code=Full.*temporary file in disk: write: No space left' log
	# What was written of it is gone.
	[ "$(df --output=used disk | tail -n 1)" -eq 0 ]
}

@test "--check parses for a service; --explain is for data that are here" {
	run kqlrun --check -e DB=https://kusto.example -q 'T | take 1'
	[ "$status" -eq 0 ]
	run kqlrun --check -e DB=https://kusto.example -q 'T | nonsense'
	[ "$status" -eq 65 ]
	run kqlrun --explain -e DB=https://kusto.example -q T
	[ "$status" -eq 64 ]
}
