#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# crdwatch: resources of a Kubernetes API in, watch events out.  The server is
# that of tests/httpd/kube.c, which does on request what a real one does when
# it likes.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	OUT=$BATS_TEST_TMPDIR/out
	LOG=$BATS_TEST_TMPDIR/log
	cd "$BATS_TEST_TMPDIR" || return 1
}

# exporter NAME [MEMBER...]: a resource that is right, as YAML on stdout.
exporter() {
	printf '%s\n' --- 'apiVersion: adx-mon.azure.com/v1' \
	    'kind: MetricsExporter' "metadata: {name: $1, namespace: n}" \
	    'spec: {database: D, body: T, interval: 5m, transform: {valueColumn: v, defaultMetricName: m}}' \
	    "${@:2}"
}

# selecting NAME SELECTOR [MEMBER...]: one that selects rules.
selecting() {
	exporter "$1" "${@:3}" |
	    sed "s/database: D, body: T/summaryRuleSelector: $2/
		s/valueColumn: v/&, timestampColumn: t/"
}

# rule NAME LABELS [MEMBER...]: a SummaryRule with the table of its name.
rule() {
	printf '%s\n' --- 'apiVersion: adx-mon.azure.com/v1' \
	    'kind: SummaryRule' \
	    "metadata: {name: $1, namespace: n, labels: $2}" \
	    "spec: {database: D, table: $1, body: Q, interval: 1d}" "${@:3}"
}

# watch [OPTION...]: start crdwatch; its events go to OUT, its log to LOG.
watch() {
	: >"$OUT"
	crdwatch "$@" >"$OUT" 2>"$LOG" 3>&- &
	WATCH_PID=$!
	keep_pid "$WATCH_PID"
}

# What the events say, one a line: TYPE NAME[+RULE] [REASON].
told() {
	jq -r '(.object.metadata.annotations["kqlpipe/rule"] // "" |
	    if . == "" then . else "+" + . end) as $rule |
	    [.type, .object.metadata.name + $rule, .problem.reason // empty] |
	    join(" ")' "${1:-$OUT}"
}

# tells LINE...: these were told last, in any order.
tells() {
	diff <(printf '%s\n' "$@" | sort) <(told | tail -n $# | sort)
}

# asked VERB: how often the server was asked to list or watch.
asked() {
	jq -r 'select(.path | endswith("metricsexporters")) |
	    if .args.watch then "watch" else "list" end' "$KUBE_RECORD" |
	    grep -c "^$1"
}

asked_at_least() {
	(($(asked "$1") >= $2))
}

@test "resources of an API come as the events kubectl prints" {
	start_kube
	{ exporter a 'status: {lastSuccessfulExecution: "2025-06-25T10:00:00Z"}'
	  exporter b; } | kube_apply
	run -0 --separate-stderr crdwatch -1
	assert_equal "$(told /dev/stdin <<<"$output" | sort)" $'ADDED a\nADDED b'
	diff <(jq -S 'select(.object.metadata.name == "a") | .object' \
	    <<<"$output") <(kube_get n/a | jq -S 'del(.metadata.managedFields)')
}

@test "each change is an event, with its status" {
	start_kube
	exporter a | kube_apply
	watch
	wait_for 10 tells "ADDED a"
	exporter a 'status: {lastSuccessfulExecution: "2025-06-25T10:00:00Z"}' |
	    kube_apply
	wait_for 10 tells "MODIFIED a"
	assert_equal "$(tail -n 1 "$OUT" | jq -r .object.status.lastSuccessfulExecution)" \
	    2025-06-25T10:00:00Z
	exporter b | kube_apply
	wait_for 10 tells "ADDED b"
	kube_delete n/a
	wait_for 10 tells "DELETED a"
	stop_pid "$WATCH_PID"
	assert_equal "$(wc -l <"$OUT")" 4
}

@test "a rule that gains or loses the labels joins or leaves" {
	start_kube
	selecting s '{matchLabels: {x: y}}' | kube_apply
	{ rule in '{x: y}'; rule out '{}'; } | kube_apply
	watch
	wait_for 10 tells "ADDED s" "ADDED s+in"
	rule out '{x: y}' | kube_apply
	wait_for 10 tells "ADDED s+out"
	rule in '{x: z}' | kube_apply
	wait_for 10 tells "DELETED s+in"
	rule out '{x: y}' 'status: {conditions: [{type: summaryrule.adx-mon.azure.com/LastSuccessfulExecution, message: "2025-06-25T10:00:00Z"}]}' |
	    kube_apply
	wait_for 10 tells "MODIFIED s+out"
	tail -n 1 "$OUT" | jq -e '.object |
	    .metadata.annotations["kqlpipe/until"] == "2025-06-25T10:00:00Z"
	    and .spec.database == "D"
	    and .spec.body == "out | where t between (_startTime .. _endTime)"'
	kube_delete n/s
	wait_for 10 tells "DELETED s" "DELETED s+out"
}
