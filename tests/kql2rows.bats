# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2030,SC2031
bats_require_minimum_version 1.5.0
load helpers

# The frames of one answer, to be put together in tests.
HEADER='{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0"}'
DONE='{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}'
COLUMNS='"Columns":[{"ColumnName":"v","ColumnType":"long"}]'
START='{"@window":{"id":"w1","namespace":"m","name":"n","start":"2025-06-25T10:00:00Z","end":"2025-06-25T10:05:00Z","new":[1]'

# table ROWS [KIND]
table() {
	printf '{"FrameType":"DataTable","TableId":1,"TableKind":"%s",%s,"Rows":[%s]}\n' \
	    "${2:-PrimaryResult}" "$COLUMNS" "$1"
}

answer() {
	printf '%s\n' "$HEADER" "$(table "$1")" "$DONE"
}

window() {
	printf '%s\n' "$START}}" "$@"
}

decode() {
	run --separate-stderr kql2rows <<<"$1"
}

# decode_fails STATUS CODE INPUT: an @end with that code ends the output.
decode_fails() {
	decode "$3"
	assert_equal "$status" "$1"
	local code
	code=$(jq -r '.["@end"].error.code' <<<"${lines[-1]}")
	assert_equal "$code" "$2"
}

@test "a v2 answer becomes rows, columns in order, numbers as they stand" {
	decode '[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0"},
	 {"FrameType":"DataTable","TableId":0,"TableKind":"QueryProperties","TableName":"@ExtendedProperties",
	  "Columns":[{"ColumnName":"TableId","ColumnType":"int"}],"Rows":[[1]]},
	 {"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult",
	  "Columns":[{"ColumnName":"ts","ColumnType":"datetime"},{"ColumnName":"v","ColumnType":"real"},
	   {"ColumnName":"n","ColumnType":"long"},{"ColumnName":"d","ColumnType":"decimal"}],
	  "Rows":[["2024-05-01T10:00:00Z",1.50,9223372036854775807,"2.00000000000001"],
	   ["2024-05-01T10:01:00.0000001Z","NaN",null,3.10]]},
	 {"FrameType":"DataTable","TableId":2,"TableKind":"QueryCompletionInformation","TableName":"x","Columns":[],"Rows":[]},
	 {"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}]'
	assert_equal "$status" 0
	assert_equal "$output" '{"ts":"2024-05-01T10:00:00Z","v":1.50,"n":9223372036854775807,"d":"2.00000000000001"}
{"ts":"2024-05-01T10:01:00.0000001Z","v":"NaN","n":null,"d":3.10}'
	assert_equal "$stderr" ''
}

@test "frames one a line, as kqlrun -q writes them, and without a last newline" {
	run bash -c 'printf "%s\n%s\n%s" "$@" | kql2rows' - \
	    "$HEADER" "$(table '[1],[2]')" "$DONE"
	assert_success
	assert_output $'{"v":1}\n{"v":2}'
}

@test "fragments, prefixed by [ and comma as the service streams them" {
	decode "[$HEADER
,{\"FrameType\":\"TableHeader\",\"TableId\":1,\"TableKind\":\"PrimaryResult\",$COLUMNS}
,{\"FrameType\":\"TableFragment\",\"TableFragmentType\":\"DataAppend\",\"TableId\":1,\"Rows\":[[1],[2]]}
,{\"FrameType\":\"TableProgress\",\"TableId\":1,\"TableProgress\":50.0}
,{\"FrameType\":\"TableFragment\",\"TableFragmentType\":\"DataAppend\",\"TableId\":1,\"Rows\":[[3]]}
,{\"FrameType\":\"TableCompletion\",\"TableId\":1,\"RowCount\":3}
,$DONE
]"
	assert_equal "$status" 0
	assert_equal "$output" $'{"v":1}\n{"v":2}\n{"v":3}'
}

@test "keys of a frame come in any order: rows before columns are kept" {
	decode "$HEADER
{\"Rows\":[[1],[{\"a\":[1]}],[null]],\"TableId\":1,$COLUMNS,\"TableKind\":\"PrimaryResult\",\"FrameType\":\"DataTable\"}
$DONE"
	assert_equal "$status" 0
	assert_equal "$output" $'{"v":1}\n{"v":{"a":[1]}}\n{"v":null}'
}

@test "a progressive answer: DataReplace drops what came before" {
	decode '[{"FrameType":"DataSetHeader","IsProgressive":true,"Version":"v2.0"}
,{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult",'"$COLUMNS"'}
,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[[1],[2]]}
,{"FrameType":"TableFragment","TableFragmentType":"DataReplace","TableId":1,"Rows":[[7]]}
,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[[8]]}
,{"FrameType":"TableCompletion","TableId":1,"RowCount":2}
,'"$DONE]"
	assert_equal "$status" 0
	assert_equal "$output" $'{"v":7}\n{"v":8}'
}

@test "v1 tables, with .NET types, bool as 0 and 1, and a table of contents" {
	decode '{"Tables":[{"TableName":"Table_0","Columns":[
	  {"ColumnName":"c","DataType":"Int64","ColumnType":"long"},
	  {"ColumnName":"b","DataType":"SByte"}],"Rows":[[1,0],[2,1]]}]}'
	assert_equal "$status" 0
	assert_equal "$output" $'{"c":1,"b":false}\n{"c":2,"b":true}'
	decode '{"Tables":[{"Rows":[[5]],"Columns":[{"ColumnName":"v","ColumnType":"long"}]},
	 {"TableName":"T1","Columns":[{"ColumnName":"Value","ColumnType":"string"}],"Rows":[["x"]]},
	 {"TableName":"T2","Columns":[{"ColumnName":"Severity","ColumnType":"int"},{"ColumnName":"StatusDescription","ColumnType":"string"}],"Rows":[[4,"ok"]]},
	 {"TableName":"T3","Columns":[{"ColumnName":"Ordinal","ColumnType":"long"},{"ColumnName":"Kind","ColumnType":"string"}],
	  "Rows":[[0,"QueryResult"],[1,"QueryProperties"],[2,"QueryStatus"]]}]}'
	assert_equal "$status" 0
	assert_equal "$output" '{"v":5}'
}

