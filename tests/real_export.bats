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
	adxexporter "${endpoints[@]}" --kusto-endpoint="GlobalMetrics=file:$data" \
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
