#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What probes are told: of files that stages keep, and of a pipeline that runs.
bats_require_minimum_version 1.5.0
load helpers
load pipeline

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data res state stages
}

# probe PAGE: its status and text.
probe() {
	curl -s --max-time 5 -w '%{http_code}\n' "$HEALTH_URL/$1"
}

# is STATUS PAGE
is() {
	[ "$(probe "$2" | tail -n 1)" = "$1" ]
}

# health_at LOG: probes are answered where the log says.  Sets HEALTH_URL.
health_at() {
	wait_for 20 grep -q 'msg="listening"' "$1"
	HEALTH_URL=http://127.0.0.1:$(sed -n \
	    's/.*msg="listening".* port=\([0-9]*\).*/\1/p;T;q' "$1")
}

start_health() { # OPTION...
	spawn health.log promserve --health-only --listen=127.0.0.1:0 "$@"
	health_at health.log
}

# stage NAME AGE [METRIC-LINE...]: the file of a stage, AGE seconds old.
stage() {
	{
		printf 'kqlpipe_alive_timestamp_seconds{tool="%s"} %s\n' \
		    "$1" $(($(date +%s) - $2))
		printf '%s\n' "${@:3}"
	} >"stages/$1.prom.new"
	mv "stages/$1.prom.new" "stages/$1.prom"
}

@test "without a directory of metrics it is well while it runs" {
	start_health </dev/null
	run probe healthz
	assert_output 'healthz check passed
200'
	is 200 readyz
	is 404 metrics
}

@test "a stage that is silent, or makes no sense, is named with the reason" {
	start_health --metrics-dir=stages --stale-after=30s </dev/null
	stage kqlrun 10
	stage otlp 0 'kqlpipe_otlpsend_breaker_open{tool="otlpsend"} 0'
	run probe healthz
	assert_output '[+]kqlrun ok
[+]otlp ok
[+]destinations ok
healthz check passed
200'
	stage kqlrun 100
	run probe healthz
	assert_line --regexp '^\[-\]kqlrun failed: no sign of life for 10[0-9] s, at most 30 s are allowed$'
	assert_line '[+]otlp ok'
	assert_line 'healthz check failed'
	assert_line 503
	# A clock that went back is no failure.
	stage kqlrun -100
	is 200 healthz
	echo 'kqlpipe_x{ 1' >stages/kqlrun.prom
	run probe healthz
	assert_line --partial '[-]kqlrun failed: stages/kqlrun.prom: '
	assert_line 503
	rm -r stages
	run probe healthz
	assert_line --partial '[-]--metrics-dir failed: stages: '
}

@test "a breaker counts when it is open for every destination" {
	start_health --metrics-dir=stages </dev/null
	stage one 0 'kqlpipe_promsend_breaker_open{tool="promsend"} 1'
	stage two 0 'kqlpipe_otlpsend_breaker_open{tool="otlpsend"} 0'
	is 200 healthz
	stage two 0 'kqlpipe_otlpsend_breaker_open{tool="otlpsend"} 1'
	run probe healthz
	assert_line '[-]destinations failed: the breaker of each of them is open'
	assert_line 503
}

