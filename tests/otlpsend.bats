#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# otlpsend against a sink that answers by a script, whose requests protoc
# decodes, and against a gRPC server made of Debian's python3-grpcio.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	unset "${!OTEL_@}"
	cat >window <<-'END'
		# @window {"id":"i","namespace":"m","name":"n","start":"2025-06-25T10:00:00Z","end":"2025-06-25T10:05:00Z"}
		a{x="1"} 1 1750845600000
		b{"a.b"="ü"} 0 1750845600000
		a{x="2"} NaN 1750845600000
		a{x="1"} 2.5 1750845660000
		# @end {"samples":4}
	END
}

# receipts: what stdin's receipts say, a line each.
receipts() {
	jq -r 'select(.status != "begun") |
	    [.status, .samples, .rejected, .had, .error.code // "-"] |
	    map(tostring) | join(" ")'
}

# decoded FILE: a request by Google's protoc, blanks at the front left out.
decoded() {
	protoc --decode=otlp.Request --proto_path="$TOP/lib/proto" \
	    otlp.proto <"$1" | sed 's/^ *//'
}

# start_grpc [-t] [SCRIPT-LINE...]: sets GRPC_PORT; messages are grpc/N.body.
start_grpc() {
	local tls=()
	if [ "${1:-}" = -t ]; then
		tls=(server.crt server.key)
		shift
	fi
	mkdir -p grpc
	printf '%s\n' "${@:-OK}" >grpc/script
	spawn "$PWD/grpc.log" "$TOP/tests/httpd/otlp_grpc.py" "$PWD/grpc" \
	    grpc/script "${tls[@]}"
	wait_for 30 grep -q '^[0-9]' grpc.log
	GRPC_PORT=$(head -n 1 grpc.log)
}

@test "a window is one resource, one scope and a gauge for each name" {
	start_sink 200
	run --separate-stderr otlpsend --resource=region=eu,none= "$SINK_URL" \
	    <window
	assert_success
	run receipts <<<"$output"
	assert_output "delivered 4 0 0 -"
	run cat "$SINK_DIR/1.head"
	assert_line --regexp $'^POST /v1/metrics HTTP/1.1\r?$'
	assert_line --regexp $'^Content-Type: application/x-protobuf\r?$'
	assert_line --regexp $'^User-Agent: kqlpipe-otlpsend/[0-9.]+\r?$'
	run decoded "$SINK_DIR/1.body"
	assert_success
	assert_equal "$(grep -c '^metrics {' <<<"$output")" 2
	assert_equal "$(grep '^as_double' <<<"$output" | xargs)" \
	    "as_double: 1 as_double: 2.5 as_double: nan as_double: 0"
	assert_line 'time_unix_nano: 1750845660000000000'
	assert_line 'key: "service.name"'
	assert_line 'string_value: "adx-mon-metrics-exporter"'
	assert_line 'string_value: "eu"'
	assert_line 'name: "adx-mon.azure.com/metrics-exporter"'
	assert_line 'version: "v1"'
	assert_line 'description: "MetricsExporter m/n"'
	assert_line 'key: "a.b"'
	assert_line 'string_value: "\303\274"'
	refute_line --partial unit
}

@test "JSON has the same, with what JSON lacks as strings" {
	start_sink 200
	otlpsend --encoding=json "$SINK_URL/" <window
	run grep -a '^Content-Type' "$SINK_DIR/1.head"
	assert_output --regexp 'application/json.?$'
	run jq -r '.resourceMetrics[0].scopeMetrics[0].metrics[] | .name as $n |
	    .gauge.dataPoints[] | [$n, .asDouble, .timeUnixNano,
	    .attributes[0].key, .attributes[0].value.stringValue] | @csv' \
	    "$SINK_DIR/1.body"
	assert_output - <<-'END'
		"a",1,"1750845600000000000","x","1"
		"a",2.5,"1750845660000000000","x","1"
		"a","NaN","1750845600000000000","x","2"
		"b",0,"1750845600000000000","a.b","ü"
	END
}

@test "gzip is the same bytes, packed" {
	start_sink 200
	otlpsend "$SINK_URL/own/path" <window
	otlpsend --compression=gzip "$SINK_URL" <window
	gunzip -c <"$SINK_DIR/2.body" | cmp - "$SINK_DIR/1.body"
	run head -n 1 "$SINK_DIR/1.head"
	assert_output --partial 'POST /own/path '
	run cat "$SINK_DIR/2.head"
	assert_line --regexp $'^Content-Encoding: gzip\r?$'
}

@test "a time before 1970 is refused, the others go" {
	start_sink 200
	run --separate-stderr otlpsend "$SINK_URL" < <(
		sed 's/1750845660000/-1/' window
	)
	assert_failure 1
	run receipts <<<"$output"
	assert_output "delivered 3 1 0 -"
}

@test "bad input: values as they are, names that no scheme makes one" {
	start_sink 200
	local encoding
	cat >in <<-'END'
		v{x="1"} NaN 1750845600000
		v{x="2"} +Inf 1750845600000
		v{x="3"} -Inf 1750845600000
		v{x="4"} -0 1750845600000
		{"a.b","c.d"="1","c-d"="2",e=""} 1 1750845600000
		a_b{c_d="1"} 2 1750845600000
		a_b{c_d="1"} 3 1750845600000
	END
	for encoding in json protobuf; do
		run --separate-stderr otlpsend --encoding=$encoding \
		    "$SINK_URL" <in
		assert_success
		[[ $stderr == *'the last was sent'*dropped=1* ]]
		run receipts <<<"$output"
		assert_output "delivered 6 0 0 -"
	done
	run jq -r '.resourceMetrics[0].scopeMetrics[0].metrics[] | .name as $n |
	    .gauge.dataPoints[] | [$n, .asDouble, (.attributes[] |
	    .key, .value.stringValue)] | @csv' "$SINK_DIR/1.body"
	assert_output - <<-'END'
		"a.b",1,"c-d","2","c.d","1"
		"a_b",3,"c_d","1"
		"v","NaN","x","1"
		"v","Infinity","x","2"
		"v","-Infinity","x","3"
		"v",-0,"x","4"
	END
	run decoded "$SINK_DIR/2.body"
	assert_equal "$(grep '^as_double' <<<"$output" | xargs)" \
	    "as_double: 1 as_double: 3 as_double: nan as_double: inf \
as_double: -inf as_double: -0"
}

@test "400 is cut in halves until the sample at fault is alone" {
	start_sink '400 body=bad' 200 '400 body=bad' 200 '400 body=worse'
	run --separate-stderr otlpsend "$SINK_URL" <window
	assert_failure 1
	[[ $stderr == *worse* ]]
	run receipts <<<"$output"
	assert_output "delivered 3 1 0 -"
}

@test "500, 503 and a cut answer are tried again, 404 is owed" {
	start_sink 500 503 cut 200 404
	run receipts < <(otlpsend "$SINK_URL" <window)
	assert_output "delivered 4 0 0 -"
	run receipts < <(otlpsend --retry-deadline=100ms "$SINK_URL" <window)
	assert_output "failed 0 0 0 Http404"
}

@test "gRPC: a call with its frame, headers and deadline" {
	start_grpc
	run receipts < <(otlpsend --timeout=7s "grpc://127.0.0.1:$GRPC_PORT" \
	    <window)
	assert_output "delivered 4 0 0 -"
	run decoded grpc/1.body
	assert_line 'description: "MetricsExporter m/n"'
	run cat grpc/1.head
	assert_line 'user-agent: kqlpipe-otlpsend/'"$(<"$TOP/VERSION")"
}

@test "gRPC: gzip, statuses that are tried again, RetryInfo" {
	start_grpc 'UNAVAILABLE later' 'RETRY 1' 'INTERNAL oh' OK
	run --separate-stderr otlpsend --compression=gzip \
	    "grpc://127.0.0.1:$GRPC_PORT" <window
	assert_success
	[[ $stderr == *'reason="gRPC UNAVAILABLE: later"'* ]]
	[[ $stderr == *'wait_ms=1000'* ]]
	[[ $stderr == *'reason="gRPC INTERNAL: oh"'* ]]
	cmp grpc/1.body grpc/4.body
	run decoded grpc/4.body
	assert_success
}

@test "gRPC: a partial success is not sent again" {
	# partial_success { rejected_data_points: 3 error_message: "bad" }
	start_grpc 'OK 0a0708031203626164'
	run --separate-stderr otlpsend "grpc://127.0.0.1:$GRPC_PORT" <window
	assert_failure 1
	[[ $stderr == *bad* ]]
	run receipts <<<"$output"
	assert_output "delivered 1 3 0 -"
	assert_equal "$(tail -n +2 grpc.log | wc -l)" 1
}

@test "gRPC: INVALID_ARGUMENT is about samples, PERMISSION_DENIED is not" {
	start_grpc 'INVALID_ARGUMENT one' OK 'INVALID_ARGUMENT one' OK \
	    'INVALID_ARGUMENT this' 'PERMISSION_DENIED who'
	run receipts < <(otlpsend "grpc://127.0.0.1:$GRPC_PORT" <window)
	assert_output "delivered 3 1 0 -"
	run receipts < <(otlpsend --retry-deadline=100ms \
	    "grpc://127.0.0.1:$GRPC_PORT" <window)
	assert_output "failed 0 0 0 Http403"
}

@test "gRPC: a message over the server's limit is halved" {
	start_grpc \
	    'RESOURCE_EXHAUSTED Received message larger than max (9 vs. 8)' OK
	run receipts < <(otlpsend "grpc://127.0.0.1:$GRPC_PORT" <window)
	assert_output "delivered 4 0 0 -"
	assert_equal "$(tail -n +2 grpc.log | wc -l)" 3
}

@test "gRPC over TLS, verified" {
	make_ca ca
	make_cert ca server DNS:localhost
	start_grpc -t
	run receipts < <(otlpsend --ca-file=ca.crt \
	    "grpcs://localhost:$GRPC_PORT" <window)
	assert_output "delivered 4 0 0 -"
	run receipts < <(otlpsend --retry-deadline=100ms \
	    "grpcs://localhost:$GRPC_PORT" <window)
	assert_output "failed 0 0 0 Unavailable"
}

# entra [ANSWER...]: a sink that gives the token "sesame", and then answers.
entra() {
	start_sink '200 body={"expires_in":3599,"access_token":"sesame"}' "$@"
	export AZURE_TENANT_ID=tenant-1 AZURE_CLIENT_ID=client-1
	export AZURE_CLIENT_SECRET=hush AZURE_AUTHORITY_HOST=$SINK_URL/
}

@test "a token of Entra goes with each request, renewed after a 401" {
	entra 401 '200 body={"expires_in":3599,"access_token":"other"}' 200
	run --separate-stderr otlpsend -v --azure=api://mine/.default \
	    "$SINK_URL" <window
	assert_success
	[[ $stderr != *sesame* && $stderr != *other* && $stderr != *hush* ]]
	run receipts <<<"$output"
	assert_output "delivered 4 0 0 -"
	grep -q 'scope=api%3A%2F%2Fmine%2F.default' "$SINK_DIR/1.body"
	grep -qx $'POST /v1/metrics HTTP/1.1\r' "$SINK_DIR/2.head"
	grep -qx $'Authorization: Bearer sesame\r' "$SINK_DIR/2.head"
	grep -qx $'Authorization: Bearer other\r' "$SINK_DIR/4.head"
	# by gRPC it is metadata of the call
	entra
	make_ca ca
	make_cert ca server DNS:localhost
	start_grpc -t
	run receipts < <(otlpsend --azure --ca-file=ca.crt \
	    "grpcs://localhost:$GRPC_PORT" <window)
	assert_output "delivered 4 0 0 -"
	grep -qx 'authorization: Bearer sesame' grpc/1.head
	grep -q 'scope=https%3A%2F%2Fmonitor.azure.com%2F.default' \
	    "$SINK_DIR/1.body"
	# nobody reads it on the way
	run otlpsend --azure http://192.0.2.1/ <window
	assert_failure 64
	run otlpsend --azure grpc://192.0.2.1/ <window
	assert_failure 64
}

# two_thousand: a window of so many samples.
two_thousand() {
	head -n 1 window
	awk 'BEGIN {
		for (i = 0; i < 2000; i++)
			printf "a{x=\"%d\"} %d 1750845600000\n", i, i
	}'
	echo '# @end {"samples":2000}'
}

