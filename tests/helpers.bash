# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What every bats file loads: the built tools first in PATH, assertions,
# servers of one test, and waits that end.
#
# KQLPIPE_BIN names the directory of the tools under test (default build/bin):
# the sanitized build and the valgrind wrappers are tested by the same files.
# Nothing here leaves loopback, and a process is only ever ended by its pid.

load /usr/lib/bats/bats-support/load.bash
load /usr/lib/bats/bats-assert/load.bash

TOP=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
KQLPIPE_BIN=${KQLPIPE_BIN:-$TOP/build/bin}
export TOP KQLPIPE_BIN
# make check-deps unpacks servers that are not installed below build/debian.
export PATH="$KQLPIPE_BIN:$TOP/adxexporter:$PATH:$TOP/build/debian/usr/bin"
export TZ=UTC LC_ALL=C.UTF-8
unset KQLPIPE_NOW http_proxy https_proxy all_proxy
# No cluster either, unless setup_file has started one.
[ -n "${KUBE_URL-}" ] || unset KUBECONFIG
unset "${!KUBERNETES_@}"
# No identity of the machine, and nobody who is logged in on it.
unset KQLPIPE_TOKEN "${!AZURE_@}" "${!IDENTITY_@}" IMDS_ENDPOINT SSL_CERT_FILE
export AZURE_TOKEN_CREDENTIALS=prod
export AZURE_POD_IDENTITY_AUTHORITY_HOST=http://127.0.0.1:1

# A directory of this test, or of this file inside setup_file.
scratch() {
	printf '%s\n' "${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}"
}

