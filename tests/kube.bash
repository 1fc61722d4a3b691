# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A Kubernetes control plane of one test file: etcd and kube-apiserver on
# loopback, with TLS, tokens and RBAC, as tests/real/kube/build.bash builds
# them.
load kube_ask

# Where they are kept; the version is the one that go.mod pins.
KUBE_VERSION=$(sed -n 's/^.*k8s.io\/kubernetes v\([0-9.]*\).*/\1/p' \
    "$TOP/tests/real/kube/go.mod")
KUBE_BIN=${XDG_CACHE_HOME:-$HOME/.cache}/kqlpipe/kube-$KUBE_VERSION
PATH=$PATH:$KUBE_BIN
export KUBE_VERSION KUBE_BIN

# Skip where they have not been built.  (helpers.bash unsets KUBECONFIG.)
needs_kube() {
	[ -x "$KUBE_BIN/kubectl" ] || skip 'no Kubernetes: make check-real'
	export KUBECONFIG=$KUBE_DIR/admin.conf
}

# A CA, the server's certificate, one of a client, keys of the ServiceAccounts.
kube_keys() {
	local dir=$1 who
	local ec=(-newkey ec -pkeyopt 'ec_paramgen_curve:P-256' -nodes)
	openssl req -x509 "${ec[@]}" -days 2 -subj /CN=ca \
	    -keyout "$dir/ca.key" -out "$dir/ca.crt"
	for who in server client; do
		openssl req "${ec[@]}" -keyout "$dir/$who.key" \
		    -subj "/O=system:masters/CN=$who" -out "$dir/$who.csr"
		openssl x509 -req -days 2 -in "$dir/$who.csr" \
		    -CA "$dir/ca.crt" -CAkey "$dir/ca.key" \
		    -CAcreateserial -out "$dir/$who.crt" -extfile <(
			printf 'extendedKeyUsage=serverAuth,clientAuth\n'
			printf 'subjectAltName=IP:127.0.0.1,DNS:localhost,'
			printf 'DNS:kubernetes.default.svc\n')
	done
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
	    -out "$dir/sa.key"
	openssl pkey -in "$dir/sa.key" -pubout -out "$dir/sa.pub"
} 2>/dev/null

# kube_config FILE TOKEN: a kubeconfig for who has that token.
kube_config() {
	cat >"$1" <<-EOF
	apiVersion: v1
	kind: Config
	current-context: test
	contexts: [{name: test, context: {cluster: test, user: test}}]
	clusters:
	- name: test
	  cluster:
	    server: "$KUBE_URL"
	    certificate-authority: "$KUBE_DIR/ca.crt"
	users:
	- name: test
	  user: {token: "$2"}
	EOF
}

start_etcd() {
	local port peer
	port=$(free_port) peer=$(free_port)
	ETCD_URL=http://127.0.0.1:$port
	export ETCD_URL
	spawn "$KUBE_DIR/etcd.log" etcd --data-dir "$KUBE_DIR/etcd" \
	    --listen-client-urls "$ETCD_URL" \
	    --advertise-client-urls "$ETCD_URL" --unsafe-no-fsync \
	    --listen-peer-urls "http://127.0.0.1:$peer" \
	    --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
	    --initial-cluster "default=http://127.0.0.1:$peer"
	wait_for 60 http_ok "$ETCD_URL/health"
}

kube_ready() {
	kube_curl -f -o /dev/null "$KUBE_URL/readyz"
}

# run_apiserver [OPTION...]: start it, also again, where it was; it goes on
# when the test ends.  Its pid is in $KUBE_DIR/pid.
run_apiserver() {
	BATS_TEST_TMPDIR='' spawn "$KUBE_DIR/apiserver.log" kube-apiserver \
	    --etcd-servers="$ETCD_URL" --etcd-compaction-interval=0 \
	    --bind-address=127.0.0.1 --advertise-address=127.0.0.1 \
	    --secure-port="${KUBE_URL##*:}" --endpoint-reconciler-type=none \
	    --service-cluster-ip-range=10.0.0.0/24 \
	    --tls-cert-file="$KUBE_DIR/server.crt" \
	    --tls-private-key-file="$KUBE_DIR/server.key" \
	    --client-ca-file="$KUBE_DIR/ca.crt" \
	    --token-auth-file="$KUBE_DIR/tokens" \
	    --service-account-issuer=https://kubernetes.default.svc \
	    --service-account-key-file="$KUBE_DIR/sa.pub" \
	    --service-account-signing-key-file="$KUBE_DIR/sa.key" \
	    --authorization-mode=RBAC --shutdown-delay-duration=0s "$@"
	printf '%s\n' "$SPAWN_PID" >"$KUBE_DIR/pid"
	wait_for 120 kube_ready || {
		tail -n 5 "$KUBE_DIR/apiserver.log" >&2
		return 1
	}
}

