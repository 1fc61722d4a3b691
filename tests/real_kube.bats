#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Our manifests and tools on a real Kubernetes: make check-real.
bats_require_minimum_version 1.5.0
load helpers
load kube

setup_file() {
	needs_kube
	start_apiserver
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

@test "every manifest of the reference documents applies" {
	local ns f
	for ns in monitoring analytics sre; do
		kubectl create namespace "$ns"
	done
	for f in "$TOP"/tests/data/kube/reference/*.yaml; do
		kubectl apply -f "$f"
	done
	kubectl apply -f "$TOP/examples"
	run kubectl get metricsexporters -A --no-headers
	assert_success
	[ "${#lines[@]}" -eq 9 ]
	run kubectl get summaryrules -A --no-headers
	[ "${#lines[@]}" -eq 5 ]
}
