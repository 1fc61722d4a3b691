# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# exporter [NAME [STATUS]]: an object, whose status is that JSON.
exporter() {
	jq -nc --arg n "${1:-n}" --argjson s "${2:-null}" '{
	    apiVersion:"adx-mon.azure.com/v1", kind:"MetricsExporter",
	    metadata:{namespace:"m", name:$n},
	    spec:{database:"D", body:"T", interval:"5m",
	        transform:{valueColumn:"v"}}} +
	    if $s == null then {} else {status:$s} end'
}

# apply OBJECT...: create or change these, status too.
apply() {
	printf -- '---\n%s\n' "$@" |
	    curl -sf --data-binary @- "$KUBE_URL/control/apply"
}

object() { # [NAME]
	curl -sf "$KUBE_URL/apis/adx-mon.azure.com/v1/namespaces/m/\
metricsexporters/${1:-n}"
}

uid() { # [NAME]
	object "${1:-n}" | jq -r .metadata.uid
}

fault() { # JSON...
	printf '%s\n' "$@" | curl -sf --data-binary @- "$KUBE_URL/control/fault"
}

# receipt DEST START STATUS [MEMBERS]: a receipt for five minutes of 10:START
# of the object n, whose uid is in U; MEMBERS is JSON without braces.
receipt() {
	jq -nc --arg d "$1" --argjson m "$2" --arg s "$3" --arg u "${U-}" \
	    --argjson x "{${4:-}}" '
	    def at(n): "2025-06-25T10:\("0\(n)"[-2:]):00Z";
	    {id:"1", namespace:"m", name:"n", rule:"", uid:$u, generation:1,
	     start:at($m), end:at($m + 5), attempt:1, again:false, late:false,
	     passOver:false, since:"", destinations:["a","b"], to:["a","b"],
	     destination:$d, status:$s, samples:2, rejected:0, had:0, bytes:9,
	     time:"2025-06-25T11:00:00.25Z"} + $x'
}

error() {
	printf '"error":{"stage":"%s","code":"%s","message":"%s","permanent":%s}' \
	    "$1" "$2" "${3:-no}" "${4:-false}"
}

founded() {
	receipt a 0 delivered '"end":"2025-06-25T10:00:00Z"'
	receipt b 0 delivered '"end":"2025-06-25T10:00:00Z"'
}

# owed [NAME]: what is owed, in short: 10:05 b@10:00#1 late:a@10:05#1
owed() {
	object "${1:-n}" | jq -r '.status |
	    ([.lastSuccessfulExecution[11:16]] + [.backlog[] |
	    "\(if .late then "late:" else "" end)\(.destinations | join(","))" +
	    "@\(.startTime[11:16])#\(.attempts)"]) | join(" ")'
}

# cond TYPE [NAME]: status and reason of a condition.
cond() {
	object "${2:-n}" | jq -r --arg t "$1" '.status.conditions[] |
	    select(.type == $t) | "\(.status) \(.reason)"'
}

# asked METHOD: how many requests of it there were for a status.
asked() {
	jq -s --arg m "$1" 'map(select(.method == $m and
	    (.path | endswith("/status")))) | length' "$KUBE_RECORD"
}

@test "receipts become status, written with what others have there" {
	start_kube
	apply "$(exporter n '{"conditions":[{"type":"Foreign","status":"True",
	    "reason":"Mine","message":"","lastTransitionTime":
	    "2025-01-01T00:00:00Z"}],"other":1}')"
	U=$(uid)
	{
		founded
		receipt a 0 begun
		receipt a 0 delivered '"unknown":{"x":1}'
		receipt b 0 delivered
	} >in
	run --separate-stderr crdstatus <in
	[ "$status" -eq 0 ]
	diff <(printf '%s\n' "$output") in
	[ "$(owed)" = 10:05 ]
	[ "$(cond Ready)" = 'True Ok' ]
	[ "$(cond Foreign)" = 'True Mine' ]
	[ "$(cond metricsexporter.adx-mon.azure.com)" = \
	    'True ExecutionSuccessful' ]
	object | jq -e '.status.other == 1'
	[ "$(asked GET)" -eq 1 ]
	[ "$(asked PATCH)" -eq 1 ]
}

