#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Some calls of each kind and tool that fail; make faults tries every one.
bats_require_minimum_version 1.5.0
load helpers

# A sanitizer must be the first that is loaded.
setup() {
	needs_plain_build
	cd "$BATS_TEST_TMPDIR" || return 1
}

faults() {
	run "$TOP/tests/fault/faults.py" "$@"
	assert_success
}

@test "what reads resources is sure of them or says that it is not" {
	faults -n 4 crdwatch crdwatch-kube
}

@test "a query is answered, or fails so that it is tried again" {
	faults -n 3 kqlrun kqlrun-http kqlrun-q
}

@test "filters write whole windows, or end with 75" {
	faults -n 6 kql2rows rows2prom
}

@test "what was delivered is with the receiver, all else is owed" {
	faults -n 3 promsend otlpsend promserve
}

@test "a status is the old one or the new one, whole" {
	faults -n 4 crdstatus crdstatus-kube
}
