#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What examples/ promises: it works after make, and the demo shows it.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$TOP" || return 1
}

@test "the first line of README gives samples that promtool reads" {
	run --separate-stderr bash -o pipefail -c '
	    crdwatch -1 -f examples -l environment=production,team=platform |
	    kqlrun -1 -e TelemetryDB=file:examples/data | kql2rows | rows2prom'
	assert_success
	[ "$(grep -c '^service_response_time_avg{' <<<"$output")" -eq 5 ]
	run promtool check metrics <<<"$output"
	# 3: it parses, and has no HELP
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ]
}

@test "a stream that was saved gives the next stage the same" {
	cd "$BATS_TEST_TMPDIR"
	export KQLPIPE_NOW
	KQLPIPE_NOW=$(date -u -d '-5 minutes' +%FT%TZ)
	crdwatch -1 -f "$TOP/examples" -l team=platform >events
	kqlrun -1 -e "TelemetryDB=file:$TOP/examples/data" <events >frames
	kql2rows <frames >rows
	rows2prom <rows >samples
	[ -s samples ]
	crdwatch -1 -f "$TOP/examples" -l team=platform |
	    kqlrun -1 -e "TelemetryDB=file:$TOP/examples/data" |
	    kql2rows | rows2prom | cmp - samples
}

@test "the demo reads every use case back from Prometheus" {
	run env TERM=dumb examples/demo "$BATS_TEST_TMPDIR/demo"
	assert_success
	for use in service-response-times customer-analytics \
	    infrastructure-monitoring global-error-rates; do
		assert_line --regexp "^== $use: [1-9][0-9]* samples of [1-9]"
	done
	assert_line --regexp '^  node-eastus-1 +[@#*+=._ -]{36} '
	[ -z "$(grep -v '"delivered"\|"begun"' "$BATS_TEST_TMPDIR/demo/receipts")" ]
}

@test "the demo fails when Prometheus cannot start" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/prometheus"
	chmod +x "$BATS_TEST_TMPDIR/bin/prometheus"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run examples/demo \
	    "$BATS_TEST_TMPDIR/demo"
	[ "$status" -eq 75 ]
	assert_output --partial 'prometheus did not start'
}

@test "sample data is a function of its time" {
	cd "$BATS_TEST_TMPDIR"
	"$TOP/examples/generate-data" a 2 --until 2025-06-25T12:00:00Z
	"$TOP/examples/generate-data" b 1 --until 2025-06-25T12:00:00Z
	for table in a/*.csv a/*/*.csv; do
		diff <(grep T11: "$table") <(grep T11: "b/${table#a/}")
		[ "$(grep -c T11: "$table")" -gt 50 ]
	done
	run "$TOP/examples/generate-data"
	[ "$status" -eq 64 ]
	run "$TOP/examples/generate-data" c 1 --until nonsense
	[ "$status" -eq 64 ]
}