# start OPTION...: crdstatus with a pipe to its stdin in descriptor 8, what it
# passes on in out and its log in log.  Sets PID.
start() {
	mkfifo in.pipe
	exec 9<>in.pipe
	crdstatus "$@" <in.pipe >out 2>log 3>&- 9>&- &
	PID=$!
	keep_pid $PID
	exec 8>in.pipe 9>&-
	rm in.pipe
}

# passed N: N lines were passed on.
passed() {
	[ "$(wc -l <out)" -eq "$1" ]
}

condition() { # TYPE
	jq -nc --arg t "$1" '{type:$t, status:"True", reason:"Mine",
	    message:"", lastTransitionTime:"2025-01-01T00:00:00Z"}'
}

# add_condition TYPE: as another controller does it.
add_condition() {
	apply "$(object | jq -c --argjson c "$(condition "$1")" \
	    '.status.conditions += [$c]')"
}

# patched: the times of the writes, ms, and what they were about.
patched() {
	jq -r 'select(.method == "PATCH" and (.path | endswith("/status"))) |
	    .path | split("/")[7]' "$KUBE_RECORD"
}

@test "another writes between read and write: nothing of either is lost" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	fault '{"verb":"patch","delay":700}'
	start
	{
		founded
		receipt a 0 delivered
	} >&8
	wait_for 10 test "$(asked GET)" -eq 1
	add_condition Foreign
	receipt b 0 failed "$(error promsend Http503)" >&8
	exec 8>&-
	wait "$PID" || [ $? -eq 1 ]
	[ "$(owed)" = '10:05 b@10:00#1' ]
	[ "$(cond Foreign)" = 'True Mine' ]
	[ "$(cond Ready)" = 'False DeliveryFailing' ]
	passed 4
}

@test "an object that was made anew takes no receipts of the old one" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	start
	founded >&8
	wait_for 10 passed 2
	curl -sf -X DELETE "$KUBE_URL/apis/adx-mon.azure.com/v1/namespaces/m/\
metricsexporters/n"
	apply "$(exporter)"
	{
		receipt a 0 delivered
		receipt b 0 delivered
	} >&8
	wait_for 10 passed 4
	[ "$(object | jq -c .status)" = null ]
	grep -q 'of an object that is gone' log
	U=$(uid)
	{
		receipt a 5 delivered
		receipt b 5 delivered
	} >&8
	exec 8>&-
	wait "$PID"
	[ "$(owed)" = 10:10 ]
}

@test "an object that is gone is forgotten, and holds no line back" {
	start_kube
	apply "$(exporter)" "$(exporter o)"
	U=$(uid)
	curl -sf -X DELETE "$KUBE_URL/apis/adx-mon.azure.com/v1/namespaces/m/\
metricsexporters/n"
	{
		founded
		founded | jq -c --arg u "$(uid o)" '.name = "o" | .uid = $u'
	} >in
	run -0 --separate-stderr crdstatus <in
	diff <(printf '%s\n' "$output") in
	[[ $stderr == *'the resource is gone'* ]]
	[ "$(owed o)" = 10:00 ]
}

@test "429: it waits for as long as Retry-After says, and then is quick" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	fault '{"verb":"patch","status":429,"retryAfter":2}'
	founded >in
	local began=${EPOCHREALTIME/./} took
	run -0 --separate-stderr crdstatus <in
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	((took >= 2000 && took < 30000))
	[ "$(asked PATCH)" -eq 2 ]
	[ "$(owed)" = 10:00 ]
	[[ $stderr == *'does not take status now'*'works again'* ]]
}

