#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# kqlrun: watch events in, windows of Kusto frames out; or one query.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	D=$BATS_TEST_TMPDIR/d
	OUT=$BATS_TEST_TMPDIR/out
	LOG=$BATS_TEST_TMPDIR/log
	mkdir "$D"
	cd "$BATS_TEST_TMPDIR" || return 1
	# a row a minute, from 10:00 to 10:59
	{
		echo 't,v,r'
		for m in {0..59}; do
			printf '2025-06-25T10:%02d:00Z,%d,eastus\n' "$m" "$m"
		done
	} >"$D/T.csv"
	export KQLPIPE_NOW=2025-06-25T10:12:30Z
}

IN_WINDOW='T | where t between (_startTime .. _endTime)'

# event NAME BODY [JQ]: an ADDED event; JQ changes it.
event() {
	jq -nc --arg name "$1" --arg body "$2" '{type: "ADDED", object: {
	    apiVersion: "adx-mon.azure.com/v1", kind: "MetricsExporter",
	    metadata: {namespace: "n", name: $name, generation: 1},
	    spec: {database: "D", body: $body, interval: "5m",
		transform: {valueColumn: "v", timestampColumn: "t",
		    defaultMetricName: "m"}}}} | '"${3:-.}"
}

# since TIME: what makes an event's resource be owed all from TIME on.
since() {
	printf '.object.status = {lastSuccessfulExecution: "%s"}' "$1"
}

run_once() {
	kqlrun -1 -e "D=file:$D" "$@"
}

# A line for each window: NAME START END ROWS-or-error CODE.
windows() {
	jq -r 'if .["@window"] then .["@window"] | "\(.name) \(.start[11:16]) \(.end[11:16])"
	    elif .["@end"] then .["@end"].error.code // .["@end"].rows
	    else empty end' "${1:-$OUT}" | paste -d' ' - -
}

conditions() {
	jq -r '.["@condition"] // empty | "\(.name) \(.type) \(.status) \(.reason)"' \
	    "${1:-$OUT}"
}

