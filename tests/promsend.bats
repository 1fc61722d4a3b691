#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
bats_require_minimum_version 1.5.0
load helpers

setup() {
	NOW=$(date +%s)000
}

# window [MEMBER...]: the line that begins one, with more JSON members.
window() {
	local more
	printf -v more ',%s' "$@"
	[ $# -gt 0 ] || more=
	printf '# @window {"id":"i","namespace":"m","name":"n","start":"%s",' \
	    2025-06-25T10:00:00Z
	printf '"end":"2025-06-25T10:05:00Z"%s}\n' "$more"
}

# of NAME: a window of that resource.
of() {
	window | sed "s/\"name\":\"n\"/\"name\":\"$1\"/"
}

end() {
	printf '# @end {"samples":%s}\n' "${1:-0}"
}

# receipts: what stdin's receipts say, a line each.
receipts() {
	jq -r '[.status, .samples, .rejected, .had, .error.code // "-"] |
	    map(tostring) | join(" ")'
}

send() {
	promsend "$@" | receipts
}

@test "a plain stream is sent and answered at its end" {
	start_sink
	run --separate-stderr promsend "$SINK_URL/x" <<<"a 1 $NOW"
	assert_success
	assert_output --regexp '^\{"destination":"default","status":"delivered","samples":1,"rejected":0,"had":0,"bytes":[0-9]+,"time":"[^"]*"\}$'
	assert_equal "$(sink_requests)" 1
	run cat "$SINK_DIR/1.head"
	assert_line --regexp $'^POST /x HTTP/1.1\r?$'
	assert_line --regexp $'^Content-Encoding: snappy\r?$'
	assert_line --regexp $'^Content-Type: application/x-protobuf\r?$'
	assert_line --regexp $'^X-Prometheus-Remote-Write-Version: 0.1.0\r?$'
	assert_line --regexp $'^User-Agent: kqlpipe-promsend/[0-9.]+\r?$'
	refute_line --partial Expect
}

@test "the request is the bytes of the specification's vector" {
	start_sink
	promsend "$SINK_URL" <<<'adx_cpu{host="a"} 0.5 1714557600000'
	# one literal of snappy, of the 52 bytes that protobuf gives
	run xxd -p -c 100 "$SINK_DIR/1.body"
	assert_output 34cc0a320a130a085f5f6e616d655f5f12076164785f6370750a090a04686f7374120161121009000000000000e03f108082e39cf331
}

@test "each window has its receipts, an empty one needs no request" {
	start_sink
	{
		window '"to":["default","x"]'
		printf 'a 1 %s\na 2 %s\n' "$NOW" "$((NOW + 1))"
		end 2
		window
		end
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr send "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_success
	assert_output "begun 0 0 0 -
delivered 2 0 0 -
begun 0 0 0 -
delivered 0 0 0 -"
	assert_equal "$(sink_requests)" 1
}
