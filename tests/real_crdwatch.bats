#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# crdwatch on a real Kubernetes: make check-real.  Each test has a namespace of
# its own; a change is a request by curl, which is quicker than kubectl.
bats_require_minimum_version 1.5.0
load helpers
load kube

setup_file() {
	[ ! -x "$KUBE_BIN/kubectl" ] || start_apiserver
}

setup() {
	needs_kube
	cd "$BATS_TEST_TMPDIR" || return 1
	NS=t$BATS_TEST_NUMBER
	kubectl create namespace "$NS" >/dev/null
	IN=$KUBE_URL/apis/adx-mon.azure.com/v1/namespaces/$NS
}

teardown() {
	# who is stopped does not hear that it is to end
	[ -z "${WATCH_PID-}" ] || kill -CONT "$WATCH_PID" || :
	stop_all
}

# put NAME [JQ-FILTER]: create the exporter, or change it by the filter.
put() {
	local url=$IN/metricsexporters
	if kube_curl -f "$url/$1" -o old; then
		jq "${2-.}" old | kube_curl -f -X PUT -o /dev/null \
		    -H 'Content-Type: application/json' -d @- "$url/$1"
	else
		jq -n --arg name "$1" '{apiVersion: "adx-mon.azure.com/v1",
		    kind: "MetricsExporter", metadata: {name: $name},
		    spec: {database: "D", body: "T", interval: "5m", transform:
			{valueColumn: "v", defaultMetricName: "m"}}} |
		    '"${2-.}" | kube_curl -f -X POST -o /dev/null \
		    -H 'Content-Type: application/json' -d @- "$url"
	fi
}

drop() {
	kube_curl -f -X DELETE -o /dev/null "$IN/metricsexporters/$1"
}

# set_status NAME JSON
set_status() {
	kube_curl -f -X PATCH -o /dev/null -d "{\"status\":$2}" \
	    -H 'Content-Type: application/merge-patch+json' \
	    "$IN/metricsexporters/$1/status"
}

# The API server goes, and comes back when etcd has done what is named.
restart_apiserver() {
	stop_apiserver
	"${1:-true}"
	run_apiserver
	wait_for 30 kube_curl -f "$IN/metricsexporters"
}

# The types of the events so far, in a line.
told() {
	jq -r .type "$1.events" | paste -sd' '
}

@test "what is created, changed and deleted is told" {
	put a
	watch_kube w --namespace="$NS"
	sees_soon 20 w "$NS"
	put b
	put a '.spec.interval = "1m"'
	put a '.metadata.labels = {team: "x"}'
	set_status a '{"lastSuccessfulExecution":"2025-01-01T00:00:00Z"}'
	drop b
	sees_soon 20 w "$NS"
	drop a
	put a
	sees_soon 20 w "$NS"
	[ "$(told w)" = 'ADDED ADDED MODIFIED MODIFIED MODIFIED DELETED DELETED ADDED' ]
	# what matters in another namespace does not matter here
	[ -z "$(jq -r "select(.object.metadata.namespace != \"$NS\")" w.events)" ]
}

# put_rule NAME JQ-FILTER: create a SummaryRule, or change it by the filter.
put_rule() {
	local url=$IN/summaryrules
	if kube_curl -f "$url/$1" -o old; then
		jq "$2" old | kube_curl -f -X PUT -o /dev/null \
		    -H 'Content-Type: application/json' -d @- "$url/$1"
	else
		jq -n --arg name "$1" '{apiVersion: "adx-mon.azure.com/v1",
		    kind: "SummaryRule", metadata: {name: $name}, spec:
			{database: "D", table: "T", body: "Q", interval: "5m"}} |
		    '"$2" | kube_curl -f -X POST -o /dev/null \
		    -H 'Content-Type: application/json' -d @- "$url"
	fi
}

