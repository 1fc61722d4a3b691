#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# promserve: what it keeps, what it serves, what it says of it.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

# serve [OPTION...]: start it, on a port that the kernel picks, with its input
# on the descriptor 7.  Sets SERVE_PID and SERVE_URL; receipts go to the file
# receipts, its log to the file log.
serve() {
	mkfifo in 2>/dev/null || :
	promserve --listen=127.0.0.1:0 "$@" <in >>receipts 2>>log 3>&- &
	SERVE_PID=$!
	keep_pid "$SERVE_PID"
	exec 7>in
	wait_for 10 port_of "$SERVE_PID" || return 1
	SERVE_URL=http://127.0.0.1:$(port_of "$SERVE_PID")
}

# at SECONDS: a time of today.
at() {
	date -u -d "@$((BASE + $1))" +%Y-%m-%dT%H:%M:%SZ
}

# begin NAME MINUTE [MEMBERS]: the @window of that minute.
BASE=1750000020
begin() {
	printf '# @window {"id":"%s-%s","namespace":"n","name":"%s",' \
	    "$1" "$2" "$1"
	printf '"start":"%s","end":"%s"%s}\n' \
	    "$(at $(($2 * 60)))" "$(at $(($2 * 60 + 60)))" "${3:+,$3}"
}

# window NAME MINUTE [MEMBERS] <SERIES-AND-VALUE-LINES: a whole one.
window() {
	local line n=0
	begin "$@"
	while read -r line; do
		printf '%s %d000\n' "$line" $((BASE + $2 * 60))
		n=$((n + 1))
	done
	printf '# @end {"id":"%s-%s","rows":%d,"samples":%d}\n' \
	    "$1" "$2" "$n" "$n"
}

# answered N: there are N receipts that are no begun.
answered() {
	[ "$(grep -vc '"begun"' receipts)" -ge "$1" ]
}

scrape() {
	curl -sf --max-time 10 "$@" "$SERVE_URL/metrics"
}

@test "the newest window of each resource is served, by metric" {
	serve
	{
		window a 0 <<<$'up{x="1"} 1\ndown 2\nup{x="2"} 3'
		window b 0 <<<$'up{x="3"} 4'
	} >&7
	wait_for 10 answered 2
	assert_equal "$(scrape)" '# HELP down MetricsExporter n/a
# TYPE down gauge
down 2
# HELP up MetricsExporter n/a
# TYPE up gauge
up{x="1"} 1
up{x="2"} 3
up{x="3"} 4'
	window a 1 <<<$'up{x="2"} 5' >&7
	wait_for 10 answered 3
	assert_equal "$(scrape)" '# HELP up MetricsExporter n/a
# TYPE up gauge
up{x="2"} 5
up{x="3"} 4'
	window a 0 <<<$'up{x="2"} 6' >&7
	wait_for 10 answered 4
	assert_equal "$(scrape | grep 2)" 'up{x="2"} 5'
	exec 7>&-
	wait "$SERVE_PID"
	assert_equal "$(jq -r '.status + " \(.samples)"' <receipts |
	    grep -v begun | paste -sd,)" \
	    'delivered 3,delivered 1,delivered 1,delivered 1'
}

@test "pages and methods" {
	serve
	assert_equal "$(curl -s "$SERVE_URL/healthz")" "healthz check passed"
	assert_equal "$(curl -s -o /dev/null -w '%{http_code}' \
	    "$SERVE_URL/other")" 404
	assert_equal "$(curl -s -o /dev/null -w '%{http_code}' -X POST \
	    -d x "$SERVE_URL/metrics")" 405
	run -0 curl -sI "$SERVE_URL/metrics"
	assert_output --partial 'text/plain; version=0.0.4; charset=utf-8'
}
