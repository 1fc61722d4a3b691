# SPDX-License-Identifier: MIT
# The whole pipeline against a real Prometheus, as adxexporter runs it.
bats_require_minimum_version 1.5.0
load helpers
load pipeline

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data res state
}

# export_now OPTION...: adxexporter once over res and data.
export_once() {
	adxexporter --once --file=res --kusto-endpoint=DB=file:data \
	    --state-dir=state --receipts=receipts \
	    --remote-write-endpoint="$PROM_URL/api/v1/write" "$@"
}

@test "a resource without status founds one and exports its last window" {
	local now
	now=$(date +%s)
	start_prometheus
	load_table $((now - 120)) $((now + 60))
	load_resource fresh
	run export_once
	assert_success
	local c
	c=$(cursor fresh)
	((c >= now - 1))
	every_second fresh $((c - 1)) "$c"
	# Each founding and each window has its receipt.
	run jq -rs 'map(.status) | unique | join(" ")' receipts
	assert_output 'begun delivered'
}

@test "every window since the cursor is exported, in order, once" {
	local now
	now=$(date +%s)
	start_prometheus
	load_table $((now - 120)) $((now + 60))
	load_resource behind
	set_cursor behind $((now - 60))
	run export_once
	assert_success
	every_second behind $((now - 60)) "$(cursor behind)"
	owes_nothing behind
	# A second run finds nothing old to do.
	local c
	c=$(jq -r .status.lastSuccessfulExecution state/test/behind.json)
	rm receipts
	run export_once
	assert_success
	run jq -se --arg t "$c" 'map(.start >= $t) | all' receipts
	assert_success
}

@test "Prometheus down: status 1, the windows are owed, then delivered" {
	local now
	now=$(date +%s)
	start_prometheus
	load_table $((now - 120)) $((now + 60))
	load_resource down
	set_cursor down $((now - 10))
	stop_pid "$PROM_PID"
	run export_once --promsend.retry-deadline=1s
	assert_failure 1
	[ "$(cursor down)" -eq $((now - 10)) ]
	run jq -r '.status.backlog[0].destinations[0]' state/test/down.json
	assert_output remote-write
	run jq -r '.status.conditions[] | select(.type == "Ready") |
	    .status + " " + .reason' state/test/down.json
	assert_output 'False DeliveryFailing'
	start_prometheus --data "$PROM_DATA" --port "$PROM_PORT"
	wait_for 60 export_once
	every_second down $((now - 10)) "$(cursor down)"
	owes_nothing down
}

@test "one bad resource stops no other" {
	local now
	now=$(date +%s)
	start_prometheus
	load_table $((now - 120)) $((now + 60))
	load_resource good
	load_resource nodb
	sed -i 's/database: DB/database: Nowhere/' res/nodb.yaml
	load_resource refused
	sed -i 's/sum(V)/frobnicate(V)/' res/refused.yaml
	load_resource invalid
	sed -i 's/interval: 1s/interval: 1d/' res/invalid.yaml
	load_resource column
	sed -i 's/valueColumn: v/valueColumn: nothere/' res/column.yaml
	echo '{{{' >res/broken.yaml
	set_cursor good $((now - 5))
	run --separate-stderr export_once
	assert_failure 1
	every_second good $((now - 5)) "$(cursor good)"
	[[ "$stderr" == *frobnicate* && "$stderr" == *broken.yaml* ]]
	local n
	for n in nodb:UnknownDatabase refused:QueryRejected invalid:InvalidSpec; do
		run jq -r '.status.conditions[] | select(.type == "Ready") |
		    .status + " " + .reason' "state/test/${n%%:*}.json"
		assert_output "False ${n##*:}"
	done
	run jq -r '.status.conditions[] | select(.type == "Ready") | .status' \
	    state/test/column.json
	assert_output False
}

@test "of two runs on one state directory the second ends with 75" {
	local now
	now=$(date +%s)
	start_prometheus
	load_table $((now - 60)) $((now + 60))
	load_resource twice
	spawn log adxexporter --health-probe-port=0 \
	    --file=res --kusto-endpoint=DB=file:data \
	    --state-dir=state --remote-write-endpoint="$PROM_URL/api/v1/write"
	wait_for 20 test -s state/test/twice.json
	run export_once
	assert_failure 75
	assert_output --partial 'state'
	[ ! -s receipts ]
	stop_pid "$SPAWN_PID"
}

@test "SIGTERM drains: what was begun is answered, status 0" {
	local now status=0
	now=$(date +%s)
	start_prometheus
	load_table $((now - 600)) $((now + 60))
	load_resource drain
	set_cursor drain $((now - 500))
	adxexporter --health-probe-port=0 \
	    --file=res --kusto-endpoint=DB=file:data --state-dir=state \
	    --receipts=receipts \
	    --remote-write-endpoint="$PROM_URL/api/v1/write" 2>log 3>&- &
	local pid=$!
	keep_pid "$pid"
	wait_for 30 grep -q delivered receipts
	kill "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 0 ]
	run jq -se 'map(select(.status == "begun")) as $b |
	    map(select(.status == "delivered")) as $d |
	    ($b | length) == ($d | length)' receipts
	assert_success
	every_second drain $((now - 500)) "$(cursor drain)"
}

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
