#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# promserve scraped by a Prometheus 3 and an OpenTelemetry Collector, which
# were built from their Go modules: make check-real, not make check.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	local name
	for name in otel prometheus; do
		PATH=$("$TOP/tests/real/$name/build.bash" --cached):$PATH ||
		    skip "tests/real/$name/build.bash has not built one"
	done
	export PATH
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	NOW=$(date +%s)
}

teardown() {
	exec 7>&-
	stop_all
}

# serve [OPTION...]: start it with its input on the descriptor 7.  Sets TARGET,
# the address to scrape.
serve() {
	mkfifo in
	promserve --listen=127.0.0.1:0 "$@" <in >receipts 2>log 3>&- &
	SERVE_PID=$!
	keep_pid "$SERVE_PID"
	exec 7>in
	wait_for 10 port_of "$SERVE_PID"
	TARGET=127.0.0.1:$(port_of "$SERVE_PID")
}

# window MINUTE: the lines of stdin, without times, as the window of that
# minute, once it is served.
window() {
	local start=$((NOW / 60 * 60 - 600 + $1 * 60)) times
	printf -v times '"start":"%(%FT%TZ)T","end":"%(%FT%TZ)T"' \
	    "$start" "$((start + 60))"
	{
		printf '# @window {"id":"%d","namespace":"n","name":"n",%s}\n' \
		    "$1" "$times"
		sed "s/\$/ ${start}000/"
		printf '# @end {"id":"%d"}\n' "$1"
	} >&7
	wait_for 10 grep "\"id\":\"$1\".*\"delivered\"" receipts
}

# series: what a window has, values of all sizes.
series() {
	awk 'BEGIN {
		srand(9)
		for (i = 0; i < 100; i++)
			printf "m{a=\"é %d\\\\\",b=\"\\\"x\\\"\\n\"} %.17g\n",
			    i, (rand() - 0.5) * 10 ^ (rand() * 600 - 300)
	}'
	printf 'v{n="%s"} %s\n' 1 NaN 2 +Inf 3 -Inf 4 0 5 5e-324 \
	    6 1.7976931348623157e+308 7 0.1
	printf '{"a b.c","d.é"="空"} 1\n'
}

# same WANT GOT: the same series and, to the last bit, values.
same() {
	LC_ALL=C sort "$1" >"$1.sorted"
	LC_ALL=C sort "$2" >"$2.sorted"
	[ "$(wc -l <"$1")" -eq "$(wc -l <"$2")" ]
	paste -d '\t' "$1.sorted" "$2.sorted" | awk -F '\t' '
	    function rest(line) { sub(/[^ ]+$/, "", line); return line }
	    function last(line) { sub(/.* /, "", line); return line }
	    rest($1) != rest($2) || last($1) != last($2) &&
	    sprintf("%.17g", last($1)) != sprintf("%.17g", last($2)) {
		print NR ": " $0
		if (++bad == 5)
			exit
	    }
	    END { exit bad || NR == 0 }'
}

# held JOB: what Prometheus has now of it, as text.
held() {
	prom_query "{job=\"$1\",__name__!~\"up|scrape_.*\"}" | jq -r '
	    def name: if test("^[a-zA-Z_:][a-zA-Z0-9_:]*$") then .
		else tojson end;
	    .data.result[] |
	    (.metric.__name__ | name) as $name |
	    (.metric | del(.__name__, .job, .instance) | to_entries |
		map("\(.key | name)=\(.value | tojson)")) as $labels |
	    (if $name | startswith("\"") then
		"{\([$name] + $labels | join(","))}"
	    else "\($name){\($labels | join(","))}" end) + " " + .value[1]'
}

# scraped JOB N: it has so many series of it.
scraped() {
	[ "$(held "$1" | wc -l)" -eq "$2" ]
}

@test "Prometheus 3 has what is served, in the format that it prefers" {
	serve
	series | tee want | window 1
	cat >scrape.yml <<-END
	scrape_configs:
	- job_name: newest
	  scrape_interval: 1s
	  static_configs: [{targets: ["$TARGET"]}]
	- job_name: escaped
	  scrape_interval: 1s
	  metric_name_validation_scheme: legacy
	  metric_name_escaping_scheme: underscores
	  static_configs: [{targets: ["$TARGET"]}]
	- job_name: text
	  scrape_interval: 1s
	  scrape_protocols: [PrometheusText0.0.4]
	  static_configs: [{targets: ["$TARGET"]}]
	END
	start_prometheus --scrape scrape.yml
	local job
	for job in newest escaped text; do
		wait_for 20 scraped "$job" 108
		held "$job" >"got.$job"
	done
	same want got.newest
	sed 's/^{.*/a_b_c{d__="空"} 1/' want >want.escaped
	same want.escaped got.escaped
	same want.escaped got.text
	run prom_query 'up == 1'
	assert_equal "$(jq '.data.result | length' <<<"$output")" 3
	# a series that the next window has not is gone, not kept for minutes
	series | head -n 50 | window 2
	wait_for 5 scraped newest 50
}

@test "Prometheus 3 has the times of the samples when they are served" {
	serve --timestamps
	series | head -n 10 | window 9
	cat >scrape.yml <<-END
	scrape_configs:
	- job_name: timed
	  scrape_interval: 1s
	  static_configs: [{targets: ["$TARGET"]}]
	END
	start_prometheus --scrape scrape.yml
	wait_for 20 scraped timed 10
	run prom_export m 1h
	assert_equal "$(awk '{ print $NF }' <<<"$output" | uniq -c | xargs)" \
	    "10 $((NOW / 60 * 60 - 60))000"
}

@test "a collector has what is served" {
	serve
	series | tee want | window 1
	cat >otel.yaml <<-END
	receivers:
	  prometheus:
	    config:
	      scrape_configs:
	      - job_name: c
	        scrape_interval: 1s
	        static_configs: [{targets: ["$TARGET"]}]
	exporters:
	  file: {path: out}
	service:
	  telemetry: {metrics: {level: none}}
	  pipelines:
	    metrics: {receivers: [prometheus], exporters: [file]}
	END
	spawn otel.log otelcol --config otel.yaml
	local pid=$SPAWN_PID
	wait_for 30 grep -s asDouble out
	stop_pid "$pid"
	head -n 1 out | jq -r '
	    def name: if test("^[a-zA-Z_:][a-zA-Z0-9_:]*$") then .
		else tojson end;
	    .resourceMetrics[].scopeMetrics[].metrics[] |
	    select(.name | test("^(up|scrape_.*)$") | not) |
	    (.name | name) as $name | .gauge.dataPoints[] |
	    (.attributes // [] |
		map("\(.key | name)=\(.value.stringValue | tojson)")) as $labels |
	    (if $name | startswith("\"") then
		"{\([$name] + $labels | join(","))}"
	    else "\($name){\($labels | join(","))}" end) + " \(.asDouble)"' |
	    sed 's/ Infinity/ +Inf/; s/ -Infinity/ -Inf/' >got
	same want got
}
