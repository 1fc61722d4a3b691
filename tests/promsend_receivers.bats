#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# What Prometheus and VictoriaMetrics have after promsend was answered.
bats_require_minimum_version 1.5.0
load helpers
load promsend

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
