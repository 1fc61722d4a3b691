#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The whole pipeline between a real Kubernetes and a real Prometheus, as the
# account of our manifests: make check-real.
bats_require_minimum_version 1.5.0
load helpers
load kube

setup_file() {
	[ ! -x "$KUBE_BIN/kubectl" ] || start_apiserver
}

setup() {
	needs_kube
	cd "$BATS_TEST_TMPDIR" || return 1
	local ns
	for ns in monitoring analytics sre; do
		kubectl create namespace "$ns" >/dev/null 2>&1 || :
	done
	kubectl delete metricsexporters,summaryrules -A --all >/dev/null
}

# The administrator's kubectl, whoever the test is.
admin() {
	kubectl --kubeconfig "$KUBE_DIR/admin.conf" "$@"
}

# start_exporter NAME OPTION...: adxexporter with the data of examples/; its
# log is NAME.log.
start_exporter() {
	local data=$TOP/build/examples/data db endpoints=()
	for db in Telemetry Analytics Infrastructure; do
		endpoints+=("--kusto-endpoint=${db}DB=file:$data")
	done
	for db in eastus westus europe; do
		endpoints+=("--kusto-endpoint=$db-cluster/TelemetryDB=file:$data/\
$db-cluster")
	done
	adxexporter --health-probe-port=0 \
	    "${endpoints[@]}" --kusto-endpoint="GlobalMetrics=file:$data" \
	    --cluster-labels=environment=production,team=analytics,region=eastus,\
role=infrastructure,scope=global --receipts="$1.receipts" \
	    --destination="prometheus=prometheus+$PROM_URL/api/v1/write" \
	    "${@:2}" 2>"$1.log" 3>&- &
	EXPORTER_PID=$!
	keep_pid "$EXPORTER_PID"
}

# ready STATUS:REASON LINE: of which resources, "NAMESPACE/NAME" in a line.
ready() {
	[ "$(admin get metricsexporters -A -o json | jq -r --arg is "$1" '
	    [.items[] | select(.status.conditions // [] | any(.type == "Ready"
		and "\(.status):\(.reason)" == $is)) |
	    .metadata | "\(.namespace)/\(.name)"] | sort | join(" ")')" = "$2" ]
}

