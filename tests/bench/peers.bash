#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The same work by others, as tests/real builds them, and by us in the same
# round: the existing exporter's own path from a query to samples delivered,
# its whole program with one resource in the API of the tests, and the
# remote write queue of Prometheus 3.  make bench-real
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"
theirs=$(tests/real/adxmon/build.bash --cached) || {
	echo 'peers: tests/real/adxmon/build.bash has not built one' >&2
	exit 1
}
prometheus=$(tests/real/prometheus/build.bash --cached) || {
	echo 'peers: tests/real/prometheus/build.bash has not built one' >&2
	exit 1
}
options=(-n response_ms --value-column metric_value
    --timestamp-column Timestamp
    "--label-columns=ServiceName,Environment,Host")

# table N: as many rows as files of the service; columns as in rows.bash.
table() {
	mkdir -p "$dir/data.$1"
	awk -v n="$1" -v start="$(date +%s)" 'BEGIN {
		srand(1)
		print "Timestamp,ServiceName,Environment,Host,metric_value"
		for (i = 0; i < n; i++) {
			if (i % 100 == 0)
				time = strftime("%Y-%m-%dT%H:%M:%S",
				    start - n / 100 + i / 100, 1)
			printf "%s.%07dZ,checkout-service-%02d,production," \
			    "host-%04d,%.15g\n", time, i % 100 * 10, i % 10,
			    i % 100, rand() * 1000
		}
	}' >"$dir/data.$1/T.csv"
}

# figures NAME ROWS CPU KIB BYTES: of one run.  KIB is the sum of the peaks of
# all of its processes.
figures() {
	row "$1: rows per CPU second" "$(calc "$2 / $3")" rows/s
	row "$1: memory of all processes" "$(calc "$4 / 1024")" MiB
	row "$1: bytes sent" "$5" bytes
}

# ratios NAME HOW CPU KIB CPU-OF-OURS KIB-OF-OURS [AIM-OF-CPU [AIM-OF-MEMORY]]
ratios() {
	row "$1: $2 rows per CPU second, of theirs" "$(calc "$3 / $5")" \
	    ratio "${7-}"
	row "$1: $2 memory, of theirs" "$(calc "$6 / $4")" ratio "${8-}"
}

# sum TOOL...: what the last run of each took together.  Sets cpu and kib.
sum() {
	local tool
	read -r cpu kib < <(for tool; do
		took "$tool"
	done | awk '{ cpu += $1; kib += $3 } END { print cpu, kib }')
}

# their_path NAME ROWS HOW URL: sets their_cpu and their_kib.
their_path() {
	local from bytes
	from=$(requests)
	timed path "$theirs/path" "$3" "$service" D T "$4" >"$dir/n"
	[ "$(cat "$dir/n")" -eq "$2" ]
	sum path
	their_cpu=$cpu their_kib=$kib bytes=$(bytes_since "$from")
	figures "$1, adx-mon" "$2" "$cpu" "$kib" "$bytes"
}

