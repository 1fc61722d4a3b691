# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helpers

setup() {
	S=$BATS_TEST_TMPDIR/state
}

# receipt DEST START STATUS [MEMBERS]: a receipt for five minutes of 10:START;
# MEMBERS is JSON without braces, added or in place of others.
receipt() {
	jq -nc --arg d "$1" --argjson m "$2" --arg s "$3" --argjson x "{${4:-}}" '
	    def at(n): "2025-06-25T10:\("0\(n)"[-2:]):00Z";
	    {id:"1", namespace:"m", name:"n", rule:"", uid:"", generation:3,
	     start:at($m), end:at($m + 5), attempt:1, again:false, late:false,
	     passOver:false, since:"", destinations:["a","b"], to:["a","b"],
	     destination:$d, status:$s, samples:2, rejected:0, had:0, bytes:9,
	     time:"2025-06-25T11:00:00Z"} + $x'
}

error() {
	printf '"error":{"stage":"%s","code":"%s","message":"%s","permanent":%s}' \
	    "$1" "$2" "${3:-no}" "${4:-false}"
}

founded() {
	receipt a 0 delivered '"end":"2025-06-25T10:00:00Z"'
	receipt b 0 delivered '"end":"2025-06-25T10:00:00Z"'
}

# owed: what is owed, in short: 10:05 b@10:00#1 late:a@10:05#1
owed() {
	jq -r '.status | ([.lastSuccessfulExecution[11:16]] + [.backlog[] |
	    "\(if .late then "late:" else "" end)\(.destinations | join(","))" +
	    "@\(.startTime[11:16])#\(.attempts)"]) | join(" ")' \
	    "$S/m/${1:-n}.json"
}

# cond TYPE: status and reason of a condition.
cond() {
	jq -r --arg t "$1" '.status.conditions[] | select(.type == $t) |
	    "\(.status) \(.reason)"' "$S/m/${2:-n}.json"
}

# start LOG OPTION...: start crdstatus with a pipe to its stdin in descriptor
# 8.
start() {
	local log=$1
	shift
	mkfifo "$BATS_TEST_TMPDIR/in"
	exec 9<>"$BATS_TEST_TMPDIR/in"
	crdstatus -s "$S" "$@" <"$BATS_TEST_TMPDIR/in" >"$log" 3>&- 9>&- &
	keep_pid $!
	exec 8>"$BATS_TEST_TMPDIR/in" 9>&-
}

# lock_taken: whether a crdstatus is up.
lock_taken() {
	! flock -n "$S/.lock" true
}

# Two signals that come together may be one.
told_again() {
	kill -TERM "$1" 2>/dev/null || :
	gone "$1"
}

