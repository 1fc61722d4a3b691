# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helpers

setup() {
	S=$BATS_TEST_TMPDIR/state
}

teardown() {
	stop_all
	[ -z "${MOUNTED:-}" ] || umount "$MOUNTED" 2>/dev/null || :
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
	# So it is until that destination takes something.
	[ "$(cond Ready)" = 'False DeadLetters' ]
	[ "$(cond metricsexporter.adx-mon.azure.com)" = 'True ExecutionSuccessful' ]
	{
		receipt a 5 rejected "\"end\":\"2025-06-25T10:30:00Z\",\"time\":\"$now\",$(error kqlrun CatchupLimit)"
		receipt b 5 delivered '"end":"2025-06-25T10:30:00Z"'
	} | run -0 crdstatus -s "$S"
	[ "$(cond Ready)" = 'False CatchupLimited' ]
	[ "$(owed)" = 10:30 ]
	{
		receipt a 30 delivered
		receipt b 30 delivered
	} | run -0 crdstatus -s "$S"
	[ "$(cond Ready)" = 'True CatchupLimited' ]
	{
		receipt b 35 delivered "\"rejected\":1,\"time\":\"$now\""
		receipt a 35 delivered
	} | run -0 crdstatus -s "$S"
	[ "$(cond Ready)" = 'False DeadLetters' ]
	receipt a 40 failed "$(error promsend Http503)" | run -1 crdstatus -s "$S"
	[ "$(cond Ready)" = 'False DeliveryFailing' ]
	jq -e '.status.conditions[] | select(.type == "Ready").message |
	    contains("b refused 1 samples")' "$S/m/n.json"
	# A loss of long ago is no reason any more.
	jq '.status.lastLoss.time = "2025-06-25T10:00:00Z"' "$S/m/n.json" >"$S/x"
	mv "$S/x" "$S/m/n.json"
	{
		receipt a 40 delivered
		receipt b 40 delivered
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

# unchanged: the file of m/n is what it was when it was copied to $BEFORE.
unchanged() {
	cmp "$S/m/n.json" "$BATS_TEST_TMPDIR/before"
}

# condition TYPE STATUS REASON [MEMBERS]: of resource n.
condition() {
	jq -nc --arg t "$1" --arg s "$2" --arg r "$3" --argjson x "{${4:-}}" \
	    '{"@condition": ({namespace:"m", name:"n", uid:"", generation:4,
	      type:$t, status:$s, reason:$r, message:"why"} + $x)}'
}

@test "a backfill changes no cursor, no entry and no list" {
	{
		founded
		receipt a 0 delivered
		receipt b 0 failed "$(error promsend Http503)"
	} | run -1 crdstatus -s "$S"
	cp "$S/m/n.json" "$BATS_TEST_TMPDIR/before"
	# Its destinations may be others, and its windows any.
	local other='"late":true,"destinations":["c"],"generation":9,"listed":"2030-01-01T00:00:00Z"'
	{
		receipt c 0 begun "$other"
		receipt c 0 delivered "$other"
		receipt c 5 failed "$other,$(error promsend Http503)"
		receipt b 0 delivered '"late":true'
		receipt a 5 delivered '"late":true'
		receipt a 10 rejected '"late":true'
		receipt c 15 begun "$other"
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr crdstatus -s "$S" <"$BATS_TEST_TMPDIR/in"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 8 ] # and that the last one died
	unchanged
	# Nor does it found a status.
	receipt a 0 delivered '"late":true,"name":"new"' | run -0 crdstatus -s "$S"
	[ ! -e "$S/m/new.json" ]
}

@test "a late window that fails counts, and one that dies" {
	{
		founded
		receipt b 0 delivered
		receipt a 5 delivered
	} | run -1 crdstatus -s "$S"
	[ "$(owed)" = '10:05 late:a@10:00#1' ]
	{
		receipt a 0 begun '"late":true'
		receipt a 0 failed "\"late\":true,$(error promsend Http503)"
		receipt a 0 begun '"late":true,"attempt":2'
	} | run -1 crdstatus -s "$S"
	[ "$(owed)" = '10:05 late:a@10:00#3' ]
	jq -e '.status.backlog[0] | .error.code == "Died" and
	    .firstAttempt == "2025-06-25T11:00:00Z" and
	    .lastAttempt > .firstAttempt and
	    .endTime == "2025-06-25T10:05:00Z"' "$S/m/n.json"
	[ "$(cond Ready)" = 'False DeliveryFailing' ]
}

