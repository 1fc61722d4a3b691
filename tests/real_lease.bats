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

# replica NAME: the whole pipeline, whose crdwatch has its pid in NAME.pid.
replica() {
	: >"$1.receipts"
	(
		bash -c 'echo $$ >"$1.pid"; exec crdwatch --leader-elect -N two' \
		    - "$1" | kqlrun -e D=file:data | kql2rows | rows2prom |
		    promsend "$PROM_URL/api/v1/write" | crdstatus >>"$1.receipts"
	) 2>"$1.log" 3>&- &
	keep_pid $!
}

# newest: the last second that Prometheus has of the metric.
newest() {
	prom_export takeover | tail -n 1 | sed 's/.* //; s/000$//'
}

# has_since SECOND: it has one that is later.
has_since() {
	(($(newest) > $1))
}

@test "two pipelines, one is killed: every window is delivered" {
	local killed
	start_prometheus --ooo 1h
	kubectl create namespace two
	kubectl apply -f - <<-EOF
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: each-second, namespace: two}
	spec:
	  database: D
	  body: print v = 1.0, t = _startTime
	  interval: 1s
	  transform: {valueColumn: v, timestampColumn: t, defaultMetricName: takeover}
	EOF
	in_pod
	mkdir data
	replica a
	wait_for 40 has_since "$((EPOCHSECONDS - 3))"
	replica b
	wait_for 20 grep -q 'msg="waiting for the lease"' b.log
	kill -KILL "$(cat a.pid)"
	killed=$EPOCHSECONDS
	wait_for 40 has_since "$((killed + 20))"
	echo "took over after $((EPOCHSECONDS - killed)) s" >&2
	# Each second from the first on, and few of them twice.
	run awk '{ t = $NF / 1000; if (n++ && t != was + 1) print was, t; was = t }' \
	    <(prom_export takeover)
	assert_output ''
	run jq -s 'map(select(.status == "delivered") | .start) |
	    length - (unique | length)' a.receipts b.receipts
	((output <= 5))
	stop_pid "$(cat b.pid)"
}
