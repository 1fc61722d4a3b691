#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Who we are to a real Kubernetes, and which of two leads: make check-real.
bats_require_minimum_version 1.5.0
load helpers
load kube

setup_file() {
	[ ! -x "$KUBE_BIN/kubectl" ] || start_apiserver
}

setup() {
	needs_kube
	cd "$BATS_TEST_TMPDIR" || return 1
	kubectl create namespace lease 2>/dev/null || :
	kubectl apply -f - >/dev/null <<-EOF
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: one, namespace: lease}
	spec: {database: D, body: T, interval: 5m, transform: {valueColumn: v, defaultMetricName: m}}
	EOF
}

# start NAME [OPTION...]: start crdwatch; events to NAME.out, log to NAME.log.
start() {
	crdwatch "${@:2}" >"$1.out" 2>"$1.log" 3>&- &
	printf -v "$1" %s $!
	keep_pid "${!1}"
}

holder() {
	kubectl --kubeconfig "$KUBE_DIR/admin.conf" -n adx-mon-system \
	    get lease crdwatch -o json | jq -r .spec.holderIdentity
}

@test "a client certificate, and a server by another name" {
	cat >mine <<-EOF
	current-context: test
	contexts: [{name: test, context: {cluster: test, user: test}}]
	clusters:
	- name: test
	  cluster:
	    server: "$KUBE_URL"
	    certificate-authority-data: $(base64 -w 0 "$KUBE_DIR/ca.crt")
	    tls-server-name: kubernetes.default.svc
	users:
	- name: test
	  user:
	    client-certificate-data: $(base64 -w 0 "$KUBE_DIR/client.crt")
	    client-key-data: $(base64 -w 0 "$KUBE_DIR/client.key")
	EOF
	run --separate-stderr crdwatch -1 --kubeconfig mine -N lease
	assert_success
	jq -e '.object.metadata.name == "one"' <<<"$output"
	sed -i 's/kubernetes.default.svc/kubernetes.example/' mine
	run crdwatch -1 --kubeconfig mine -N lease
	[ "$status" -eq 75 ]
	assert_output --partial "target host name 'kubernetes.example'"
}

@test "acting as somebody who may not" {
	sed 's/user: {/&as: jane, /' "$KUBECONFIG" >mine
	run crdwatch -1 --kubeconfig mine -N lease
	[ "$status" -eq 78 ]
	assert_output --partial 'User \"jane\" cannot list resource'
}

@test "a token of a pod that is replaced" {
	local a
	in_pod
	mv account/token good
	echo not.a.token >account/token
	start a
	wait_for 20 grep -q Unauthorized a.log
	cp good account/token
	wait_for 60 grep -q '"name":"one"' a.out
	stop_pid "$a"
}

@test "two replicas: one is killed, the other goes on" {
	local a b first began
	in_pod
	start a --leader-elect
	wait_for 30 grep -q ADDED a.out
	first=$(holder)
	start b --leader-elect
	wait_for 20 grep -q "waiting for the lease.*holder=$first" b.log
	stop_pid "$a" KILL
	began=$EPOCHSECONDS
	wait_for 30 grep -q ADDED b.out
	((EPOCHSECONDS - began <= 22))
	[ "$(holder)" != "$first" ]
	stop_pid "$b"
}

@test "an account that may not have the Lease" {
	local a
	kube_config mine nobody
	start a --kubeconfig mine --leader-elect
	wait_for 20 grep -q 'no answer for the lease.*cannot get resource' a.log
	stop_pid "$a"
	[ ! -s a.out ]
}