# For a test of sizes and speed: a sanitizer's and valgrind's own would count.
needs_plain_build() {
	case $KQLPIPE_BIN in
	*/san/* | */valgrind/*) skip "measured in the plain build only" ;;
	esac
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds; 1 at the deadline.  That
# is for what hangs, not for a machine that is busy: it is a minute at least.
wait_for() {
	local end=$((${EPOCHREALTIME//[.,]/} + ($1 < 60 ? 60 : $1) * 1000000))
	local late=0
	shift
	until "$@" >/dev/null 2>&1; do
		# The last try began after the deadline, however long one took.
		if ((late)); then
			printf 'gave up waiting for: %s\n' "$*" >&2
			return 1
		fi
		late=$((${EPOCHREALTIME//[.,]/} > end))
		read -rt 0.05 <> <(:) || :
	done
}

# spawn LOG COMMAND...: start COMMAND with both outputs in LOG (stdin is kept)
# and end it with the test.  Sets SPAWN_PID.
spawn() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 3>&- &
	SPAWN_PID=$!
	keep_pid "$SPAWN_PID"
}

# keep_pid PID...: end these with the test, or with the file in setup_file.
keep_pid() {
	printf '%s\n' "$@" >>"$(scratch)/pids"
}

gone() {
	local state
	state=$(ps -o stat= -p "$1") || return 0
	[[ $state == Z* ]]
}

# stop_pid PID [SIGNAL]: signal it, wait until it is gone; SIGKILL after 20 s.
stop_pid() {
	kill -s "${2:-TERM}" "$1" 2>/dev/null || return 0
	wait_for 20 gone "$1" || kill -s KILL "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

# End what spawn and keep_pid know of; the last started goes first.
stop_all() {
	local list pid
	list=$(scratch)/pids
	[ -e "$list" ] || return 0
	while read -r pid; do
		stop_pid "$pid"
	done < <(tac "$list")
	rm -f "$list"
}

# A file with a teardown of its own calls stop_all there.
teardown() {
	stop_all
}

teardown_file() {
	stop_all
}

# port_of PID: the TCP port that the process listens on, on any address.
port_of() {
	local sockets address inode _
	sockets=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n')
	# Of connections there may be thousands, of listeners a few.
	while read -r _ address _ _ _ _ _ _ _ inode _; do
		[[ $sockets == *"socket:[$inode]"* ]] || continue
		printf '%d\n' "0x${address##*:}"
		return 0
	done < <(grep -h ' 0A ' "/proc/$1/net/tcp" "/proc/$1/net/tcp6" \
	    2>/dev/null)
	return 1
}

listening() {
	grep -q "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$1") [0-9A-F:]* 0A" \
	    /proc/net/tcp /proc/net/tcp6
}

# free_port: a port that nobody listens on, outside the range from which the
# kernel picks.  For a server to be, start it on port 0 and ask port_of.
free_port() {
	local port
	while port=$((10000 + RANDOM % 20000)); do
		listening "$port" || break
	done
	printf '%s\n' "$port"
}

http_ok() {
	curl -sf -o /dev/null --max-time 5 "$1"
}

# start_prometheus [--ooo DURATION] [--data DIR] [--port PORT] [--tls NAME]
# [--scrape FILE] [--flag FLAG]:
# Debian's own, with the remote-write receiver, on a port that the kernel picks;
# over TLS with the certificate NAME.crt for localhost, which curl is to trust.
# It scrapes what FILE says, which is added to its configuration, and is given
# FLAG too.
# Sets PROM_PID, PROM_PORT, PROM_URL and PROM_DATA.  The same --data and --port
# start it again where it was.
start_prometheus() {
	local ooo='' dir port=0 tls='' scrape='' web=()
	dir=$(scratch)/prometheus
	while (($#)); do
		case $1 in
		--ooo) ooo=$2 ;;
		--data) dir=$2 ;;
		--port) port=$2 ;;
		--tls) tls=$2 ;;
		--scrape) scrape=$2 ;;
		--flag) web+=("$2") ;;
		*) return 64 ;;
		esac
		shift 2
	done
	mkdir -p "$dir"
	if [ -n "$tls" ]; then
		printf 'tls_server_config: {cert_file: %s, key_file: %s}\n' \
		    "$(realpath "$tls.crt")" "$(realpath "$tls.key")" \
		    >"$dir/web.yml"
		web+=(--web.config.file="$dir/web.yml")
	fi
	{
		printf 'global:\n  scrape_interval: 1h\n'
		if [ -n "$ooo" ]; then
			printf 'storage:\n  tsdb:\n'
			printf '    out_of_order_time_window: %s\n' "$ooo"
		fi
		[ -z "$scrape" ] || cat "$scrape"
	} >"$dir/prometheus.yml"
	spawn "$dir/log" prometheus --config.file="$dir/prometheus.yml" \
	    --storage.tsdb.path="$dir/tsdb" \
	    --storage.tsdb.retention.time=10y \
	    --web.listen-address="127.0.0.1:$port" \
	    --web.enable-remote-write-receiver "${web[@]}"
	PROM_PID=$SPAWN_PID PROM_DATA=$dir
	if ! wait_for 30 port_of "$PROM_PID"; then
		tail -n 5 "$dir/log" >&2
		return 1
	fi
	PROM_PORT=$(port_of "$PROM_PID")
	PROM_URL=http://127.0.0.1:$PROM_PORT
	[ -z "$tls" ] || PROM_URL=https://localhost:$PROM_PORT
	export PROM_PID PROM_PORT PROM_URL PROM_DATA
	wait_for 60 http_ok "$PROM_URL/-/ready"
}

# start_sink [SCRIPT-LINE...]: our scriptable HTTP server (tests/httpd/sink.c).
# It answers requests by the lines in turn, the last again and again; 204
# without any.  Sets SINK_PID, SINK_URL and SINK_DIR, where N.head and N.body
# are what it was sent; SINK_LOG has a line for each request.
start_sink() {
	SINK_DIR=$(scratch)/sink SINK_LOG=$(scratch)/sink.log
	mkdir -p "$SINK_DIR"
	printf '%s\n' "${@:-204}" >"$SINK_DIR/script"
	: >"$SINK_LOG" # an earlier sink's port is none of this one
	spawn "$SINK_LOG" "$TOP/build/tests/sink" -d "$SINK_DIR" \
	    "$SINK_DIR/script"
	SINK_PID=$SPAWN_PID
	wait_for 10 grep -q '^[0-9][0-9]*$' "$SINK_LOG" || return 1
	SINK_URL=http://127.0.0.1:$(head -n 1 "$SINK_LOG")
	export SINK_PID SINK_URL SINK_DIR SINK_LOG
}

# How many requests the sink got.
sink_requests() {
	tail -n +2 "$SINK_LOG" | wc -l
}

# new_key NAME SUBJECT-OPTION...: what openssl req makes with a key of its own,
# which goes to NAME.key.
new_key() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -subj "/CN=${1##*/}" "${@:2}" 2>/dev/null
}