@test "an entry says how often it failed, since when, and why" {
	founded | crdstatus -s "$S" >/dev/null
	for m in 1 2 3; do
		receipt a 0 failed "\"time\":\"2025-06-25T11:0$m:00Z\",$(error promsend "Http50$m" "no $m")" |
		    run -1 crdstatus -s "$S"
	done
	jq -e '.status.backlog == [{startTime:"2025-06-25T10:00:00Z",
	    endTime:"2025-06-25T10:05:00Z", destinations:["a"], attempts:3,
	    firstAttempt:"2025-06-25T11:01:00Z",
	    lastAttempt:"2025-06-25T11:03:00Z",
	    error:{stage:"promsend", code:"Http503", message:"no 3",
	    permanent:false}}]' "$S/m/n.json"
	# Ready has been False since the first, as a user sees it.
	jq -e '.status.conditions[] | select(.type == "Ready") |
	    .message == "window from 2025-06-25T10:00:00Z failed for a, 3 attempts: Http503: no 3"' "$S/m/n.json"
}

@test "receipts of several senders may mix, and one may die alone" {
	start "$BATS_TEST_TMPDIR/out"
	pid=$!
	{
		receipt a 0 begun '"end":"2025-06-25T10:00:00Z"'
		receipt b 0 begun '"end":"2025-06-25T10:00:00Z"'
		receipt a 0 delivered '"end":"2025-06-25T10:00:00Z"'
		receipt a 0 begun
		receipt b 0 delivered '"end":"2025-06-25T10:00:00Z"'
		receipt b 0 begun
		receipt a 0 delivered
		receipt a 5 begun
		receipt a 5 delivered
	} >&8
	wait_for 10 bash -c "[ \$(wc -l <'$BATS_TEST_TMPDIR/out') -eq 9 ]"
	# b has gone, but that is known only at the end: nothing moves past it.
	[ "$(owed)" = 10:00 ]
	exec 8>&-
	wait "$pid" || [ $? -eq 1 ]
	[ "$(owed)" = '10:10 b@10:00#1' ]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/out" |
	    jq -r '.destination + .error.code')" = bDied ]
}

@test "senders that write at once share a pipe" {
	for d in a b; do
		receipt $d 0 delivered |
		    jq -c 'range(1000) as $i | .name = "n\($i)"' \
			>"$BATS_TEST_TMPDIR/$d"
	done
	cd "$BATS_TEST_TMPDIR"
	{
		grep --line-buffered '' a &
		grep --line-buffered '' b &
		wait
	} | run -0 crdstatus -s "$S"
	[ "$(cat "$S"/m/*.json |
	    jq -r .status.lastSuccessfulExecution | sort | uniq -c)" = \
	    '   1000 2025-06-25T10:05:00Z' ]
}

@test "the list of the newest generation counts" {
	{
		founded
		receipt a 0 delivered
		receipt b 0 failed "$(error promsend Http503)"
		receipt a 5 delivered '"destinations":["a","c"],"generation":4'
	} | run -1 crdstatus -s "$S"
	# b is forgotten; c is owed what comes after the cursor.
	[ "$(owed)" = '10:05' ]
	receipt c 5 delivered '"destinations":["a","c"],"generation":4' |
	    run -1 crdstatus -s "$S"
	{
		receipt c 5 delivered '"destinations":["a","c"],"generation":4'
		receipt a 5 delivered '"destinations":["a","c"],"generation":4'
	} | run -0 crdstatus -s "$S"
	[ "$(owed)" = '10:10' ]
}

# listed MINUTE NAMES GENERATION: the list of a rule's windows, set then.
listed() {
	printf '"rule":"r","listed":"2025-06-25T09:%s:00Z","destinations":%s,"generation":%s' \
	    "$1" "$2" "$3"
}

@test "a rule has a list of its own, the one that was set last" {
	{
		receipt a 0 delivered "$(listed 10 '["a","b"]' 9)"
		receipt a 0 delivered '"rule":"s","destinations":["a"]'
		# of the spec before: c was no part of the newest list
		receipt c 0 failed "$(listed 05 '["a","b","c"]' 2), $(error promsend Http503)"
		receipt b 0 failed "$(listed 10 '["a","b"]' 9), $(error promsend Http503)"
	} | run -1 crdstatus -s "$S"
	[ "$(owed n+r)" = '10:05 b@10:00#1' ]
	[ "$(owed n+s)" = '10:05' ]
	{
		# b goes, and comes back with a list of an older generation.
		receipt a 5 delivered "$(listed 20 '["a"]' 10)"
		receipt b 0 delivered "$(listed 10 '["a","b"]' 11)"
		receipt a 10 delivered "$(listed 30 '["a","b"]' 3)"
		receipt b 10 failed "$(listed 30 '["a","b"]' 3), $(error promsend Http503)"
	} | run -1 crdstatus -s "$S"
	[ "$(owed n+r)" = '10:15 b@10:10#1' ]
	[ ! -e "$S/m/n.json" ]
}

