#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The whole pipeline while its receiver is away, in real time.
bats_require_minimum_version 1.5.0
load helpers
load pipeline

# outage NAME: Prometheus away for 20 windows.
outage() {
	local now first name=$1
	now=$(date +%s) first=$((now - 10))
	load_table $((now - 60)) $((now + 240))
	load_resource "$name"
	set_cursor "$name" "$first"
	spawn log adxexporter --health-probe-port=0 \
	    --file=res --kusto-endpoint=DB=file:data \
	    --state-dir=state --receipts=receipts --promsend.retry-deadline=2s \
	    --remote-write-endpoint="$PROM_URL/api/v1/write"
	local sup=$SPAWN_PID
	wait_for 30 cursor_past $((now - 1)) "$name"
	stop_pid "$PROM_PID"
	# 20 windows become due; what is owed stays one entry.
	now=$(cursor "$name")
	wait_for 60 is_past $((now + 20))
	wait_for 30 jq -e '.status.backlog | length == 1' "state/test/$name.json"
	start_prometheus --data "$PROM_DATA" --port "$PROM_PORT" ${2:+--ooo "$2"}
	local back
	back=$(date +%s)
	wait_for 120 cursor_past "$back" "$name"
	wait_for 30 owes_nothing "$name"
	stop_pid "$sup"
	every_second "$name" "$first" "$back"
	# What was owed came in order of time.
	run jq -se 'map(select(.status == "delivered") | .start) |
	    . == sort' receipts
	assert_success
	run jq -s 'map(.rejected) | add' receipts
	assert_output 0
}

@test "Prometheus away for 20 windows: the backlog fills and drains in order" {
	start_prometheus
	outage away
}

@test "the same with an out-of-order window" {
	start_prometheus --ooo 24h
	outage awayooo 24h
}
