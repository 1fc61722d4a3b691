#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# crdwatch: one of several that leads, and parts of the resources.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	start_kube
}

# exporter NAME...: resources that are right, as YAML on stdout.
exporter() {
	local name
	for name; do
		printf '%s\n' --- 'apiVersion: adx-mon.azure.com/v1' \
		    'kind: MetricsExporter' \
		    "metadata: {name: $name, namespace: n}" \
		    'spec: {database: D, body: T, interval: 5m, transform: {valueColumn: v, defaultMetricName: m}}'
	done
}

# watch NAME [OPTION...]: start crdwatch; its events go to NAME.out, its log to
# NAME.log, its pid to the variable NAME.
watch() {
	: >"$1.out" # what an earlier one of that name told is not this one's
	crdwatch "${@:2}" >"$1.out" 2>"$1.log" 3>&- &
	printf -v "$1" %s $!
	keep_pid "${!1}"
}

# ends NAME STATUS: it ends with that.
ends() {
	wait_for 15 gone "${!1}"
	run wait "${!1}"
	[ "$status" -eq "$2" ]
}

# lease [NAME]: the Lease, of the namespace of these tests.
lease() {
	kube_get "default/${1:-crdwatch}" leases
}

holder() {
	lease "$@" | jq -r .spec.holderIdentity
}

@test "one leads and the other waits, until the first has not renewed" {
	local a b d
	exporter one | kube_apply
	watch a --leader-elect
	wait_for 10 grep -q ADDED a.out
	lease | jq -e --arg id "$(hostname)_" '.spec |
	    (.holderIdentity | startswith($id)) and
	    .leaseDurationSeconds == 15 and .leaseTransitions == 0 and
	    .acquireTime == .renewTime and
	    (.renewTime | test("T[0-9:]{8}[.][0-9]{6}Z$"))'
	watch b --leader-elect
	wait_for 10 grep -q 'msg="waiting for the lease".*holder=' b.log
	kill -STOP "$a"

	# Meanwhile, elsewhere: a server that takes no renewals.
	mkdir other
	BATS_TEST_TMPDIR=$PWD/other start_kube
	keep_pid "$KUBE_PID"
	watch d --leader-elect
	wait_for 10 grep -q 'msg="leading"' d.log
	kube_control fault -d '{"resource":"leases","status":503,"times":0}'
	ends d 75
	grep -q 'lease crdwatch is lost: it was not renewed for 10 s' d.log

	[ ! -s b.out ]
	wait_for 15 grep -q ADDED b.out
	kill -CONT "$a"
	ends a 75
	grep -q 'level=error.*the lease crdwatch is lost' a.log
	[ "$(wc -l <a.out)" -eq 1 ]
}

@test "the lease is not released, and one that another takes is lost" {
	local a
	exporter one | kube_apply
	watch a --leader-elect=mine --namespace=n
	wait_for 10 grep -q ADDED a.out
	stop_pid "$a"
	[[ $(kube_get n/mine leases | jq -r .spec.holderIdentity) == "$(hostname)_"* ]]
	kube_delete n/mine leases
	watch a --leader-elect=mine --namespace=n
	wait_for 10 grep -q ADDED a.out
	kube_get n/mine leases |
	    jq '.spec.holderIdentity = "other"' | kube_apply
	ends a 75
	grep -q 'the lease mine is lost: other holds it' a.log
}

@test "a Lease that cannot be had: why, once, and nothing is read" {
	local a
	exporter one | kube_apply
	kube_control fault -d '{"resource":"leases","status":403,"times":0}'
	watch a --leader-elect
	wait_for 10 grep -q 'no answer for the lease.*is forbidden' a.log
	wait_for 10 [ "$(grep -c 'no answer' a.log)" -eq 1 ]
	kube_control clear
	wait_for 10 grep -q ADDED a.out
	! grep -c metricsexporters "$KUBE_RECORD" | grep -qx 0
	run jq -rs 'map(.path | sub(".*/"; "")) | .[0]' "$KUBE_RECORD"
	assert_output crdwatch
}

@test "shards: each resource runs in just one, whatever the source" {
	local names i
	names=$(printf 'r%d ' {1..40})
	# shellcheck disable=SC2086
	exporter $names >all.yaml
	kube_apply <all.yaml
	for i in 0 1 2; do
		crdwatch -1 --log-level=warn --shard "$i/3" 2>log | jq -r .object.metadata.name |
		    sort >"$i"
		[ "$(wc -l <"$i")" -ge 5 ]
		crdwatch -1 --shard "$i/3" -f all.yaml |
		    jq -r .object.metadata.name | sort | diff "$i" -
		[ ! -s log ]
	done
	sort 0 1 2 | diff - <(printf 'r%d\n' {1..40} | sort)
	# Who is where does not change from one version to the next.
	run head -n 3 0
	assert_output $'r1\nr10\nr18'
}

@test "each shard has a Lease of its own" {
	local a b
	exporter r1 r2 r3 r4 | kube_apply
	watch a --leader-elect --shard 0/2
	watch b --leader-elect --shard 1/2
	wait_for 10 grep -q ADDED a.out
	wait_for 10 grep -q ADDED b.out
	[ -n "$(holder crdwatch-0-of-2)" ] && [ -n "$(holder crdwatch-1-of-2)" ]
	wait_for 10 eval '[ "$(cat a.out b.out | wc -l)" -eq 4 ]'
}

@test "what goes not together is refused" {
	run crdwatch --leader-elect -f .
	[ "$status" -eq 64 ]
	run crdwatch --leader-elect -1
	[ "$status" -eq 64 ]
	run crdwatch --leader-elect=A/b
	[ "$status" -eq 64 ]
	for s in 2/2 1 1/ /2 -1/2 1/2/3 x/y 0/0 0/99999; do
		run crdwatch --shard "$s"
		[ "$status" -eq 64 ]
	done
}