@test "in a directory torn by a crash what was staged is not read" {
	founded | crdstatus -s "$S" >/dev/null
	# the write after that was cut off before it was renamed
	printf '{"status":{"lastSucc' >"$S/m/n.json.tmp"
	mkdir -p "$S/k"
	: >"$S/k/n.json.tmp"
	{
		receipt a 0 delivered
		receipt b 0 delivered
		receipt a 5 delivered '"namespace":"k","destinations":["a"]'
	} | run -0 crdstatus -s "$S"
	[ "$(owed)" = '10:05' ]
	[ "$(jq -r .status.lastSuccessfulExecution "$S/k/n.json")" = 2025-06-25T10:10:00Z ]
	[ -z "$(find "$S" -name '*.tmp')" ]
	# an empty file is no missing one
	: >"$S/m/n.json"
	run -65 --separate-stderr crdstatus -s "$S" < <(receipt a 5 delivered)
	[[ $stderr == *"status not written"*m/n.json* ]]
	[ ! -s "$S/m/n.json" ]
}

@test "every reason that another tool finds is written as it came" {
	for r in InvalidSpec UnknownDatabase UnknownDestination QueryRejected \
	    QueryFailing ClockSkew; do
		condition Ready False "$r" | run -0 crdstatus -s "$S"
		[ "$(cond Ready)" = "False $r" ]
	done
	condition Criteria False CriteriaExpressionError |
	    run -0 crdstatus -s "$S"
	[ "$(cond Criteria)" = 'False CriteriaExpressionError' ]
	jq -e '.status.conditions | length == 2 and
	    all(.message == "why" and .observedGeneration == 4)' "$S/m/n.json"
	# What runs is right again, and has matched.
	{
		founded
		receipt a 0 delivered
		receipt b 0 delivered
	} | run -0 crdstatus -s "$S"
	[ "$(cond Ready)" = 'True Ok' ]
	[ "$(cond Criteria)" = 'True CriteriaMatched' ]
	# One of a rule goes where its windows go.
	condition Ready False UnknownDatabase '"rule":"r"' |
	    run -0 crdstatus -s "$S"
	[ "$(cond Ready)" = 'True Ok' ]
	[ "$(cond Ready n+r)" = 'False UnknownDatabase' ]
}

@test "the reason tells who fails: the query, its rows, or the receiver" {
	local up=metricsexporter.adx-mon.azure.com
	founded | crdstatus -s "$S" >/dev/null
	while read -r stage code permanent reason; do
		receipt a 0 failed "$(error "$stage" "$code" no "$permanent")" |
		    run -1 crdstatus -s "$S"
		[ "$(cond Ready)" = "False $reason" ]
		[ "$(cond $up)" = 'False ExecutionFailed' ]
	done <<'END'
kqlrun BadRequest_EntityNotFound false QueryFailing
kqlrun BadRequest_DatabaseNotExist true UnknownDatabase
kqlrun General_BadRequest true QueryRejected
kql2rows BadRow false QueryFailing
rows2prom BadRow false QueryFailing
promsend Http503 false DeliveryFailing
promsend Unavailable false DeliveryFailing
crdstatus Died false DeliveryFailing
END
}

@test "at 100 entries it is BacklogFull, and nothing more is passed over" {
	local pass
	pass="\"passOver\":true,$(error kqlrun General_BadRequest)"
	jq -n '{status: {lastSuccessfulExecution: "2025-06-25T10:00:00Z",
	    backlog: [range(99) | {startTime: (1750000000 + . * 600 | todate),
	    endTime: (1750000300 + . * 600 | todate), destinations: ["a"],
	    attempts: 2, late: true}]}}' >"$BATS_TEST_TMPDIR/x"
	mkdir -p "$S/m"
	cp "$BATS_TEST_TMPDIR/x" "$S/m/n.json"
	receipt a 0 failed "$pass" | run -1 crdstatus -s "$S"
	[[ $(owed) == '10:00 a@10:00#1 late:'* ]]
	[ "$(cond Ready)" = 'False BacklogFull' ]
	[ "$(cond metricsexporter.adx-mon.azure.com)" = 'False ExecutionFailed' ]
	jq -e '.status | (.backlog | length == 100) and
	    (.conditions[] | select(.type == "Ready").message |
	    startswith("the backlog is full: nothing more is passed over; window from 2025-06-25T10:00:00Z failed for a"))' "$S/m/n.json"
	# The copy for a pruning API server holds them all.
	jq -e '.status.conditions[] | select(.type | endswith("/Backlog")) |
	    (.message | length < 32768 and (fromjson.backlog | length == 100))' \
	    "$S/m/n.json"
	# With room for it the window is set aside.
	jq 'del(.status.backlog[-1])' "$BATS_TEST_TMPDIR/x" >"$S/m/n.json"
	receipt a 0 failed "$pass" | run -1 crdstatus -s "$S"
	[ "$(jq '[.status.backlog[] | select(.late)] | length' "$S/m/n.json")" -eq 99 ]
}