@test "a dynamic that came as text of an object is one; other text is text" {
	decode "$HEADER
{\"FrameType\":\"DataTable\",\"TableId\":1,\"TableKind\":\"PrimaryResult\",\"Columns\":[{\"ColumnName\":\"d\",\"ColumnType\":\"dynamic\"}],\"Rows\":[[{\"a\":1.0}],[\"[1, 2]\"],[\"{no\"],[\"7\"],[[]]]}
$DONE"
	assert_equal "$status" 0
	assert_equal "$output" '{"d":{"a":1.0}}
{"d":[1,2]}
{"d":"{no"}
{"d":"7"}
{"d":[]}'
}

@test "text keeps its escapes, and a column with @ gets a second one" {
	decode "$HEADER
{\"FrameType\":\"DataTable\",\"TableId\":1,\"TableKind\":\"PrimaryResult\",\"Columns\":[{\"ColumnName\":\"@end\",\"ColumnType\":\"string\"},{\"ColumnName\":\"a\\\"b\",\"ColumnType\":\"string\"}],\"Rows\":[[\"x\\\\\\\"\\n\\t\\u0001é\",\"\\u00e9\\/\"]]}
$DONE"
	assert_equal "$status" 0
	assert_equal "$output" '{"@@end":"x\\\"\n\t\u0001é","a\"b":"é/"}'
}

@test "several results: the first is taken, one warning" {
	decode "$HEADER
$(table '[1]')
$(table '[2]')
$(table '[3]')
$DONE"
	assert_equal "$status" 0
	assert_equal "$output" '{"v":1}'
	assert_equal "$(grep -c 'several result tables' <<<"$stderr")" 1
}

@test "a window gets its columns, keeps what is not known, and passes on" {
	decode "$(window "$(answer '[1],[2]')" '{"@end":{"id":"w1","rows":2,"x":{}}}' \
	    '{"@condition":{"name":"n"}}')"
	assert_equal "$status" 0
	assert_equal "$output" "$START"',"columns":[{"name":"v","type":"long"}]}}
{"v":1}
{"v":2}
{"@end":{"id":"w1","rows":2,"x":{}}}
{"@condition":{"name":"n"}}'
}

@test "a window with an error, and one that founds a status, pass through" {
	local empty='{"@window":{"id":"w0","start":"2025-06-25T10:00:00Z","end":"2025-06-25T10:00:00Z"}}'
	local all
	all=$(window '{"@end":{"id":"w1","error":{"stage":"kqlrun","code":"X"}}}' \
	    "$empty" '{"@end":{"id":"w0","rows":0}}')
	decode "$all"
	assert_equal "$status" 0
	assert_equal "$output" "$all"
}

@test "a window's failure is said in its end, and the next is not hurt" {
	local good
	good=$(window "$(answer '[5]')" '{"@end":{"id":"w1","rows":1}}')
	for bad in "$HEADER
$(table '[1]')" "$HEADER" "$(answer '[1]' | cut -c-60)" \
	    "$HEADER $(table '[1],[1,2]') $DONE" "$(answer '[1],[2]')" 'noise'; do
		decode "$(window "$bad" '{"@end":{"id":"w1","rows":1}}' "$good")"
		assert_equal "$status" 0
		assert_equal "${lines[-2]}" '{"v":5}'
		grep -q '"@end":{"id":"w1","rows":1,"error":{"stage":"kql2rows"' \
		    <<<"$output"
		assert_equal "$(grep -c 'window failed' <<<"$stderr")" 1
	done
}

# With files of at most 1 MiB.
file_limit() {
	ulimit -f 1024
	"$@"
}

@test "rows that the disk has no room for fail their window alone" {
	[[ $KQLPIPE_BIN != */valgrind/* ]] ||
	    skip "valgrind needs a TMPDIR of its own"
	local big
	big=$(printf '%s\n' "$HEADER" "{\"FrameType\":\"DataTable\",\"Rows\":[$(
		seq -s, -f '[%.0f]' 1000000 1300000)],\"TableId\":1,\"TableKind\":\"PrimaryResult\",$COLUMNS}" "$DONE")
	# files may not be so large; or there is no place for any
	for how in file_limit 'env TMPDIR=/nonexistent'; do
		# shellcheck disable=SC2086 # a command and its argument
		run --separate-stderr $how kql2rows < <(
			window "$big" '{"@end":{"id":"w1","rows":300001}}'
			window "$(answer '[5]')" '{"@end":{"id":"w1","rows":1}}'
		)
		assert_success
		assert_equal "${lines[-2]}" '{"v":5}'
		assert_equal "$(grep '@end' <<<"$output" | head -n 1 |
			jq -r '.["@end"].error.code')" Full
		[[ $stderr == *'window=w1 code=Full'* ]]
	done
	[[ $stderr == */nonexistent* ]]
	TMPDIR=/nonexistent run -75 --separate-stderr kql2rows <<<"$big"
}

@test "a window cut off by the end of the input is Truncated" {
	decode_fails 65 Truncated "$(window "$(answer '[1]')")"
	assert_equal "${lines[1]}" '{"v":1}'
	run --separate-stderr bash -c 'printf "%s" "$1" | kql2rows' - \
	    "$(window "$HEADER" '{"Frame')"
	assert_equal "$status" 65
	assert_equal "$(jq -r '.["@end"].error.code' <<<"${lines[-1]}")" Truncated
	run --separate-stderr bash -c 'printf "%s" "$1" | kql2rows' - \
	    "$(window "$(answer '[1]')" '{"@end":{"id')"
	assert_equal "$status" 65
	assert_equal "$(jq -r '.["@end"].error.code' <<<"${lines[-1]}")" Truncated
	[[ $stderr == *'last line is torn'* ]]
}

@test "errors in the data fail the answer, wherever they stand" {
	local error='{"error":{"code":"LimitsExceeded","message":"m","@message":"too much","@permanent":false}}'
	decode_fails 65 LimitsExceeded "[$HEADER,$(table "[1],{\"OneApiErrors\":[$error]}"),$DONE]"
	assert_equal "${lines[0]}" '{"v":1}'
	[[ $stderr == *'reason="too much"'* ]]
	decode_fails 65 LimitsExceeded "$HEADER $(table '[1]') {\"FrameType\":\"DataSetCompletion\",\"HasErrors\":true,\"OneApiErrors\":[$error]}"
	decode_fails 65 LimitsExceeded "$HEADER {\"FrameType\":\"TableHeader\",\"TableId\":1,\"TableKind\":\"PrimaryResult\",$COLUMNS} {\"FrameType\":\"TableCompletion\",\"TableId\":1,\"RowCount\":0,\"OneApiErrors\":[$error]} $DONE"
	decode_fails 65 Truncated "$HEADER {\"FrameType\":\"DataSetCompletion\",\"HasErrors\":false,\"Cancelled\":true}"
	decode_fails 65 Truncated "$HEADER {\"FrameType\":\"DataSetCompletion\",\"HasErrors\":true}"
	decode_fails 65 E_LOW_MEMORY "$HEADER $(table '[1]') {\"FrameType\":\"DataTable\",\"TableId\":2,\"TableKind\":\"QueryCompletionInformation\",\"Columns\":[{\"ColumnName\":\"Payload\"},{\"ColumnName\":\"StatusCodeName\"},{\"ColumnName\":\"Level\"}],\"Rows\":[[\"fine\",\"S_OK\",4],[\"cut\",\"E_LOW_MEMORY\",2]]} $DONE"
	decode_fails 65 PartialQueryFailure '{"Tables":[{"Columns":[{"ColumnName":"v","ColumnType":"long"}],"Rows":[[1],{"Exceptions":["too large"]}]}],"Exceptions":["too large"]}'
	decode_fails 65 Truncated "$HEADER {\"FrameType\":\"TableHeader\",\"TableId\":1,\"TableKind\":\"PrimaryResult\",$COLUMNS} {\"FrameType\":\"TableCompletion\",\"TableId\":1,\"RowCount\":4} $DONE"
}

@test "an error body instead of an answer" {
	decode_fails 65 General_BadRequest '{"error":{"code":"General_BadRequest","message":"x","@message":"SEM0100: no","@permanent":true}}'
	assert_equal "$(jq -c '.["@end"].error.permanent' <<<"$output")" true
	decode_fails 65 BadLine '<html>Bad Gateway</html>'
	[[ $stderr == *'<html>Bad Gateway</html>'* ]]
	decode_fails 65 BadLine 'Forbidden'
	decode_fails 65 BadLine '{"some":"thing"}'
	decode_fails 65 BadLine '[[1]]'
}

@test "an answer that is cut off is Truncated, and no half row is written" {
	local all cut
	all="[$HEADER,$(table '[1],[22222]'),$DONE]"
	for ((cut = 1; cut < ${#all}; cut += 11)); do
		printf '%s' "${all:0:cut}" >"$BATS_TEST_TMPDIR/cut"
		run --separate-stderr kql2rows "$BATS_TEST_TMPDIR/cut"
		assert_equal "$status" 65
		[[ ${lines[-1]} == '{"@end":{"error":{"stage":"kql2rows","code":"Truncated"'* ]]
		((${#lines[@]} == 1)) || [[ ${lines[0]} == '{"v":1}' ]]
		((${#lines[@]} < 3)) || [[ ${lines[1]} == '{"v":22222}' ]]
	done
}

@test "an @end with an error from a bare answer is passed on" {
	decode '{"@end":{"error":{"stage":"kqlrun","code":"Timeout"}}}'
	assert_equal "$status" 65
	assert_equal "$output" '{"@end":{"error":{"stage":"kqlrun","code":"Timeout"}}}'
}

@test "binary noise is an error, not a crash" {
	head -c 100000 /bin/bash >"$BATS_TEST_TMPDIR/noise"
	run --separate-stderr kql2rows "$BATS_TEST_TMPDIR/noise"
	assert_equal "$status" 65
	run --separate-stderr kql2rows - <"$BATS_TEST_TMPDIR/noise"
	assert_equal "$status" 65
}

@test "nothing in, nothing out" {
	run kql2rows </dev/null
	assert_success
	assert_output ''
}

@test "several files, one after the other; one that is missing" {
	answer '[1]' >"$BATS_TEST_TMPDIR/a"
	answer '[2]' >"$BATS_TEST_TMPDIR/b"
	run kql2rows "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	assert_success
	assert_output $'{"v":1}\n{"v":2}'
	run -78 kql2rows "$BATS_TEST_TMPDIR/none"
}

@test "a full disk is an error, not a success" {
	answer '[1]' >"$BATS_TEST_TMPDIR/a"
	run -75 bash -c 'kql2rows "$1" >/dev/full' - "$BATS_TEST_TMPDIR/a"
}

@test "a wrong option is refused, counters are kept" {
	run -64 kql2rows --no-such-option
	answer '[1],[2]' >"$BATS_TEST_TMPDIR/a"
	run kql2rows --metrics-file "$BATS_TEST_TMPDIR/m.prom" "$BATS_TEST_TMPDIR/a"
	assert_success
	grep -q '^kqlpipe_kql2rows_rows_total{tool="kql2rows"} 2$' \
	    "$BATS_TEST_TMPDIR/m.prom"
}

@test "the outputs that are kept in tests/golden" {
	run "$TOP/tests/golden.bash" kql2rows
	assert_success
}

@test "what no answer has, deep or endless frames, ends in an error" {
	local deep
	deep=$(printf '[%.0s' {1..99})$(printf ']%.0s' {1..99})
	decode "$(answer "[$deep],[[$deep]]")"
	assert_equal "$status" 0
	decode_fails 65 BadLine "$(answer "[[[$deep]]]")"
	run --separate-stderr bash -c \
	    '{ printf "{"; yes "\"key\":\"value\"," | head -n 200000; } | kql2rows'
	assert_equal "$status" 65
	[[ $output == *'over 1048576 bytes'* ]]
}
