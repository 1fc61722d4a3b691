#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# promsend while time passes: what it reads ahead, retries, holds and gives up.
bats_require_minimum_version 1.5.0
load helpers
load promsend

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