@test "an API that is away for a while: what came then is one write" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	start
	founded >&8
	wait_for 10 passed 2
	fault '{"times":0,"status":503}'
	for i in 0 5 10 15 20; do
		receipt a "$i" delivered
		receipt b "$i" delivered
	done >&8
	wait_for 10 grep -q 'does not take status now' log
	run -1 passed 12
	curl -sf -X POST "$KUBE_URL/control/clear"
	wait_for 10 passed 12
	[ "$(owed)" = 10:25 ]
	exec 8>&-
	wait "$PID"
}

@test "an API that stays away: 75, and what is not written is said" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	stop_pid "$KUBE_PID"
	founded >in
	run -75 --separate-stderr crdstatus --drain-timeout=1s <in
	[ "$output" = '' ]
	[[ $stderr == *'status not written'*resource=m/n* ]]
	[[ $stderr == *'1 statuses were not written'* ]]
}

# many N: objects r1 to rN, and founding receipts of each, into in.
many() {
	seq "$1" | jq -c '{apiVersion:"adx-mon.azure.com/v1",
	    kind:"MetricsExporter", metadata:{namespace:"m", name:"r\(.)"},
	    spec:{database:"D", body:"T", interval:"5m"}}' |
	    sed 'i ---' | curl -sf --data-binary @- "$KUBE_URL/control/apply"
	curl -sf "$KUBE_URL/apis/adx-mon.azure.com/v1/metricsexporters" |
	    jq -c '.items[] | {id:"1", namespace:"m", name:.metadata.name,
	    rule:"", uid:.metadata.uid, generation:1,
	    start:"2025-06-25T10:00:00Z", end:"2025-06-25T10:00:00Z",
	    destinations:["a"], destination:"a", status:"delivered",
	    samples:0, rejected:0, had:0, bytes:0,
	    time:"2025-06-25T11:00:00Z"}' >in
}

@test "--status-qps holds, and what fails goes first" {
	start_kube
	many 40
	jq -c 'if .name == "r33" or .name == "r34" then
	    .end = "2025-06-25T10:05:00Z" | .status = "failed" |
	    .error = {stage:"promsend", code:"Http503", message:"no",
	        permanent:false} else . end' in >in2
	local began=${EPOCHREALTIME/./} took
	run -1 --separate-stderr crdstatus --status-qps=10 <in2
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	((took >= 3800 && took < 40000))
	[ "$(patched | wc -l)" -eq 40 ]
	[ "$(patched | head -n 2 | sort | xargs)" = 'r33 r34' ]
	diff <(printf '%s\n' "$output") in2
}

@test "a resource is written once a second, with its newest state" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	start
	founded >&8
	wait_for 10 passed 2
	local i began=${EPOCHREALTIME/./}
	for i in 0 5 10 15 20 25; do
		receipt a "$i" delivered >&8
		receipt b "$i" delivered >&8
		read -rt 0.1 <> <(:) || :
	done
	exec 8>&-
	wait "$PID"
	[ "$(owed)" = 10:30 ]
	(($(asked PATCH) <= 3 + (${EPOCHREALTIME/./} - began) / 1000000))
	[ "$(asked GET)" -eq 1 ]
}

@test "what changes nothing is not written" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	founded | crdstatus >out
	founded | run -0 crdstatus
	[ "$(asked PATCH)" -eq 1 ]
	jq -nc --arg u "$U" '{"@condition":{namespace:"m", name:"n", uid:$u,
	    generation:1, type:"Criteria", status:"True",
	    reason:"CriteriaMatched", message:"yes"}}' >c
	crdstatus <c >out
	[ "$(asked PATCH)" -eq 2 ]
	crdstatus <c >out
	[ "$(asked PATCH)" -eq 2 ]
}