@test "what is refused are dead letters, which can be sent again" {
	# eleven times a half is taken, until there is a sample left
	local answers=() i
	for ((i = 0; i < 11; i++)); do
		answers+=('400 body=no such attribute' 200)
	done
	start_sink "${answers[@]}" '400 body=no such attribute'
	two_thousand >many
	run --separate-stderr otlpsend --dead-letter=dead "$SINK_URL" <many
	assert_failure 1
	run receipts <<<"$output"
	assert_output "delivered 1999 1 0 -"
	run cat dead/*.prom
	assert_line '# resource: m/n'
	assert_line '# status: 400'
	assert_line '# message: no such attribute'
	assert_equal "$(stat -c %a dead/*.prom)" 600
	start_sink 200
	run receipts < <(otlpsend "$SINK_URL" <"$(echo dead/*.prom)")
	assert_output "delivered 1 0 0 -"
	run decoded "$SINK_DIR/1.body"
	assert_line "$(sed -n 's/^a{.*} \(.*\) .*/as_double: \1/p' dead/*.prom)"
}

@test "an HTTP server that is no gRPC server is no success" {
	start_sink 200
	run receipts < <(otlpsend --retry-deadline=100ms \
	    "grpc://${SINK_URL#http://}" <window)
	assert_output "failed 0 0 0 Unavailable"
}

