#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The CPU that promsend spends on the text of a million samples (or as many as
# the argument says), as a ratio to what Debian's vmagent spends on the same
# text by POST /api/v1/import/prometheus; both toward the same sink, which
# answers 204.  Also the peak of memory.  Figures only: nothing is asserted.
set -eu
cd "$(dirname "$0")/../.."
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

build/tests/sink >"$dir/sink" &
pids+=($!)
until [ -s "$dir/sink" ]; do sleep 0.05; done
sink=http://127.0.0.1:$(head -n 1 "$dir/sink")/api/v1/write

for _ in 1 2 3; do
	/usr/bin/time -a -o "$dir/ours" -f '%U %S %M' \
	    build/bin/promsend "$sink" <"$dir/in" >/dev/null
done
read -r ours ours_kb < <(
	awk '{ printf "%.2f %d\n", $1 + $2, $3 }' "$dir/ours" | sort -n)

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
awk -v n="$n" -v a="$ours" -v akb="$ours_kb" -v before="$before" \
    -v after="$(cpu_of "$vm")" \
    -v bkb="$(awk '/VmHWM/ { print $2 }' "/proc/$vm/status")" 'BEGIN {
	b = after - before
	printf "promsend: %d samples, %.2f s CPU, %.1f MiB\n", n, a, akb / 1024
	printf "vmagent: %.2f s CPU, %.1f MiB\n", b, bkb / 1024
	printf "ratio %.2f (aim: at most 0.8)\n", a / b
}'