@test "403: the verb is named, no line waits, 75 at the end" {
	start_kube
	apply "$(exporter)" "$(exporter o)"
	U=$(uid)
	fault '{"verb":"patch","status":403,"times":0}'
	founded >in
	run -75 --separate-stderr crdstatus --drain-timeout=1s <in
	diff <(printf '%s\n' "$output") in
	[[ $stderr == *'not allowed'*verb=patch*metricsexporters/status* ]]
}

@test "rules have their parts of one status" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	{
		receipt a 0 delivered '"rule":"r1","destinations":["a"]'
		receipt a 5 delivered '"rule":"r2","destinations":["a"]'
		receipt a 10 failed "$(error promsend Http503),
		    \"rule\":\"r2\",\"destinations\":[\"a\"]"
	} >in
	run -1 crdstatus <in
	[ "$(object | jq -c '.status.rules | map([.name,
	    .lastSuccessfulExecution[11:16], (.backlog | length)])')" = \
	    '[["r1","10:05",0],["r2","10:10",1]]' ]
	[ "$(cond Ready)" = 'False DeliveryFailing' ]
	object | jq -e '.status.conditions[] | select(.type == "Ready") |
	    .message | startswith("rule r2: window from 2025-06-25T10:10")'
	object | jq -e '.status.conditions[] |
	    select(.type | endswith("/LastSuccessfulExecution")) |
	    .message == "2025-06-25T10:05:00Z"'
	[ "$(asked PATCH)" -eq 1 ]
}

@test "upstream's cursor is gone on from, and ours is one it reads" {
	start_kube -u
	apply "$(exporter n '{"conditions":[{"type":
	    "metricsexporter.adx-mon.azure.com/LastSuccessfulExecution",
	    "status":"True","reason":"ExecutionCompleted","message":
	    "2025-06-25T10:00:00.123456789Z","observedGeneration":1,
	    "lastTransitionTime":"2025-06-25T10:00:00Z"}]}')"
	U=$(uid)
	{
		receipt a 0 delivered
		receipt b 0 delivered
		receipt a 5 delivered
		receipt b 5 failed "$(error promsend Http503)"
	} | run -1 crdstatus
	# RFC 3339, the end of the window, and its generation.
	object | jq -e '.status.conditions as $c |
	    ($c[] | select(.type | endswith("/LastSuccessfulExecution")) |
	     .status == "True" and .message == "2025-06-25T10:05:00Z"),
	    ($c[] | select(.type == "metricsexporter.adx-mon.azure.com") |
	     .status == "False" and .observedGeneration == 1)' |
	    grep -c true | grep -qx 2
	# Its schema has pruned our fields: the condition is enough.
	object | jq -e '.status | has("backlog") | not'
	receipt b 5 delivered | run -0 crdstatus
	object | jq -e '.status.conditions[] |
	    select(.type | endswith("/Backlog")) | .message | fromjson |
	    .lastSuccessfulExecution == "2025-06-25T10:10:00Z" and
	    .backlog == []'
	# Upstream runs a window itself; both destinations go on behind it.
	apply "$(object | jq -c '.status.conditions |= map(if .type | endswith(
	    "/LastSuccessfulExecution") then
	    .message = "2025-06-25T10:20:00Z" else . end)')"
	{
		receipt a 20 delivered
		receipt b 20 delivered
	} | run -0 crdstatus
	object | jq -e '.status.conditions[] |
	    select(.type | endswith("/Backlog")) | .message | fromjson |
	    .lastSuccessfulExecution == "2025-06-25T10:25:00Z" and
	    .backlog == []'
}

@test "a status that is not understood is left, told, and 65" {
	start_kube
	apply "$(exporter n '{"lastSuccessfulExecution":7}')" "$(exporter o)"
	U=$(uid)
	{
		founded
		founded | jq -c --arg u "$(uid o)" '.name = "o" | .uid = $u'
	} >in
	run -65 --separate-stderr crdstatus <in
	diff <(printf '%s\n' "$output") in
	[[ $stderr == *'status not written'*resource=m/n* ]]
	[ "$(object | jq -c .status)" = '{"lastSuccessfulExecution":7}' ]
	[ "$(owed o)" = 10:00 ]
}

