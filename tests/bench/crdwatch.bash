#!/bin/bash
# SPDX-License-Identifier: MIT
#
# crdwatch with 10,000 resources of 1.7 KiB in the API server of the tests: from
# its start to its last event, its memory then, and after it has had to list
# them again.
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"
n=10000

start_kube
awk -v n="$n" 'BEGIN {
	printf "{\"kind\":\"List\",\"items\":["
	for (i = 0; i < n; i++)
		printf "%s{\"apiVersion\":\"adx-mon.azure.com/v1\"," \
		    "\"kind\":\"MetricsExporter\",\"metadata\":" \
		    "{\"name\":\"r%d\",\"namespace\":\"n%d\"},\"spec\":" \
		    "{\"database\":\"D\",\"body\":\"%01200d\"," \
		    "\"interval\":\"5m\",\"transform\":{\"valueColumn\":" \
		    "\"v\",\"defaultMetricName\":\"m\"}}}", i ? "," : "",
		    i, i % 50, i
	print "]}"
}' | curl -sf -o "$dir/applied" --data-binary @- "$url/control/apply"

# measure: one run of crdwatch, from its start until it has listed twice.
measure() {
	local start=${EPOCHREALTIME/./} pid
	build/bin/crdwatch --kubeconfig "$dir/kubeconfig" \
	    >"$dir/out" 2>"$dir/log" &
	pid=$!
	pids+=("$pid")
	until (($(wc -l <"$dir/out") >= n)); do sleep 0.02; done
	row '10,000 resources: to the last event' \
	    "$(calc "(${EPOCHREALTIME/./} - $start) / 1e6")" s '<= 5'
	row '10,000 resources: CPU' "$(cpu_of "$pid")" s
	row '10,000 resources: memory' "$(calc "$(kib_of "$pid") / 1024")" \
	    MiB '<= 64'
	curl -sf -X POST "$url/control/compact"
	curl -sf -X POST "$url/control/cut"
	# It begins again within a second, and makes no event of what is the
	# same.
	sleep 5
	row '10,000 resources listed again: memory' \
	    "$(calc "$(kib_of "$pid") / 1024")" MiB '<= 64'
	kill "$pid"
}

for ((round = 0; round < runs; round++)); do
	measure
done