@test "the copy for a pruning API server cuts errors to 120 bytes" {
	local long
	long=$(printf 'é%.0s' {1..200})
	founded | crdstatus -s "$S" >/dev/null
	receipt a 0 failed "$(error promsend Http503 "x$long")" |
	    run -1 crdstatus -s "$S"
	jq -e '(.status.conditions[] | select(.type | endswith("/Backlog")) |
	    .message | fromjson.backlog[0].error.message | utf8bytelength == 119),
	    (.status.backlog[0].error.message | length == 201)' "$S/m/n.json"
}

@test "the time of Ready is that of its last change of status" {
	founded | crdstatus -s "$S" >/dev/null
	since() {
		jq -r '.status.conditions[] | select(.type == "Ready") |
		    .lastTransitionTime' "$S/m/n.json"
	}
	old() {
		jq '.status.conditions[].lastTransitionTime =
		    "2020-01-01T00:00:00Z"' "$S/m/n.json" >"$S/x"
		mv "$S/x" "$S/m/n.json"
	}
	old
	receipt a 0 failed "$(error promsend Http503)" |
	    run -1 crdstatus -s "$S"
	[[ $(since) > 2025 ]]
	old
	receipt a 0 failed "$(error promsend Http500)" |
	    run -1 crdstatus -s "$S"
	receipt a 0 failed "$(error kqlrun Timeout)" | run -1 crdstatus -s "$S"
	[ "$(since)" = 2020-01-01T00:00:00Z ]
	jq -e 'all(.status.conditions[];
	    .lastTransitionTime == "2020-01-01T00:00:00Z")' "$S/m/n.json"
	receipt a 0 delivered | run -1 crdstatus -s "$S"
	[[ $(since) > 2025 ]]
}

@test "what an API server has pruned is read from the condition" {
	{
		founded
		receipt a 0 delivered
		receipt b 0 failed "$(error promsend Http503)"
	} | run -1 crdstatus -s "$S"
	jq 'del(.status.lastSuccessfulExecution, .status.backlog)' \
	    "$S/m/n.json" >"$S/x"
	mv "$S/x" "$S/m/n.json"
	receipt b 0 failed "$(error promsend Http503)" |
	    run -1 crdstatus -s "$S"
	[ "$(owed)" = '10:05 b@10:00#2' ]
	# The exporter that came before has been further since.
	jq '(.status.conditions[] | select(.type |
	    endswith("/LastSuccessfulExecution"))).message =
	    "2025-06-25T10:20:00Z"' "$S/m/n.json" >"$S/x"
	mv "$S/x" "$S/m/n.json"
	{
		receipt a 20 delivered
		receipt b 20 delivered
	} | run -0 crdstatus -s "$S"
	[ "$(owed)" = 10:25 ]
}

@test "killed while it writes, each status is the old or the new" {
	for m in 0 5; do
		for d in a b; do
			receipt $d $m delivered
		done
	done | jq -c 'range(500) as $i | .name = "n\($i)"' \
		>"$BATS_TEST_TMPDIR/all"
	for s in 0.02 0.05 0.1 0.2; do
		timeout -s KILL "$s" crdstatus -s "$S" \
		    <"$BATS_TEST_TMPDIR/all" >/dev/null || :
		find "$S" -name '*.json' -exec cat {} + |
		    jq -es 'all(.status.lastSuccessfulExecution |
			IN("2025-06-25T10:00:00Z", "2025-06-25T10:05:00Z",
			    "2025-06-25T10:10:00Z"))'
	done
	run -0 crdstatus -s "$S" <"$BATS_TEST_TMPDIR/all"
	[ "$(cat "$S"/m/*.json | jq -r .status.lastSuccessfulExecution |
	    uniq -c)" = '    500 2025-06-25T10:10:00Z' ]
	[ -z "$(find "$S" -name '*.tmp')" ]
}

