#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The CPU that promsend spends on the text of a million samples (or as many as
# the argument says), and the bytes it sends, by remote write 1.0 and 2.0, as
# ratios to what Debian's vmagent does with the same text by POST
# /api/v1/import/prometheus; all toward the same sink, which answers 204.  Also
# the peak of memory.  Figures only: nothing is asserted.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:$PWD/build/debian/usr/bin
command -v vmagent >/dev/null || {
	echo 'promsend: no vmagent to compare with (make check-deps)' >&2
	exit 0
}
n=${1:-1000000}
dir=$(mktemp -d)
pids=()
end() {
	((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || :
	rm -rf "$dir"
}
trap end EXIT

# The address in hex on which a process listens; nothing as long as it does not.
port() {
	local fd link
	for fd in "/proc/$1/fd/"*; do
		link=$(readlink "$fd") || continue
		[[ $link == socket:* ]] || continue
		awk -v inode="${link//[^0-9]/}" '
		    $4 == "0A" && $10 == inode { sub(/.*:/, "", $2); print $2 }
		    ' "/proc/$1/net/tcp" "/proc/$1/net/tcp6"
	done | head -n 1
}

cpu_of() {
	awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f\n", ($14 + $15) / hz }' \
	    "/proc/$1/stat"
}

# 100 series in turn, as rows2prom writes them: values of up to 17 digits.
awk -v n="$n" -v now="$(date +%s)" 'BEGIN {
	srand(1)
	for (i = 0; i < n; i++)
		printf "service_response_ms{environment=\"production\"," \
		    "host=\"host-%02d\",region=\"eu-west-%d\"," \
		    "service=\"service-%d\"} %.16g %.0f\n", i % 100, i % 3,
		    i % 10, rand() * 1000, (now - n / 100 + int(i / 100)) * 1000
}' >"$dir/in"

# 2.0 is understood by who counts what it wrote.
echo '204 written=100000' >"$dir/script"
build/tests/sink "$dir/script" >"$dir/sink" &
pids+=($!)
until [ -s "$dir/sink" ]; do sleep 0.05; done
sink=http://127.0.0.1:$(head -n 1 "$dir/sink")/api/v1/write

# The bytes of the bodies that the sink got since line $1 of its log.
bytes_since() {
	tail -n "+$(($1 + 1))" "$dir/sink" | awk '{ n += $NF } END { print n }'
}

# ours VERSION: the least CPU of three runs, its memory, the bytes of one.
ours() {
	local from
	for _ in 1 2 3; do
		from=$(wc -l <"$dir/sink")
		/usr/bin/time -a -o "$dir/ours.$1" -f '%U %S %M' \
		    build/bin/promsend --protocol "$1" "$sink" \
		    <"$dir/in" >/dev/null
	done
	awk '{ printf "%.2f %d\n", $1 + $2, $3 }' "$dir/ours.$1" | sort -n |
	    head -n 1
	bytes_since "$from"
}
one=$(ours 1) two=$(ours 2)

from=$(wc -l <"$dir/sink")
vmagent -remoteWrite.url="$sink" -httpListenAddr=127.0.0.1:0 \
    -remoteWrite.tmpDataPath="$dir/vmagent" >"$dir/log" 2>&1 &
vm=$!
pids+=("$vm")
until [ -n "$(port "$vm")" ]; do sleep 0.05; done
url=http://127.0.0.1:$((16#$(port "$vm")))
before=$(cpu_of "$vm")
curl -sf --data-binary "@$dir/in" -H 'Content-Type: text/plain' \
    "$url/api/v1/import/prometheus"
# It is done when the sink has heard nothing for two seconds.
while sleep 2 && [ "${last:-0}" -ne "$(wc -l <"$dir/sink")" ]; do
	last=$(wc -l <"$dir/sink")
done
{
	echo "$one"
	echo "$two"
	echo "$before $(cpu_of "$vm")"
	awk '/VmHWM/ { print $2 }' "/proc/$vm/status"
	bytes_since "$from"
} | tr '\n' ' ' | awk -v n="$n" '{
	vm = $8 - $7
	size = "%.2f s CPU, %.1f MiB, %d bytes"
	printf "promsend: %d samples\n", n
	printf "vmagent: " size "\n", vm, $9 / 1024, $10
	printf "promsend 1.0: " size ": ", $1, $2 / 1024, $3
	printf "CPU %.2f (aim: at most 0.8), ", $1 / vm
	printf "bytes %.2f (1)\n", $3 / $10
	printf "promsend 2.0: " size ": ", $4, $5 / 1024, $6
	printf "CPU %.2f, bytes %.2f (0.6)\n", $4 / vm, $6 / $10
}'
