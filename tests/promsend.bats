#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
bats_require_minimum_version 1.5.0
load helpers

setup() {
	NOW=$(date +%s)000
	# Most of what is tested here is the same for both versions.
	export PROTOCOL=1
}

promsend() {
	command promsend --protocol "$PROTOCOL" "$@"
}
export -f promsend

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

# protocols: the versions of the requests that the sink got.
protocols() {
	local i list=()
	for ((i = 1; i <= $(sink_requests); i++)); do
		list+=("$(sed -n 's/^X-Prometheus.*-Version: \([0-9.]*\)\r$/\1/p' \
		    "$SINK_DIR/$i.head")")
	done
	echo "${list[@]}"
}

# three_windows: with a sample each, of three resources.
three_windows() {
	local i
	for i in a b c; do
		of $i
		echo "a 1 $((++NOW))"
		end 1
	done
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

@test "when nobody answers, windows fail, at once after the deadline" {
	local url
	url=http://127.0.0.1:$(free_port)
	for i in a b c; do
		of $i
		echo "a 1 $NOW"
		end 1
	done >"$BATS_TEST_TMPDIR/in"
	{ of d; end; } >>"$BATS_TEST_TMPDIR/in"
	run --separate-stderr promsend --retry-deadline 300ms "$url" \
	    <"$BATS_TEST_TMPDIR/in"
	assert_success
	assert_equal "$(receipts <<<"$output")" "begun 0 0 0 -
failed 0 0 0 Unavailable
failed 0 0 0 Unavailable
failed 0 0 0 Unavailable
delivered 0 0 0 -"
	[[ $stderr == *'breaker opened'* ]]
	run --separate-stderr send --retry-deadline 300ms "$url" <<<"a 1 1"
	assert_output "failed 0 0 0 Unavailable"
}

@test "a plain stream that cannot be delivered ends with 75" {
	run --separate-stderr promsend --retry-deadline 100ms \
	    "http://127.0.0.1:$(free_port)" <<<"a 1 1"
	assert_failure 75
}

# start_send ARGUMENT...: promsend that reads what is written to descriptor 7
# and writes receipts to $OUT.  Sets SEND_PID.
start_send() {
	OUT=$BATS_TEST_TMPDIR/out
	mkfifo "$BATS_TEST_TMPDIR/in"
	command promsend --protocol "$PROTOCOL" "$@" \
	    <"$BATS_TEST_TMPDIR/in" >"$OUT" 2>"$OUT.log" 3>&- &
	SEND_PID=$!
	keep_pid "$SEND_PID"
	exec 7>"$BATS_TEST_TMPDIR/in"
}

# said RECEIPT...: these are the receipts so far, but for begun.
said() {
	diff <(receipts <"$OUT" | grep -v begun) <(printf '%s\n' "$@")
}

one_more() {
	{ of "r$((++TRY))"; echo "a 1 $NOW"; end 1; } >&7
	wait_for 5 said_lines "$TRY"
	receipts <"$OUT" | tail -n 1 | grep -q ^delivered
}

heard() {
	[ "$(sink_requests)" -eq "$1" ]
}

said_lines() {
	[ "$(receipts <"$OUT" | grep -vc begun)" -ge "$1" ]
}

@test "the breaker lets a probe through and closes" {
	start_sink 503 503 503 204
	start_send --retry-deadline 150ms "$SINK_URL"
	TRY=0
	run ! one_more
	TRY=1
	wait_for 10 one_more
	exec 7>&-
	wait "$SEND_PID"
	assert_equal "$(sink_requests)" 4
	grep -q 'probe failed' "$OUT.log"
}

@test "a plain stream that goes on is sent every second" {
	start_sink
	start_send "$SINK_URL"
	echo "a 1 1" >&7
	wait_for 5 test -e "$SINK_DIR/1.body"
	exec 7>&-
	wait "$SEND_PID"
	said "delivered 1 0 0 -"
}

@test "SIGTERM: what comes is still sent, retries end soon" {
	start_sink 204 503
	start_send --retry-deadline 10m "$SINK_URL"
	{ of a; echo "a 1 $NOW"; } >&7
	wait_for 5 test -s "$OUT"
	kill "$SEND_PID"
	{ end 1; of b; echo "a 1 $NOW"; end 1; } >&7
	exec 7>&-
	wait "$SEND_PID"
	said "delivered 1 0 0 -" "failed 0 0 0 Http503"
}

@test "windows are read ahead while one is sent; one too many is Full" {
	start_sink 204 'hang'
	start_send --retry-deadline 0s --buffer 20k "$SINK_URL"
	big() {
		of "$1"
		for ((i = 0; i < $2; i++)); do
			echo "a{some=\"label\"} $i $((NOW + i))"
		done
		end "$2"
	}
	big a 500 >&7
	wait_for 5 said "delivered 500 0 0 -"
	big b 500 >&7
	wait_for 5 heard 2
	# b hangs; c is read ahead, d does not fit behind it (and is more than
	# the pipe holds, so it is read by the time it is written), e does
	{ big c 500; big d 5000; of e; echo "a 1 $NOW"; end 1; } >&7
	kill "$SINK_PID"
	exec 7>&-
	wait "$SEND_PID"
	said "delivered 500 0 0 -" "failed 0 0 0 Unavailable" \
	    "failed 0 0 0 Unavailable" "failed 0 0 0 Full" \
	    "failed 0 0 0 Unavailable"
}

delivered() {
	[ "$(grep -c '"status":"delivered"' "$1")" -eq "$2" ]
}

@test "a dead destination does not hold up the one beside it" {
	start_sink
	cd "$BATS_TEST_TMPDIR"
	local i
	samples 1000 1 >one
	for ((i = 0; i < 100; i++)); do
		of "r$i"
		cat one
		end 1000
	done >windows
	mkfifo a b
	command promsend --name b --retry-deadline 10m \
	    "http://127.0.0.1:$(free_port)" <b >out.b 2>log.b 3>&- &
	keep_pid $!
	command promsend --protocol 1 --name a "$SINK_URL" \
	    <a >out.a 2>log.a 3>&- &
	keep_pid $!
	# a few MB, many times what the pipes hold
	tee a <windows >b
	wait_for 20 delivered out.a 100
	run cat out.b
	assert_equal "$(jq -r .status <<<"$output")" begun
}

@test "a window larger than the buffer is sent when it is alone" {
	start_sink
	run --separate-stderr send --buffer 10k --max-samples 100 "$SINK_URL" \
	    < <(window
		for ((i = 0; i < 3000; i++)); do
			echo "a $i $((NOW + i))"
		done
		end 3000)
	assert_line --index 1 "delivered 3000 0 0 -"
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

@test "secrets come from files and are not shown" {
	start_sink
	cd "$BATS_TEST_TMPDIR"
	printf 'user:pa ss\n' >basic
	printf 'tok.en\n' >token
	printf '# a comment\nX-Scope-OrgID: team\n\nA: b\n' >headers
	promsend -v --basic-auth-file basic --header-file headers "$SINK_URL" \
	    <<<"a 1 1" 2>log
	grep -qx $'Authorization: Basic dXNlcjpwYSBzcw==\r' "$SINK_DIR/1.head"
	grep -qx $'X-Scope-OrgID: team\r' "$SINK_DIR/1.head"
	grep -qx $'A: b\r' "$SINK_DIR/1.head"
	promsend -v --bearer-token-file token "$SINK_URL" <<<"a 1 1" 2>>log
	grep -qx $'Authorization: Bearer tok.en\r' "$SINK_DIR/2.head"
	run ! grep -e 'tok.en' -e 'pa ss' -e dXNl log
	run promsend --bearer-token-file nowhere "$SINK_URL" <<<"a 1 1"
	assert_failure 78
	run promsend --basic-auth-file token "$SINK_URL" <<<"a 1 1"
	assert_failure 78
	run promsend --header-file token "$SINK_URL" <<<"a 1 1"
	assert_failure 78
	run promsend --ca-file nowhere "https://127.0.0.1:1" <<<"a 1 1"
	assert_failure 78
	run promsend "http://user:secret@127.0.0.1:1" <<<"a 1 1"
	assert_failure 64
	refute_output --partial secret
}

# entra [ANSWER...]: a sink that gives the token "sesame", and then answers.
entra() {
	local grant='200 body={"token_type":"Bearer","expires_in":3599,'
	start_sink "${ENTRA:-$grant\"access_token\":\"sesame\"\}}" "$@"
	export AZURE_TENANT_ID=tenant-1 AZURE_CLIENT_ID=client-1
	export AZURE_CLIENT_SECRET=hush AZURE_AUTHORITY_HOST=$SINK_URL/
}

@test "a token of Entra is awaited and sent, its scope Azure Monitor's" {
	entra 204
	run --separate-stderr promsend -v --azure "$SINK_URL/w" <<<"a 1 1"
	assert_success
	assert_equal "$(receipts <<<"$output")" "delivered 1 0 0 -"
	[[ $stderr != *sesame* && $stderr != *hush* ]]
	grep -q 'scope=https%3A%2F%2Fmonitor.azure.com%2F.default' \
	    "$SINK_DIR/1.body"
	grep -qx $'POST /w HTTP/1.1\r' "$SINK_DIR/2.head"
	grep -qx $'Authorization: Bearer sesame\r' "$SINK_DIR/2.head"
	entra 204
	run --separate-stderr send --azure=api://mine/.default "$SINK_URL" \
	    <<<"a 1 1"
	assert_output "delivered 1 0 0 -"
	grep -q 'scope=api%3A%2F%2Fmine%2F.default' "$SINK_DIR/1.body"
	# nobody reads it on the way
	run promsend --azure http://192.0.2.1/ <<<"a 1 1"
	assert_failure 64
	run promsend --azure --bearer-token-file x "$SINK_URL" <<<"a 1 1"
	assert_failure 64
}

@test "a 401 is asked once more with another token, at once" {
	entra 401 '200 body={"expires_in":3599,"access_token":"other"}' 204
	run --separate-stderr send --azure "$SINK_URL" <<<"a 1 1"
	assert_output "delivered 1 0 0 -"
	assert_equal "$(sink_requests)" 4
	grep -qx $'Authorization: Bearer other\r' "$SINK_DIR/4.head"
	[[ $stderr != *'request failed'* ]]
	# a file is read again
	start_sink 'delay=1000 401' 204
	cd "$BATS_TEST_TMPDIR"
	echo old >token
	promsend --bearer-token-file token "$SINK_URL" <<<"a 1 1" 2>log &
	wait_for 5 test -e "$SINK_DIR/1.body"
	echo new >token
	wait $!
	grep -qx $'Authorization: Bearer new\r' "$SINK_DIR/2.head"
}

@test "without a token windows fail and what comes is read on" {
	ENTRA=hang entra
	start_send --azure --retry-deadline 0s --buffer 1k "$SINK_URL"
	# more than a pipe holds: it could not be written if none of it was read
	{
		of a; echo "a 1 $NOW"; end 1
		of b; samples 10000 1; end 10000
		of c; end
	} >&7
	wait_for 20 heard 1
	kill "$SINK_PID"
	exec 7>&-
	wait "$SEND_PID"
	said "failed 0 0 0 Unavailable" "failed 0 0 0 Full" \
	    "delivered 0 0 0 -"
}

@test "TLS is verified, unless it is said not to" {
	cd "$BATS_TEST_TMPDIR"
	local port url
	port=$(free_port)
	url=https://127.0.0.1:$port/
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert \
	    -days 2 -subj /CN=x -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	# it takes a request and says nothing
	spawn log openssl s_server -quiet -accept "127.0.0.1:$port" \
	    -key key -cert cert -WWW
	wait_for 10 listening "$port"
	run --separate-stderr promsend --retry-deadline 0s "$url" <<<"a 1 1"
	assert_failure 75
	assert_equal "$(receipts <<<"$output")" "failed 0 0 0 Unavailable"
	[[ $stderr == *certificate* ]]
	# trusted, or not verified, the request is sent
	run --separate-stderr promsend --retry-deadline 0s --timeout 500ms \
	    --ca-file cert "$url" <<<"a 1 1"
	assert_equal "$(receipts <<<"$output")" "failed 0 0 0 Timeout"
	run --separate-stderr promsend --retry-deadline 0s --timeout 500ms \
	    --insecure-skip-verify "$url" <<<"a 1 1"
	assert_equal "$(receipts <<<"$output")" "failed 0 0 0 Timeout"
	[[ $stderr == *'TLS is not verified'* ]]
}

@test "over TLS: the CA, a client's certificate, a token and a password" {
	cd "$BATS_TEST_TMPDIR"
	start_sink
	make_ca ca
	make_cert ca server DNS:localhost,IP:127.0.0.1
	make_cert ca client
	make_ca other
	make_cert other stranger
	start_front -c server.crt -k server.key -a ca.crt "${SINK_URL##*:}"
	local url=https://localhost:$FRONT_PORT/w
	echo user:hush >basic
	echo 'X-Scope-OrgID: team' >headers
	run --separate-stderr send --ca-file ca.crt --cert-file client.crt \
	    --key-file client.key --basic-auth-file basic \
	    --header-file headers "$url" <<<"a 1 1"
	assert_output "delivered 1 0 0 -"
	grep -qx $'Authorization: Basic dXNlcjpodXNo\r' "$SINK_DIR/1.head"
	grep -qx $'X-Scope-OrgID: team\r' "$SINK_DIR/1.head"
	# nobody, a stranger, somebody else's server
	local more
	for more in '--ca-file ca.crt' '--ca-file other.crt' \
	    '--ca-file ca.crt --cert-file stranger.crt --key-file stranger.key'
	do
		# shellcheck disable=SC2086 # options and values
		run --separate-stderr send --retry-deadline 0s $more "$url" \
		    <<<"a 1 1"
		assert_output "failed 0 0 0 Unavailable"
	done
	assert_equal "$(sink_requests)" 1
	# one connection carries all requests
	run --separate-stderr send --max-samples 1 --ca-file ca.crt \
	    --cert-file client.crt --key-file client.key "$url" \
	    <<<$'a 1 1\na 1 2\na 1 3'
	assert_output "delivered 3 0 0 -"
	assert_equal "$(grep -c client "$FRONT_LOG")" 2
}

@test "over TLS: HTTP/2, by connections that are kept" {
	cd "$BATS_TEST_TMPDIR"
	make_ca ca
	make_cert ca server DNS:localhost
	export CURL_CA_BUNDLE=ca.crt
	# it tells of each connection and of each answer, if by HTTP/2
	GODEBUG=http2debug=1 start_prometheus --tls server
	local before
	before=$(grep -c 'server connection from' "$PROM_DATA/log")
	samples 300 20 >in
	run --separate-stderr send --ca-file ca.crt --max-inflight 4 \
	    --max-samples 40 "$PROM_URL/api/v1/write" <in
	assert_output "delivered 6000 0 0 -"
	assert_equal "$(grep -c '":status" = "204"' "$PROM_DATA/log")" 150
	(($(grep -c 'server connection from' "$PROM_DATA/log") - before <= 4))
	exact_in in
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

@test "proxies come from the environment" {
	start_sink
	http_proxy=$SINK_URL run --separate-stderr \
	    promsend http://receiver.invalid/write <<<"a 1 1"
	assert_success
	grep -qx $'POST http://receiver.invalid/write HTTP/1.1\r' \
	    "$SINK_DIR/1.head"
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

@test "a full or closed output is an error that is heard of" {
	start_sink
	run bash -c 'promsend "$1" <<<"a 1 1" >/dev/full' _ "$SINK_URL"
	assert_failure 75
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	command promsend "$SINK_URL" <"$BATS_TEST_TMPDIR/in" \
	    >"$BATS_TEST_TMPDIR/out" 2>/dev/null 3>&- &
	local pid=$!
	exec 7>"$BATS_TEST_TMPDIR/in"
	{ window; end; } >"$BATS_TEST_TMPDIR/window"
	cat "$BATS_TEST_TMPDIR/window" >&7
	head -n 2 "$BATS_TEST_TMPDIR/out" >/dev/null
	cat "$BATS_TEST_TMPDIR/window" >&7
	exec 7>&-
	local ended=0
	wait "$pid" || ended=$?
	assert_equal "$ended" 75
}

# exact_in FILE: what PROM_URL holds of metric m are FILE's samples, to the
# last bit and the millisecond.
exact_in() {
	prom_export m 30d "$(((NOW + 1000) / 1000))" |
	    LC_ALL=C sort -k1,1 -k3,3 >"$1.got"
	LC_ALL=C sort -k1,1 -k3,3 "$1" | paste -d' ' - "$1.got" | awk '
	    $1 != $4 || $2 + 0 != $5 + 0 || $3 != $6 { print NR ": " $0; n++ }
	    n == 5 || NF != 6 { exit }
	    END { exit n > 0 || NR == 0 || NF != 6 }'
}

# samples N SERIES: N of each of so many series, up to now, values random.
samples() {
	awk -v n="$1" -v series="$2" -v now="$NOW" 'BEGIN {
		srand(3)
		for (i = 0; i < n; i++)
			for (s = 0; s < series; s++)
				printf "m{s=\"%03d\"} %.17g %.0f\n", s,
				    (rand() - 0.5) * 10 ^ (int(rand() * 12) - 4),
				    now - (n - i) * 1000
	}'
}

@test "Prometheus has every sample to the last bit" {
	start_prometheus
	local in=$BATS_TEST_TMPDIR/in
	samples 500 7 >"$in"
	run --separate-stderr send --max-samples 99 "$PROM_URL/api/v1/write" \
	    <"$in"
	assert_output "delivered 3500 0 0 -"
	exact_in "$in"
	# in descending order, from a receiver that takes none out of order
	sed 's/{/{d="1",/' "$in" | tac >"$in.tac"
	run --separate-stderr send --max-samples 4000 \
	    "$PROM_URL/api/v1/write" <"$in.tac"
	assert_output "delivered 3500 0 0 -"
	printf 'm 0.1 %s\nm{x="n"} NaN %s\nm{x="i"} -Inf %s\n' \
	    "$NOW" "$NOW" "$NOW" | promsend "$PROM_URL/api/v1/write"
	run prom_export 'm{d="",s=""}' 30d "$(((NOW + 1000) / 1000))"
	assert_output "m 0.1 $NOW
m{x=\"i\"} -Inf $NOW
m{x=\"n\"} NaN $NOW"
}

@test "several requests on their way: each series stays in order" {
	start_prometheus
	local in=$BATS_TEST_TMPDIR/in
	samples 300 20 >"$in"
	# what it does not take in order it does not take
	run --separate-stderr send --max-inflight 4 --max-samples 40 \
	    "$PROM_URL/api/v1/write" <"$in"
	assert_output "delivered 6000 0 0 -"
	exact_in "$in"
	# one long series is sent by itself
	awk -v now="$NOW" 'BEGIN {
		for (i = 0; i < 500; i++)
			printf "one %d %.0f\n", i, now - (500 - i) * 1000
	}' >"$in"
	run --separate-stderr send --max-inflight 4 --max-samples 40 \
	    "$PROM_URL/api/v1/write" <"$in"
	assert_output "delivered 500 0 0 -"
}

@test "as many requests are on their way as may be" {
	start_sink hang
	start_send --max-inflight 3 --max-samples 10 --retry-deadline 0s \
	    "$SINK_URL"
	{ window; samples 20 7; end 140; } >&7
	wait_for 5 heard 3
	# no piece of a series goes before the one in front of it
	run sink_requests
	assert_output 3
	kill "$SINK_PID"
	exec 7>&-
	wait "$SEND_PID"
	said "failed 0 0 0 Unavailable"
	# what is small goes in one
	start_sink 204
	run --separate-stderr send --max-inflight 3 "$SINK_URL" \
	    <<<$'a 1 1\nb 1 1\nc 1 1'
	assert_output "delivered 3 0 0 -"
	assert_equal "$(sink_requests)" 1
}

@test "a failure of one of several requests is that of their window" {
	start_sink 204 503 204 204
	run --separate-stderr send --max-inflight 4 --max-samples 10 \
	    "$SINK_URL" < <(samples 10 4)
	assert_output "delivered 40 0 0 -"
	assert_equal "$(sink_requests)" 5
	# a breaker that opened lets one probe through at a time
	start_sink 503 503 503 503 503 204
	{
		of a; samples 10 4; end 40
		of b; samples 10 4; end 40
	} >"$BATS_TEST_TMPDIR/two"
	start_send --max-inflight 4 --max-samples 10 --retry-deadline 0s \
	    "$SINK_URL"
	cat "$BATS_TEST_TMPDIR/two" >&7
	wait_for 5 said_lines 2
	# the other is tried or not, as the clock has it
	receipts <"$OUT" | grep -qx "failed 0 0 0 Http503"
	run grep -c '"status":"failed"' "$OUT"
	assert_output 2
	TRY=2
	wait_for 10 one_more
	exec 7>&-
	wait "$SEND_PID"
}

@test "VictoriaMetrics has every sample" {
	start_victoria
	local in=$BATS_TEST_TMPDIR/in
	# it keeps about 15 digits
	samples 200 5 | awk '{ printf "%s %.6g %s\n", $1, $2, $3 }' >"$in"
	run --separate-stderr send --max-samples 99 \
	    "$VICTORIA_URL/api/v1/write" <"$in"
	assert_output "delivered 1000 0 0 -"
	victoria_flush
	PROM_URL=$VICTORIA_URL
	exact_in "$in"
}

@test "auto: VictoriaMetrics and Prometheus 2 have what they took for empty" {
	PROTOCOL=auto
	local in=$BATS_TEST_TMPDIR/in
	samples 20 5 | awk '{ printf "%s %.6g %s\n", $1, $2, $3 }' >"$in"
	start_victoria
	start_prometheus
	for PROM_URL in "$PROM_URL" "$VICTORIA_URL"; do
		run --separate-stderr send --max-samples 30 \
		    "$PROM_URL/api/v1/write" <"$in"
		assert_output "delivered 100 0 0 -"
		# their 2xx to a request that they read as no samples
		[[ $stderr == *protocol=1.0* ]]
		[ "$PROM_URL" != "$VICTORIA_URL" ] || victoria_flush
		exact_in "$in"
	done
	# as old as windows of a first run may be
	NOW=$((NOW - 20 * 365 * 86400 * 1000))
	samples 20 5 | awk '{ printf "%s %.6g %s\n", $1, $2, $3 }' >"$in"
	run --separate-stderr send "$VICTORIA_URL/api/v1/write" <"$in"
	assert_output "delivered 100 0 0 -"
	victoria_flush
	exact_in "$in"
}

@test "what Prometheus refuses is judged by order, not by its text" {
	start_prometheus
	local url=$PROM_URL/api/v1/write
	run --separate-stderr send "$url" <<<"a 1 $NOW"
	assert_output "delivered 1 0 0 -"
	# the newest again: the same value is taken, another one is not
	run --separate-stderr send "$url" <<<"a 1 $NOW"
	assert_output "delivered 1 0 0 -"
	run --separate-stderr send "$url" <<<"a 2 $NOW"
	assert_output "rejected 0 1 0 Http400"
	run --separate-stderr send "$url" <<<"a 2 $((NOW - 1000))"
	assert_output "rejected 0 1 0 Http400"
	run --separate-stderr send "$url" <<<"a 2 $((NOW - 40000000))"
	assert_output "rejected 0 1 0 Http400"
	# it would store none of three for one that is bad
	run --separate-stderr send "$url" \
	    <<<"b 1 $NOW
a 2 $((NOW - 1000))
c 1 $NOW"
	assert_output "delivered 2 1 0 -"
	run prom_series '{__name__=~"[abc]"}'
	assert_output 3
	# a window that came again is there
	run --separate-stderr send "$url" < <(window '"again":true'
		echo "a 2 $((NOW - 1000))"
		end 1)
	assert_line --index 1 "delivered 1 0 1 -"
}

@test "Prometheus with an out-of-order window takes old samples but not too old" {
	start_prometheus --ooo 1h
	local url=$PROM_URL/api/v1/write
	run --separate-stderr send "$url" <<<"a 1 $NOW"
	run --separate-stderr send "$url" <<<"a 2 $((NOW - 1000000))"
	assert_output "delivered 1 0 0 -"
	run --separate-stderr send "$url" <<<"a 2 $((NOW - 4000000))"
	assert_output "rejected 0 1 0 Http500"
	run prom_export a 30d
	assert_equal "${#lines[@]}" 2
}

@test "a window in pieces is had piece by piece when it comes again" {
	start_prometheus
	{
		window '"again":true'
		samples 50 4
		end 200
	} >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr send --max-samples 60 "$PROM_URL/api/v1/write" \
	    <"$BATS_TEST_TMPDIR/in"
	assert_line --index 1 "delivered 200 0 0 -"
	run --separate-stderr send --max-samples 60 "$PROM_URL/api/v1/write" \
	    <"$BATS_TEST_TMPDIR/in"
	assert_line --index 1 --regexp "^delivered 200 0 "
	run prom_export m 30d "$(((NOW + 1000) / 1000))"
	assert_equal "${#lines[@]}" 200
}

# letters: how many dead letters there are.
letters() {
	find "$BATS_TEST_TMPDIR/dead" -name '*.prom' | wc -l
}

@test "three bad samples of 2,000 are dead letters, which can be sent again" {
	start_prometheus
	cd "$BATS_TEST_TMPDIR"
	PROTOCOL=auto
	local url=$PROM_URL/api/v1/write i
	printf 'p{n="%d"} 0 %s\n' 1 "$NOW" 2 "$NOW" 3 "$NOW" |
	    promsend "$url"
	{
		window
		samples 200 10 | head -n 1000
		for i in 1 2 3; do
			echo "p{n=\"$i\"} 0.$i $((NOW - 5000))"
		done
		samples 200 10 | tail -n 997
		end 2000
	} >in
	run --separate-stderr promsend --dead-letter dead "$url" <in
	assert_failure 1
	assert_equal "$(receipts <<<"$output" | tail -n 1)" \
	    "delivered 1997 3 0 -"
	run prom_export m 30d "$(((NOW + 1000) / 1000))"
	assert_equal "${#lines[@]}" 1997
	assert_equal "$(letters)" 3
	assert_equal "$(stat -c %a dead/*.prom | uniq)" 600
	run cat dead/*-3.prom
	assert_line '# resource: m/n'
	assert_line '# window: 2025-06-25T10:00:00Z to 2025-06-25T10:05:00Z, id i'
	assert_line '# destination: default'
	assert_line '# status: 400'
	assert_line '# message: out of order sample'
	assert_line "p{n=\"3\"} 0.3 $((NOW - 5000))"
	# mended: it takes what is out of order
	stop_pid "$PROM_PID"
	start_prometheus --ooo 1h --data "$PROM_DATA"
	for i in dead/*.prom; do
		run --separate-stderr send "$PROM_URL/api/v1/write" <"$i"
		assert_output "delivered 1 0 0 -"
	done
	run prom_export p 30d "$(((NOW + 1000) / 1000))"
	assert_equal "${#lines[@]}" 6
	assert_line "p{n=\"2\"} 0.2 $((NOW - 5000))"
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

@test "bad input: NaN, infinities and times are sent as they are" {
	start_prometheus
	local url=$PROM_URL/api/v1/write
	run --separate-stderr send --dead-letter "$BATS_TEST_TMPDIR/dead" \
	    "$url" <<<"v{x=\"1\"} NaN $NOW
v{x=\"2\"} +Inf $NOW
v{x=\"3\"} -Inf $NOW
v{x=\"4\"} -0 $NOW
old 1 -62135596800000
far 1 9223372036854775807"
	assert_output "delivered 4 2 0 -"
	run prom_export v 30d "$(((NOW + 1000) / 1000))"
	assert_output "v{x=\"1\"} NaN $NOW
v{x=\"2\"} +Inf $NOW
v{x=\"3\"} -Inf $NOW
v{x=\"4\"} -0 $NOW"
	assert_equal "$(letters)" 2
	grep -q '^# message: out of bounds' "$BATS_TEST_TMPDIR"/dead/*
	grep -qx 'old 1 -62135596800000' "$BATS_TEST_TMPDIR"/dead/*
	grep -qx 'far 1 9223372036854775807' "$BATS_TEST_TMPDIR"/dead/*
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

@test "bad input: 100,000 label values, and one of a MB" {
	start_prometheus
	local in=$BATS_TEST_TMPDIR/in url=$PROM_URL/api/v1/write
	awk -v now="$NOW" 'BEGIN {
		for (i = 0; i < 100000; i++)
			printf "m{v=\"value-%d\"} %d %s\n", i, i, now
	}' >"$in"
	run --separate-stderr command time -o "$in.kb" -f %M \
	    promsend "$url" <"$in"
	assert_equal "$(receipts <<<"$output")" "delivered 100000 0 0 -"
	run prom_query 'sum(m)'
	assert_output --partial '"4999950000"'
	[[ $KQLPIPE_BIN == */san/* || $KQLPIPE_BIN == */valgrind/* ]] ||
	    [ "$(cat "$in.kb")" -lt 40000 ]
	{
		printf 'big{v="'
		head -c 1000000 /dev/zero | tr '\0' x
		printf '"} 1 %s\nsmall 1 %s\n' "$NOW" "$NOW"
	} >"$in"
	run --separate-stderr send "$url" <"$in"
	assert_output "delivered 2 0 0 -"
	run prom_query 'count(big{v=~"x{1000}.*"})'
	assert_output --partial '"1"'
	# too big for a receiver: a dead letter, and the rest goes on
	start_sink 413 204
	run --separate-stderr send --dead-letter "$BATS_TEST_TMPDIR/dead" \
	    "$SINK_URL" <"$in"
	assert_output "delivered 1 1 0 -"
	grep -v '^#' "$BATS_TEST_TMPDIR"/dead/* | cmp - <(head -n 1 "$in")
}