@test "a status that was copied from another resource is not written" {
	founded | crdstatus -s "$S" >/dev/null
	cp "$S/m/n.json" "$S/m/o.json"
	cp "$S/m/n.json" "$S/m/n+r.json"
	run -65 --separate-stderr crdstatus -s "$S" < <(
		receipt a 0 delivered '"name":"o"'
		receipt a 0 delivered '"rule":"r","destinations":["a"]')
	[[ $stderr == *"$S/m/o.json: is the status of m/n"* ]]
	cmp "$S/m/n.json" "$S/m/o.json"
	[ "$(owed n+r)" = 10:05 ]
}

@test "a file that cannot be written keeps no other back" {
	local long
	long=$(printf 'x%.0s' {1..249}) # no room for a temporary file's name
	founded | crdstatus -s "$S" >/dev/null
	cp "$S/m/n.json" "$BATS_TEST_TMPDIR/before"
	mkdir "$S/m/n.json.tmp"
	{
		for n in n o "$long"; do
			receipt a 0 delivered "\"name\":\"$n\""
			receipt b 0 delivered "\"name\":\"$n\""
		done
	} >"$BATS_TEST_TMPDIR/in"
	run -78 --separate-stderr crdstatus -s "$S" <"$BATS_TEST_TMPDIR/in"
	diff <(printf '%s\n' "$output") "$BATS_TEST_TMPDIR/in"
	[ "$(grep -c 'status cannot be written' <<<"$stderr")" -eq 2 ]
	[[ $stderr == *"resource=m/n "*n.json.tmp* ]]
	unchanged
	[ "$(owed o)" = 10:05 ]
	# Once it can be, what has come since is in it.
	rm "$BATS_TEST_TMPDIR/in"
	start "$BATS_TEST_TMPDIR/out"
	pid=$!
	receipt a 0 delivered >&8
	wait_for 10 grep -q . "$BATS_TEST_TMPDIR/out"
	unchanged
	rmdir "$S/m/n.json.tmp"
	receipt b 0 delivered >&8
	exec 8>&-
	wait "$pid"
	[ "$(owed)" = 10:05 ]
}

# mount_ro DIR: let nothing more be written below it.
mount_ro() {
	mount --bind "$1" "$1" 2>/dev/null || skip 'to mount needs root'
	MOUNTED=$1
	mount -o remount,bind,ro "$1"
}

@test "a directory that cannot be written is 78, one that turns so 75" {
	start "$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	pid=$!
	founded >&8
	wait_for 20 bash -c "[ \$(wc -l <'$BATS_TEST_TMPDIR/out') -eq 2 ]"
	cp "$S/m/n.json" "$BATS_TEST_TMPDIR/before"
	mount_ro "$S/m"
	receipt a 0 delivered >&8
	exec 8>&-
	local status=0
	wait "$pid" || status=$?
	[ "$status" -eq 75 ]
	grep -q 'm/n.json.tmp: Read-only file system' "$BATS_TEST_TMPDIR/err"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 2 ]
	unchanged
	umount "$S/m"
	mount_ro "$S"
	run -78 crdstatus -s "$S" </dev/null
	run -78 crdstatus -s "$S/sub" </dev/null
}

@test "10,000 resources at once share their writes" {
	receipt a 0 delivered '"destinations":["a"]' |
	    jq -c 'range(10000) as $i | .name = "n\($i)"' >"$BATS_TEST_TMPDIR/in"
	run -0 crdstatus -s "$S" --metrics-file="$BATS_TEST_TMPDIR/m.prom" \
	    <"$BATS_TEST_TMPDIR/in"
	[ "$(find "$S" -name '*.json' | wc -l)" -eq 10000 ]
	grep -q '^kqlpipe_crdstatus_receipts_total{.*} 10000$' "$BATS_TEST_TMPDIR/m.prom"
	[ "$(sed -n 's/^kqlpipe_crdstatus_writes_total{.*} //p' "$BATS_TEST_TMPDIR/m.prom")" -lt 100 ]
}

@test "usage" {
	HOME=$BATS_TEST_TMPDIR KUBERNETES_SERVICE_HOST='' run -78 crdstatus
	run -64 crdstatus -s "$S" extra
	run -64 crdstatus -s "$S" --kubeconfig=x
	run -64 crdstatus -s "$S" --ready-fd=99
	run -78 crdstatus -s /proc/no/such </dev/null
	run -0 crdstatus --help
	while read -r o; do
		grep -q -- "Fl -${o#--}" "$TOP/man/crdstatus.1"
	done < <(grep -o -- '--[a-z-]*' <<<"$output")
}
