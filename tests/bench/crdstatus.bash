#!/bin/bash
# SPDX-License-Identifier: MIT
#
# crdstatus with 10,000 resources in the API server of the tests: its memory
# when two windows of each have come, and when each of them fails.
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"
n=10000

start_kube
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

# measure WHAT AIM FILE...: what crdstatus takes for these.
measure() {
	local cpu wall kib
	cat "${@:3}" | timed crdstatus build/bin/crdstatus \
	    --kubeconfig="$dir/kubeconfig" --status-qps=1000 --no-events \
	    >"$dir/out" 2>"$dir/log" || (($? == 1))
	read -r cpu wall kib < <(took crdstatus)
	row "10,000 resources, $1: CPU" "$cpu" s
	row "10,000 resources, $1: wall" "$wall" s
	row "10,000 resources, $1: memory" "$(calc "$kib / 1024")" MiB "$2"
}

# Once: the status that the API keeps is another one after it.
measure 'two windows of each' '<= 64' "$dir/founded" "$dir/first"
measure 'each one fails' '<= 128' "$dir/failed"
