# SPDX-License-Identifier: MIT
# The whole pipeline against a real Prometheus, as adxexporter runs it.
bats_require_minimum_version 1.5.0
load helpers
load pipeline

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

@test "receipts are moved away, and after a SIGHUP go on in a new file" {
	local now status=0
	now=$(date +%s)
	start_prometheus
	load_table $((now - 60)) $((now + 600))
	load_resource moved
	set_cursor moved $((now - 30))
	adxexporter --health-probe-port=0 \
	    --file=res --kusto-endpoint=DB=file:data --state-dir=state \
	    --receipts=receipts \
	    --remote-write-endpoint="$PROM_URL/api/v1/write" 2>log 3>&- &
	local pid=$!
	keep_pid "$pid"
	wait_for 30 grep -q delivered receipts
	mv receipts receipts.1
	kill -HUP "$pid"
	wait_for 30 grep -qs delivered receipts
	kill "$pid"
	wait "$pid" || status=$?
	[ "$status" -eq 0 ]
	every_second moved $((now - 30)) "$(cursor moved)"
	# each window is in one of the files
	[ "$(jq -r 'select(.status == "delivered") | .start' receipts.1 receipts |
	    sort -u | wc -l)" -eq $(($(cursor moved) - now + 30)) ]
}
