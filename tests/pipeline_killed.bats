#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The whole pipeline with stages killed: what one was doing is done again.
bats_require_minimum_version 1.5.0
load helpers
load pipeline

@test "SIGKILL to any stage amid 50 windows: all 50 are in Prometheus" {
	local now s pid
	local -A sup=()
	now=$(date +%s)
	start_prometheus
	load_table $((now - 60)) $((now + 120))
	for s in crdwatch kqlrun kql2rows rows2prom promsend crdstatus; do
		mkdir -p "run/$s"
		load_resource "kill$s"
		mv "res/kill$s.yaml" "run/$s"
		set_cursor "kill$s" $((now - 20)) "state_$s"
		spawn "log_$s" adxexporter --health-probe-port=0 \
		    --file="run/$s" \
		    --kusto-endpoint=DB=file:data --state-dir="state_$s" \
		    --receipts="receipts_$s" \
		    --remote-write-endpoint="$PROM_URL/api/v1/write"
		sup[$s]=$SPAWN_PID
	done
	for s in "${!sup[@]}"; do
		wait_for 30 grep -q delivered "receipts_$s"
		wait_for 10 cursor_past $((now - 10)) "kill$s" "state_$s"
		pid=$(stage_pid "${sup[$s]}" "$s")
		kill -KILL "$pid"
		wait_for 10 gone "$pid"
	done
	for s in "${!sup[@]}"; do
		wait_for 90 cursor_past $((now + 30)) "kill$s" "state_$s"
		run cat "log_$s"
		assert_output --partial "msg=\"stage ended\" stage=$s status=137"
		stop_pid "${sup[$s]}"
		every_second "kill$s" $((now - 20)) $((now + 30))
		owes_nothing "kill$s" "state_$s"
	done
}

kube_object() { # NAME
	curl -sf "$KUBE_URL/apis/adx-mon.azure.com/v1/namespaces/test/\
metricsexporters/$1"
}

# kube_cursor NAME: seconds since 1970, by what upstream reads too; 0: none.
kube_cursor() {
	kube_object "$1" | jq '[.status.conditions // [] | .[] |
	    select(.type | endswith("/LastSuccessfulExecution")) |
	    .message | fromdate] | first // 0'
}

kube_past() { # SECOND NAME
	(("$(kube_cursor "$2")" >= $1))
}

kube_owes_nothing() { # NAME
	kube_object "$1" | jq -e '.status.conditions[] | select(.type |
	    endswith("/Backlog")) | .message | fromjson | .backlog == []'
}

# in_kubernetes NAME METRIC OPTION...: SIGKILL to crdstatus, twice, between its
# writes; windows go on by what it wrote to an API started with OPTION.
in_kubernetes() {
	local now name=$1 metric=$2 pid
	shift 2
	now=$(date +%s)
	start_prometheus
	start_kube "$@"
	load_table $((now - 60)) $((now + 120))
	load_resource "$name"
	[ "$name" = "$metric" ] ||
		sed -i 's/valueColumn: v/valueColumns: [v]/' "res/$name.yaml"
	curl -sf --data-binary @"res/$name.yaml" "$KUBE_URL/control/apply"
	spawn log adxexporter --health-probe-port=0 \
	    --kusto-endpoint=DB=file:data \
	    --receipts=receipts \
	    --remote-write-endpoint="$PROM_URL/api/v1/write"
	local sup=$SPAWN_PID first
	for _ in 1 2; do
		wait_for 60 kube_past 1 "$name"
		first=${first:-$(kube_cursor "$name")}
		wait_for 60 kube_past $(($(kube_cursor "$name") + 3)) "$name"
		pid=$(stage_pid "$sup" crdstatus)
		kill -KILL "$pid"
		wait_for 10 gone "$pid"
	done
	wait_for 60 kube_past $(($(kube_cursor "$name") + 5)) "$name"
	wait_for 30 kube_owes_nothing "$name"
	now=$(kube_cursor "$name")
	stop_pid "$sup"
	every_second "$metric" "$first" "$now"
	run jq -s 'map(.rejected) | add' receipts
	assert_output 0
}

@test "status in Kubernetes: SIGKILL to crdstatus, and windows go on" {
	in_kubernetes kube kube
}

@test "the same with upstream's schema, which prunes what we add" {
	in_kubernetes kubepruned kubepruned_v -u
}

# backfill FROM TO: one run over res and data, its receipts at the end of the
# file; a process group of its own, whose number is in the file group.
backfill() {
	setsid -w bash -c '
	    echo $$ >group
	    crdwatch -1 -f res | kqlrun -j 2 -e DB=file:data \
		--from "$1" --to "$2" --done receipts | kql2rows | rows2prom |
		promsend "$3/api/v1/write" >>receipts' \
	    backfill "$(rfc3339 "$1")" "$(rfc3339 "$2")" "$PROM_URL"
}

# delivered N: so many windows are, by the receipts.
delivered() {
	(($(grep -c '"status":"delivered"' receipts) >= $1))
}

@test "a backfill that is killed twice goes on with --done, and all is there" {
	local now from to n pid
	now=$(date +%s) to=$((now - 3600)) from=$((now - 4600))
	start_prometheus --ooo 24h
	load_table $((from - 10)) $((to + 10))
	load_resource filled
	: >receipts
	for n in 250 600; do
		backfill "$from" "$to" 2>>log 3>&- &
		pid=$!
		keep_pid "$pid"
		wait_for 60 delivered "$n"
		kill -KILL -- "-$(<group)"
		wait "$pid" || :
	done
	while ! backfill "$from" "$to" 2>>log; do
		(($(grep -c . log) < 10000)) || fail "it does not end"
	done
	every_second filled "$from" "$to"
	run jq -rs 'map(.status) | unique | join(" ")' receipts
	assert_output 'begun delivered'
}
