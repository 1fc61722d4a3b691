#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# otlpsend and an OpenTelemetry Collector and a Prometheus 3, which were built
# from their Go modules: make check-real, not make check.
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
	NOW=$(date +%s)000
	cd "$BATS_TEST_TMPDIR" || return 1
}

# start_collector: it takes OTLP at GRPC and HTTP, and has all of it in the
# file out once it is stopped.  Sets OTEL_PID.
start_collector() {
	local grpc http
	grpc=$(free_port) http=$(free_port)
	cat >otel.yaml <<-END
	receivers:
	  otlp:
	    protocols:
	      grpc: {endpoint: "127.0.0.1:$grpc"}
	      http: {endpoint: "127.0.0.1:$http"}
	exporters:
	  file: {path: out}
	service:
	  telemetry: {metrics: {level: none}}
	  pipelines:
	    metrics: {receivers: [otlp], exporters: [file]}
	END
	spawn otel.log otelcol --config otel.yaml
	OTEL_PID=$SPAWN_PID
	GRPC=grpc://127.0.0.1:$grpc
	HTTP=http://127.0.0.1:$http
	wait_for 30 listening "$grpc" && wait_for 30 listening "$http"
}

# points: those of out as text, a line each, as by_time has it.
points() {
	jq -r '.resourceMetrics[].scopeMetrics[].metrics[] | .name as $name |
	    .gauge.dataPoints[] |
	    (.attributes | map("\(.key)=\(.value.stringValue | tojson)") |
		join(",")) as $labels |
	    "\($name){\($labels)} \(.asDouble) \(.timeUnixNano)"' out |
	    by_time
}

# by_time: of each line of text the value last, in order of series and time.
by_time() {
	sed -E 's/([^ ]+) ([^ ]+)$/\2 \1/' | LC_ALL=C sort
}

# samples LABELS: 50 of each of 20 series of m1, values of all sizes.
samples() {
	awk -v now="$NOW" -v labels="$1" 'BEGIN {
		srand(5)
		for (i = 0; i < 50; i++)
			for (s = 0; s < 20; s++)
				printf "m1{a=\"é %d\\\\\",b=\"\\\"x\\\"\"%s} " \
				    "%.17g %.0f\n", s, labels,
				    (rand() - 0.5) * 10 ^ (rand() * 600 - 300),
				    now - (50 - i) * 1000 - 1
	}'
	local value s=0
	for value in NaN Infinity -Infinity 0 1.7976931348623157e+308 5e-324 \
	    9007199254740993 0.1; do
		printf 'm2{a="%d"%s} %s %s\n' "$((s++))" "$1" "$value" "$NOW"
	done
}

# same WANT GOT: the same series, times and, to the last bit, values.
same() {
	[ "$(wc -l <"$1")" -eq "$(wc -l <"$2")" ]
	paste -d '\t' "$1" "$2" | awk -F '\t' '
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

@test "a collector has what was sent, by HTTP in protobuf and JSON, and gRPC" {
	start_collector
	local how=("$GRPC" "$GRPC --compression=gzip" "$HTTP"
	    "$HTTP --compression=gzip" "$HTTP --encoding=json"
	    "$HTTP --encoding=json --compression=gzip") tag
	for tag in "${!how[@]}"; do
		samples ",c=\"$tag\"" >in
		cat in >>all
		# shellcheck disable=SC2086
		run --separate-stderr otlpsend --max-samples 300 ${how[tag]} <in
		assert_equal "$(jq -r '.status, .samples' <<<"$output" |
		    xargs)" "delivered 1008"
	done
	stop_pid "$OTEL_PID"
	sed 's/$/000000/' all | by_time >want
	points >got
	same want got
}

@test "a collector has resource, scope, description and names of any characters" {
	start_collector
	{
		printf '# @window {"id":"1","namespace":"mon","name":"é",'
		printf '"start":"2025-06-25T10:00:00Z",'
		printf '"end":"2025-06-25T10:05:00Z"}\n'
		printf '{"a b","c.d"="1","空"="x\\ny"} 1 %s\n' "$NOW"
		printf '# @end {"samples":1}\n'
	} >in
	local url
	for url in "$GRPC" "$HTTP" "$HTTP --encoding=json"; do
		# shellcheck disable=SC2086
		otlpsend --resource 'service.name=é,cloud.region=west' $url <in
	done
	stop_pid "$OTEL_PID"
	assert_equal "$(wc -l <out)" 3
	run jq -c '.resourceMetrics[] |
	    [.resource.attributes[] | "\(.key)=\(.value.stringValue)"] -
		["service.version=\($v)"],
	    (.scopeMetrics[] | [.scope.name, .scope.version],
		(.metrics[] | [.name, .description, .unit // ""],
		    (.gauge.dataPoints[].attributes |
			map("\(.key)=\(.value.stringValue)"))))' \
	    --arg v "$(cat "$TOP/VERSION")" out
	local one='["service.name=é","cloud.region=west"]
["adx-mon.azure.com/metrics-exporter","v1"]
["a b","MetricsExporter mon/é",""]
["c.d=1","空=x\ny"]'
	assert_output "$one
$one
$one"
}

# prometheus_has OPTION...: it takes by OTLP what is sent with the option, in
# any encoding, several requests of one window, an older window behind a newer.
prometheus_has() {
	local url=$PROM_URL/api/v1/otlp/v1/metrics tag=0 how
	for how in --compression=none --compression=gzip --encoding=json; do
		samples ",c=\"$((tag++))\"" >in
		cat in >>all
		run --separate-stderr otlpsend "$@" --max-samples 300 "$how" \
		    "$url" <in
		assert_equal "$(jq -r '.status, .samples' <<<"$output" |
		    xargs)" "delivered 1008"
	done
	prom_export '{__name__=~"m[12]"}' 1h "$(((NOW + 1000) / 1000))" |
	    sed 's/,job="adx-mon-metrics-exporter"//' | by_time >got
	sed -e 's/ Infinity/ +Inf/; s/ -Infinity/ -Inf/' all | by_time >want
	same want got
}

@test "Prometheus 3 has by OTLP what was sent" {
	start_prometheus --ooo 1h --flag --web.enable-otlp-receiver
	prometheus_has
	run prom_series '{__name__="target_info",service_version!=""}'
	assert_output 1
}

@test "Prometheus 3 takes OTLP in order of each series, without target_info" {
	start_prometheus --flag --web.enable-otlp-receiver
	prometheus_has --resource=service.version=
	run prom_series target_info
	assert_output 0
	# one that is out of order takes none of the others with it
	{
		printf 'm3{n="%d"} 1 %s\n' 1 "$NOW" 2 "$NOW"
		printf 'm1{a="é 1\\\\",b="\\"x\\"",c="0"} 1 %s\n' \
		    "$((NOW - 40000))"
	} >in
	run --separate-stderr otlpsend --resource=service.version= \
	    "$PROM_URL/api/v1/otlp/v1/metrics" <in
	assert_failure 1
	assert_equal "$(jq -r '.samples, .rejected' <<<"$output" | xargs)" "2 1"
	assert_equal "$(prom_export m3 1h | wc -l)" 2
}
