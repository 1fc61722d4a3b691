#!/bin/bash
# SPDX-License-Identifier: MIT
#
# promserve with 100,000 series (or as many as the argument says): a window of
# all of them arrives every second and is kept on disk, Debian's Prometheus
# scrapes every second, and so do ten clients, half of them with gzip: memory,
# CPU, and how long scrapes take.  Then the memory of a million series.
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"
command -v prometheus >/dev/null || {
	echo 'promserve: no Prometheus to scrape it (make check-deps)' >&2
	exit 0
}
n=${1:-100000}
seconds=${2:-30} # it lasts

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

# again FILE SECOND: that window as one of another second.
again() {
	sed "1s/\"start\":.*/\"start\":\"$(date -u -d "@$2" +%FT%TZ)\",$(
	    )\"end\":\"$(date -u -d "@$(($2 + 1))" +%FT%TZ)\"}/" "$1"
}

# serve: on a port that the kernel picks, its input from the descriptor 7.
serve() {
	rm -rf "$dir/in" "$dir/state"
	mkfifo "$dir/in"
	build/bin/promserve --listen=127.0.0.1:0 --state-dir="$dir/state" \
	    <"$dir/in" >"$dir/receipts" 2>"$dir/log" &
	serve=$!
	pids+=("$serve")
	exec 7>"$dir/in"
	url=127.0.0.1:$(port_of "$serve")
}

delivered() {
	grep -c '"delivered"' "$dir/receipts" || :
}

mib_of() {
	calc "$(kib_of "$1") / 1024"
}

# client FILE CURL-OPTION...: a scrape each second, the seconds of each in FILE.
client() {
	while sleep 1; do
		curl -sf -o /dev/null -w '%{time_total}\n' --max-time 10 \
		    "${@:2}" "http://$url/metrics" >>"$1" || echo 99 >>"$1"
	done
}

# times WHAT FILE...: a scrape that failed took 99 s.
times() {
	local all n
	all=$(cat "${@:2}" | sort -n)
	n=$(wc -l <<<"$all")
	row "promserve: $1, p50" "$(sed -n "$(((n + 1) / 2))p" <<<"$all")" s
	row "promserve: $1, p99" \
	    "$(sed -n "$((n * 99 / 100 + 1))p" <<<"$all")" s '<= 1'
}

scraped_by_all() {
	local now i prometheus clients=()
	now=$(date +%s)
	for i in 0 1 2 3; do # before it begins: this is no work of promserve
		window "$n" $((now + i)) >"$dir/w$i"
	done
	serve
	printf 'scrape_configs: [{job_name: serve, %s, %s}]\n' \
	    'scrape_interval: 1s, scrape_timeout: 1s' \
	    "static_configs: [{targets: ['$url']}]" \
	    >"$dir/prometheus.yml"
	prometheus --config.file="$dir/prometheus.yml" \
	    --storage.tsdb.path="$dir/tsdb" --web.listen-address=127.0.0.1:0 \
	    >"$dir/prometheus.log" 2>&1 &
	prometheus=$!
	pids+=("$prometheus")
	cat "$dir/w0" >&7
	for i in 1 2 3 4 5; do
		client "$dir/plain$i" &
		clients+=("$!")
		client "$dir/gzip$i" --compressed &
		clients+=("$!")
	done
	pids+=("${clients[@]}")
	for ((i = 1; i <= seconds; i++)); do
		again "$dir/w$((i % 4))" $((now + i + 4)) >&7
		sleep 1
	done
	kill "${clients[@]}"
	row "promserve: $(grouped "$n") series, 11 clients, memory" \
	    "$(mib_of "$serve")" MiB '<= 100'
	row 'promserve: CPU of a window and its 11 scrapes' \
	    "$(calc "$(cpu_of "$serve") / $(delivered)")" s
	times 'a scrape' "$dir"/plain*
	times 'a scrape with gzip' "$dir"/gzip*
	# its first has the time in which it makes 100,000 series of its own
	row 'promserve: Prometheus scrapes, reads and stores, p99' "$(curl \
	    -sfG --data-urlencode "query=quantile_over_time(0.99,
		scrape_duration_seconds[$((seconds / 2))s])" \
	    "http://127.0.0.1:$(port_of "$prometheus")/api/v1/query" |
	    jq -r '.data.result[0].value[1]')" s
	kill -KILL "$prometheus" "$serve"
	wait "$serve" "$prometheus" 2>/dev/null || :
}

# A million series: what comes in lies beside what is served.
a_million() {
	local now
	now=$(date +%s)
	window 1000000 "$now" >"$dir/w0"
	serve
	cat "$dir/w0" >&7
	until [ "$(delivered)" -ge 1 ]; do sleep 0.1; done
	row 'promserve: 1,000,000 series, memory' "$(mib_of "$serve")" MiB
	curl -sf -o "$dir/page" "http://$url/metrics"
	row 'promserve: 1,000,000 series, text' \
	    "$(calc "$(stat -c %s "$dir/page") / 1048576")" MiB
	again "$dir/w0" $((now + 5)) >&7
	until [ "$(delivered)" -ge 2 ]; do sleep 0.1; done
	row 'promserve: 1,000,000 series, memory while replaced' \
	    "$(mib_of "$serve")" MiB
}

scraped_by_all
a_million
