#!/bin/bash
# SPDX-License-Identifier: MIT
#
# promserve with 100,000 series (or as many as the argument says): a window of
# all of them arrives every second and is kept on disk, Debian's Prometheus
# scrapes every second, and so do ten clients, half of them with gzip.  The
# peak of memory and how long scrapes take, p50 and p99; then the peak with a
# million series.  Figures only: nothing is asserted.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:$PWD/build/debian/usr/bin
command -v prometheus >/dev/null || {
	echo 'promserve: no Prometheus to scrape it (make check-deps)' >&2
	exit 0
}
n=${1:-100000}
seconds=${2:-30} # it lasts
dir=$(mktemp -d)
pids=()
end() {
	((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || :
	rm -rf "$dir"
}
trap end EXIT

# window N SECOND: N series of 20 metrics, values that change.
window() {
	awk -v n="$1" -v at="$2" -v from="$(date -u -d "@$2" +%FT%TZ)" \
	    -v to="$(date -u -d "@$(($2 + 1))" +%FT%TZ)" 'BEGIN {
		srand(at)
		printf "# @window {\"namespace\":\"bench\",\"name\":\"load\"," \
		    "\"start\":\"%s\",\"end\":\"%s\"}\n", from, to
		for (i = 0; i < n; i++)
			printf "service_metric_%d{environment=\"production\"," \
			    "host=\"host-%d\",region=\"eu-west-%d\"," \
			    "service=\"service-%d\"} %.6g %d000\n", i % 20,
			    i, i % 3, i % 10, rand() * 1000, at
		printf "# @end {\"samples\":%d}\n", n
	    }'
}

# serve: on a port that the kernel picks, its input from the descriptor 7.
serve() {
	rm -rf "$dir/in" "$dir/state"
	mkfifo "$dir/in"
	: >"$dir/log"
	build/bin/promserve --listen=127.0.0.1:0 --state-dir="$dir/state" \
	    <"$dir/in" >"$dir/receipts" 2>"$dir/log" &
	serve=$!
	pids+=("$serve")
	exec 7>"$dir/in"
	until grep -q listening "$dir/log"; do sleep 0.05; done
	url=127.0.0.1:$(sed -n 's/.*port=//p' "$dir/log")
}

peak() {
	awk '/VmHWM/ { printf "%.1f MiB", $2 / 1024 }' "/proc/$serve/status"
}

cpu() {
	awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hz }' \
	    "/proc/$serve/stat"
}

delivered() {
	grep -c '"delivered"' "$dir/receipts" || :
}

# client FILE CURL-OPTION...: a scrape each second, the seconds of each in FILE.
client() {
	while sleep 1; do
		curl -s -o /dev/null -w '%{time_total} %{http_code}\n' \
		    --max-time 10 "${@:2}" "http://$url/metrics" >>"$1" || :
	done
}

# times WHAT FILE...
times() {
	cat "${@:2}" | sort -n | awk -v what="$1" '
	    { t[NR] = $1; bad += $2 != 200 }
	    END {
		p50 = t[int((NR + 1) / 2)]
		p99 = t[int(NR * 0.99 + 0.999)]
		printf "promserve: %s: %d scrapes, %d bad, p50 %.3f s, " \
		    "p99 %.3f s (aim: under 1)\n", what, NR, bad, p50, p99
	    }'
}

# The windows are made before: that is no work of promserve.
now=$(date +%s)
for i in 1 2 3 4; do
	window "$n" $((now + i)) >"$dir/w$i"
done
serve
printf 'scrape_configs: [{job_name: serve, scrape_interval: 1s, %s}]\n' \
    "scrape_timeout: 1s, static_configs: [{targets: ['$url']}]" \
    >"$dir/prometheus.yml"
prometheus --config.file="$dir/prometheus.yml" \
    --storage.tsdb.path="$dir/tsdb" --web.listen-address=127.0.0.1:0 \
    >"$dir/prometheus.log" 2>&1 &
pids+=("$!")
cat "$dir/w1" >&7
for i in 1 2 3 4 5; do
	client "$dir/plain$i" &
	pids+=("$!")
	client "$dir/gzip$i" --compressed &
	pids+=("$!")
done
for ((i = 0; i < seconds; i++)); do
	# newer each time, though the text is one of four
	sed "1s/\"start\":.*/\"start\":\"$(date -u -d "@$((now + 5 + i))" \
	    +%FT%TZ)\",\"end\":\"$(date -u -d "@$((now + 6 + i))" \
	    +%FT%TZ)\"}/" "$dir/w$((i % 4 + 1))" >&7
	sleep 1
done
port=$(grep -o 'address=127.0.0.1:[0-9]*' "$dir/prometheus.log" | head -n 1)
printf 'promserve: %d series, %d windows delivered, %s s CPU, ' \
    "$n" "$(delivered)" "$(cpu)"
printf 'peak %s (aim: 100)\n' "$(peak)"
times 'as it is' "$dir"/plain*
times 'gzip' "$dir"/gzip*
curl -sfG --data-urlencode 'query=quantile_over_time(0.99,
    scrape_duration_seconds[1h])' "http://${port#address=}/api/v1/query" |
    jq -r '"promserve: Prometheus: p99 \(.data.result[0].value[1] | tonumber |
	. * 1000 | round / 1000) s"' || :
kill -KILL "${pids[@]}" 2>/dev/null || :
wait 2>/dev/null || :
pids=()

window 1000000 "$now" >"$dir/w1"
serve
cat "$dir/w1" >&7
until [ "$(delivered)" -ge 1 ]; do sleep 0.1; done
first=$(peak)
curl -s -o "$dir/page" "http://$url/metrics"
curl -s --compressed -o /dev/null "http://$url/metrics"
sed "1s/\"start\":.*/\"start\":\"$(date -u -d "@$((now + 5))" +%FT%TZ)\",$(
    )\"end\":\"$(date -u -d "@$((now + 6))" +%FT%TZ)\"}/" "$dir/w1" >&7
until [ "$(delivered)" -ge 2 ]; do sleep 0.1; done
printf 'promserve: 1000000 series, %.1f MiB of text: peak %s, %s replaced\n' \
    "$(stat -c %s "$dir/page" | awk '{ print $1 / 1048576 }')" "$first" \
    "$(peak)"
