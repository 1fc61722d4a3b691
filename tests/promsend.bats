#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
bats_require_minimum_version 1.5.0
load helpers
load promsend

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

@test "the end of a series is a stale marker, also in a dead letter" {
	start_sink
	promsend "$SINK_URL" <<<'adx_cpu{host="a"} StaleNaN 1714557600000'
	run xxd -p -c 100 "$SINK_DIR/1.body"
	assert_output 34cc0a320a130a085f5f6e616d655f5f12076164785f6370750a090a04686f7374120161121009020000000000f07f108082e39cf331
	cd "$BATS_TEST_TMPDIR"
	start_sink '400 body=no'
	printf 'a StaleNaN 5\n' >in
	run promsend --dead-letter dead "$SINK_URL" <in
	assert_failure 1
	grep -v '^#' dead/*.prom | cmp - in
	local bad
	for bad in staleNaN StaleNaNs Stale 'StaleNaN x'; do
		run promsend "$SINK_URL" <<<"a $bad"
		assert_failure 65
	done
	# it is no value to others
	run otlpsend "$SINK_URL" <in
	assert_failure 65
}

@test "2.0: the request is that of the specification's vector" {
	start_sink '204 written=1'
	PROTOCOL=2
	run --separate-stderr send "$SINK_URL" \
	    <<<'adx_cpu{host="a"} 0.5 1714557600000'
	assert_output "delivered 1 0 0 -"
	# the 60 bytes that protobuf gives, by snappy: a literal of 43, four
	# zeros again, a literal of 13
	run xxd -p -c 100 "$SINK_DIR/1.body"
	assert_output 3ca8220022085f5f6e616d655f5f22076164785f6370752204686f73742201612a1c0a04010203041210090000010230e03f108082e39cf3312a020802
	run cat "$SINK_DIR/1.head"
	assert_line $'Content-Encoding: snappy\r'
	assert_line $'Content-Type: application/x-protobuf;proto=io.prometheus.write.v2.Request\r'
	assert_line $'X-Prometheus-Remote-Write-Version: 2.0.0\r'
	refute_line --partial Retry-Attempt
}

@test "2.0: TYPE, HELP and UNIT of the text go with their series" {
	start_sink '204 written=9'
	PROTOCOL=2
	promsend "$SINK_URL" <<<'# HELP a_total Requests \\ so far.
# TYPE a_total counter
a_total 1 1'
	xxd -p "$SINK_DIR/1.body" | tr -d '\n' | grep -q 2a0408011803
	grep -aqF 'Requests \ so far.' "$SINK_DIR/1.body"
	promsend "$SINK_URL" <<<'# TYPE h histogram
# UNIT h seconds
h_count 1 1
h_bucket{le="+Inf"} 1 1'
	grep -aq seconds "$SINK_DIR/2.body"
	xxd -p "$SINK_DIR/2.body" | tr -d '\n' | grep -q 2a0408032003
}

@test "auto: 2.0 first, and 1.0 for good once it is not understood" {
	PROTOCOL=auto
	three_windows >"$BATS_TEST_TMPDIR/in"
	local answer
	for answer in 415 204 '400 body=what is this'; do
		start_sink "$answer" 204
		run --separate-stderr send "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
		assert_equal "$(grep -c 'delivered 1 0 0' <<<"$output")" 3
		assert_equal "$(protocols)" "2.0.0 0.1.0 0.1.0 0.1.0"
		[[ $stderr == *'protocol=1.0'* ]]
	done
	# another run tries again
	start_sink '204 written=1'
	run --separate-stderr send "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_equal "$(grep -c 'delivered 1 0 0' <<<"$output")" 3
	assert_equal "$(protocols)" "2.0.0 2.0.0 2.0.0"
	# a failure says nothing about the version
	start_sink 503 '204 written=1'
	run --separate-stderr send "$SINK_URL" <<<"a 1 1"
	assert_output "delivered 1 0 0 -"
	assert_equal "$(protocols)" "2.0.0 2.0.0"
	# what is too big says nothing about it either
	start_sink 413
	run --separate-stderr send "$SINK_URL" <<<"a 1 1"
	assert_output "rejected 0 1 0 Http413"
	assert_equal "$(protocols)" 2.0.0
	# 1.0 was no better: it was the samples, or it takes 2.0 alone
	start_sink '400 body=no' 415 '400 written=0 body=no'
	run --separate-stderr send "$SINK_URL" <<<"a 1 1"
	assert_output "rejected 0 1 0 Http400"
	assert_equal "$(protocols)" "2.0.0 0.1.0 2.0.0"
}

@test "a version that was asked for is kept" {
	PROTOCOL=2
	start_sink 204
	run --separate-stderr promsend --retry-deadline 0s "$SINK_URL" \
	    <<<"a 1 1"
	assert_failure 75
	assert_equal "$(receipts <<<"$output")" "failed 0 0 0 Http204"
	assert_equal "$(protocols)" 2.0.0
	start_sink 415
	run --separate-stderr send --retry-deadline 0s "$SINK_URL" <<<"a 1 1"
	assert_output "failed 0 0 0 Http415"
	run promsend --protocol 3 "$SINK_URL" <<<"a 1 1"
	assert_failure 64
}

@test "2.0: what is written of a request stays, the rest is judged by line" {
	PROTOCOL=auto
	local ooo='out of order sample for {}' oob='out of bounds for {}'
	local in=$'a 1 1\na 2 2\na 3 3'
	start_sink "400 written=1 body=$ooo\\n$oob"
	run --separate-stderr promsend "$SINK_URL" <<<"$in"
	assert_failure 1
	assert_equal "$(receipts <<<"$output")" "delivered 1 2 0 -"
	assert_equal "$(sink_requests)" 1
	[[ $stderr == *'samples rejected'*'rejected=2 of=3'*'out of order'* ]]
	# those that a window which comes again has had are no loss
	{ window '"again":true'; echo "$in"; end 3; } >"$BATS_TEST_TMPDIR/in"
	start_sink "400 written=1 body=$ooo\\n$oob"
	run --separate-stderr send "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_line --index 1 "delivered 2 1 1 -"
	# all of them were refused, each with its line: no need to cut
	start_sink "400 written=0 body=$ooo\\n$ooo\\n$oob"
	run --separate-stderr send "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_line --index 1 "delivered 2 1 2 -"
	assert_equal "$(sink_requests)" 1
	# which of them, when lines are missing, is found out
	start_sink "400 written=1 body=$ooo" "400 written=0 body=$ooo" \
	    '204 written=2'
	run --separate-stderr send "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_line --index 1 "delivered 3 0 1 -"
	# fewer than were sent, without a word
	start_sink "204 written=1"
	run --separate-stderr send "$SINK_URL" <<<"$in"
	assert_output "delivered 1 2 0 -"
}

@test "a try that comes again says which one it is" {
	start_sink 503 503 204
	run --separate-stderr send "$SINK_URL" <<<"a 1 1"
	run grep -h Retry-Attempt "$SINK_DIR"/{1,2,3}.head
	assert_output $'Retry-Attempt: 1\r\nRetry-Attempt: 2\r'
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

@test "windows of other destinations are read past without a word" {
	start_sink
	{
		window '"to":["other"]'
		printf 'a 1 %s\n' "$NOW"
		end 1
		window '"to":["mine","other"]'
		printf 'a 1 %s\n' "$NOW"
		end 1
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr promsend --name mine "$SINK_URL" \
	    <"$BATS_TEST_TMPDIR/in"
	assert_success
	assert_equal "$(receipts <<<"$output")" $'begun 0 0 0 -\ndelivered 1 0 0 -'
	assert_equal "$(jq -r .destination <<<"$output" | uniq)" mine
	# a sender without a name takes every window
	run --separate-stderr send "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_equal "${#lines[@]}" 4
}

@test "a receipt copies what its window has, but not how rows were read" {
	start_sink
	{
		window '"uid":"u","rule":"r","transform":{"a":1},"x":[1]'
		end
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr promsend "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	run jq -c 'select(.status == "delivered") | del(.time)' <<<"$output"
	assert_output '{"id":"i","namespace":"m","name":"n","start":"2025-06-25T10:00:00Z","end":"2025-06-25T10:05:00Z","uid":"u","rule":"r","x":[1],"destination":"default","status":"delivered","samples":0,"rejected":0,"had":0,"bytes":0}'
}

@test "conditions go on as JSON lines" {
	start_sink
	run --separate-stderr promsend "$SINK_URL" \
	    <<<'# @condition {"name":"n","x":[1]}'
	assert_success
	assert_output '{"@condition":{"name":"n","x":[1]}}'
}

@test "a window with an error is never delivered" {
	start_sink
	{
		of a
		printf 'a 1 %s\n' "$NOW"
		echo '# @end {"error":{"stage":"kqlrun","code":"General_BadRequest","message":"no","permanent":true}}'
		of b
		echo '# @end {"samples":0,"error":{"stage":"kqlrun","code":"CatchupLimit","message":"old"}}'
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr promsend "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_success
	assert_equal "$(receipts <<<"$output")" "begun 0 0 0 -
failed 0 0 0 General_BadRequest
begun 0 0 0 -
rejected 0 0 0 CatchupLimit"
	assert_equal "$(jq -c 'select(.status == "failed") | .error' \
	    <<<"$output")" '{"stage":"kqlrun","code":"General_BadRequest","message":"no","permanent":true}'
	assert_equal "$(sink_requests)" 0
}

@test "a window that is not whole is never delivered" {
	start_sink
	{
		of a
		printf 'a 1 %s\n' "$NOW"
		end 2
		of b
		printf 'a 1 %s\n' "$NOW"
		of c
		printf 'a 1\n'
		end 1
		of d
		printf 'a{b="1" 1 %s\n' "$NOW"
		end 1
		of e
		printf 'a 1 %s\n' "$NOW"
		of f
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr promsend "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_success
	assert_equal "$(receipts <<<"$output" | grep -v begun)" "failed 0 0 0 Truncated
failed 0 0 0 Truncated
failed 0 0 0 BadLine
failed 0 0 0 BadLine
failed 0 0 0 Truncated
failed 0 0 0 Truncated"
	run jq -r 'select(.status == "failed") | .error.message' <<<"$output"
	assert_line --index 0 '1 samples came, not 2'
	assert_line --index 1 'another window began before its end'
	assert_line --index 2 'window of m/c: line 1: no timestamp'
	assert_line --index 3 --partial 'window of m/d: line 1: labels without end'
	assert_line --index 4 'another window began before its end'
	assert_line --index 5 'the input ended inside the window'
	assert_equal "$(sink_requests)" 0
}

@test "a resource that failed waits until its window goes through" {
	start_sink
	{
		of a
		echo '# @end {"error":{"stage":"kqlrun","code":"Timeout","message":""}}'
		of a | sed 's/T10:/T11:/g'
		end
		of b
		end
		of a
		end
		of a | sed 's/T10:/T11:/g'
		end
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr send "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_success
	assert_equal "$(grep -v begun <<<"$output")" "failed 0 0 0 Timeout
failed 0 0 0 Held
delivered 0 0 0 -
delivered 0 0 0 -
delivered 0 0 0 -"
}

@test "a bad line of a plain stream: what came before it is sent, then 65" {
	start_sink
	run --separate-stderr bash -c 'promsend "$1" <<<"a 1 1
b 2 2
c x
d 3"' _ "$SINK_URL"
	assert_failure 65
	assert_equal "$(receipts <<<"$output")" "failed 2 0 0 BadLine"
	assert_equal "$(sink_requests)" 1
	[[ $stderr == *'line 3: no number at \"x\"'* ]]
}

@test "the failure of a plain stream's earlier stage is its failure" {
	start_sink
	run --separate-stderr bash -c 'printf "a 1 1\n# @end %s\n" \
	    "{\"error\":{\"stage\":\"rows2prom\",\"code\":\"BadRow\",\"message\":\"m\"}}" |
	    promsend "$1"' _ "$SINK_URL"
	assert_failure 65
	assert_equal "$(receipts <<<"$output")" "failed 0 0 0 BadRow"
}

@test "a torn last line is refused" {
	start_sink
	run --separate-stderr bash -c 'printf "a 1 1\nb 2" | promsend "$1"' \
	    _ "$SINK_URL"
	assert_failure 65
	assert_equal "$(receipts <<<"$output")" "failed 1 0 0 Truncated"
	run --separate-stderr bash -c '{ cat; printf "a 1"; } |
	    promsend "$1"' _ "$SINK_URL" < <(window)
	assert_failure 65
	assert_equal "$(receipts <<<"$output" | tail -n 1)" \
	    "failed 0 0 0 Truncated"
	# The log says which line of the input it is, and whose window.
	[[ $stderr == *'window=i resource=m/n'*stdin:2:* ]]
}

@test "a sample without a timestamp gets the time of reading" {
	start_sink
	promsend "$SINK_URL" <<<'a 1'
	# the last bytes: tag, then the time as a varint of 6 bytes
	local hex ms=0 i
	hex=$(xxd -p "$SINK_DIR/1.body")
	hex=${hex: -12}
	for ((i = 10; i >= 0; i -= 2)); do
		ms=$((ms << 7 | (0x${hex:i:2} & 127)))
	done
	((ms >= NOW && ms <= $(date +%s)999))
}

@test "requests are bounded by samples and by bytes" {
	start_sink
	run --separate-stderr send --max-samples 3 "$SINK_URL" <<<"$(
		for i in 1 2 3 4 5 6 7; do echo "a $i $i"; done)"
	assert_output "delivered 7 0 0 -"
	assert_equal "$(sink_requests)" 3
	run --separate-stderr send --max-bytes 100 "$SINK_URL" <<<"$(
		for i in 1 2 3 4 5 6 7; do echo "a $i $i"; done)"
	assert_equal "$(sink_requests)" 5
}

@test "a request that fails is sent again until it is taken" {
	start_sink 503 close cut 500 204
	run --separate-stderr send "$SINK_URL" <<<"a 1 1"
	assert_success
	assert_output "delivered 1 0 0 -"
	assert_equal "$(sink_requests)" 5
	cmp "$SINK_DIR/1.body" "$SINK_DIR/5.body"
	assert_equal "$(grep -c 'will be tried again' <<<"$stderr")" 4
}

@test "a refusal that is cut is no answer: it may have gone on to say more" {
	start_sink '400 lack=12 body=out of ord' '400 body=out of order sample'
	run --separate-stderr send "$SINK_URL" <<<"a 1 1"
	assert_success
	assert_output "delivered 1 0 1 -"
	assert_equal "$(sink_requests)" 2
}

@test "Retry-After is honoured" {
	start_sink '429 after=1' 204
	local from=${EPOCHREALTIME//./}
	run --separate-stderr send "$SINK_URL" <<<"a 1 1"
	assert_output "delivered 1 0 0 -"
	((${EPOCHREALTIME//./} - from >= 1000000))
}

@test "a redirect is a failure and is not followed" {
	start_sink 307
	run --separate-stderr send --retry-deadline 100ms "$SINK_URL" <<<"a 1 1"
	assert_output "failed 0 0 0 Http307"
}

@test "one bad sample costs one sample" {
	start_sink '400 body=out of bounds' '400 body=out of bounds' \
	    '400 body=out of bounds' 204
	run --separate-stderr promsend "$SINK_URL" <<<$'a 1 1\na 2 2\nb 1 1\nb 2 2'
	assert_failure 1
	assert_equal "$(receipts <<<"$output")" "delivered 3 1 0 -"
	assert_equal "$(sink_requests)" 5
	[[ $stderr == *'msg="sample rejected" series="__name__=\"a\""'*'time=1970-01-01T00:00:00.001Z value=1 http=400 reason="out of bounds"'* ]]
}

@test "a request that is too big is cut; a sample that is alone is rejected" {
	start_sink 413 204 413
	run --separate-stderr send "$SINK_URL" <<<$'a 1 1\na 2 2'
	assert_output "delivered 1 1 0 -"
	# what comes behind is cut before it is sent
	start_sink 413 204
	run --separate-stderr send --max-samples 200 "$SINK_URL" <<<"$(
		for ((i = 1; i <= 1000; i++)); do echo "a $i $i"; done)"
	assert_output "delivered 1000 0 0 -"
	run sink_requests
	assert_output --regexp '^1[0-3]$'
}

@test "a window is cut in at most 256 more requests" {
	start_sink '400 body=no'
	for ((i = 1; i < 1000; i++)); do
		echo "a $i $i"
	done >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr promsend "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_failure 1
	assert_equal "$(receipts <<<"$output")" "rejected 0 999 0 Http400"
	assert_equal "$(sink_requests)" 257
	assert_equal "$(grep -c 'sample rejected' <<<"$stderr")" 5
}

@test "out of order is had by a window that may have been sent before" {
	local in=$BATS_TEST_TMPDIR/in again
	for again in '"again":true' '"again":true,"late":true' '"late":true'; do
		start_sink '400 body=out of order sample'
		{ window "$again"; echo "a 1 $NOW"; end 1; } >"$in"
		run --separate-stderr send "$SINK_URL" <"$in"
		case $again in
		*late*) assert_line --index 1 "rejected 0 1 0 Http400" ;;
		*) assert_line --index 1 "delivered 1 0 1 -" ;;
		esac
	done
	# a try without an answer may have been taken, too
	start_sink close '400 body=out of order sample'
	run --separate-stderr send "$SINK_URL" <<<"a 1 $NOW"
	assert_output "delivered 1 0 1 -"
	start_sink '503' '500 body=too old sample'
	run --separate-stderr send "$SINK_URL" <<<"a 1 $NOW"
	assert_output "rejected 0 1 0 Http500"
}

@test "a window that alone is failed for too long is given up" {
	local since
	since=$(date -u -d '1 hour ago' +%FT%TZ)
	start_sink 204 500 500 204
	{
		of a
		echo "a 1 $NOW"
		end 1
		of b | sed "s/\"end\"/\"since\":\"$since\",\"end\"/"
		echo "a 1 $NOW"
		end 1
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr send --retry-deadline 50ms "$SINK_URL" \
	    <"$BATS_TEST_TMPDIR/in"
	assert_line --index 3 "rejected 0 1 0 Http500"
	# but it is owed as long as nothing else is taken
	start_sink 500
	{
		of b | sed "s/\"end\"/\"since\":\"$since\",\"end\"/"
		echo "a 1 $NOW"
		end 1
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr send --retry-deadline 50ms "$SINK_URL" \
	    <"$BATS_TEST_TMPDIR/in"
	assert_line --index 1 "failed 0 0 0 Http500"
}

@test "samples of the far future are refused here" {
	start_sink
	run --separate-stderr promsend "$SINK_URL" <<<"a 1 $((NOW + 590000))
a 2 $((NOW + 900000))"
	assert_failure 1
	assert_equal "$(receipts <<<"$output")" "delivered 1 1 0 -"
	run --separate-stderr promsend "$SINK_URL" <<<"a 2 $((NOW + 900000))"
	assert_failure 1
	assert_equal "$(receipts <<<"$output")" "rejected 0 1 0 BadRow"
}

@test "of samples of one series and time the last is sent" {
	start_sink
	run --separate-stderr send "$SINK_URL" <<<$'a 1 5\na 2 5\na 3 6'
	assert_output "delivered 2 0 0 -"
	[[ $stderr == *'the last was sent'*'dropped=1'* ]]
}

@test "noise in an answer or a line leaves receipts valid JSON" {
	start_sink $'400 body=a\xff\x01"\xc3'
	run --separate-stderr promsend "$SINK_URL" <<<"a 1 1"
	assert_equal "$(jq -r .error.message <<<"$output")" 'a? "?'
	run --separate-stderr promsend "$SINK_URL" < <(window
		printf 'a{b="\xff\x01"} 1 1\n'
		end 1)
	assert_equal "$(tail -n 1 <<<"$output" | jq -r .error.message)" \
	    'window of m/n: line 1: invalid UTF-8 at ""? ""'
	head -c 4096 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
	run promsend "$SINK_URL" <"$BATS_TEST_TMPDIR/noise"
	assert_failure 65
}

@test "counters are kept in the metrics file" {
	start_sink '400 body=no' 204
	run promsend --metrics-file "$BATS_TEST_TMPDIR/m.prom" "$SINK_URL" \
	    <<<$'a 1 1\na 2 2'
	run cat "$BATS_TEST_TMPDIR/m.prom"
	assert_line 'kqlpipe_promsend_samples_sent_total{tool="promsend"} 2'
	assert_line 'kqlpipe_promsend_requests_total{tool="promsend"} 3'
	assert_line 'kqlpipe_promsend_breaker_open{tool="promsend"} 0'
	promtool check metrics <"$BATS_TEST_TMPDIR/m.prom"
}

@test "a wrong command line is 64" {
	run promsend
	assert_failure 64
	run promsend ftp://h
	assert_failure 64
	run promsend --max-samples 0 http://h
	assert_failure 64
	run promsend --label x http://h
	assert_failure 64
	run promsend --label a-b=c http://h
	assert_failure 64
}

@test "dead letters: names and values are kept as they are" {
	start_sink '400 body=no\n  two\xff'
	cd "$BATS_TEST_TMPDIR"
	printf '{"a.b","c d"="e\\"f\\\\g\\n"} -1e-07 5\n' >in
	run promsend --utf8 --dead-letter dead "$SINK_URL" <in
	assert_failure 1
	grep -v '^#' dead/*.prom | cmp - in
	# a request refused by 2.0: the series that are named
	PROTOCOL=2
	start_sink '400 written=2 body=bad for series {__name__="a", b="1"}'
	rm dead/*
	run promsend --dead-letter dead "$SINK_URL" \
	    <<<$'a{b="1"} 1 1\na{b="2"} 1 1\nc 1 1'
	assert_equal "$(grep -v '^#' dead/*.prom)" 'a{b="1"} 1 1'
	promtool check metrics <"$(echo dead/*.prom)" || [ $? -eq 3 ]
	rm dead/*
	start_sink '400 written=2 body=one is bad'
	run promsend --dead-letter dead "$SINK_URL" \
	    <<<$'a{b="1"} 1 1\na{b="2"} 1 1\nc 1 1'
	assert_equal "$(grep -vc '^#' dead/*.prom)" 3
	grep -q '^# refused: .*Z, 1 of 3 samples' dead/*.prom
}

@test "dead letters: what is given up, and what is of the future" {
	local since
	since=$(date -u -d '1 hour ago' +%FT%TZ)
	cd "$BATS_TEST_TMPDIR"
	start_sink 204 500
	{
		of a
		echo "a 1 $NOW"
		end 1
		of b | sed "s/\"end\"/\"since\":\"$since\",\"end\"/"
		printf 'b 1 %s\nb 2 %s\n' "$NOW" "$((NOW + 1))"
		end 2
	} >in
	run --separate-stderr send --retry-deadline 50ms --dead-letter dead \
	    "$SINK_URL" <in
	assert_line --index 3 "rejected 0 2 0 Http500"
	assert_equal "$(grep -v '^#' dead/*.prom)" \
	    "$(printf 'b 1 %s\nb 2 %s\n' "$NOW" "$((NOW + 1))")"
	rm dead/*
	start_sink
	run --separate-stderr send --dead-letter dead "$SINK_URL" \
	    <<<"a 1 $NOW"$'\n'"a 2 $((NOW + 900000))"
	assert_output "delivered 1 1 0 -"
	assert_equal "$(grep -v '^#' dead/*.prom)" "a 2 $((NOW + 900000))"
	grep -q '^# message: more than 10 min in the future' dead/*.prom
}

@test "dead letters are bounded; what finds no room is counted" {
	cd "$BATS_TEST_TMPDIR"
	start_sink '400 body=no'
	run --separate-stderr promsend --dead-letter dead \
	    --dead-letter-files 2 --metrics-file m.prom "$SINK_URL" \
	    <<<$'a 1 1\na 2 2\na 3 3\na 4 4'
	assert_failure 1
	assert_equal "$(letters)" 2
	[[ $stderr == *'dead letter not kept'*'dead is full: 2 files'* ]]
	grep -Fx 'kqlpipe_promsend_dead_letters_total{tool="promsend"} 2' m.prom
	grep -Fx 'kqlpipe_promsend_dead_letter_samples_lost_total{tool="promsend"} 2' \
	    m.prom
	run --separate-stderr promsend --dead-letter other \
	    --dead-letter-size 10 "$SINK_URL" <<<"a 1 1"
	[[ $stderr == *'other is full'* ]]
	run promsend --dead-letter /dev/null/x "$SINK_URL" <<<"a 1 1"
	assert_failure 78
}

@test "bad input: labels that come twice, and names that become one" {
	start_sink
	run --separate-stderr send "$SINK_URL" < <(window
		echo "a{b=\"1\",b=\"1\"} 1 $NOW"
		end 1)
	assert_line --index 1 "failed 0 0 0 BadLine"
	[[ $stderr == *'label b comes twice'* ]]
	# two labels of one series: this sample alone cannot be said
	printf '{"a","b.c"="1","b-c"="2"} 1 %s\na 2 %s\n' "$NOW" "$NOW" \
	    >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr send --dead-letter "$BATS_TEST_TMPDIR/dead" \
	    "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_output "delivered 1 1 0 -"
	[[ $stderr == *'sample refused'*'two of its labels become one name'* ]]
	grep -v '^#' "$BATS_TEST_TMPDIR"/dead/* |
	    cmp - <(head -n 1 "$BATS_TEST_TMPDIR/in")
	run --separate-stderr send --utf8 "$SINK_URL" <"$BATS_TEST_TMPDIR/in"
	assert_output "delivered 2 0 0 -"
	# two series: they are one, which has one sample at a time
	run --separate-stderr send "$SINK_URL" <<<'{"a.b"} 1 5
a_b 2 5
a_b{y="1",x="2"} 1 5
{"a.b",x="2",y="1"} 2 6'
	assert_output "delivered 3 0 0 -"
	[[ $stderr == *'the last was sent'*'dropped=1'* ]]
}