# has_derived EVENTS LINE...: these objects of rules were told, in this order.
has_derived() {
	diff <(jq -r 'select(.object.metadata.annotations["kqlpipe/rule"]) |
	    "\(.type) \(.object.metadata.annotations["kqlpipe/rule"]) \(
	    .object.status.lastSuccessfulExecution // "new")"' "$1.events") \
	    <(printf '%s\n' "${@:2}")
}

@test "a rule's part of the status is told with its derived object" {
	put_rule in '.metadata.labels = {team: "x"}'
	put_rule out .
	put s 'del(.spec.database, .spec.body) |
	    .spec.summaryRuleSelector = {matchLabels: {team: "x"}} |
	    .spec.transform.timestampColumn = "t"'
	watch_kube w --namespace="$NS"
	wait_for 20 has_derived w "ADDED in new"
	put_rule out '.metadata.labels = {team: "x"}'
	wait_for 20 has_derived w "ADDED in new" "ADDED out new"
	set_status s '{"rules":[{"name":"out","lastSuccessfulExecution":"2025-01-01T00:00:00Z"}]}'
	wait_for 20 has_derived w "ADDED in new" "ADDED out new" \
	    "MODIFIED out 2025-01-01T00:00:00Z"
	put_rule out 'del(.metadata.labels)'
	wait_for 20 has_derived w "ADDED in new" "ADDED out new" \
	    "MODIFIED out 2025-01-01T00:00:00Z" \
	    "DELETED out 2025-01-01T00:00:00Z"
}

@test "a restart of the API server is a gap of which only differences are told" {
	for name in a b c; do
		put "$name"
	done
	watch_kube w --namespace="$NS"
	sees_soon 20 w "$NS"
	kill -STOP "$WATCH_PID"
	put a '.spec.interval = "1m"'
	drop b
	put d
	restart_apiserver
	kill -CONT "$WATCH_PID"
	sees_soon 40 w "$NS"
	[ "$(told w | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" = \
	    ' 4 ADDED 1 DELETED 1 MODIFIED ' ]
}

@test "what etcd has forgotten is listed again" {
	for name in a b c; do
		put "$name"
	done
	stop_apiserver
	run_apiserver --watch-cache=false
	watch_kube w --namespace="$NS"
	sees_soon 40 w "$NS"
	kill -STOP "$WATCH_PID"
	put a '.spec.interval = "1m"'
	drop b
	stop_apiserver
	run_apiserver --watch-cache=false
	put c '.spec.interval = "2m"'
	compact_etcd
	kill -CONT "$WATCH_PID"
	sees_soon 40 w "$NS"
	[ "$(told w)" != '' ]
	stop_apiserver
	run_apiserver
	put e
	sees_soon 40 w "$NS"
}

# rule NAME LABELS: a SummaryRule, created or relabelled.
rule() {
	jq -n --arg name "$1" --argjson labels "$2" '{apiVersion:
	    "adx-mon.azure.com/v1", kind: "SummaryRule", metadata: {name: $name,
	    labels: $labels}, spec: {database: "D", table: ("T" + $name),
	    body: "T", interval: "1d", name: "kept"}}' |
	    kubectl apply -n "$NS" -f - >/dev/null
}

# TYPE RULE of the events of derived objects, in the order told.
derived() {
	jq -r '.object.metadata.annotations["kqlpipe/rule"] as $rule |
	    select($rule) | "\(.type) \($rule)"' "$1.events" | paste -sd,
}

is_derived() {
	[ "$(derived "$1")" = "$2" ]
}

@test "a rule that gains or loses the labels joins or leaves" {
	put e 'del(.spec.database, .spec.body) |
	    .spec.transform.timestampColumn = "t" | .spec.summaryRuleSelector = {
	    matchLabels: {team: "sre"}, matchExpressions: [{key: "priority",
	    operator: "In", values: ["high", "critical"]}, {key: "off",
	    operator: "DoesNotExist"}]}'
	rule a '{"team": "sre", "priority": "high"}'
	rule b '{"team": "sre"}'
	watch_kube w --namespace="$NS"
	wait_for 20 is_derived w 'ADDED a'
	rule b '{"team": "sre", "priority": "critical"}'
	wait_for 20 is_derived w 'ADDED a,ADDED b'
	rule a '{"team": "sre", "priority": "high", "off": "yes"}'
	wait_for 20 is_derived w 'ADDED a,ADDED b,DELETED a'
	rule a '{"team": "sre", "priority": "high"}'
	wait_for 20 is_derived w 'ADDED a,ADDED b,DELETED a,ADDED a'
	kubectl delete -n "$NS" summaryrule b
	wait_for 20 is_derived w \
	    'ADDED a,ADDED b,DELETED a,ADDED a,DELETED b'
	drop e
	wait_for 20 is_derived w \
	    'ADDED a,ADDED b,DELETED a,ADDED a,DELETED b,DELETED a'
}