# make_ca NAME: a certificate authority, NAME.crt with the key NAME.key.
make_ca() {
	new_key "$1" -x509 -days 2 -out "$1.crt"
}

# make_cert CA NAME [SANS [DAYS]]: the certificate NAME.crt with the key
# NAME.key, from the authority of make_ca.  With SANS, such as
# DNS:localhost,IP:127.0.0.1, it is a server's; else that of a client whose
# common name is NAME.  It is good for DAYS (2; 0 and less: it has expired).
make_cert() {
	local use=extendedKeyUsage=clientAuth
	[ -z "${3:-}" ] ||
	    use=$(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth' "$3")
	new_key "$2" |
	    openssl x509 -req -CA "$1.crt" -CAkey "$1.key" -CAcreateserial \
		-extfile <(printf '%s\n' "$use") -days "${4:-2}" \
		-out "$2.crt" 2>/dev/null
}

# start_kusto [OPTION...] DATABASE=ENDPOINT...: our own Kusto service
# (tests/httpd/kusto.c), the embedded engine behind Kusto's REST.  Sets
# KUSTO_PID, KUSTO_URL (https://localhost with -c CERT -k KEY) and KUSTO_RECORD,
# where each request is a line of JSON.
start_kusto() {
	local log
	log=$(scratch)/kusto.log KUSTO_RECORD=$(scratch)/kusto.requests
	: >"$KUSTO_RECORD"
	spawn "$log" "$TOP/build/tests/kusto" -r "$KUSTO_RECORD" "$@"
	KUSTO_PID=$SPAWN_PID
	wait_for 10 grep -q '^[0-9][0-9]*$' "$log" || return 1
	KUSTO_URL=http://127.0.0.1
	[[ " $* " != *' -c '* ]] || KUSTO_URL=https://localhost
	KUSTO_URL+=:$(grep -m 1 '^[0-9][0-9]*$' "$log")
	export KUSTO_PID KUSTO_URL KUSTO_RECORD
}

# start_victoria: Debian's VictoriaMetrics.  Sets VICTORIA_PID, VICTORIA_URL.
# It shows what it took only after victoria_flush; the prom_ helpers read from
# it when PROM_URL is its URL.
start_victoria() {
	local dir
	dir=$(scratch)/victoria
	mkdir -p "$dir"
	spawn "$dir/log" victoria-metrics -storageDataPath="$dir/data" \
	    -httpListenAddr=127.0.0.1:0 -retentionPeriod=100y \
	    -memory.allowedBytes=64MB -search.latencyOffset=1ms
	VICTORIA_PID=$SPAWN_PID
	wait_for 30 port_of "$VICTORIA_PID" || return 1
	VICTORIA_URL=http://127.0.0.1:$(port_of "$VICTORIA_PID")
	export VICTORIA_PID VICTORIA_URL
	wait_for 30 http_ok "$VICTORIA_URL/health"
}

victoria_flush() {
	curl -sf --max-time 60 "${VICTORIA_URL:?}/internal/force_flush"
}

# prom_query QUERY [TIME]: the JSON answer of an instant query.
prom_query() {
	curl -sf --max-time 60 "${PROM_URL:?}/api/v1/query" \
	    --data-urlencode "query=$1" ${2:+--data-urlencode "time=$2"}
}

# prom_series [SELECTOR]: how many series hold samples.
prom_series() {
	curl -sf --max-time 60 "${PROM_URL:?}/api/v1/series" \
	    --data-urlencode "match[]=${1:-{__name__=~\".+\"\}}" \
	    --data-urlencode start=0 --data-urlencode end=9999999999 |
	    jq '.data | length'
}

# prom_export SELECTOR [RANGE [TIME]]: the raw samples that Prometheus holds,
# one a line as `name{label="value",...} VALUE MILLISECONDS`, labels by name,
# lines sorted.  VALUE is the text that Prometheus writes: the double's
# shortest, never with an exponent.  RANGE (default 15d) ends at TIME (now).
prom_export() {
	prom_query "$1[${2:-15d}]" "${3:-}" | jq -r '
	    def quoted: tojson;
	    .data.result[] |
	    (.metric | to_entries | sort_by(.key) |
	     (map(select(.key == "__name__"))[0].value // "") as $name |
	     map(select(.key != "__name__") | "\(.key)=\(.value | quoted)") |
	     $name + if . == [] then "" else "{" + join(",") + "}" end
	    ) as $series |
	    .values[] | "\($series) \(.[1]) \(.[0] * 1000 | round)"' |
	    LC_ALL=C sort
}

# What a URL counts: counter URL NAME, the sum over its series; 0 if absent.
counter() {
	curl -sf --max-time 5 "$1" |
	    awk -v name="$2" 'index($1, name) == 1 { n += $2 }
		END { printf "%d\n", n }'
}

# start_kube [OPTION...]: our own API server of Kubernetes (tests/httpd/kube.c).
# Sets KUBE_PID, KUBE_URL, KUBECONFIG (a file that names it) and KUBE_RECORD,
# where each request is a line of JSON.
start_kube() {
	local log
	log=$(scratch)/kube.log KUBE_RECORD=$(scratch)/kube.requests
	: >"$KUBE_RECORD"
	spawn "$log" "$TOP/build/tests/kube" -r "$KUBE_RECORD" "$@"
	KUBE_PID=$SPAWN_PID
	wait_for 10 grep -q '^[0-9][0-9]*$' "$log" || return 1
	KUBE_URL=http://127.0.0.1:$(grep -m 1 '^[0-9][0-9]*$' "$log")
	KUBECONFIG=$(scratch)/kubeconfig
	cat >"$KUBECONFIG" <<-END
	apiVersion: v1
	kind: Config
	current-context: test
	contexts: [{name: test, context: {cluster: test, user: test}}]
	clusters: [{name: test, cluster: {server: "$KUBE_URL"}}]
	users: [{name: test, user: {}}]
	END
	export KUBE_PID KUBE_URL KUBE_RECORD KUBECONFIG
}

# start_front OPTION...: TLS in front of a server, or a proxy, as
# tests/httpd/front.c.  Sets FRONT_PID, FRONT_PORT and FRONT_LOG, where each
# connection is a line.
start_front() {
	FRONT_LOG=$(scratch)/front.$RANDOM.log
	spawn "$FRONT_LOG" "$TOP/build/tests/front" "$@"
	FRONT_PID=$SPAWN_PID
	wait_for 10 grep -q '^[0-9][0-9]*$' "$FRONT_LOG" || return 1
	FRONT_PORT=$(head -n 1 "$FRONT_LOG")
	export FRONT_PID FRONT_PORT FRONT_LOG
}

# kube_control WHAT [CURL-OPTION...]: have the server do that; see
# tests/httpd/kube_control.h.  With --data-binary @- the body is stdin.
kube_control() {
	curl -sf --max-time 10 -X POST "$KUBE_URL/control/$1" "${@:2}"
}

# kube_restarts MIN: how often it has restarted; fails when that is less.
kube_restarts() {
	local n
	n=$(grep -c '^restarted$' "$(scratch)/kube.log")
	printf '%d\n' "$n"
	((n >= $1))
}

# kube_restart MS: nobody listens for so long; it ends when that is over.
kube_restart() {
	local before
	before=$(kube_restarts 0)
	kube_control "restart?ms=$1"
	wait_for 10 kube_restarts "$((before + 1))" >/dev/null
}

# Create or change the objects of the YAML on stdin, their status too.
kube_apply() {
	kube_control apply --data-binary @- >/dev/null
}

# kube_delete NAMESPACE/NAME [PLURAL]
kube_delete() {
	curl -sf --max-time 10 -X DELETE -o /dev/null \
	    "$(kube_object_url "$1" "${2:-metricsexporters}")"
}

# kube_get NAMESPACE/NAME [PLURAL]: the object as it is now.
kube_get() {
	curl -sf --max-time 10 \
	    "$(kube_object_url "$1" "${2:-metricsexporters}")"
}

# kube_object_url NAMESPACE/NAME PLURAL
kube_object_url() {
	local api=apis/adx-mon.azure.com/v1
	[ "$2" != leases ] || api=apis/coordination.k8s.io/v1
	printf '%s/%s/namespaces/%s/%s/%s\n' \
	    "$KUBE_URL" "$api" "${1%%/*}" "$2" "${1#*/}"
}