@test "the variables of OpenTelemetry" {
	start_sink 200
	export OTEL_EXPORTER_OTLP_ENDPOINT=$SINK_URL/base/
	export OTEL_EXPORTER_OTLP_HEADERS='x-a=b%20c, x-d=e'
	export OTEL_EXPORTER_OTLP_PROTOCOL=http/json
	export OTEL_RESOURCE_ATTRIBUTES='region=a%2Cb,service.name=s'
	export OTEL_SERVICE_NAME=own
	otlpsend --resource=region=c <window
	run cat "$SINK_DIR/1.head"
	assert_line --regexp $'^POST /base/v1/metrics HTTP/1.1\r?$'
	assert_line --regexp $'^x-a: b c\r?$'
	assert_line --regexp $'^x-d: e\r?$'
	run jq -c '[.resourceMetrics[0].resource.attributes[] |
	    {(.key): .value.stringValue}] | add |
	    {region, "service.name"}' "$SINK_DIR/1.body"
	assert_output '{"region":"c","service.name":"own"}'
	OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=$SINK_URL/x \
	    OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf \
	    OTEL_EXPORTER_OTLP_COMPRESSION=gzip otlpsend <window
	run cat "$SINK_DIR/2.head"
	assert_line --regexp $'^POST /x HTTP/1.1\r?$'
	assert_line --regexp $'^Content-Encoding: gzip\r?$'
}

@test "wrong usage and variables are named, their values are not" {
	run otlpsend <window
	assert_failure 64
	assert_output --partial OTEL_EXPORTER_OTLP_ENDPOINT
	run otlpsend --encoding=xml http://localhost <window
	assert_failure 64
	assert_output --partial 'neither protobuf nor json'
	run otlpsend --encoding=json grpc://localhost <window
	assert_failure 64
	OTEL_EXPORTER_OTLP_HEADERS='secret' run otlpsend http://localhost \
	    <window
	assert_failure 78
	assert_output --partial OTEL_EXPORTER_OTLP_HEADERS
	refute_output --partial secret
	OTEL_EXPORTER_OTLP_PROTOCOL=tcp run otlpsend http://localhost <window
	assert_failure 78
	OTEL_EXPORTER_OTLP_TIMEOUT=soon run otlpsend http://localhost <window
	assert_failure 78
	assert_output --partial OTEL_EXPORTER_OTLP_TIMEOUT
}
