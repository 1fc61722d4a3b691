#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Our manifests and tools on a real Kubernetes: make check-real.
bats_require_minimum_version 1.5.0
load helpers
load kube
load kube_ask

setup_file() {
	[ ! -x "$KUBE_BIN/kubectl" ] || start_apiserver
}

setup() {
	needs_kube
	cd "$BATS_TEST_TMPDIR" || return 1
}

# exporter NAME NAMESPACE [SPEC-MEMBERS]: a manifest; members as YAML's flow.
exporter() {
	cat <<-EOF
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: $1, namespace: $2}
	spec: {${3:-$(spec)}}
	EOF
}

# spec [WITHOUT [WITH]]: the members of a spec that is right, changed.
spec() {
	local -A m=(
		[database]='database: D' [body]='body: T'
		[interval]='interval: 5m'
		[transform]='transform: {valueColumn: v, defaultMetricName: m}'
	)
	local IFS=,
	unset "m[${1:-none}]"
	printf '%s\n' "${m[*]}${2:+,$2}"
}

@test "every manifest of the reference documents applies" {
	local ns f
	for ns in monitoring analytics sre; do
		kubectl create namespace "$ns"
	done
	for f in "$TOP"/tests/data/kube/reference/*.yaml; do
		kubectl apply -f "$f"
	done
	kubectl apply -f "$TOP/examples"
	run kubectl get metricsexporters -A --no-headers
	assert_success
	[ "${#lines[@]}" -eq 9 ]
	run kubectl get summaryrules -A --no-headers
	[ "${#lines[@]}" -eq 4 ]
}

@test "what could never run is refused, and why is said" {
	local -A wrong=(
		['interval: 1d']='interval'
		['interval: 0s']='Go duration of whole seconds'
		['interval: -5m']='Go duration of whole seconds'
		['interval: 1500ms']='Go duration of whole seconds'
		['interval: 90000h']='Go duration of whole seconds'
		['interval: ""']='interval'
		['interval: 5']='spec.interval'
		['interval: 5m, ingestionDelay: -1s']='ingestionDelay'
		['interval: 5m, exporters: a']='spec.exporters'
		['interval: 5m, criteria: {region: eastus}']='spec.criteria'
		['interval: 5m, summaryRuleSelector: {}']='give database and'
		['interval: 5m, bdy: T']='unknown field'
	)
	local w
	for w in "${!wrong[@]}"; do
		run kubectl apply --dry-run=server -f - \
		    <<<"$(exporter wrong default "$(spec interval "$w")")"
		assert_failure
		assert_output --partial "${wrong[$w]}"
	done
	for w in 'valueColumn: v' 'defaultMetricName: m' \
	    'valueColumn: v, valueColumns: [w], defaultMetricName: m' \
	    'valueColumns: [], defaultMetricName: m'; do
		run kubectl apply --dry-run=server -f - <<<"$(exporter wrong \
		    default "$(spec transform "transform: {$w}")")"
		assert_failure
		assert_output --partial 'spec.transform: Invalid value'
	done
	run kubectl apply --dry-run=server -f - \
	    <<<"$(exporter wrong default "$(spec body)")"
	assert_failure
	assert_output --partial 'give database and body'
	run kubectl apply --dry-run=server -f - <<<"$(exporter wrong default \
	    "$(spec database 'summaryRuleSelector: {}' | sed 's/body: T,//')")"
	assert_failure
	assert_output --partial 'needs transform.timestampColumn'
}

@test "what adx-mon takes is taken" {
	local ok
	for ok in 'interval: 1h30m' 'interval: 1.5m' 'interval: 168h' \
	    'interval: 60s, ingestionDelay: ""' \
	    'interval: 1s, criteria: {a: []}, criteriaExpression: "a == b"'; do
		kubectl apply --dry-run=server -f - \
		    <<<"$(exporter right default "$(spec interval "$ok")")"
	done
}

# can VERB RESOURCE[/SUBRESOURCE] [NAMESPACE]: whether the pods' account may.
can() {
	local sub=
	[[ $2 != */* ]] || sub=${2#*/}
	kubectl auth can-i "$1" "${2%/*}" --subresource="$sub" -q \
	    -n "${3:-monitoring}" \
	    --as=system:serviceaccount:adx-mon-system:adxexporter
}

@test "the account of the pods may do what it needs and no more" {
	local verb kind
	for kind in metricsexporters summaryrules; do
		for verb in get list watch; do
			can "$verb" "$kind.adx-mon.azure.com"
		done
		for verb in create update patch delete; do
			run ! can "$verb" "$kind.adx-mon.azure.com"
		done
	done
	for verb in get patch update; do
		can "$verb" metricsexporters.adx-mon.azure.com/status
		run ! can "$verb" summaryrules.adx-mon.azure.com/status
	done
	for verb in get create update; do
		can "$verb" leases.coordination.k8s.io adx-mon-system
		run ! can "$verb" leases.coordination.k8s.io
	done
	can create events.events.k8s.io
	run ! can get secrets adx-mon-system
	run ! can list pods
}