# change NUMBER: something happens to one of 20 exporters; NUMBER says what.
change() {
	local name=n$(($1 % 20))
	case $(($1 / 20 % 6)) in
	0 | 1) put "$name" ".spec.interval = \"$(($1 % 97 + 1))s\"" ;;
	2) put "$name" ".metadata.labels = {n: \"$1\"}" ;;
	3) put "$name" && drop "$name" ;;
	4) put "$name" && drop "$name" && put "$name" ;;
	5) put "$name" && set_status "$name" \
	    '{"lastSuccessfulExecution":"2025-01-01T00:00:00Z"}' ;;
	esac
}

@test "200 changes, 10 restarts, 3 compactions: nothing is missed or told twice" {
	local round i seed=${SEED:-$SRANDOM}
	echo "SEED=$seed" >&2
	RANDOM=$seed
	watch_kube w --namespace="$NS"
	for ((round = 1; round <= 10; round++)); do
		((round % 2)) || kill -STOP "$WATCH_PID"
		for ((i = 0; i < 10; i++)); do
			change "$RANDOM"
		done
		if ((round % 3 == 0)); then
			restart_apiserver compact_etcd
		else
			restart_apiserver
		fi
		for ((i = 0; i < 10; i++)); do
			change "$RANDOM"
		done
		kill -CONT "$WATCH_PID"
		sees_soon 60 w "$NS"
	done
	wc -l w.events
}

# create_many N: exporters of the namespace, written where the API server keeps
# them: it takes minutes to create so many.
create_many() {
	local i
	for ((i = 1; i <= $1; i += 100)); do
		jq -nc --argjson from "$i" --arg ns "$NS" '
		    {success: [range($from; $from + 100) | {
		    apiVersion: "adx-mon.azure.com/v1", kind: "MetricsExporter",
		    metadata: {name: "r\(.)", namespace: $ns, generation: 1,
			creationTimestamp: "2025-01-01T00:00:00Z", uid:
			"00000000-0000-4000-8000-\(. + 100000000000)"},
		    spec: {database: "TelemetryDB", interval: "5m", body:
			("T | where Timestamp between (_startTime .. " +
			"_endTime)" + "\n| extend a = 1" * 10),
			criteria: {region: ["eastus", "westus"]},
			transform: {metricNameColumn: "m", valueColumn: "v",
			timestampColumn: "t", labelColumns: ["a", "b"]}}} |
		    {request_put: {value: (tojson + "\n" | @base64), key:
			("/registry/adx-mon.azure.com/metricsexporters/" +
			"\($ns)/\(.metadata.name)" | @base64)}}]}' |
		    curl -sf -o /dev/null "$ETCD_URL/v3/kv/txn" -d @-
	done
}

has_many() {
	[ "$(kube_set "$NS" 2>/dev/null | jq length)" -eq "$1" ]
}

@test "10,000 exporters are listed in 5 s and 64 MiB" {
	local began took kib
	create_many 10000
	wait_for 60 has_many 10000
	began=${EPOCHREALTIME/./}
	watch_kube w --namespace="$NS" -l region=eastus
	wait_for 60 eval '[ "$(wc -l <w.events)" -ge 10000 ]'
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$WATCH_PID/status")
	echo "# 10,000 exporters: $took ms, $kib KiB" >&3
	[ "$took" -lt 5000 ]
	[ "$kib" -lt 65536 ]
}
