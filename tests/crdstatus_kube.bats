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
