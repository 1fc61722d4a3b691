#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the senders take for the text of a million samples, and the bytes that
# they send: promsend by remote write 1.0 and 2.0, as ratios to what Debian's
# vmagent does with the same text by POST /api/v1/import/prometheus in the same
# round; and otlpsend.  All toward the same sink, but for gRPC, whose server is
# Debian's python3-grpcio.
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"
n=1000000

# 100 series in turn, as rows2prom writes them: values of up to 17 digits.
awk -v n="$n" -v now="$(date +%s)" 'BEGIN {
	srand(1)
	for (i = 0; i < n; i++)
		printf "service_response_ms{environment=\"production\"," \
		    "host=\"host-%02d\",region=\"eu-west-%d\"," \
		    "service=\"service-%d\"} %.16g %.0f\n", i % 100, i % 3,
		    i % 10, rand() * 1000, (now - n / 100 + int(i / 100)) * 1000
}' >"$dir/in"

# 2.0 is understood by who counts what it wrote, OTLP by who says 200.
start_sink '200 written=100000'
mkdir "$dir/calls"
start_server grpc tests/httpd/otlp_grpc.py "$dir/calls"
grpc=grpc://127.0.0.1:$port

# figures NAME CPU KIB BYTES [AIM-OF-CPU [AIM-OF-BYTES]]: of one run, and as
# ratios to vmagent if it has run.
figures() {
	row "$1: CPU" "$2" s
	row "$1: memory" "$(calc "$3 / 1024")" MiB
	row "$1: bytes sent" "$4" bytes
	[ -n "${vm_cpu-}" ] || return 0
	row "$1: CPU of vmagent's" "$(calc "$2 / $vm_cpu")" ratio "${5-}"
	row "$1: bytes of vmagent's" "$(calc "$4 / $vm_bytes")" ratio "${6-}"
}

# vmagent_once: sets vm_cpu and vm_bytes.
vmagent_once() {
	local from pid before last=-1
	from=$(requests)
	vmagent -remoteWrite.url="$sink/api/v1/write" \
	    -httpListenAddr=127.0.0.1:0 \
	    -remoteWrite.tmpDataPath="$dir/vmagent" \
	    >"$dir/log" 2>&1 &
	pid=$!
	pids+=("$pid")
	url=http://127.0.0.1:$(port_of "$pid")
	before=$(cpu_of "$pid")
	curl -sf --data-binary "@$dir/in" -H 'Content-Type: text/plain' \
	    "$url/api/v1/import/prometheus"
	# It is done when the sink has heard nothing for two seconds.
	while sleep 2 && [ "$last" -ne "$(requests)" ]; do
		last=$(requests)
	done
	vm_cpu=$(calc "$(cpu_of "$pid") - $before")
	vm_bytes=$(bytes_since "$from")
	row 'vmagent: CPU' "$vm_cpu" s
	row 'vmagent: memory' "$(calc "$(kib_of "$pid") / 1024")" MiB
	row 'vmagent: bytes sent' "$vm_bytes" bytes
	kill "$pid"
}

# ours NAME AIM-OF-CPU AIM-OF-BYTES COMMAND...: a sender toward the sink.
ours() {
	local from cpu kib
	from=$(requests)
	timed sender "${@:4}" <"$dir/in" >"$dir/receipts"
	read -r cpu _ kib < <(took sender)
	figures "$1" "$cpu" "$kib" "$(bytes_since "$from")" "$2" "$3"
}

# by_grpc: what its messages take on the wire, but for the frames of HTTP/2.
by_grpc() {
	local cpu kib bytes
	rm -f "$dir"/calls/*
	timed sender build/bin/otlpsend "$grpc" <"$dir/in" >"$dir/receipts"
	read -r cpu _ kib < <(took sender)
	bytes=$(cat "$dir"/calls/*.body | wc -c)
	figures 'otlpsend gRPC' "$cpu" "$kib" "$bytes"
}

command -v vmagent >/dev/null ||
    echo 'promsend: no vmagent to compare with (make check-deps)' >&2
for ((round = 0; round < runs; round++)); do
	! command -v vmagent >/dev/null || vmagent_once
	ours 'promsend 1.0' '<= 0.8' '<= 1' \
	    build/bin/promsend --protocol 1 "$sink/api/v1/write"
	ours 'promsend 2.0' '<= 0.8' '<= 0.6' \
	    build/bin/promsend --protocol 2 "$sink/api/v1/write"
	ours 'otlpsend HTTP' '' '' build/bin/otlpsend "$sink"
	ours 'otlpsend HTTP, gzip' '' '' \
	    build/bin/otlpsend --compression=gzip "$sink"
	by_grpc
done