@test "ready when the API has answered, not before" {
	start_kube
	stop_pid "$KUBE_PID"
	start --ready-fd=7 7>ready
	wait_for 20 grep -q 'does not answer, tried again' log
	run -1 test -s ready
	start_kube -p "${KUBE_URL##*:}" 8>&-
	wait_for 20 test -s ready
	exec 8>&-
	wait "$PID"
}

@test "an answer that makes no sense is read again" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	fault '{"verb":"patch","status":200,"text":"<html>"}' \
	    '{"verb":"get","status":502,"text":"bad gateway"}'
	founded | run -0 --separate-stderr crdstatus
	[ "$(owed)" = 10:00 ]
}

# events: TYPE REASON COUNT of each, and of what.
events() {
	curl -sf "$KUBE_URL/apis/events.k8s.io/v1/events" | jq -r '.items[] |
	    "\(.type) \(.reason) \(.series.count // 1) \(.regarding.name)"' |
	    sort
}

@test "events tell what failed, was lost, and is well again" {
	start_kube
	apply "$(exporter)"
	U=$(uid)
	{
		founded
		receipt a 0 failed "$(error promsend Http503)"
		receipt b 0 rejected "$(error promsend Http400), \"rejected\":3"
	} >in
	POD_NAME=pod run -1 crdstatus <in
	[ "$(events)" = $'Warning DeadLetters 1 n\nWarning DeliveryFailing 1 n' ]
	curl -sf "$KUBE_URL/apis/events.k8s.io/v1/events" | jq -e --arg u "$U" '
	    .items[] | select(.reason == "DeadLetters") |
	    .regarding.kind == "MetricsExporter" and .regarding.uid == $u and
	    .metadata.namespace == "m" and .reportingInstance == "pod" and
	    .action == "Export" and (.note | contains("refused 3 samples")) and
	    (.eventTime | test("^....-..-..T..:..:..[.]......Z$"))'
	{
		receipt a 0 delivered
		receipt a 5 failed "$(error kqlrun E),
		    \"passOver\":true"
	} >in
	run -1 crdstatus --no-events <in
	events | run -1 grep PassedOver
	{
		receipt a 10 failed "$(error kqlrun E), \"passOver\":true"
		receipt a 15 failed "$(error kqlrun E), \"passOver\":true"
	} >in
	run -1 crdstatus <in
	events | grep -q '^Warning WindowPassedOver 2 n$'
}

@test "events that are not allowed are told of once, and cost no status" {
	start_kube
	apply "$(exporter)" "$(exporter o)"
	U=$(uid)
	fault '{"verb":"create","resource":"events","status":403,"times":0}'
	{
		founded
		receipt a 0 failed "$(error promsend Http503)"
		receipt a 0 rejected "$(error promsend Http400), \"rejected\":3"
	} >in
	jq -c --arg u "$(uid o)" '.name = "o" | .uid = $u' in >in2
	cat in2 >>in
	run -1 --separate-stderr crdstatus <in
	diff <(printf '%s\n' "$output") in
	[ "$(grep -c 'events are not told' <<<"$stderr")" -eq 1 ]
	[ "$(owed)" = 10:00 ]
	[ "$(object o | jq -r .status.lastLoss.reason)" = DeadLetters ]
}

@test "2,000 resources take 16 MiB, and no more for their receipts" {
	needs_plain_build
	start_kube
	many 2000 >/dev/null
	jq -c '.end = "2025-06-25T10:05:00Z"' in >in2
	cat in2 >>in
	env time -f %M -o kib crdstatus --status-qps=1000 --no-events <in >out
	[ "$(wc -l <out)" -eq 4000 ]
	(($(tail -n 1 kib) < 16384))
}