ready_soon() {
	wait_for 90 ready "$@" || {
		admin get metricsexporters -A -o wide >&2
		tail -n 20 ./*.log >&2
		return 1
	}
}

@test "the documents' exporters run, or their condition says why not" {
	start_prometheus --ooo 24h
	admin apply -f "$TOP/tests/data/kube/reference/003.yaml" >/dev/null
	in_pod
	start_exporter one
	# of the four use cases Kusto takes one, and so do we
	ready_soon True:Ok analytics/customer-analytics
	ready_soon False:QueryRejected 'monitoring/service-response-times '\
'sre/global-error-rates sre/infrastructure-monitoring'
	admin get mex -n sre global-error-rates -o wide | grep 'database('
	[ "$(prom_series '{__name__=~"customer_success_rate_.*"}')" -gt 0 ]
	# mended, they run, from the window on that they were held at
	admin apply -f "$TOP/examples" >/dev/null
	ready_soon True:Ok 'analytics/customer-analytics '\
'monitoring/service-response-times sre/global-error-rates '\
'sre/infrastructure-monitoring'
	run admin get metricsexporters -A
	echo "$output" | sed 's/^/# /' >&3
	[ "$(grep -Ec 'DB +[0-9]+[ms] +[0-9ms]+ +True +Ok ' <<<"$output")" -eq 3 ]
	for name in service_response_time_avg node_cpu_utilization \
	    global_error_count; do
		[ "$(prom_series "$name")" -gt 0 ]
	done
	stop_pid "$EXPORTER_PID"
}

@test "the older documents' exporters say what is missing here" {
	start_prometheus --ooo 24h
	in_pod
	start_exporter one
	admin apply -f "$TOP/tests/data/kube/reference/000.yaml" >/dev/null
	ready_soon False:UnknownDestination 'default/customer-analytics-exporter '\
'default/dashboard-metrics default/global-metrics-exporter '\
'monitoring/service-metrics-exporter'
	# its rule has filled no table, which the rule's part of the status says
	wait_for 30 grep -q 'service-metrics-to-prometheus+service-response.*SEM0100' \
	    one.log
	admin delete metricsexporters,summaryrules -A --all >/dev/null
	admin apply -f "$TOP/tests/data/kube/reference/002.yaml" >/dev/null
	ready_soon False:UnknownDestination 'analytics/customer-analytics '\
'monitoring/service-response-times sre/global-error-rates '\
'sre/infrastructure-monitoring'
	stop_pid "$EXPORTER_PID"
}

# Every window once or more, none missing: of a resource, by the receipts $@.
windows() {
	local name=$1
	shift
	jq -r --arg name "$name" 'select(.status == "delivered" and
	    .name == $name and .start != .end) | "\(.start) \(.end)"' "$@" | sort
}

# Stdin: "START END" lines; fails where one does not begin where one ended.
no_gap() {
	sort -u | awk 'NR > 1 && $1 != end { print "gap: " end " " $1; bad = 1 }
	    { end = $2 } END { exit bad || NR == 0 }'
}

enough_windows() { # N NAME RECEIPTS...
	[ "$(windows "${@:2}" | sort -u | wc -l)" -ge "$1" ]
}

# A resource with short windows.
ticker() {
	admin apply -f - <<-EOF
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: $1, namespace: monitoring}
	spec:
	  database: TelemetryDB
	  interval: 2s
	  body: print v = 1.0, at = _startTime
	  transform: {valueColumn: v, timestampColumn: at, defaultMetricName: $1}
	EOF
}

@test "two replicas: the leader is killed, the other goes on, no window is lost" {
	local one
	start_prometheus --ooo 24h
	ticker tick
	in_pod
	POD_NAME=one start_exporter one --leader-elect
	one=$EXPORTER_PID
	wait_for 60 enough_windows 5 tick one.receipts
	POD_NAME=two start_exporter two --leader-elect
	wait_for 30 grep -q 'waiting for the lease' two.log
	[ -z "$(windows tick two.receipts)" ]
	# the whole pod: the supervisor first, then its stages
	mapfile -t stages < <(pgrep -P "$one")
	kill -KILL "$one" "${stages[@]}"
	local began=$EPOCHSECONDS
	wait_for 60 enough_windows 1 tick two.receipts
	echo "# the other went on after $((EPOCHSECONDS - began)) s" >&3
	((EPOCHSECONDS - began <= 30))
	wait_for 60 enough_windows 10 tick two.receipts
	windows tick one.receipts two.receipts | no_gap
	# what is told twice is of the time of the change
	[ "$(windows tick one.receipts two.receipts | uniq -d | wc -l)" -le 3 ]
	# and nothing is missing where it matters
	prom_export tick | awk 'NR > 1 && $3 != was + 2000 { exit 1 }
	    { was = $3 } END { exit NR < 15 }'
	stop_pid "$EXPORTER_PID"
}

@test "with --shard each resource runs in exactly one" {
	local i one
	start_prometheus --ooo 24h
	for i in 1 2 3 4 5 6; do
		ticker "t$i" >/dev/null
	done
	in_pod
	start_exporter one --shard=0/2
	one=$EXPORTER_PID
	start_exporter two --shard=1/2
	for i in 1 2 3 4 5 6; do
		wait_for 60 enough_windows 2 "t$i" one.receipts two.receipts
	done
	stop_pid "$one"
	stop_pid "$EXPORTER_PID"
	for i in 1 2 3 4 5 6; do
		[ -z "$(windows "t$i" one.receipts)" ] ||
		    [ -z "$(windows "t$i" two.receipts)" ]
		windows "t$i" one.receipts two.receipts | no_gap
	done
	[ -n "$(jq -r .name one.receipts)" ]
	[ -n "$(jq -r .name two.receipts)" ]
}

@test "kubectl stands in for crdwatch" {
	ticker tick
	admin patch mex -n monitoring tick --subresource=status --type=merge \
	    -p '{"status":{"lastSuccessfulExecution":"'"$(date -u \
	    -d "@$((EPOCHSECONDS / 2 * 2 - 60))" +%FT%TZ)"'"}}'
	timeout 10 kubectl get metricsexporters -A -w -o json \
	    --output-watch-events >events || :
	jq -c . events | kqlrun -1 -e TelemetryDB=file:. >frames
	kql2rows <frames | rows2prom >samples
	[ "$(grep -c '^tick 1 ' samples)" -ge 30 ]
}

@test "other writers of a status lose nothing, and take nothing from us" {
	local i
	start_prometheus --ooo 24h
	ticker tick
	in_pod
	start_exporter one
	for i in {1..60}; do
		admin patch mex -n monitoring tick --subresource=status \
		    --type=json -p '[{"op":"add","path":"/status/conditions/-",
		    "value":{"type":"Foreign'"$i"'","status":"True","reason":
		    "R","message":"","lastTransitionTime":
		    "2025-01-01T00:00:00Z"}}]' >/dev/null 2>&1 || :
	done
	wait_for 60 enough_windows 8 tick one.receipts
	stop_pid "$EXPORTER_PID"
	windows tick one.receipts | no_gap
	admin get mex -n monitoring tick -o json >tick.json
	[ "$(jq '[.status.conditions[].type | select(startswith("Foreign"))] |
	    length' tick.json)" -ge 20 ]
	[ "$(jq -r .status.lastSuccessfulExecution tick.json)" = \
	    "$(windows tick one.receipts | tail -n 1 | cut -d' ' -f2)" ]
}

@test "what a person may want to look at is an Event" {
	start_prometheus --ooo 24h
	ticker tick
	in_pod
	start_exporter one
	ready_soon True:Ok monitoring/tick
	admin patch mex -n monitoring tick --type=merge \
	    -p '{"spec":{"body":"nonsense |"}}'
	ready_soon False:QueryRejected monitoring/tick
	wait_for 30 eval "admin get events.events.k8s.io -n monitoring -o json |
	    jq -e '.items[] | select(.regarding.name == \"tick\" and
		.type == \"Warning\" and .reason == \"QueryRejected\")'"
	stop_pid "$EXPORTER_PID"
}

# condition TYPE MEMBER: of monitoring/tick.
condition() {
	admin get mex -n monitoring tick -o json | jq -r --arg type "$1" "
	    .status.conditions[] | select(.type == \$type) | .$2"
}

# The last test: the CRD is not ours any more.
@test "with adx-mon's CRD a resource goes on where adx-mon was, and back" {
	local type=metricsexporter.adx-mon.azure.com start last
	start_prometheus --ooo 24h
	admin replace -f "$TOP/tests/data/kube/upstream-crd.yaml"
	ticker tick 2>&1 | grep -q 'unknown field "spec.transform.valueColumn"'
	start=$(date -u -d "@$((EPOCHSECONDS / 2 * 2 - 60))" +%FT%TZ)
	admin apply -f - <<-EOF
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: tick, namespace: monitoring}
	spec:
	  database: TelemetryDB
	  interval: 2s
	  body: print v = 1.0, at = _startTime
	  transform:
	    {valueColumns: [v], timestampColumn: at, defaultMetricName: tick}
	EOF
	# as adx-mon writes it: a window's end, as Go prints times
	admin patch mex -n monitoring tick --subresource=status --type=merge \
	    -p '{"status":{"conditions":[{"type":"'"$type"'/LastSuccessfulExecution",
	    "status":"True","reason":"ExecutionCompleted","message":"'"$start"'",
	    "lastTransitionTime":"2025-01-01T00:00:00Z"},{"type":"Completed",
	    "status":"True","reason":"ExecutionSuccessful","message":"m",
	    "lastTransitionTime":"2025-01-01T00:00:00Z"}]}}'
	in_pod
	start_exporter one
	wait_for 60 enough_windows 35 tick one.receipts
	stop_pid "$EXPORTER_PID"
	[ "$(windows tick one.receipts | head -n 1 | cut -d' ' -f1)" = "$start" ]
	windows tick one.receipts | no_gap
	# what adx-mon reads back: the cursor, and whether it was run at all
	last=$(windows tick one.receipts | tail -n 1 | cut -d' ' -f2)
	[ "$(condition "$type/LastSuccessfulExecution" message)" = "$last" ]
	[ "$(condition "$type" status)" = True ]
	[ "$(condition "$type" reason)" = ExecutionSuccessful ]
	[ "$(condition "$type" observedGeneration)" -eq "$(admin get mex \
	    -n monitoring tick -o jsonpath='{.metadata.generation}')" ]
	[ "$(condition Completed message)" = m ]
	# the fields are pruned, and nothing is forgotten
	[ -z "$(admin get mex -n monitoring tick \
	    -o jsonpath='{.status.lastSuccessfulExecution}')" ]
	start_exporter two
	wait_for 60 enough_windows 3 tick two.receipts
	stop_pid "$EXPORTER_PID"
	[ "$(windows tick two.receipts | head -n 1 | cut -d' ' -f1)" = "$last" ]
}