# start_apiserver [OPTION...]: a control plane with our CRDs and RBAC in it.
# Sets KUBE_DIR, KUBE_URL, ETCD_URL, and KUBECONFIG for its administrator,
# whose token is "admin".
start_apiserver() {
	KUBE_DIR=$(scratch)/kube KUBE_URL=https://127.0.0.1:$(free_port)
	export KUBE_DIR KUBE_URL KUBECONFIG=$KUBE_DIR/admin.conf
	export KUBE_TOKEN=admin KUBECACHEDIR=$KUBE_DIR/cache
	mkdir -p "$KUBE_DIR"
	printf 'admin,admin,1,"system:masters"\nnobody,nobody,2\n' \
	    >"$KUBE_DIR/tokens"
	kube_keys "$KUBE_DIR"
	kube_config "$KUBECONFIG" admin
	start_etcd || return 1
	run_apiserver "$@" || return 1
	kubectl apply -k "$TOP/examples/kubernetes" >/dev/null || return 1
	kubectl wait --for=condition=Established --timeout=60s crd \
	    metricsexporters.adx-mon.azure.com \
	    summaryrules.adx-mon.azure.com >/dev/null
}

kube_silent() {
	! listening "${KUBE_URL##*:}"
}

# stop_apiserver [SIGNAL]: etcd goes on.  The last of its threads, and with it
# its port, may outlive the process that ps shows.
stop_apiserver() {
	stop_pid "$(cat "$KUBE_DIR/pid")" "${1:-KILL}"
	wait_for 20 kube_silent
}

# What etcd has forgotten, a watch cannot go on from.
compact_etcd() {
	local revision
	revision=$(curl -sf "$ETCD_URL/v3/kv/range" -d '{"key":"AA=="}' |
	    jq -r .header.revision)
	curl -sf "$ETCD_URL/v3/kv/compaction" \
	    -d "{\"revision\":\"$revision\",\"physical\":true}" >/dev/null
}

# kube_token ACCOUNT [DURATION]: a token of that ServiceAccount.
kube_token() {
	kubectl -n adx-mon-system create token "$1" --duration "${2:-1h}"
}

# watch_kube NAME OPTION...: crdwatch on that server; its events are in
# NAME.events, its log in NAME.log.  Sets WATCH_PID.
watch_kube() {
	local name=$1
	shift
	crdwatch "$@" >"$name.events" 2>"$name.log" 3>&- &
	WATCH_PID=$!
	keep_pid "$WATCH_PID"
}

# What matters of an object; and what a stream of events comes to, with what
# it should not have said.
# shellcheck disable=SC2016
KUBE_JQ='
def key: .metadata | "\(.namespace)/\(.name)";
def essence: {uid: .metadata.uid, generation: .metadata.generation, spec,
    status: (.status // {})};
def fold(events): reduce events as $e ({set: {}, wrong: []};
    ($e.object | key) as $k | (.set | has($k)) as $had |
    if $e.type == "ADDED" and $had then .wrong += ["\($k) ADDED twice"]
    elif $e.type != "ADDED" and ($had | not)
    then .wrong += ["\($k) \($e.type), which was not there"] else . end |
    if $e.type == "DELETED" then del(.set[$k])
    else .set[$k] = ($e.object | essence) end);'

# fold_events FILE: the set that a reader of the whole lines knows; what is
# wrong with them goes to stderr.
fold_events() {
	jq -Rnc "$KUBE_JQ"'fold(inputs | fromjson? // empty) |
	    (.wrong[] | stderr | empty), .set' "$1" | jq -S .
}

# kube_set [NAMESPACE]: what the server has.
kube_set() {
	kube_curl "$KUBE_URL/apis/adx-mon.azure.com/v1/${1:+namespaces/$1/}\
metricsexporters" | jq -S "$KUBE_JQ"'[.items[] | {(key): essence}] |
	    add // {}'
}

# sees NAME [NAMESPACE]: NAME.events come to what the server has.
sees() {
	local set
	set=$(kube_set "${2-}") && [ "$(fold_events "$1.events" 2>/dev/null)" \
	    = "$set" ]
}

# sees_soon SECONDS NAME [NAMESPACE]: so soon, and nothing was told wrong.
sees_soon() {
	wait_for "$1" sees "$2" "${3-}" || {
		diff <(fold_events "$2.events") <(kube_set "${3-}") >&2
		tail -n 5 "$2.log" >&2
		return 1
	}
	[ -z "$(fold_events "$2.events" 2>&1 >/dev/null)" ]
}

# in_pod: as a pod of our manifests, whose token is in account/token.
in_pod() {
	mkdir account
	cp "$KUBE_DIR/ca.crt" account
	echo adx-mon-system >account/namespace
	kube_token adxexporter >account/token
	unset KUBECONFIG
	export KQLPIPE_SERVICE_ACCOUNT=$PWD/account
	export KUBERNETES_SERVICE_HOST=127.0.0.1
	export KUBERNETES_SERVICE_PORT=${KUBE_URL##*:}
}
