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

start_health() { # OPTION...
	spawn health.log promserve --health-only --listen=127.0.0.1:0 "$@"
	wait_for 10 port_of "$SPAWN_PID"
	HEALTH_URL=http://127.0.0.1:$(port_of "$SPAWN_PID")
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