@test "receipts move destinations on and are passed on unchanged" {
	{
		founded
		receipt a 0 begun
		receipt a 0 delivered '"unknown":{"x":1}'
		receipt b 0 delivered
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr crdstatus -s "$S" <"$BATS_TEST_TMPDIR/in"
	[ "$status" -eq 0 ]
	diff <(printf '%s\n' "$output") "$BATS_TEST_TMPDIR/in"
	[ "$(owed)" = 10:05 ]
	[ "$(cond Ready)" = 'True Ok' ]
	[ "$(cond metricsexporter.adx-mon.azure.com)" = 'True ExecutionSuccessful' ]
	jq -e '.apiVersion == "adx-mon.azure.com/v1" and
	    .kind == "MetricsExporter" and
	    .metadata == {namespace:"m",name:"n"}' "$S/m/n.json"
	jq -e '.status.conditions[] |
	    select(.type | endswith("/LastSuccessfulExecution")) |
	    .message == "2025-06-25T10:05:00Z"' "$S/m/n.json"
	[ "$(find "$S" -type f | sort | tr '\n' ' ')" = "$S/.lock $S/m/n.json " ]
}

@test "a failing destination gets an entry and holds no other back" {
	{
		founded
		receipt a 0 delivered
		receipt b 0 failed "$(error promsend Http503)"
		receipt a 5 delivered
		receipt b 5 failed "$(error promsend Held)"
	} | run -1 crdstatus -s "$S"
	[ "$(owed)" = '10:10 b@10:00#1' ]
	[ "$(cond Ready)" = 'False DeliveryFailing' ]
	[ "$(cond metricsexporter.adx-mon.azure.com)" = 'False ExecutionFailed' ]
	# What upstream would go on from, and what a pruning API server keeps.
	jq -e '.status as $s | .status.conditions |
	    (.[] | select(.type | endswith("/LastSuccessfulExecution")) |
	     .message == "2025-06-25T10:00:00Z"),
	    (.[] | select(.type | endswith("/Backlog")) | .message | fromjson |
	     .backlog == $s.backlog and .lastSuccessfulExecution ==
	     $s.lastSuccessfulExecution)' "$S/m/n.json"
	# A later run goes on from there.
	receipt b 0 delivered | run -1 crdstatus -s "$S"
	[ "$(owed)" = '10:10 b@10:05#0' ]
	{
		receipt b 5 delivered
		receipt b 10 delivered
		receipt a 10 delivered
	} | run -0 crdstatus -s "$S"
	[ "$(owed)" = 10:15 ]
	[ "$(cond Ready)" = 'True Ok' ]
}

@test "a later window than the one owed makes those between late" {
	{
		founded
		receipt a 10 delivered
		receipt b 0 delivered
	} | run -1 crdstatus -s "$S"
	[ "$(owed)" = '10:05 late:a@10:00#1 late:a@10:05#1' ]
	{
		receipt a 5 delivered '"late":true'
		receipt a 0 rejected '"late":true'
	} | run -0 crdstatus -s "$S"
	[ "$(owed)" = '10:05' ]
}

@test "what was begun and not answered has died, and says so" {
	{
		founded
		receipt a 0 delivered
		receipt b 0 begun
		receipt a 5 begun
	} >"$BATS_TEST_TMPDIR/in"
	run -1 --separate-stderr crdstatus -s "$S" <"$BATS_TEST_TMPDIR/in"
	[ "$(owed)" = '10:05 b@10:00#1 a@10:05#1' ]
	[ "$(jq -r 'select(.error) | .destination + .error.code' <<<"$output")" = $'bDied\naDied' ]
	jq -e '.status.backlog[0].error.code == "Died"' "$S/m/n.json"
}

@test "queries that fail, are refused; losses stay told for a day" {
	founded | crdstatus -s "$S" >/dev/null
	receipt a 0 failed "$(error kqlrun General_BadRequest no true)" |
	    run -1 crdstatus -s "$S"
	[ "$(cond Ready)" = 'False QueryRejected' ]
	receipt a 0 failed "$(error kqlrun Timeout)" | run -1 crdstatus -s "$S"
	[ "$(cond Ready)" = 'False QueryFailing' ]
	now=$(date -u +%FT%TZ)
	{
		receipt a 0 rejected "\"time\":\"$now\",\"rejected\":2,$(error promsend Http400)"
		receipt b 0 delivered
	} | run -0 crdstatus -s "$S"
	[ "$(cond Ready)" = 'True DeadLetters' ]
	{
		receipt a 5 rejected "\"end\":\"2025-06-25T10:30:00Z\",\"time\":\"$now\",$(error kqlrun CatchupLimit)"
		receipt b 5 delivered '"end":"2025-06-25T10:30:00Z"'
	} | run -0 crdstatus -s "$S"
	[ "$(cond Ready)" = 'True CatchupLimited' ]
	[ "$(owed)" = 10:30 ]
	receipt a 30 failed "$(error promsend Http503)" | run -1 crdstatus -s "$S"
	[ "$(cond Ready)" = 'False DeliveryFailing' ]
	jq -e '.status.conditions[] | select(.type == "Ready").message |
	    contains("were dropped for a")' "$S/m/n.json"
	# A loss of long ago is no reason any more.
	jq '.status.lastLoss.time = "2025-06-25T10:00:00Z"' "$S/m/n.json" >"$S/x"
	mv "$S/x" "$S/m/n.json"
	{
		receipt a 30 delivered
		receipt b 30 delivered
	} | run -0 crdstatus -s "$S"
	[ "$(cond Ready)" = 'True Ok' ]
}

@test "conditions are written, and passed on" {
	c='{"@condition":{"namespace":"m","name":"x","uid":"","generation":4,"type":"Ready","status":"False","reason":"InvalidSpec","message":"x.yaml:7: bad"}}'
	run -0 --separate-stderr crdstatus -s "$S" <<<"$c"
	[ "$output" = "$c" ]
	[ "$(cond Ready x)" = 'False InvalidSpec' ]
	# Nothing is owed before a window founds the status.
	jq -e '.status | has("lastSuccessfulExecution") | not' "$S/m/x.json"
	run -0 crdstatus -s "$S" <<<"${c//InvalidSpec/UnknownDatabase}"
	[ "$(cond Ready x)" = 'False UnknownDatabase' ]
	jq -e '.status.conditions | length == 1 and .[0].observedGeneration == 4' "$S/m/x.json"
}

@test "lastTransitionTime changes only with the status" {
	c='{"@condition":{"namespace":"m","name":"n","uid":"","generation":4,"type":"T","status":"False","reason":"A","message":""}}'
	crdstatus -s "$S" <<<"$c"
	jq '.status.conditions[0].lastTransitionTime = "2020-01-01T00:00:00Z"' "$S/m/n.json" >"$S/x"
	mv "$S/x" "$S/m/n.json"
	crdstatus -s "$S" <<<"${c/\"A\"/\"B\"}"
	[ "$(cond T)" = 'False B' ]
	grep -q 2020-01-01 "$S/m/n.json"
	crdstatus -s "$S" <<<"${c/False/True}"
	run ! grep -q 2020-01-01 "$S/m/n.json"
}

@test "foreign conditions and members are kept" {
	mkdir -p "$S/m"
	cat >"$S/m/n.json" <<'END'
{"x":1,"metadata":{"namespace":"m","name":"n","labels":{"a":"b"}},"status":{"own":[1,2.50],
"lastSuccessfulExecution":"2025-06-25T10:00:00Z","backlog":[],
"conditions":[{"type":"Other","status":"Unknown","big":12345678901234567890}]}}
END
	{
		receipt a 0 delivered
		receipt b 0 delivered
	} | run -0 crdstatus -s "$S"
	[ "$(owed)" = 10:05 ]
	grep -q '"big":12345678901234567890' "$S/m/n.json"
	grep -q '"own":\[1,2.50\]' "$S/m/n.json"
	jq -e '.x == 1 and .metadata.labels.a == "b"' "$S/m/n.json"
}

@test "a torn status file stops its resource and no other" {
	mkdir -p "$S/m"
	printf '{"status":{"lastSucc' >"$S/m/n.json"
	printf '{"status":{"backlog":[]}}' >"$S/m/o.json"
	{
		receipt a 0 delivered
		receipt a 0 delivered '"name":"o"'
		receipt a 0 delivered '"name":"good","destinations":["a"]'
	} >"$BATS_TEST_TMPDIR/in"
	run -65 --separate-stderr crdstatus -s "$S" <"$BATS_TEST_TMPDIR/in"
	[ "${#lines[@]}" -eq 3 ]
	[[ $stderr == *"$S/m/n.json: "* && $stderr == *"$S/m/o.json: "* ]]
	[ "$(<"$S/m/n.json")" = '{"status":{"lastSucc' ]
	[ "$(<"$S/m/o.json")" = '{"status":{"backlog":[]}}' ]
	[ "$(owed good)" = 10:05 ]
}

@test "what is no receipt is an error with its line, and the rest counts" {
	{
		founded
		printf '\x00\xff\xfe noise\n'
		echo '{"namespace":"m"}'
		echo '{"@end":{"error":{}}}'
		receipt a 0 delivered '"namespace":"../../etc"'
		receipt a 0 lost
		receipt a 0 delivered
		receipt b 0 delivered
	} >"$BATS_TEST_TMPDIR/in"
	run -65 --separate-stderr crdstatus -s "$S" <"$BATS_TEST_TMPDIR/in"
	[ "$(owed)" = 10:05 ]
	for n in 3 4 5 6 7; do
		[[ $stderr == *"line=$n "* ]]
	done
	[ ! -e "$BATS_TEST_TMPDIR/etc" ]
}

@test "a torn last line is 65, and the lines before it count" {
	{
		founded
		receipt a 0 delivered
		receipt b 0 delivered
		printf '{"namespace":"m"'
	} | run -65 crdstatus -s "$S"
	[ "$(owed)" = 10:05 ]
}

@test "a full disk is 75, and the status stays what it was" {
	founded | crdstatus -s "$S" >/dev/null
	cp "$S/m/n.json" "$BATS_TEST_TMPDIR/before"
	{
		receipt a 0 delivered
		receipt b 0 delivered '"name":"o"'
	} >"$BATS_TEST_TMPDIR/in"
	ln -s /dev/full "$S/m/n.json.tmp"
	run -75 --separate-stderr crdstatus -s "$S" <"$BATS_TEST_TMPDIR/in"
	cmp "$S/m/n.json" "$BATS_TEST_TMPDIR/before"
	[ "$output" = '' ] # nothing passed on that is not written
	[ -z "$(find "$S" -name '*.tmp')" ]
	run -75 --separate-stderr bash -c "crdstatus -s '$S' <'$BATS_TEST_TMPDIR/in' >/dev/full"
	[[ $stderr == *stdout* ]]
}

@test "two on one directory: the second is told and ends" {
	start "$BATS_TEST_TMPDIR/log" --ready-fd=7 \
	    7>"$BATS_TEST_TMPDIR/ready"
	wait_for 10 test -s "$BATS_TEST_TMPDIR/ready"
	[ "$(od -An -c "$BATS_TEST_TMPDIR/ready")" = '  \n' ]
	run -75 --separate-stderr crdstatus -s "$S" </dev/null
	[[ $stderr == *"$S/.lock: another crdstatus has this lock"* ]]
	exec 8>&-
	wait_for 10 crdstatus -s "$S" </dev/null
}

@test "statuses are written while the input goes on" {
	start "$BATS_TEST_TMPDIR/out"
	founded >&8
	wait_for 10 grep -q . "$BATS_TEST_TMPDIR/out"
	# A line that came out: its status is there.
	[ "$(owed)" = 10:00 ]
	receipt a 0 delivered >&8
	receipt b 0 delivered >&8
	wait_for 10 bash -c "[ \$(wc -l <'$BATS_TEST_TMPDIR/out') -eq 4 ]"
	[ "$(owed)" = 10:05 ]
	exec 8>&-
}

@test "a first signal waits for the end of the input, a second does not" {
	start "$BATS_TEST_TMPDIR/out"
	pid=$!
	founded >&8
	wait_for 10 grep -q . "$BATS_TEST_TMPDIR/out"
	kill -TERM "$pid"
	receipt a 0 delivered >&8
	receipt b 0 delivered >&8
	exec 8>&-
	wait "$pid"
	[ "$(owed)" = 10:05 ]
	rm "$BATS_TEST_TMPDIR/in"
	start "$BATS_TEST_TMPDIR/out"
	pid=$!
	wait_for 10 lock_taken
	kill -TERM "$pid"
	wait_for 10 told_again "$pid"
	exec 8>&-
}

@test "a receipt of an object that is gone changes nothing" {
	mkdir -p "$S/m"
	printf '{"metadata":{"uid":"new"},"status":{"lastSuccessfulExecution":"2025-06-25T10:00:00Z"}}' \
	    >"$S/m/n.json"
	cp "$S/m/n.json" "$BATS_TEST_TMPDIR/before"
	receipt a 0 delivered '"uid":"old"' | run -0 crdstatus -s "$S"
	cmp "$S/m/n.json" "$BATS_TEST_TMPDIR/before"
	receipt a 0 delivered '"uid":"new","destinations":["a"]' |
	    run -0 crdstatus -s "$S"
	[ "$(owed)" = 10:05 ]
}

@test "a destination that the window does not list is told, and owed nothing" {
	receipt c 0 delivered >"$BATS_TEST_TMPDIR/in"
	run -0 --separate-stderr crdstatus -s "$S" <"$BATS_TEST_TMPDIR/in"
	[[ $stderr == *"does not list"*destination=c* ]]
	[ ! -e "$S/m/n.json" ]
}

@test "each rule of a resource has its file" {
	receipt a 0 delivered '"rule":"r.1"' | run -1 crdstatus -s "$S"
	[ -e "$S/m/n+r.1.json" ]
	[ ! -e "$S/m/n.json" ]
}

@test "thousands of resources share their writes" {
	receipt a 0 delivered '"destinations":["a"]' |
	    jq -c 'range(2000) as $i | .name = "n\($i)"' >"$BATS_TEST_TMPDIR/in"
	run -0 crdstatus -s "$S" --metrics-file="$BATS_TEST_TMPDIR/m.prom" \
	    <"$BATS_TEST_TMPDIR/in"
	[ "$(find "$S" -name '*.json' | wc -l)" -eq 2000 ]
	grep -q '^kqlpipe_crdstatus_receipts_total{.*} 2000$' "$BATS_TEST_TMPDIR/m.prom"
	[ "$(sed -n 's/^kqlpipe_crdstatus_writes_total{.*} //p' "$BATS_TEST_TMPDIR/m.prom")" -lt 100 ]
}

@test "usage" {
	run -64 crdstatus
	run -64 crdstatus -s "$S" extra
	run -64 crdstatus -s "$S" --ready-fd=99
	run -75 crdstatus -s /proc/no/such </dev/null
	run -0 crdstatus --help
	while read -r o; do
		grep -q -- "Fl -${o#--}" "$TOP/man/crdstatus.1"
	done < <(grep -o -- '--[a-z-]*' <<<"$output")
}