@test "get shows how far an exporter has come" {
	exporter shown default | kubectl apply -f -
	kubectl patch mex shown --subresource=status --type=merge -p '{"status":
	    {"lastSuccessfulExecution": "2020-01-01T00:00:00Z", "backlog": [
	    {"startTime": "2020-01-01T00:00:00Z", "attempts": 1,
	    "endTime": "2020-01-01T00:05:00Z", "destinations": ["a"],
	    "error": {"stage": "promsend", "code": "Http500"}}],
	    "lastLoss": {"reason": "DeadLetters"},
	    "conditions": [{"type": "Ready", "status": "False",
	    "reason": "DeliveryFailing", "message": "m",
	    "lastTransitionTime": "2020-01-01T00:00:00Z"}]}}'
	run kubectl get mex shown
	assert_success
	assert_line --index 0 --regexp \
	    '^NAME +DATABASE +INTERVAL +LAST SUCCESS +BACKLOG +READY +REASON +AGE'
	assert_line --index 1 --regexp \
	    '^shown +D +5m +[0-9]+y[0-9]*d? +[0-9]+y[0-9]*d? +False +DeliveryFailing '
	# what the schema does not know is memory all the same
	run kubectl get mex shown -o jsonpath='{.status.lastLoss.reason}'
	assert_output DeadLetters
	run kubectl get mex shown \
	    -o jsonpath='{.status.backlog[0].error.code}'
	assert_output Http500
}

@test "conditions of other writers stay beside ours" {
	exporter shared default | kubectl apply -f -
	local who
	for who in one two; do
		kubectl apply --server-side --subresource=status \
		    --field-manager="$who" -f - <<-EOF
		apiVersion: adx-mon.azure.com/v1
		kind: MetricsExporter
		metadata: {name: shared, namespace: default}
		status:
		  conditions:
		  - {type: $who, status: "True", reason: R, message: "",
		     lastTransitionTime: "2020-01-01T00:00:00Z"}
		EOF
	done
	run kubectl get mex shared -o jsonpath='{.status.conditions[*].type}'
	assert_output 'one two'
}

# receipts NAME FROM STATUS [MEMBERS]: of its object, for five minutes of 10:FROM.
receipts() {
	jq -nc --arg n "$1" --argjson m "$2" --arg s "$3" --argjson x "{${4-}}" \
	    --arg u "$(kubectl get mex "$1" -o jsonpath='{.metadata.uid}')" '
	    def at(n): "2025-06-25T10:\("0\(n)"[-2:]):00Z";
	    {id:"1", namespace:"default", name:$n, rule:"", uid:$u,
	     generation:1, start:at($m), end:at($m + 5), destinations:["a"],
	     destination:"a", status:$s, samples:2, rejected:0, had:0, bytes:9,
	     time:"2025-06-25T11:00:00.25Z"} + $x'
}

# out_lines N: so many lines were passed on.
out_lines() {
	[ "$(wc -l <out)" -eq "$1" ]
}

# start_status OPTION...: crdstatus with a pipe to its stdin in descriptor 8.
# Sets PID.
start_status() {
	mkfifo in
	exec 9<>in
	crdstatus "$@" <in >out 2>log 3>&- 9>&- &
	PID=$!
	keep_pid "$PID"
	exec 8>in 9>&-
}

# add_condition NAME TYPE: as another controller does it.
add_condition() {
	kubectl patch mex "$1" --subresource=status --type=json -p '[{"op":"add",
	    "path":"/status/conditions/-", "value":{"type":"'"$2"'",
	    "status":"True", "reason":"Mine", "message":"",
	    "lastTransitionTime":"2020-01-01T00:00:00Z"}}]'
}

@test "crdstatus writes beside others, as the pods' account, and tells events" {
	local i err='"error":{"stage":"promsend","code":"Http503","message":"no"}'
	kube_config pod.conf "$(kube_token adxexporter)"
	exporter written default | kubectl apply -f -
	start_status --kubeconfig=pod.conf --status-qps=1000
	receipts written 0 delivered >&8
	wait_for 20 test -s out
	for i in 5 10 15; do
		add_condition written "foreign$i"
		receipts written "$i" delivered >&8
		wait_for 20 out_lines $((i / 5 + 1))
	done
	receipts written 20 failed "$err" >&8
	exec 8>&-
	wait "$PID" || [ $? -eq 1 ]
	kubectl get mex written -o json | jq -e '.status |
	    .lastSuccessfulExecution == "2025-06-25T10:20:00Z" and
	    (.backlog | length) == 1 and
	    ([.conditions[].type | select(startswith("foreign"))] | length) == 3
	    and (.conditions[] | select(.type == "Ready") |
	        .reason == "DeliveryFailing")'
	run grep -E 'level=(warn|error)' log
	assert_output --partial 'windows are still owed'
	refute_output --partial 'the Kubernetes API warns'
	kubectl get events.events.k8s.io -n default -o json | jq -e '.items[] |
	    select(.regarding.name == "written") |
	    .type == "Warning" and .reason == "DeliveryFailing"'
	kubectl delete mex written
	tail -n 1 out >last
	run crdstatus --kubeconfig=pod.conf <last
	assert_success
	assert_output --partial 'the resource is gone'
}

@test "crdstatus waits out an API server that restarts" {
	exporter waits default | kubectl apply -f -
	start_status
	receipts waits 0 delivered >&8
	wait_for 20 test -s out
	receipts waits 5 delivered >next
	stop_apiserver
	cat next >&8
	wait_for 20 grep -q 'does not take status now' log
	run_apiserver 8>&-
	wait_for 60 out_lines 2
	exec 8>&-
	wait "$PID"
	run kubectl get mex waits -o jsonpath='{.status.lastSuccessfulExecution}'
	assert_output 2025-06-25T10:10:00Z
}

@test "our own API server answers as the real one did" {
	kubectl create namespace ask
	ask_all real
	mkdir even
	ask_even real even
	diff -r even "$TOP/tests/data/kube/answers"
}