@test "the metrics of the tools, where probes are answered" {
	start_health --metrics-dir=stages </dev/null
	local head='# HELP kqlpipe_x_total Things.
# TYPE kqlpipe_x_total counter'
	stage a 0 "$head" 'kqlpipe_x_total{tool="promsend"} 1'
	stage b 0 "$head" 'kqlpipe_x_total{tool="promsend"} 2'
	printf '%s 3\n' kqlpipe_x_total node_time_seconds >stages/c.prom
	: >stages/d.prom
	curl -sf "$HEALTH_URL/metrics" >page
	promtool check metrics <page || [ $? -eq 3 ]
	run grep -v alive page
	assert_output "$head
kqlpipe_x_total{stage=\"a\",tool=\"promsend\"} 1
kqlpipe_x_total{stage=\"b\",tool=\"promsend\"} 2
kqlpipe_x_total{stage=\"c\"} 3"
	assert_equal "$(grep -c '^kqlpipe_alive.*{stage=' page)" 2
}

@test "windows that no receipt comes for are stuck" {
	local now
	now=$(date +%s)
	start_health --metrics-dir=stages --stuck-after=1s </dev/null
	stage crdstatus 0 "kqlpipe_crdstatus_receipt_timestamp_seconds $now"
	stage kqlrun 0 "kqlpipe_kqlrun_window_timestamp_seconds $now"
	is 200 healthz
	stage kqlrun 0 "kqlpipe_kqlrun_window_timestamp_seconds $((now + 1))"
	is 200 healthz
	wait_for 5 is 503 healthz
	run probe healthz
	assert_line --regexp '^\[-\]receipts failed: windows wait for one for '
	stage crdstatus 0 \
	    "kqlpipe_crdstatus_receipt_timestamp_seconds $((now + 1))"
	is 200 healthz
}

@test "ready is who has listed and started, and does not drain" {
	start_health --metrics-dir=stages </dev/null
	stage crdwatch 0 'kqlpipe_crdwatch_ready{tool="crdwatch"} 0'
	: >stages/kqlrun.prom
	echo 'kqlpipe_adxexporter_draining 0' >stages/adxexporter.prom
	is 200 healthz
	run probe readyz
	assert_output '[+]adxexporter ok
[-]crdwatch failed: the resources are not listed yet
[-]kqlrun failed: it has not started yet
readyz check failed
503'
	stage crdwatch 0 'kqlpipe_crdwatch_ready{tool="crdwatch"} 1'
	stage kqlrun 0
	is 200 readyz
	echo 'kqlpipe_adxexporter_draining 1' >stages/adxexporter.prom
	stage kqlrun 100
	run probe readyz
	assert_output '[-]adxexporter failed: the pipeline drains
[+]crdwatch ok
[+]kqlrun ok
readyz check failed
503'
	is 200 healthz
}

# run_exporter OPTION...: over res and data, probes on a port that the kernel
# picks.  Its log is LOG (log).  Sets EXPORTER_PID and HEALTH_URL.
run_exporter() {
	spawn "${LOG:-log}" adxexporter --kusto-endpoint=DB=file:data \
	    --health-probe-port=127.0.0.1:0 "$@"
	EXPORTER_PID=$SPAWN_PID
	health_at "${LOG:-log}"
}

# A pipeline of one resource, a window a second, that sends to the sink.
run_to_sink() {
	local now
	now=$(date +%s)
	load_table $((now - 60)) $((now + 120))
	load_resource load
	run_exporter --file=res --state-dir=state --receipts=receipts \
	    --remote-write-endpoint="$SINK_URL" "$@"
}

@test "red when a stage is stopped, green when it goes on" {
	start_sink
	run_to_sink --promserve.stale-after=8s
	wait_for 20 is 200 readyz
	is 200 healthz
	local pid
	pid=$(stage_pid "$EXPORTER_PID" kql2rows)
	kill -STOP "$pid"
	wait_for 10 is 503 healthz
	run probe healthz
	assert_line --partial '[-]kql2rows failed: no sign of life for '
	assert_line '[+]kqlrun ok'
	kill -CONT "$pid"
	wait_for 10 is 200 healthz
	is 200 readyz
	# It is a stage like the others.
	pid=$(stage_pid "$EXPORTER_PID" promserve)
	kill -KILL "$pid"
	wait_for 20 grep -q 'stage=promserve status=137' log
	wait_for 20 stage_pid "$EXPORTER_PID" promserve
}

@test "not ready while it drains" {
	start_sink '204 delay=1500'
	run_to_sink
	wait_for 20 is 200 readyz
	wait_for 20 test -s receipts
	kill -TERM "$EXPORTER_PID"
	wait_for 2 is 503 readyz
	run probe readyz
	assert_line '[-]adxexporter failed: the pipeline drains'
	is 200 healthz
	wait_for 20 gone "$EXPORTER_PID"
	run wait "$EXPORTER_PID"
	assert_success
}

@test "stages of an earlier run are forgotten, files of others kept" {
	start_sink
	stage gone 1000
	echo 'node_time_seconds 1' >stages/node.prom
	run_to_sink --metrics-dir=stages
	wait_for 20 is 200 readyz
	run ls stages
	refute_line gone.prom
	assert_line node.prom
	assert_line remote-write.prom
	promtool check metrics <stages/adxexporter.prom
}

@test "well but not ready while the API is not there" {
	start_kube
	stop_pid "$KUBE_PID"
	run_exporter --remote-write-endpoint=http://127.0.0.1:9/write
	is 200 healthz
	run probe readyz
	assert_line '[-]kqlrun failed: it has not started yet'
	assert_line 503
}

@test "who waits for the Lease is ready too" {
	start_kube
	run_exporter --remote-write-endpoint=http://127.0.0.1:9/write \
	    --leader-elect
	wait_for 20 is 200 readyz
	LOG=other run_exporter --leader-elect \
	    --remote-write-endpoint=http://127.0.0.1:9/write
	wait_for 20 is 200 readyz
	is 200 healthz
}

@test "a port that is in use: status 78, and it says which" {
	start_sink
	start_health </dev/null
	run adxexporter --file=res --state-dir=state \
	    --kusto-endpoint=DB=file:data --remote-write-endpoint="$SINK_URL" \
	    --health-probe-port="${HEALTH_URL#http://}"
	assert_failure 78
	assert_output --partial "port ${HEALTH_URL##*:} is in use on 127.0.0.1"
	refute_output --partial 'starts again'
}

@test "the port of a run that still holds the lock: that run is waited for" {
	start_sink
	run_to_sink
	wait_for 20 is 200 readyz
	# crdstatus is slow to say that the lock is held
	mkdir bin
	printf '#!/bin/sh\nsleep 3\nexec %s "$@"\n' "$KQLPIPE_BIN/crdstatus" \
	    >bin/crdstatus
	chmod +x bin/crdstatus
	PATH=$PWD/bin:$PATH run adxexporter --once --file=res \
	    --state-dir=state --kusto-endpoint=DB=file:data \
	    --remote-write-endpoint="$SINK_URL" \
	    --health-probe-port="${HEALTH_URL#http://}"
	assert_failure 75
	assert_output --partial 'is in use'
	is 200 healthz
}
