#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# promsend and a Prometheus 3 that was built from its Go module: make
# check-real, not make check.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	PROMETHEUS=$("$TOP"/tests/real/prometheus/build.bash --cached) ||
	    skip "tests/real/prometheus/build.bash has not built one"
	export PROMETHEUS
}

setup() {
	NOW=$(date +%s)000
	PATH=$PROMETHEUS:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	start_prometheus
	URL=$PROM_URL/api/v1/write
}

# sent PROTOCOL COUNT: of the samples in the file in so many are taken;
# what it holds of them is in the file out.
sent() {
	run --separate-stderr promsend --protocol "$1" --max-inflight 3 \
	    --max-samples 500 "$URL" <in
	assert_equal "$(jq -r '.status, .samples' <<<"$output" | xargs)" \
	    "delivered $2"
	prom_export '{__name__=~"m[12]"}' 30d "$(((NOW + 1000) / 1000))" >out
}

@test "values, labels and times by 1.0 and 2.0 are those that were sent" {
	awk -v now="$NOW" 'BEGIN {
		srand(7)
		for (i = 0; i < 300; i++)
			for (s = 0; s < 20; s++)
				printf "m1{a=\"é %d\\\\\",b=\"\\\"x\\\"\"} " \
				    "%.17g %.0f\n", s, (rand() - 0.5) * 1000,
				    now - (300 - i) * 1000
	}' >in
	sent 1 6000
	# only the text of values may differ
	LC_ALL=C sort in | awk '{ $(NF - 1) = sprintf("%.15e", $(NF - 1)) } 1' |
	    LC_ALL=C sort >want
	awk '{ $(NF - 1) = sprintf("%.15e", $(NF - 1)) } 1' out |
	    LC_ALL=C sort | cmp - want
	sed -i 's/^m1/m2/' in want
	sent 2 6000
	grep ^m2 out | awk '{ $(NF - 1) = sprintf("%.15e", $(NF - 1)) } 1' |
	    LC_ALL=C sort | cmp - want
}

@test "it takes 2.0, and no sample but the bad ones is lost by one request" {
	printf 'p{n="%d"} 0 %s\n' 1 "$NOW" 2 "$NOW" | promsend "$URL"
	{
		for ((i = 0; i < 100; i++)); do
			echo "m1{n=\"$i\"} $i $NOW"
		done
		printf 'p{n="%d"} 1 %s\n' 1 "$((NOW - 9000))" \
		    2 "$((NOW - 9000))"
	} >in
	run --separate-stderr promsend --dead-letter dead \
	    --metrics-file m.prom "$URL" <in
	assert_failure 1
	assert_equal "$(jq -r '.samples, .rejected' <<<"$output" | xargs)" \
	    "100 2"
	grep -Fx 'kqlpipe_promsend_requests_total{tool="promsend"} 1' m.prom
	# the letter holds what its words name, and nothing else
	assert_equal "$(grep -v '^#' dead/*.prom)" "$(tail -n 2 in)"
	grep 'message: .*out of order' dead/*.prom
	# what comes again is had
	{
		printf '# @window {"id":"i","namespace":"m","name":"n",'
		printf '"start":"2025-06-25T10:00:00Z",'
		printf '"end":"2025-06-25T10:05:00Z","again":true}\n'
		tail -n 2 in
		echo '# @end {"samples":2}'
	} >again
	run --separate-stderr promsend "$URL" <again
	assert_equal "$(jq -r 'select(.status == "delivered") |
	    .samples, .had, .rejected' <<<"$output" | xargs)" "2 2 0"
}

@test "a series that has ended is not shown" {
	local version
	for version in 1 2; do
		printf 'm1{v="%s"} 1 %s\n' "$version" "$((NOW - 9000))" \
		    "$version." "$((NOW - 9000))" "$version" "$NOW" >in
		sed -i '3s/ 1 / StaleNaN /' in
		sent "$version" 3
	done
	run prom_query 'count(m1)'
	assert_equal "$(jq -r '.data.result[0].value[1]' <<<"$output")" 2
}

@test "names of any characters stay as they are with --utf8" {
	echo "{\"m1\",\"a.b\"=\"1\"} 1 $NOW" >in
	promsend --utf8 "$URL" <in
	run prom_query 'm1'
	assert_output --partial '"a.b":"1"'
}