# No line outside of @window and @end but @condition; none begins twice.
well_framed() {
	awk '
	    /^{"@window":/ { if (inside) bad = 1; inside = 1; next }
	    /^{"@end":/ { if (!inside) bad = 1; inside = 0; next }
	    /^{"@condition":/ { if (inside) bad = 1; next }
	    !inside { bad = 1 }
	    END { exit bad || inside }' "${1:-$OUT}"
}

rows() {
	jq -c 'select(.FrameType == "TableFragment") | .Rows[]' "${1:-$OUT}"
}

# A database in which `slow` never ends and `many` has 50,000 rows, or $1.
slow_database() {
	sqlite3 slow.db '
	    CREATE TABLE one(v INTEGER); INSERT INTO one VALUES (1);
	    CREATE VIEW slow AS WITH RECURSIVE c(v) AS
		(SELECT 1 UNION ALL SELECT v + 1 FROM c) SELECT v FROM c;
	    CREATE VIEW many AS WITH RECURSIVE c(v) AS
		(SELECT 1 UNION ALL SELECT v + 1 FROM c WHERE v < '"${1:-50000}"')
		SELECT v, 1750845600 + v AS t, '"'text of a row'"' AS s FROM c;'
}

# ---- one query ----

@test "a query's frames come one a line, its rows as they are" {
	kqlrun -e "D=file:$D" -q 'T | where v < 3 | project v, r' >"$OUT"
	[ "$(rows)" = $'[0,"eastus"]\n[1,"eastus"]\n[2,"eastus"]' ]
	[ "$(head -n 1 "$OUT" | jq -r .FrameType)" = DataSetHeader ]
	[ "$(tail -n 1 "$OUT" | jq -r .FrameType)" = DataSetCompletion ]
	run ! grep -q '^{"@' "$OUT"
}

@test "a query that is refused ends with 65 and the service's message" {
	run --separate-stderr kqlrun -e "D=file:$D" -q $'T\n| where nope == 1'
	[ "$status" -eq 65 ]
	[[ $stderr == *'msg="query failed"'*nope*line=2* ]]
	[ "$(jq -c '.["@end"].error | [.stage, .permanent]' <<<"$output")" = \
	    '["kqlrun",true]' ]
}

@test "a query may stand in a file" {
	printf 'T\n| count\n' >q.kql
	kqlrun -e "D=file:$D" --query-file q.kql >"$OUT"
	[ "$(rows)" = '[60]' ]
	run kqlrun -e "D=file:$D" --query-file nope.kql
	[ "$status" -ne 0 ]
	[[ $output == *nope.kql* ]]
}

@test "the database is named by -d, unless there is only one" {
	mkdir e
	printf 'v\n7\n' >e/U.csv
	run kqlrun -e "D=file:$D" -e E=file:e -q U
	[ "$status" -eq 64 ]
	[[ $output == *-d* ]]
	kqlrun -e "D=file:$D" -e E=file:e -d E -q U >"$OUT"
	[ "$(rows)" = '[7]' ]
	run kqlrun -e "D=file:$D" -d F -q U
	[ "$status" -eq 78 ]
}

@test "another cluster's database is found by both names" {
	mkdir e
	printf 'v\n7\n' >e/U.csv
	kqlrun -e "D=file:$D" -e C/E=file:e -d D \
	    -q "cluster('C').database('E').U" >"$OUT"
	[ "$(rows)" = '[7]' ]
}

@test "--check finds what is wrong and where, and runs nothing" {
	run kqlrun --check -e "D=file:$D" -q 'T | count'
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	run kqlrun --check -e "D=file:$D" -q $'T\n| wher v'
	[ "$status" -eq 65 ]
	[[ $output == *line=2* ]]
}

@test "--check without an endpoint looks at what needs none" {
	kqlrun --check -q "cluster('c').database('d').T | where x > 1"
	run kqlrun --check -q $'T\n| where ('
	[ "$status" -eq 65 ]
	event a "$IN_WINDOW" | kqlrun --check
}

@test "--explain prints SQL" {
	run kqlrun --explain -e "D=file:$D" -q 'T | where v > 3'
	[ "$status" -eq 0 ]
	[[ $output == *SELECT* ]]
}

@test "more rows than --max-rows are an error, never a cut" {
	run --separate-stderr kqlrun --max-rows 59 -e "D=file:$D" -q T
	[ "$status" -eq 75 ]
	[[ $output == '{"@end":{"error":'* ]]
	kqlrun --max-rows 60 -e "D=file:$D" -q T >"$OUT"
	[ "$(rows | wc -l)" -eq 60 ]
}

@test "a response of 1,000,000 rows takes no more memory than one of 10" {
	needs_plain_build
	slow_database 1000000
	/usr/bin/time -o time -f %M kqlrun -e D=sqlite:slow.db -q many >"$OUT"
	[ "$(rows | wc -l)" -eq 1000000 ]
	[ "$(<time)" -lt 32768 ]
}

@test "a query that takes too long is ended" {
	slow_database
	run --separate-stderr kqlrun --timeout 300ms -e D=sqlite:slow.db \
	    -q 'slow | count'
	[ "$status" -eq 75 ]
	[ "$(jq -r '.["@end"].error.code' <<<"$output")" = Timeout ]
	[[ $output == *'--timeout 300ms'* ]]
}

@test "now() stands where --now says" {
	kqlrun --now 2024-02-29T01:02:03Z -e "D=file:$D" -q 'print now()' \
	    >"$OUT"
	[ "$(rows)" = '["2024-02-29T01:02:03.0000000Z"]' ] ||
	    [ "$(rows)" = '["2024-02-29T01:02:03Z"]' ]
}

@test "endpoints that make no sense are refused" {
	run kqlrun -q T
	[ "$status" -eq 64 ]
	run kqlrun -e D -q T
	[ "$status" -eq 64 ]
	run kqlrun -e D=ftp://x -q T
	[ "$status" -eq 64 ]
	run kqlrun -e "D=file:$D" -e "d=file:$D" -q T
	[ "$status" -eq 64 ]
	[[ $output == *already* ]]
	run kqlrun -e 'D=https://user:secret@c.kusto.windows.net' -q T
	[ "$status" -eq 64 ]
	[[ $output == *credentials* ]]
	run kqlrun -e 'D=https://c.kusto.windows.net/?x=1' -q T
	[ "$status" -eq 64 ]
	run kqlrun -e D=file:nope -q T
	[ "$status" -eq 78 ]
	[[ $output == *nope* ]]
}

@test "options that exclude each other are refused" {
	local e=(-e "D=file:$D")
	run kqlrun "${e[@]}" -q T --query-file q
	[ "$status" -eq 64 ]
	run kqlrun "${e[@]}" -q T -1
	[ "$status" -eq 64 ]
	run kqlrun "${e[@]}" --from 2025-06-25T10:00:00Z
	[ "$status" -eq 64 ]
	run kqlrun "${e[@]}" --done x
	[ "$status" -eq 64 ]
	run kqlrun "${e[@]}" --explain
	[ "$status" -eq 64 ]
	run kqlrun "${e[@]}" --now yesterday -1
	[ "$status" -eq 64 ]
	run kqlrun "${e[@]}" -l region
	[ "$status" -eq 64 ]
	run kqlrun "${e[@]}" -l startTime=x
	[ "$status" -eq 64 ]
}

# ---- windows ----

@test "a new resource gets a status first, then its last complete window" {
	event a "$IN_WINDOW" | run_once >"$OUT"
	[ "$(windows)" = $'a 10:05 10:05 0\na 10:05 10:10 5' ]
	[ "$(rows | jq -r '.[1]' | paste -sd' ')" = '5 6 7 8 9' ]
	well_framed
}

@test "windows go on where the status says, up to now" {
	event a "$IN_WINDOW" "$(since 2025-06-25T10:00:00Z)" | run_once >"$OUT"
	[ "$(windows)" = $'a 10:00 10:05 5\na 10:05 10:10 5' ]
}

@test "a cursor off the grid makes one shorter window" {
	event a "$IN_WINDOW" "$(since 2025-06-25T10:02:00Z)" | run_once >"$OUT"
	[ "$(windows)" = $'a 10:02 10:05 3\na 10:05 10:10 5' ]
}

@test "ingestionDelay puts windows off" {
	event a "$IN_WINDOW" "$(since 2025-06-25T10:00:00Z) |
	    .object.spec.ingestionDelay = \"3m\"" | run_once >"$OUT"
	[ "$(windows)" = 'a 10:00 10:05 5' ]
}

@test "a window says all that stages and people need, in this order" {
	event a T "$(since 2025-06-25T10:05:00Z) |
	    .object.metadata.uid = \"u-1\" | .object.spec.exporters = [\"x\"]" |
	    run_once --destinations "x, y" >"$OUT"
	run jq -r '.["@window"] // empty | keys_unsorted | join(" ")' "$OUT"
	[ "$output" = "id namespace name rule uid generation start end attempt \
again late passOver since settled listed destinations to transform" ]
	run jq -c '.["@window"] // empty | [.namespace, .name, .rule, .uid,
	    .generation, .start, .end, .attempt, .again, .late, .passOver,
	    .since, .destinations, .to, .transform.valueColumn]' "$OUT"
	[ "$output" = '["n","a","","u-1",1,"2025-06-25T10:05:00Z","2025-06-25T10:10:00Z",1,true,false,false,"",["x"],["x"],"v"]' ]
	run jq -r '.["@window"].id // .["@end"].id // empty' "$OUT"
	[ "${lines[0]}" = "${lines[1]}" ]
	[ -n "${lines[0]}" ]
}

@test "now() in a window is its end" {
	event a 'print now()' "$(since 2025-06-25T10:05:00Z)" | run_once >"$OUT"
	[[ $(rows) == '["2025-06-25T10:10:00'* ]]
}

@test "cluster labels are names in queries, and whole strings" {
	local body="T | where r == _region and r == '_region' | count"
	event a "$body" "$(since 2025-06-25T10:05:00Z)" |
	    run_once -l region=eastus,data-class=x >"$OUT"
	[ "$(rows)" = '[60]' ]
	event a "$body" "$(since 2025-06-25T10:05:00Z)" |
	    run_once -l region=westus >"$OUT"
	[ "$(rows)" = '[0]' ]
}

@test "--dry-run prints what would be sent" {
	event a $'set x=1;\nT' "$(since 2025-06-25T10:05:00Z)" |
	    run_once --dry-run -l region=eastus >"$OUT"
	run jq -r '.database, .endpoint, .window.start, .query' "$OUT"
	[ "$output" = "D
file:$D
2025-06-25T10:05:00Z
set x=1;
let _startTime=datetime(2025-06-25T10:05:00Z);
let _endTime=datetime(2025-06-25T10:09:59.9999999Z);
let _region=\"eastus\";
T" ]
}

@test "windows of many resources never mix, whatever runs at once" {
	for i in {1..20}; do
		event "r$i" "$IN_WINDOW" "$(since 2025-06-25T09:00:00Z)"
	done >events
	run_once -j 8 <events >"$OUT" 2>"$LOG"
	well_framed
	[ "$(windows | wc -l)" -eq 280 ]
	# each resource's in order, none twice
	windows | awk '{
		if ($2 != (seen[$1] ? seen[$1] : "09:00")) exit 1
		seen[$1] = $3
	}'
}

@test "the clock runs as fast as --now says" {
	mkfifo in
	kqlrun --now 2025-06-25T10:04:00Zx600 -e "D=file:$D" <in >"$OUT" \
	    2>"$LOG" 3>&- &
	keep_pid $!
	exec 8>in
	event a "$IN_WINDOW" "$(since 2025-06-25T10:00:00Z)" >&8
	wait_for 20 grep -q '"@end".*10:10:00Z' "$OUT"
	exec 8>&-
	wait_for 10 gone $!
	[ "$(windows | head -n 3)" = \
	    $'a 10:00 10:05 5\na 10:05 10:10 5\na 10:10 10:15 5' ]
}

@test "without -1 nothing is begun after end of file" {
	event a "$IN_WINDOW" >events
	kqlrun -e "D=file:$D" <events >"$OUT"
	[ "$(windows | wc -l)" -le 1 ]
}

@test "a resource that was deleted is not run" {
	{
		event a T "$(since 2025-06-25T10:00:00Z)"
		event a T '.type = "DELETED"'
		event b T "$(since 2025-06-25T10:05:00Z)"
	} >events
	run_once <events >"$OUT"
	[ "$(windows)" = 'b 10:05 10:10 60' ]
}

@test "a resource that is being deleted is not run" {
	local leaving='.object.metadata.deletionTimestamp = "2025-06-25T10:00:00Z"'

	{
		event a T "$(since 2025-06-25T10:00:00Z) | $leaving"
		event b T "$(since 2025-06-25T10:00:00Z)"
		event b T "$(since 2025-06-25T10:00:00Z) | $leaving |
		    .type = \"MODIFIED\""
		event c T "$(since 2025-06-25T10:05:00Z)"
	} >events
	run_once <events >"$OUT"
	[ "$(windows)" = 'c 10:05 10:10 60' ]
}

@test "a changed resource runs as it is now" {
	{
		event a 'T | take 1' "$(since 2025-06-25T10:05:00Z)"
		event a 'T | take 2' "$(since 2025-06-25T10:05:00Z) |
		    .type = \"MODIFIED\" | .object.metadata.generation = 2"
	} >events
	run_once <events >"$OUT"
	[ "$(windows)" = 'a 10:05 10:10 2' ]
	[ "$(jq '.["@window"].generation // empty' "$OUT")" = 2 ]
}

@test "--max-ahead bounds how far it runs ahead of the status" {
	mkfifo in
	kqlrun --max-ahead 3 -e "D=file:$D" <in >"$OUT" 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	exec 8>in
	event a "$IN_WINDOW" "$(since 2025-06-25T09:00:00Z)" >&8
	wait_for 20 grep -q '"@end".*09:10:00Z' "$OUT"
	event b "$IN_WINDOW" "$(since 2025-06-25T10:05:00Z)" >&8
	wait_for 20 grep -q '"@end".*n/b' "$OUT"
	event a "$IN_WINDOW" "$(since 2025-06-25T09:10:00Z) |
	    .type = \"MODIFIED\"" >&8
	wait_for 20 grep -q '"@end".*09:20:00Z' "$OUT"
	exec 8>&-
	wait "$pid"
	[ "$(windows | grep -c ^a)" -eq 5 ]
}

@test "--max-catchup drops what is older, and says so in one window" {
	event a "$IN_WINDOW" "$(since 2025-06-25T09:00:00Z)" >events
	run_once --max-catchup 15m <events >"$OUT" 2>"$LOG"
	grep -q 'msg="windows dropped"' "$LOG"
	[ "$(windows)" = 'a 09:00 09:55 CatchupLimit
a 09:55 10:00 0
a 10:00 10:05 5
a 10:05 10:10 5' ]
	run ! grep @condition "$OUT"
}

# stuck BODY: an event of a resource whose window at 10:00 has failed since
# 10:01 in kqlrun.
stuck() {
	event a "$1" '.object.status = {
	    lastSuccessfulExecution: "2025-06-25T10:00:00Z", backlog: [{
		startTime: "2025-06-25T10:00:00Z",
		endTime: "2025-06-25T10:05:00Z", destinations: ["default"],
		attempts: 2, firstAttempt: "2025-06-25T10:01:00Z",
		lastAttempt: "2025-06-25T10:02:00Z", error: {stage: "kqlrun",
		    code: "LimitsExceeded", message: ""}}]}'
}

@test "a window whose query alone keeps failing is passed over" {
	stuck 'T | where _startTime < datetime(2025-06-25 10:05) or
	    t between (_startTime .. _endTime)' >events
	run --separate-stderr run_once --max-rows 10 <events
	printf '%s\n' "$output" >"$OUT"
	[ "$(windows)" = 'a 10:00 10:05 LimitsExceeded
a 10:05 10:10 5' ]
	[ "$(jq -c '.["@window"] // empty | [.attempt, .passOver]' "$OUT")" = \
	    $'[3,true]\n[1,false]' ]
	# not before --order-wait
	run_once --max-rows 10 --order-wait 1h <events >"$OUT" || :
	[ "$(jq -c '.["@window"] // empty | .passOver' "$OUT")" = false ]
}

@test "a window is not passed over while the next one's query fails too" {
	stuck T >events
	run --separate-stderr run_once --max-rows 10 <events
	printf '%s\n' "$output" >"$OUT"
	[ "$(windows)" = 'a 10:00 10:05 LimitsExceeded' ]
	[ "$(jq -c '.["@window"] // empty | .passOver' "$OUT")" = false ]
}

# ---- what goes wrong ----

@test "a query that fails is a window with an error, and a condition" {
	{
		event bad $'T\n| where nope' "$(since 2025-06-25T10:00:00Z)"
		event good T "$(since 2025-06-25T10:05:00Z)"
	} >events
	run --separate-stderr run_once <events
	[ "$status" -eq 1 ]
	printf '%s\n' "$output" >"$OUT"
	well_framed
	[ "$(windows | sort)" = \
	    $'bad 10:00 10:05 General_BadRequest\ngood 10:05 10:10 60' ]
	[ "$(conditions)" = 'bad Ready False QueryRejected' ]
	[[ $(jq -r '.["@end"].error.message // empty' "$OUT") == \
	    *'(line 2 of the body)' ]]
	[ "$(jq -r '.["@end"].error.permanent // empty' "$OUT")" = true ]
}

@test "what is wrong with a resource stops that one alone" {
	{
		event nodb T '.object.spec.database = "X"'
		event nodest T '.object.spec.exporter = "x"'
		event field T '.object.spec.intervall = "5m"'
		event day T '.object.spec.interval = "1d"'
		event status T '.object.status = {lastSuccessfulExecution: 7}'
		event criteria T '.problem = {type: "Criteria",
		    reason: "CriteriaExpressionError", message: "no _x"}'
		event good T "$(since 2025-06-25T10:05:00Z)"
	} >events
	run --separate-stderr run_once <events
	[ "$status" -eq 1 ]
	printf '%s\n' "$output" >"$OUT"
	[ "$(conditions)" = 'nodb Ready False UnknownDatabase
nodest Ready False UnknownDestination
field Ready False InvalidSpec
day Ready False InvalidSpec
criteria Criteria False CriteriaExpressionError' ]
	[ "$(windows)" = 'good 10:05 10:10 60' ]
	[[ $(jq -r 'select(.["@condition"].name == "field") |
	    .["@condition"].message' "$OUT") == *intervall* ]]
	[[ $stderr == *'resource=n/status'*lastSuccessfulExecution* ]]
}

@test "a condition is said once, and again when it has changed" {
	{
		event a T '.object.spec.database = "X"'
		event a T '.object.spec.database = "X" | .type = "MODIFIED"'
		event a T '.object.spec.database = "Y" | .type = "MODIFIED"'
	} >events
	run --separate-stderr run_once <events
	printf '%s\n' "$output" >"$OUT"
	[ "$(jq -r '.["@condition"].message' "$OUT")" = \
	    'no endpoint here is for database X
no endpoint here is for database Y' ]
}

@test "a cursor in the future is a skewed clock" {
	event a T "$(since 2025-06-25T12:00:00Z)" | run_once >"$OUT"
	[ "$(conditions)" = 'a Ready False ClockSkew' ]
	[ -z "$(windows)" ]
}

@test "lines that are no event are skipped with their number" {
	{
		echo 'not json'
		head -c 300 /dev/urandom | tr '\n' ' '
		echo
		echo '{"type":"SIDEWAYS","object":{}}'
		echo '{"type":"ADDED"}'
		echo '{"type":"ADDED","object":{"kind":"MetricsExporter"}}'
		echo '{"kind":"MetricsExporter","metadata":{"name":"x"}}'
		echo '{"type":"ERROR","object":{"message":"too old"}}'
		event good T "$(since 2025-06-25T10:05:00Z)"
	} >events
	run --separate-stderr run_once <events
	[ "$status" -eq 1 ]
	printf '%s\n' "$output" >"$OUT"
	[ "$(windows)" = 'good 10:05 10:10 60' ]
	for i in {1..7}; do
		[[ $stderr == *"msg=\"line skipped\" line=$i "* ]]
	done
	[[ $stderr == *'too old'* ]]
	[[ $stderr == *output-watch-events* ]]
}

@test "bookmarks and objects of other kinds are passed over" {
	{
		echo '{"type":"BOOKMARK","object":{"metadata":{}}}'
		echo '{"type":"ADDED","object":{"kind":"SummaryRule"}}'
		event good T "$(since 2025-06-25T10:05:00Z)"
	} >events
	run_once <events >"$OUT"
	[ "$(windows)" = 'good 10:05 10:10 60' ]
}

@test "input that ends inside a line is an error; what came whole counts" {
	{
		event good T "$(since 2025-06-25T10:05:00Z)"
		printf '{"type":"ADD'
	} >events
	run --separate-stderr run_once <events
	[ "$status" -eq 65 ]
	printf '%s\n' "$output" >"$OUT"
	[ "$(windows)" = 'good 10:05 10:10 60' ]
	[[ $stderr == *stdin:2* ]]
}

@test "a query's process that dies is that query's error" {
	slow_database
	mkfifo in
	kqlrun -e D=sqlite:slow.db -e "E=file:$D" <in >"$OUT" 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	exec 8>in
	event slow 'slow | count' "$(since 2025-06-25T10:05:00Z)" >&8
	wait_for 20 pgrep -P "$pid"
	kill -s KILL "$(pgrep -P "$pid")"
	wait_for 20 grep -q '"@end"' "$OUT"
	event good T "$(since 2025-06-25T10:05:00Z) |
	    .object.spec.database = \"E\"" >&8
	wait_for 20 grep -q '"@end".*rows' "$OUT"
	exec 8>&-
	wait "$pid"
	[ "$(windows)" = $'slow 10:05 10:10 Died\ngood 10:05 10:10 60' ]
	[ "$(conditions)" = 'slow Ready False QueryFailing' ]
	[[ $(<"$LOG") == *'signal 9'* ]]
}

@test "a window that takes too long fails, the others go by" {
	slow_database
	{
		event slow 'slow | count' "$(since 2025-06-25T10:05:00Z)"
		event good T "$(since 2025-06-25T10:05:00Z) |
		    .object.spec.database = \"E\""
	} >events
	run --separate-stderr kqlrun -1 --timeout 4s -e D=sqlite:slow.db \
	    -e "E=file:$D" <events
	[ "$status" -eq 1 ]
	printf '%s\n' "$output" >"$OUT"
	[ "$(windows)" = $'good 10:05 10:10 60\nslow 10:05 10:10 Timeout' ]
}

@test "no query outlives kqlrun" {
	slow_database
	mkfifo in
	kqlrun -e D=sqlite:slow.db <in >"$OUT" 2>"$LOG" 3>&- &
	local pid=$! child
	keep_pid "$pid"
	exec 8>in
	event slow 'slow | count' "$(since 2025-06-25T10:05:00Z)" >&8
	wait_for 20 pgrep -P "$pid"
	child=$(pgrep -P "$pid")
	kill -s KILL "$pid"
	wait_for 20 gone "$child"
	exec 8>&-
}

@test "events are read while nobody reads the output" {
	slow_database
	mkfifo in pipe
	event big many "$(since 2025-06-25T10:05:00Z) |
	    .object.spec.database = \"S\"" >first
	event other T '.object.spec.database = "X"' >second
	kqlrun -e S=sqlite:slow.db <in >pipe 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	exec 8>in 9<pipe
	cat first >&8
	wait_for 60 grep -q 'query done' "$LOG"
	# more than any pipe holds
	for i in {1..2000}; do
		cat second
	done | tee events >&8
	[ "$(stat -c %s events)" -gt 500000 ]
	wait_for 20 grep -q UnknownDatabase "$LOG"
	exec 8>&-
	cat <&9 >"$OUT"
	exec 9<&-
	wait "$pid" || [ $? -eq 1 ]
	well_framed
	[ "$(windows)" = 'big 10:05 10:10 50000' ]
}

@test "a full disk is an error, not a success" {
	event a T "$(since 2025-06-25T10:05:00Z)" >events
	run bash -c "kqlrun -1 -e 'D=file:$D' <events >/dev/full"
	[ "$status" -eq 75 ]
	run bash -c "kqlrun -e 'D=file:$D' -q T >/dev/full"
	[ "$status" -eq 75 ]
}

@test "a response that the spool has no room for fails its window" {
	slow_database
	event big many "$(since 2025-06-25T10:05:00Z)" >events
	run --separate-stderr kqlrun -1 --spool-dir /nonexistent \
	    -e D=sqlite:slow.db <events
	[ "$status" -eq 1 ]
	printf '%s\n' "$output" >"$OUT"
	[ "$(windows)" = 'big 10:05 10:10 Full' ]
}

@test "what is wrong is told again behind a window of the older spec" {
	slow_database
	mkfifo in
	kqlrun -e D=sqlite:slow.db --timeout 3s <in >"$OUT" 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	exec 8>in
	event slow 'slow | count' "$(since 2025-06-25T10:05:00Z)" >&8
	wait_for 20 pgrep -P "$pid"
	event slow 'slow | count' "$(since 2025-06-25T10:05:00Z) |
	    .object.spec.interval = \"0s\" | .object.metadata.generation = 2" >&8
	# Its receipt comes between, and says other than the condition.
	wait_for 20 grep -q '"@end"' "$OUT"
	wait_for 20 bash -c "tail -n 1 '$OUT' | grep -q InvalidSpec"
	exec 8>&-
	wait "$pid" || [ $? -eq 1 ]
	well_framed
	[ "$(conditions)" = "$(printf 'slow Ready False InvalidSpec\n%.0s' 1 2)" ]
	[ "$(jq -r 'keys[]' "$OUT" | paste -sd' ')" = \
	    '@condition @window @end @condition' ]
}

@test "a condition of a run for a rule names the rule" {
	event a T '.object.metadata.annotations = {"kqlpipe/rule": "r"} |
	    .object.spec.database = "X"' | run_once >"$OUT" || [ $? -eq 1 ]
	[ "$(jq -r '.["@condition"] | "\(.name) \(.rule) \(.reason)"' "$OUT")" = \
	    'a r UnknownDatabase' ]
}

@test "a closed output ends it, also while it is idle" {
	slow_database
	mkfifo in pipe
	kqlrun -e "D=file:$D" <in >pipe 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	exec 8>in 9<pipe
	exec 9<&-
	wait_for 20 gone "$pid"
	exec 8>&-
	local status=0
	wait "$pid" || status=$?
	[ "$status" -eq 141 ]
}

# ---- checks of a stream, backfill, counters ----

@test "--check looks at each resource's query" {
	event a "$IN_WINDOW" >good
	kqlrun --check -e "D=file:$D" <good
	{
		cat good
		event bad $'T\n| where\n  nope' "$(since 2025-06-25T10:00:00Z)"
		event nodb T '.object.spec.database = "X"'
		event wrong T '.object.spec.interval = "0s"'
		event problem T '.problem = {type: "Ready",
		    reason: "InvalidSpec", message: "broken here"}'
	} >events
	run --separate-stderr kqlrun --check -e "D=file:$D" <events
	[ "$status" -eq 65 ]
	[ -z "$output" ]
	[[ $stderr == *'resource=n/bad'*body_line=3* ]]
	[[ $stderr == *'resource=n/nodb'* ]]
	[[ $stderr == *'resource=n/wrong'* ]]
	[[ $stderr == *'broken here'* ]]
	[[ $stderr != *'resource=n/a '* ]]
}

@test "a backfill runs every window that the range touches, as late ones" {
	event a "$IN_WINDOW" "$(since 2025-06-25T10:05:00Z)" >events
	kqlrun --now 2025-06-25T12:00:00Z -e "D=file:$D" \
	    --from 2025-06-25T10:02:00Z --to 2025-06-25T10:16:00Z \
	    <events >"$OUT"
	[ "$(windows)" = 'a 10:00 10:05 5
a 10:05 10:10 5
a 10:10 10:15 5
a 10:15 10:20 5' ]
	[ "$(jq -c '.["@window"].late // empty' "$OUT" | sort -u)" = true ]
	well_framed
}

@test "a backfill says how far it is" {
	local range=(--from 2025-06-25T10:00:00Z --to 2025-06-25T10:20:00Z)
	event a "$IN_WINDOW" >events
	kqlrun --now 2025-06-25T12:00:00Z -e "D=file:$D" "${range[@]}" \
	    <events >"$OUT" 2>"$LOG"
	grep -qE 'msg=backfill|msg="backfill" done=4 windows=4' "$LOG"
	# on a terminal a line that is rewritten, and logs in front of it
	script -qec "kqlrun --now 2025-06-25T12:00:00Z -e 'D=file:$D' \
	    ${range[*]} <events >'$OUT'" typescript >/dev/null
	[ "$(windows | wc -l)" -eq 4 ]
	grep -q $'\r4 of 4 windows (100 %), .*/s, 0s left\033\\[K' typescript
	grep -q $'\r\033\\[Kts=' typescript
}

@test "a backfill leaves out what receipts say is delivered everywhere" {
	local range=(--from 2025-06-25T10:00:00Z --to 2025-06-25T10:10:00Z)
	event a "$IN_WINDOW" >events
	# receipt STATUS DESTINATION for the window line on stdin
	receipt() {
		jq -c --arg s "$1" --arg d "$2" '.["@window"] // empty |
		    del(.transform) + {destination: $d, status: $s,
		    samples: 5, rejected: 0, had: 0, bytes: 1,
		    time: "2025-06-25T12:00:00Z"}'
	}
	backfill() {
		kqlrun --now 2025-06-25T12:00:00Z -e "D=file:$D" \
		    --destinations x,y "${range[@]}" --done receipts <events
	}
	: >receipts
	run --separate-stderr backfill
	[ "$status" -eq 75 ]
	printf '%s\n' "$output" >"$OUT"
	[ "$(windows | wc -l)" -eq 2 ]
	receipt delivered x <"$OUT" >receipts
	grep 10:05 "$OUT" | receipt begun y >>receipts
	grep 10:05:00Z.*10:10 "$OUT" | receipt rejected y >>receipts
	run --separate-stderr backfill
	[ "$status" -eq 75 ]
	printf '%s\n' "$output" >"$OUT"
	[ "$(windows)" = 'a 10:00 10:05 5' ]
	[ "$(jq -c '.["@window"].to // empty' "$OUT")" = '["y"]' ]
	receipt delivered y <"$OUT" >>receipts
	run --separate-stderr backfill
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	printf '{"torn' >>receipts
	run --separate-stderr backfill
	[ "$status" -eq 0 ]
	echo noise >receipts
	run --separate-stderr backfill
	[ "$status" -eq 65 ]
	[[ $stderr == *receipts:1* ]]
}

@test "counters are kept in --metrics-file" {
	event a "$IN_WINDOW" "$(since 2025-06-25T10:00:00Z)" |
	    run_once --metrics-file m.prom >"$OUT"
	grep -q '^kqlpipe_kqlrun_windows_total{.*} 2$' m.prom
	grep -q '^kqlpipe_kqlrun_rows_total{.*} 10$' m.prom
	grep -q '^kqlpipe_alive_timestamp_seconds' m.prom
}

@test "what a query over local data loads does not hold libcurl" {
	LD_DEBUG=libs run -0 --separate-stderr kqlrun -e "D=file:$D" \
	    -q 'T | count'
	[[ $stderr == *libsqlite3* && $stderr != *libcurl* ]]
}
