# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2030,SC2031
bats_require_minimum_version 1.5.0
load helpers

START=2025-06-25T10:00:00Z END=2025-06-25T10:05:00Z
END_MS=1750845900000

# window TRANSFORM COLUMNS ROW...: COLUMNS as name:type,...
window() {
	local transform=$1 columns=$2 rows
	shift 2
	columns=$(jq -Rc '[splits(",") | capture("(?<name>.*):(?<type>.*)")]' \
	    <<<"$columns")
	rows=$#
	printf '{"@window":{"id":"w1","namespace":"m","name":"n","start":"%s","end":"%s","transform":%s,"columns":%s}}\n' \
	    "$START" "$END" "$transform" "$columns"
	(($# == 0)) || printf '%s\n' "$@"
	printf '{"@end":{"id":"w1","rows":%d}}\n' "$rows"
}

# samples ...: what a window gives, without its control lines; $ended is @end.
samples() {
	run --separate-stderr rows2prom <<<"$(window "$@")"
	assert_equal "$status" 0
	ended=$(sed -n 's/^# @end //p' <<<"$output")
	output=$(grep -v '^# @' <<<"$output" || :)
}

ONE='{"valueColumn":"v","defaultMetricName":"m"}'
ONE_NAMED='{"valueColumn":"v","metricNameColumn":"n","defaultMetricName":"m"}'

@test "a bad row is skipped, logged and counted in the status" {
	run --separate-stderr rows2prom -n cpu --value-column v <<<$'{"v":1}\n{"w":2}\n{"v":3}'
	assert_equal "$status" 1
	assert_equal "$output" $'cpu 1\ncpu 3'
	[[ $stderr == *'msg="row skipped" line=2'* ]]
}

@test "a torn last line is refused, what came before is written" {
	run --separate-stderr bash -c 'printf "{\"v\":1}" | rows2prom -n x --value-column v'
	assert_equal "$status" 65
	run --separate-stderr bash -c 'printf "{\"v\":1}\n{\"v\":2" | rows2prom -n x --value-column v'
	assert_equal "$status" 65
	assert_equal "${lines[0]}" 'x 1'
	[[ ${lines[1]} == '# @end {"error":{"stage":"rows2prom","code":"Truncated"'* ]]
}

@test "a closed stdout is an error, a closed stdin too" {
	run -75 bash -c 'rows2prom -n x --value-column v >&- <<<"{\"v\":1}"'
	assert_output --partial 'Bad file descriptor'
	run -75 bash -c 'rows2prom -n x --value-column v <&-'
}

@test "a full disk is an error, not a success" {
	run -75 bash -c 'rows2prom -n x --value-column v >/dev/full <<<"{\"v\":1}"'
}

@test "a closed pipe ends it quietly" {
	run bash -c 'yes "{\"v\":1}" | rows2prom -n x --value-column v | head -n 1; echo "${PIPESTATUS[1]}"'
	assert_output $'x 1\n141'
}

@test "rows from elsewhere: numbers and times in strings are taken so" {
	run --separate-stderr rows2prom -n load --value-column v --timestamp-column t --label-columns host,n,x.y <<'X'
{"t":"2024-05-01T10:00:00Z","v":1.5,"host":"a","n":1.50,"x.y":null}
{"t":"2024-05-01T10:00:00.1239999Z","v":"NaN","host":"a\"b\\c\nd","n":12,"x.y":{"a": [1,2]}}
{"t": "2024-05-01 10:00:00", "v": "-Infinity", "host": "é", "n": true, "x.y": "2024-05-01T10:00:00.5000000Z"}
{"t":"2024-05-01T12:00:00+02:00","v":"1e3"}
X
	assert_equal "$status" 0
	assert_equal "$output" 'load{host="a",n="1.5"} 1.5 1714557600000
load{host="a\"b\\c\nd",n="12","x.y"="{\"a\":[1,2]}"} NaN 1714557600123
load{host="é",n="true","x.y"="2024-05-01T10:00:00.5Z"} -Inf 1714557600000
load 1e3 1714557600000'
}

@test "a window: control lines pass as comments, counts go into the end" {
	run --separate-stderr rows2prom <<<"$(window "$ONE" v:long '{"v":1}' '{"v":null}')
{\"@condition\":{\"name\":\"n\",\"x\":1}}"
	assert_equal "$status" 0
	assert_equal "${lines[0]}" "# @window {\"id\":\"w1\",\"namespace\":\"m\",\"name\":\"n\",\"start\":\"$START\",\"end\":\"$END\",\"transform\":$ONE,\"columns\":[{\"name\":\"v\",\"type\":\"long\"}]}"
	assert_equal "${lines[1]}" "m 1 $END_MS"
	assert_equal "${lines[2]}" '# @end {"id":"w1","rows":2,"samples":1,"skipped":1}'
	assert_equal "${lines[3]}" '# @condition {"name":"n","x":1}'
}

@test "valueColumn: names as they stand, behind the prefixes" {
	local t='{"valueColumn":"v","metricNameColumn":"m","metricNamePrefix":"team"}'
	samples "$t" v:long,m:string '{"v":1,"m":"HttpErrors"}' '{"v":2,"m":"my.name"}'
	assert_equal "$output" "team_HttpErrors 1 $END_MS
{\"team_my.name\"} 2 $END_MS"
	run --separate-stderr rows2prom --metric-name-prefix ours <<<"$(window "$t" v:long,m:string '{"v":1,"m":"a"}')"
	assert_equal "${lines[1]}" "ours_team_a 1 $END_MS"
}

@test "valueColumns: names are normalised, one sample a column" {
	samples '{"valueColumns":["Count","5xxRate"],"metricNameColumn":"m","defaultMetricName":"dflt","labelColumns":["d"]}' \
	    Count:long,5xxRate:real,m:string,d:decimal \
	    '{"Count":9223372036854775807,"5xxRate":0.50,"m":"myHTTPThing","d":"2.50"}' \
	    '{"Count":1,"5xxRate":null,"m":null,"d":null}' \
	    '{"Count":"x","5xxRate":2,"m":"","d":"1"}'
	assert_equal "$output" "my_http_thing_count{d=\"2.50\"} 9223372036854775807 $END_MS
my_http_thing_5xx_rate{d=\"2.50\"} 0.50 $END_MS
dflt_count 1 $END_MS
dflt_5xx_rate{d=\"1\"} 2 $END_MS"
	assert_equal "$ended" '{"id":"w1","rows":3,"samples":4,"skipped":2}'
	[[ $stderr == *'msg="row skipped" line=4 row=3 column=Count'* ]]
}

@test "values of every type" {
	value() {
		samples "$ONE" "v:$1" "{\"v\":$2}"
		assert_equal "$output" "m $3 $END_MS"
	}
	value int -7 -7
	value real 1e-7 1e-7
	value real '"NaN"' NaN
	value real '"-Infinity"' -Inf
	value real '"Infinity"' +Inf
	value decimal '"12345678901234567890.123456789"' 12345678901234567890.123456789
	value bool true 1
	value bool false 0
	value timespan '"1.00:00:01.0010001"' 86401.0010001
	value timespan '"-00:00:00.5"' -0.5
	value timespan '"00:05:00"' 300
	value string '"42"' 42
	value string '".5"' 0.5
	value string '"+1.50"' 1.5
	value string '"0x1p-2"' 0.25
	value string '"1_000"' 1000
	value string '"0x_1_0p-4"' 1
	value string '"inf"' +Inf
	value timespan '"10675199.02:48:05.4775807"' 922337203685.4775807
	value dynamic 3 3
}

@test "what is no value is a bad cell; a window of nothing else fails" {
	local bad
	for bad in string:'" 1"' string:'""' string:'"1__0"' string:'"1_"' \
	    string:'"1_e5"' datetime:'"2026-03-10T12:00:00Z"' \
	    guid:'"74be27de-1e4e-49d9-b579-fe0b331d3642"' dynamic:'{"a":1}' \
	    dynamic:'[]' real:1e400 string:'"1e400"' timespan:'"abc"'; do
		samples "$ONE" "v:${bad%%:*}" "{\"v\":${bad#*:}}"
		assert_equal "$output" ''
		assert_equal "$(jq -r .error.code <<<"$ended")" BadRow
		[[ $stderr == *'reason="no number in column v"'* ]]
	done
}

@test "nulls are no samples: a window of them is good, whatever else is null" {
	samples '{"valueColumn":"v","defaultMetricName":"m","timestampColumn":"t"}' \
	    v:real,t:datetime '{"v":null,"t":null}'
	assert_equal "$output" ''
	assert_equal "$ended" '{"id":"w1","rows":1,"samples":0,"skipped":1}'
	assert_equal "$stderr" ''
	samples "$ONE" v:real '{"v":null}' '{"v":"x"}'
	assert_equal "$(jq -r .error.code <<<"$ended")" BadRow
	samples "$ONE" v:real
	assert_equal "$ended" '{"id":"w1","rows":0,"samples":0,"skipped":0}'
}

@test "bad cells are counted and logged once; --strict fails the window" {
	local w
	w=$(window "$ONE" v:string '{"v":"1"}' '{"v":"x"}' '{"v":"y"}')
	run --separate-stderr rows2prom <<<"$w"
	assert_equal "$status" 0
	assert_equal "${lines[-1]}" '# @end {"id":"w1","rows":3,"samples":1,"skipped":2}'
	assert_equal "$(grep -c 'msg="row skipped"' <<<"$stderr")" 1
	[[ $stderr == *'msg="rows skipped" cells=2'* ]]
	run --separate-stderr rows2prom --strict <<<"$w"
	assert_equal "$status" 0
	assert_equal "${#lines[@]}" 2
	[[ ${lines[1]} == *'"code":"BadRow","message":"line 3, row 2: no number in column v","permanent":false'* ]]
	run -65 rows2prom --strict -n m --value-column v <<<'{"v":"x"}'
}

@test "labels of every type" {
	label() {
		samples '{"valueColumn":"v","defaultMetricName":"m","labelColumns":["l"]}' \
		    "v:long,l:$1" "{\"v\":1,\"l\":$2}"
		assert_equal "$output" "m${3:+{l=\"$3\"\}} 1 $END_MS"
	}
	label long 9223372036854775807 9223372036854775807
	label real 1.50 1.5
	label real 5.0 5
	label real 1e21 1e+21
	label decimal '"1.50"' 1.50
	label datetime '"2022-01-01T10:05:00.0000000Z"' 2022-01-01T10:05:00Z
	label datetime '"2022-01-01T10:05:00.1200000Z"' 2022-01-01T10:05:00.12Z
	label timespan '"00:05:00"' 00:05:00
	label bool true true
	label guid '"74be27de-1e4e-49d9-b579-fe0b331d3642"' 74be27de-1e4e-49d9-b579-fe0b331d3642
	label string '"1.50"' 1.50
	label string '"2022-01-01T10:05:00.0000000Z"' 2022-01-01T10:05:00.0000000Z
	label string '"a\"b\\\n\u00e9"' 'a\"b\\\né'
	label dynamic '{"a": [1, null]}' '{\"a\":[1,null]}'
	label dynamic '"x"' x
	label string null ''
	samples '{"valueColumn":"v","defaultMetricName":"m","labelColumns":["l"]}' \
	    v:long,l:string '{"v":1,"l":""}'
	assert_equal "$output" "m{l=\"\"} 1 $END_MS"
}

@test "label names as they stand; a missing column is warned of once" {
	samples '{"valueColumn":"v","defaultMetricName":"m","labelColumns":["Pod Name","no","k8s.pod-name","@id"]}' \
	    'v:long,Pod Name:string,k8s.pod-name:string,@id:string' \
	    '{"v":1,"Pod Name":"a","k8s.pod-name":"b","@@id":"c"}' \
	    '{"v":2,"Pod Name":"a","k8s.pod-name":"b","@@id":"c"}'
	assert_equal "${output%%$'\n'*}" "m{\"Pod Name\"=\"a\",\"k8s.pod-name\"=\"b\",\"@id\"=\"c\"} 1 $END_MS"
	assert_equal "$(grep -c 'label column missing' <<<"$stderr")" 1
	[[ $stderr == *'column=no'* ]]
}

@test "a missing value, time or name column fails a window that has rows" {
	local t
	for t in '{"valueColumn":"V","defaultMetricName":"m"}' \
	    '{"valueColumn":"v","defaultMetricName":"m","timestampColumn":"t"}' \
	    '{"valueColumn":"v","metricNameColumn":"x","defaultMetricName":"m"}'; do
		samples "$t" v:long '{"v":1}'
		[[ $(jq -r .error.message <<<"$ended") == 'the answer has no column '* ]]
		samples "$t" v:long
		assert_equal "$(jq .error <<<"$ended")" null
	done
}

@test "times: truncated to the millisecond, no time is a bad cell" {
	local t='{"valueColumn":"v","defaultMetricName":"m","timestampColumn":"t"}'
	samples "$t" v:long,t:datetime '{"v":1,"t":"2025-06-25T10:01:00.9999999Z"}' \
	    '{"v":2,"t":null}' '{"v":3,"t":"10/03/2026 12:00"}' '{"v":4,"t":1700000000}' \
	    '{"v":5,"t":"2025-06-25"}'
	assert_equal "$output" 'm 1 1750845660999'
	assert_equal "$(jq .skipped <<<"$ended")" 4
	[[ $stderr == *'reason="no time in column t"'* ]]
	samples "$t" v:long,t:string '{"v":1,"t":"2025-06-25 10:01:00"}' '{"v":2,"t":"2025-06-25T10:01:00"}'
	assert_equal "$output" 'm 1 1750845660000'
}

@test "rows outside of the window are exported and said once" {
	samples '{"valueColumn":"v","defaultMetricName":"m","timestampColumn":"t"}' v:long,t:datetime \
	    '{"v":1,"t":"2025-06-25T10:00:00Z"}' '{"v":2,"t":"2025-06-25T10:05:00Z"}' '{"v":3,"t":"2025-06-25T09:00:00Z"}'
	assert_equal "$output" $'m 3 1750842000000\nm 1 1750845600000\nm 2 1750845900000'
	assert_equal "$(grep -c 'msg="row outside of its window"' <<<"$stderr")" 1
	[[ $stderr == *'msg="rows outside of their window" rows=2'* ]]
}

@test "the name column: null and empty take the default, else a bad cell" {
	samples '{"valueColumn":"v","metricNameColumn":"n"}' v:long,n:string \
	    '{"v":1,"n":"a"}' '{"v":2,"n":null}' '{"v":3,"n":""}' '{"v":4,"n":5}'
	assert_equal "$output" "a 1 $END_MS"
	[[ $stderr == *'reason="no metric name in column n"'* ]]
	local type
	for type in datetime guid timespan decimal real; do
		samples "$ONE_NAMED" v:long,n:$type '{"v":1,"n":"x"}' '{"v":2,"n":null}'
		assert_equal "$output" "m 2 $END_MS"
	done
	samples "$ONE_NAMED" v:long,n:dynamic '{"v":1,"n":"x"}'
	assert_equal "$output" "x 1 $END_MS"
}

@test "an error of an earlier stage passes, and no sample with it" {
	run --separate-stderr rows2prom <<<"$(window "$ONE" v:long '{"v":1}' |
	    sed 's/"rows":1/"rows":1,"error":{"stage":"kql2rows","code":"Truncated"}/')"
	assert_equal "$status" 0
	assert_equal "${#lines[@]}" 2
	assert_equal "${lines[1]}" '# @end {"id":"w1","rows":1,"error":{"stage":"kql2rows","code":"Truncated"}}'
}

@test "a window that cannot be processed is drained, the next is not hurt" {
	local good
	good=$(window "$ONE" v:long '{"v":7}')
	for bad in "$(window '{"nonsense":1}' v:long '{"v":1}')" \
	    "$(window "$ONE" v:long '{"v":1}' 'no JSON' '{"v":2}')" \
	    "$(window "$ONE" v:long '[1]')"; do
		run --separate-stderr rows2prom <<<"$bad
$good"
		assert_equal "$status" 0
		assert_equal "${#lines[@]}" 5
		[[ ${lines[1]} == '# @end {"id":"w1","rows":'*'"error":{"stage":"rows2prom","code":"Bad'* ]]
		assert_equal "${lines[3]}" "m 7 $END_MS"
	done
}

@test "a window cut off by the end of the input is Truncated" {
	run --separate-stderr rows2prom <<<"$(window "$ONE" v:long '{"v":1}' | head -n 2)"
	assert_equal "$status" 65
	assert_equal "${#lines[@]}" 2
	[[ ${lines[1]} == '# @end {"id":"w1","error":{"stage":"rows2prom","code":"Truncated"'* ]]
}

@test "an @end with an error from rows without a window is passed on" {
	run --separate-stderr rows2prom -n x --value-column v <<<'{"v":1}
{"@end":{"error":{"stage":"kqlrun","code":"Timeout"}}}'
	assert_equal "$status" 65
	assert_equal "$output" $'x 1\n# @end {"error":{"stage":"kqlrun","code":"Timeout"}}'
}

@test "a window comes out in order of time, ties as they came" {
	local t='{"valueColumn":"v","defaultMetricName":"m","timestampColumn":"t"}' w
	w=$(window "$t" v:long,t:datetime)
	seq 250000 -1 1 | awk '{ printf "{\"v\":%d,\"t\":\"2025-06-25T10:%02d:%02d.%03dZ\"}\n",
	    $1, int($1 / 2) / 60000 % 60, int($1 / 2) / 1000 % 60, int($1 / 2) % 1000 }' >"$BATS_TEST_TMPDIR/rows"
	{
		head -n 1 <<<"$w"
		cat "$BATS_TEST_TMPDIR/rows"
		tail -n 1 <<<"$w"
	} | rows2prom 2>/dev/null >"$BATS_TEST_TMPDIR/out"
	grep -vc '^#' "$BATS_TEST_TMPDIR/out" | grep -qx 250000
	grep -v '^#' "$BATS_TEST_TMPDIR/out" | sort -s -n -k 3,3 -c
	# Of two rows at one time the first to come is first.
	assert_equal "$(grep -v '^#' "$BATS_TEST_TMPDIR/out" | sed -n '2,3p' | cut -d ' ' -f 2)" $'3\n2'
	rows2prom -n m --value-column v --timestamp-column t --sort <"$BATS_TEST_TMPDIR/rows" |
	    cmp - <(grep -v '^#' "$BATS_TEST_TMPDIR/out")
}

@test "a window that the disk has no room for fails alone" {
	[[ $KQLPIPE_BIN != */valgrind/* ]] ||
	    skip "valgrind needs a TMPDIR of its own"
	local t='{"valueColumn":"v","defaultMetricName":"m","timestampColumn":"t"}' w
	w=$(window "$t" v:long,t:datetime)
	seq 100000 -1 1 | awk '{ printf "{\"v\":%d,\"t\":\"2025-06-25T10:00:%02d.%03dZ\"}\n",
	    $1, $1 / 1000 % 60, $1 % 1000 }' >"$BATS_TEST_TMPDIR/rows"
	TMPDIR=/nonexistent run --separate-stderr rows2prom < <(
		head -n 1 <<<"$w"
		cat "$BATS_TEST_TMPDIR/rows"
		tail -n 1 <<<"$w"
		window "$ONE" v:long '{"v":5}'
	)
	assert_success
	assert_equal "$(sed -n 's/^# @end //p' <<<"$output" | head -n 1 |
		jq -r '.["@end"].error.code // .error.code')" Full
	assert_equal "${lines[-2]}" "m 5 $END_MS"
	[[ $stderr == *'window=w1 code=Full'*/nonexistent* ]]
	# Without a window nobody else would hear of it.
	TMPDIR=/nonexistent run -75 --separate-stderr rows2prom --sort -n m \
	    --value-column v --timestamp-column t <"$BATS_TEST_TMPDIR/rows"
	[[ $stderr == */nonexistent* ]]
}

@test "rows without a window go out as they come" {
	local line pid out
	coproc rows2prom -n m --value-column v
	pid=$COPROC_PID out=${COPROC[1]}
	echo '{"v":1}' >&"$out"
	read -rt 20 line <&"${COPROC[0]}"
	assert_equal "$line" 'm 1'
	eval "exec $out>&-"
	wait "$pid"
}

@test "wrong use is refused with 64" {
	run -64 rows2prom --value-column v
	run -64 rows2prom --value-column v --value-columns w -n x
	run -64 rows2prom --label-columns v
	run -64 rows2prom --no-such-option
	run -64 rows2prom <<<'{"v":1}'
	[[ $output == *'needs --value-column'* ]]
}

@test "what upstream does where the ruling is the same" {
	local base prefix column want
	while IFS='|' read -r prefix base column want; do
		samples "{\"valueColumns\":[\"$column\"],\"defaultMetricName\":\"$base\",\"metricNamePrefix\":\"$prefix\"}" \
		    "$column:long" "{\"$column\":1}"
		assert_equal "$output" "${want:+$want 1 $END_MS}"
	done <<'X'
teamb|x|Count|teamb_x_count
|api_response|AvgLatency|api_response_avg_latency
teamc|CustomerSuccessRate|Numerator|teamc_customer_success_rate_numerator
prod|service_health|CPUUtilizationPercent|prod_service_health_cpu_utilization_percent
t|http.requests@total|Success-Rate|t_http_requests_total_success_rate
|latency|95thPercentile|latency_95th_percentile
|test|____|
@@@|test|count|
team|###|value|
|5xx_errors|Count|_5xx_errors_count
9team|cpu|v|_9team_cpu_v
|XMLHTTPRequest|a1B2C3|xmlhttp_request_a1_b2_c3
|métrïc_nåme|Kelvin|m_tr_c_n_me_kelvin
X
}

@test "the outputs that are kept in tests/golden" {
	run "$TOP/tests/golden.bash" rows2prom
	assert_success
}
