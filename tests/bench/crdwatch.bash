#!/bin/bash
# SPDX-License-Identifier: MIT
#
# crdwatch with 10,000 resources (or as many as the first argument says) of
# 1.7 KiB in the API server of the tests: from its start to its last event,
# its memory then, and after it has had to list them again.
# Limits: 5 s and 64 MiB.
set -eu
cd "$(dirname "$0")/../.."
n=${1:-10000}
dir=$(mktemp -d)
pids=()
end() {
	((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || :
	rm -rf "$dir"
}
trap end EXIT

build/tests/kube >"$dir/port" &
pids+=($!)
until [ -s "$dir/port" ]; do sleep 0.05; done
url=http://127.0.0.1:$(cat "$dir/port")
cat >"$dir/kubeconfig" <<END
current-context: t
contexts: [{name: t, context: {cluster: t, user: t}}]
clusters: [{name: t, cluster: {server: "$url"}}]
users: [{name: t, user: {}}]
END
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

kb_of() {
	awk '/^VmHWM/ { print $2 }' "/proc/$1/status"
}

start=${EPOCHREALTIME/./}
build/bin/crdwatch --kubeconfig "$dir/kubeconfig" >"$dir/out" 2>"$dir/log" &
pid=$!
pids+=("$pid")
until (($(wc -l <"$dir/out") >= n)); do sleep 0.02; done
ms=$(((${EPOCHREALTIME/./} - start) / 1000)) first=$(kb_of "$pid")
curl -sf -X POST "$url/control/compact"
curl -sf -X POST "$url/control/cut"
# It begins again within a second, and makes no event of what is the same.
sleep 5
printf '%d resources: %d ms to the last event, %d KiB, then %d KiB\n' \
    "$n" "$ms" "$first" "$(kb_of "$pid")"
((n != 10000 || (ms < 5000 && first < 65536)))
