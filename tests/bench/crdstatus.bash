#!/bin/bash
# SPDX-License-Identifier: MIT
#
# crdstatus with 10,000 resources (or as many as the first argument says) in
# the API server of the tests: its memory when two windows of each have come,
# and when each of them fails.
# Limits: 64 MiB and 128 MiB.
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
seq "$n" | jq -c '{apiVersion:"adx-mon.azure.com/v1", kind:"MetricsExporter",
    metadata:{namespace:"m", name:"r\(.)"}, spec:{database:"D", body:"T",
    interval:"5m"}}' | sed 'i ---' |
    curl -sf -o "$dir/applied" --data-binary @- "$url/control/apply"
curl -sf "$url/apis/adx-mon.azure.com/v1/metricsexporters" |
    jq -c '.items[] | {id:"1", namespace:"m", name:.metadata.name, rule:"",
    uid:.metadata.uid, generation:1, start:"2025-06-25T10:00:00Z",
    end:"2025-06-25T10:00:00Z", destinations:["a"], destination:"a",
    status:"delivered", samples:0, rejected:0, had:0, bytes:0,
    time:"2025-06-25T11:00:00Z"}' >"$dir/founded"
jq -c '.end = "2025-06-25T10:05:00Z"' "$dir/founded" >"$dir/first"
jq -c '.start = "2025-06-25T10:05:00Z" | .end = "2025-06-25T10:10:00Z" |
    .status = "failed" | .error = {stage:"promsend", code:"Http503",
    message:"no", permanent:false}' "$dir/founded" >"$dir/failed"

# kib_of FILE...: what crdstatus takes for these.
kib_of() {
	cat "$@" | env time -f %M -o "$dir/kib" build/bin/crdstatus \
	    --kubeconfig="$dir/kubeconfig" --status-qps=1000 --no-events \
	    >"$dir/out" 2>"$dir/log" || (($? == 1))
	tail -n 1 "$dir/kib"
}

start=${EPOCHREALTIME/./}
plain=$(kib_of "$dir/founded" "$dir/first")
ms=$(((${EPOCHREALTIME/./} - start) / 1000))
failing=$(kib_of "$dir/failed")
printf '%d resources: %d KiB in %d ms, %d KiB when all fail\n' \
    "$n" "$plain" "$ms" "$failing"
((n != 10000 || (plain < 65536 && failing < 131072)))
