#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# When kqlrun asks a service, and when it leaves it alone.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data
	echo id >data/T.csv
}

# served FAULT...: a service of DB whose next requests go wrong that way.
served() {
	printf '%s\n' "$@" >script
	start_kusto -f script DB=file:data
}

# resources N INTERVAL SINCE: the events of N of them that have come to SINCE.
resources() {
	jq -nc --argjson n "$1" --arg interval "$2" --arg since "$3" \
	    'range($n) | {type: "ADDED", object: {
	    apiVersion: "adx-mon.azure.com/v1", kind: "MetricsExporter",
	    metadata: {namespace: "n", name: "r\(.)", generation: 1},
	    spec: {database: "DB", interval: $interval, body: "T",
		transform: {valueColumn: "id", defaultMetricName: "m"}},
	    status: {lastSuccessfulExecution: $since}}}'
}

# asked N: the service has been asked so often.
asked() {
	[ "$(wc -l <"$KUSTO_RECORD")" -ge "$1" ]
}

# run_on EVENTS OPTION...: kqlrun, whose input does not end.
run_on() {
	mkfifo in
	kqlrun -v -e "DB=$KUSTO_URL" "${@:2}" <in >frames 2>log 3>&- &
	keep_pid $!
	exec 7>in
	cat "$1" >&7
}

# gaps: the time between one request and the next, ms.
gaps() {
	jq -s '[range(1; length) as $i | .[$i].ms - .[$i - 1].ms] | .[]' \
	    "$KUSTO_RECORD"
}

# ends: until when each window goes that was asked for.
ends() {
	jq -r .body.properties.Options.query_now "$KUSTO_RECORD" | sort
}

teardown() {
	exec 7>&-
	stop_all
}

@test "a service whose clock is behind is asked for what it has by then" {
	local theirs since
	since=$(date -ud '-3 hours' +%FT%T.0000000Z)
	resources 2 5m "${since/.0000000/}" >events
	served '{"date":-3600,"times":1000}'
	kqlrun -1 -j 1 -e "DB=$KUSTO_URL" <events >frames
	theirs=$(date -ud '-1 hour' +%FT%T.0000000Z)
	[[ $(ends | tail -n 1) < $theirs ]]
	[[ $(ends | tail -n 1) > $(date -ud '-66 minutes' +%FT%T) ]]
	(($(wc -l <"$KUSTO_RECORD") >= 48)) || fail "$(ends)"
}

@test "a backfill goes as far as the clock of a service that is behind" {
	local range
	range=(--from "$(date -ud '-3 hours' +%FT%TZ)" --to "$(date -u +%FT%TZ)")
	resources 1 5m 2025-06-25T10:00:00Z >events
	served '{"date":-3600,"times":1000}'
	kqlrun "${range[@]}" -e "DB=$KUSTO_URL" <events >frames 2>log
	grep -F 'the range reaches into what is not complete' log
	[[ $(ends | tail -n 1) < $(date -ud '-1 hour' +%FT%T) ]]
	[[ $(ends | tail -n 1) > $(date -ud '-66 minutes' +%FT%T) ]]
}

@test "nothing is asked before Retry-After, by no resource" {
	resources 3 5m 2025-06-25T10:00:00Z >events
	served '{"status":429,"code":"Throttled","retryAfter":1}'
	run_on events -j 1 --now 2025-06-25T10:05:00Zx1
	wait_for 20 asked 3
	run gaps
	((lines[0] >= 1000)) || fail "$output"
	grep -F 'retry_after_ms=1000' log
}

@test "a backfill waits for Retry-After, also at its end of input" {
	local range=(--from 2025-06-25T10:00:00Z --to 2025-06-25T10:15:00Z)
	resources 1 5m 2025-06-25T10:00:00Z >events
	served '{}' '{"status":503,"text":"","retryAfter":1}'
	run kqlrun "${range[@]}" -e "DB=$KUSTO_URL" <events
	# the window that failed is owed
	[ "$status" -eq 75 ]
	run gaps
	[ "${#lines[@]}" -eq 2 ]
	((lines[1] >= 1000)) || fail "$output"
}

# at_once: the most requests that the service had on its hands.
at_once() {
	jq -s 'map(.atOnce) | max' "$KUSTO_RECORD"
}

@test "--cluster-jobs is what one service gets at once, in a backfill too" {
	resources 8 5m 2025-06-25T10:00:00Z >events
	served '{"delay":300,"times":99}'
	run kqlrun -1 -j 8 --cluster-jobs 3 --now 2025-06-25T10:05:00Z \
	    -e "DB=$KUSTO_URL" <events
	[ "$status" -eq 0 ]
	asked 8
	[ "$(at_once)" -eq 3 ]
	: >"$KUSTO_RECORD"
	run kqlrun -j 8 --cluster-jobs 2 --now 2025-06-25T10:05:00Z \
	    --from 2025-06-25T10:00:00Z --to 2025-06-25T10:05:00Z \
	    -e "DB=$KUSTO_URL" <events
	[ "$status" -eq 0 ]
	asked 8
	[ "$(at_once)" -eq 2 ]
	: >"$KUSTO_RECORD"
	run kqlrun -1 -j 8 --now 2025-06-25T10:05:00Z -e "DB=$KUSTO_URL" \
	    <events
	[ "$(at_once)" -eq 8 ]
	# another service has room of its own
	: >"$KUSTO_RECORD"
	sed 's/"DB"/"OTHER"/' events | tail -n 4 >others
	head -n 4 events | cat - others |
	    kqlrun -1 -j 8 --cluster-jobs 2 --now 2025-06-25T10:05:00Z \
		-e "DB=$KUSTO_URL" -e "OTHER=$KUSTO_URL/path" >frames || :
	[ "$(at_once)" -eq 4 ]
}

@test "--spread starts windows evenly, none before it is due" {
	resources 20 5m 2025-06-25T10:00:00Z >events
	served '{}'
	# 30 seconds of the clock are 3
	run_on events -j 20 --spread 30s --now 2025-06-25T10:05:00Zx10
	wait_for 20 asked 20
	jq -se 'map(.ms) | max - min >= 1000 and (. as $at | all(. as $x |
	    $at | map(select(. >= $x and . < $x + 1000)) | length <= 16))' \
	    "$KUSTO_RECORD" || fail "$(gaps)"
}

@test "a service that is away is tried with one window at a time" {
	resources 20 5m 2025-06-25T10:00:00Z >events
	served '{"status":503,"text":"","times":7}'
	# trials after 5, 10 and 20 s of the clock: 125, 250 and 500 ms
	run_on events -j 1 --metrics-file counts \
	    --now 2025-06-25T10:05:00Zx40
	wait_for 20 asked 20
	run gaps
	((lines[4] >= 125 && lines[5] >= 250 && lines[6] >= 500)) ||
	    fail "$output"
	wait_for 10 grep -F 'msg="an endpoint or destination is back"' log
	[ "$(grep -c 'an endpoint or destination is away' log)" -eq 1 ]
}

@test "queries on their way when a service goes open the breaker but once" {
	resources 20 5m 2025-06-25T10:00:00Z >events
	served '{"close":true,"times":9}'
	run_on events -j 8 --now 2025-06-25T10:05:00Zx40
	wait_for 20 asked 20
	# of those behind the first eight one is asked at a time
	jq -se '.[8:10] | all(.atOnce == 1)' "$KUSTO_RECORD"
	[ "$(grep -c 'an endpoint or destination is away' log)" -eq 1 ]
}