# our_path NAME ROWS SENDER...: the same by four of our tools.
our_path() {
	local from
	from=$(requests)
	timed kqlrun build/bin/kqlrun -e "D=$service" -q T \
	    2>"$dir/log" | timed kql2rows build/bin/kql2rows |
	    timed rows2prom build/bin/rows2prom "${options[@]}" |
	    timed sender "${@:3}" >"$dir/receipts"
	[ "$(jq .samples "$dir/receipts")" -eq "$2" ]
	sum kqlrun kql2rows rows2prom sender
	figures "$1, kqlpipe" "$2" "$cpu" "$kib" "$(bytes_since "$from")"
	if ((${#2} < 6)); then # few rows: what a process takes by itself
		ratios "$1" "kqlpipe's" "$their_cpu" "$their_kib" "$cpu" \
		    "$kib"
	else
		ratios "$1" "kqlpipe's" "$their_cpu" "$their_kib" "$cpu" \
		    "$kib" '>= 5' '<= 0.05'
	fi
}

paths() {
	local name
	name="$(grouped "$1") rows by OTLP"
	their_path "$name" "$1" otlp "$sink/v1/metrics"
	our_path "$name" "$1" build/bin/otlpsend "$sink"
	name="$(grouped "$1") rows by remote write"
	their_path "$name" "$1" write "$sink/w"
	our_path "$name" "$1" build/bin/promsend --protocol 1 "$sink/w"
}

# apply: one resource of all rows, its status empty.
apply() {
	local all=$url/apis/adx-mon.azure.com/v1/namespaces/n/metricsexporters
	curl -sf -X DELETE -o "$dir/deleted" "$all/one" || :
	curl -sf -o "$dir/applied" --data-binary @- "$url/control/apply" <<-END
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: one, namespace: n}
	spec:
	  database: D
	  body: T
	  interval: 5m
	  transform:
	    valueColumns: [metric_value]
	    timestampColumn: Timestamp
	    labelColumns: [ServiceName, Environment, Host]
	    defaultMetricName: response_ms
	END
}

# whole ROWS: from the start of the program to the status of its first window,
# at most as many rows as the existing exporter takes.
whole() {
	local name from pid bytes
	name="$(grouped "$1") rows, whole program"
	apply
	from=$(requests)
	KUBECONFIG=$dir/kubeconfig "$theirs/adxexporter" \
	    --kusto-endpoints "D=$service" --health-probe-port 127.0.0.1:0 \
	    --otlp-endpoint "$sink/v1/metrics" >"$dir/log" 2>&1 &
	pid=$!
	pids+=("$pid")
	until grep -q 'Reconcile done' "$dir/log"; do
		kill -0 "$pid"
		sleep 0.1
	done
	their_cpu=$(cpu_of "$pid") their_kib=$(kib_of "$pid")
	bytes=$(bytes_since "$from")
	kill "$pid"
	figures "$name, adx-mon" "$1" "$their_cpu" "$their_kib" "$bytes"
	apply
	from=$(requests)
	timed crdwatch build/bin/crdwatch --once \
	    --kubeconfig "$dir/kubeconfig" 2>"$dir/log" |
	    timed kqlrun build/bin/kqlrun --once -e "D=$service" \
		2>"$dir/log.kqlrun" | timed kql2rows build/bin/kql2rows |
	    timed rows2prom build/bin/rows2prom 2>"$dir/log.rows2prom" |
	    timed otlpsend build/bin/otlpsend "$sink" |
	    timed crdstatus build/bin/crdstatus \
		--kubeconfig "$dir/kubeconfig" >"$dir/receipts" \
		2>"$dir/log.crdstatus"
	sum crdwatch kqlrun kql2rows rows2prom otlpsend crdstatus
	bytes=$(bytes_since "$from")
	((bytes > $1))
	figures "$name, kqlpipe" "$1" "$cpu" "$kib" "$bytes"
	ratios "$name" "kqlpipe's" "$their_cpu" "$their_kib" "$cpu" "$kib"
}

# text N: so many samples of 100 series, a moment ahead: a queue leaves out what
# is of before its start.
text() {
	awk -F, -v now="$(date +%s)" 'NR > 1 {
		printf "response_ms{Environment=\"%s\",Host=\"%s\"," \
		    "ServiceName=\"%s\"} %s %.0f\n", $3, $4, $2, $5,
		    (now + 20) * 1000 + int(NR / 100) * 50
	}' "$dir/data.$1/T.csv"
}

# queue ROWS: those samples go into a Prometheus by remote write, and its
# queue sends them on; we make the same requests of their text.
queue() {
	local name pid last=-1 from bytes before at
	name="$(grouped "$1") samples, queue"
	mkdir "$dir/prometheus"
	printf 'remote_write: [{url: %s/w}]\n' "$sink" >"$dir/prometheus.yml"
	"$prometheus/prometheus" --agent \
	    --config.file="$dir/prometheus.yml" \
	    --storage.agent.path="$dir/prometheus" \
	    --web.listen-address=127.0.0.1:0 \
	    --web.enable-remote-write-receiver >"$dir/log" 2>&1 &
	pid=$!
	pids+=("$pid")
	at=http://127.0.0.1:$(port_of "$pid")
	until curl -sf -o "$dir/ready" "$at/-/ready"; do sleep 0.1; done
	before=$(cpu_of "$pid") from=$(requests)
	build/bin/promsend --protocol 1 "$at/api/v1/write" <"$dir/text" \
	    >"$dir/receipts"
	while sleep 7 && [ "$last" -ne "$(requests)" ]; do
		last=$(requests)
	done
	their_cpu=$(calc "$(cpu_of "$pid") - $before")
	their_kib=$(kib_of "$pid") bytes=$(bytes_since "$from")
	kill "$pid"
	rm -rf "$dir/prometheus"
	figures "$name, Prometheus" "$1" "$their_cpu" "$their_kib" "$bytes"
	from=$(requests)
	timed promsend build/bin/promsend --protocol 1 "$sink/w" \
	    <"$dir/text" >"$dir/receipts"
	sum promsend
	figures "$name, promsend" "$1" "$cpu" "$kib" "$(bytes_since "$from")"
	ratios "$name" "promsend's" "$their_cpu" "$their_kib" "$cpu" "$kib"
}

# serve N: a service that has so many rows.  Sets `service`.
serve() {
	table "$1"
	start_server "kusto.$1" build/tests/kusto "D=file:$dir/data.$1" \
	    2>"$dir/log.kusto"
	service=http://127.0.0.1:$port
}

start_sink 200
start_kube
sizes=${ROWS:-10000 500000} # no service gives more unless it is asked to
for n in $sizes; do
	serve "$n"
	for ((round = 0; round < runs; round++)); do
		paths "$n"
	done
done
serve 50000
for ((round = 0; round < runs; round++)); do
	whole 50000
done
n=${sizes##* }
for ((round = 0; round < runs; round++)); do
	text "$n" >"$dir/text"
	queue "$n"
done
