#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The test server that speaks Kusto's REST: what other tests build on.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	mkdir -p "$BATS_TEST_TMPDIR/data"
	printf 'id,name\n1,one\n2,two\n' >"$BATS_TEST_TMPDIR/data/T.csv"
	start_kusto "DB=file:$BATS_TEST_TMPDIR/data"
}

# ask PATH CSL [OPTIONS]: what the service answers.
ask() {
	local none='{}'
	jq -nc --arg csl "$2" --argjson options "${3:-$none}" \
	    '{db: "DB", csl: $csl, properties: {Options: $options}}' |
	    curl -sS --compressed -H 'Accept: application/json' \
		--data-binary @- "$KUSTO_URL/$1"
}

@test "v2: whole tables by default, fragments a line each when asked" {
	run ask v2/rest/query 'T | sort by id asc'
	jq -e '.[] | select(.TableKind == "PrimaryResult") |
	    .FrameType == "DataTable" and .Rows == [[1, "one"], [2, "two"]]' \
	    <<<"$output"
	[ "$(wc -l <<<"$output")" -eq 1 ]
	run ask v2/rest/query 'T | sort by id asc' '{
	    "results_v2_newlines_between_frames": true,
	    "results_v2_fragment_primary_tables": true}'
	[ "${lines[0]:0:2}" = '[{' ] && [ "${lines[1]:0:2}" = ',{' ]
	[ "${lines[-1]}" = ']' ]
	jq -e 'map(.FrameType) | index("TableFragment") == 3' <<<"$output"
}

@test "v1: tables with .NET types and a table of contents" {
	run ask v1/rest/query 'T | sort by id asc'
	jq -e '.Tables[0].Rows == [[1, "one"], [2, "two"]] and
	    .Tables[0].Columns[0].DataType == "Int64" and
	    (.Tables[-1].Rows | map(.[1])) ==
		["QueryResult", "QueryProperties", "QueryStatus"]' \
	    <<<"$output"
}

# ask_with PARAMETERS CSL: with values for the query's parameters.
ask_with() {
	jq -nc --arg csl "$2" --argjson parameters "$1" \
	    '{db: "DB", csl: $csl, properties: {Parameters: $parameters}}' |
	    curl -sS --compressed -H 'Accept: application/json' \
		--data-binary @- "$KUSTO_URL/v2/rest/query"
}

@test "values for the parameters of a query" {
	local all='declare query_parameters(n:long, s:string, r:real = 1.5,
	    t:datetime, d:dynamic, b:bool, u:timespan);
	    print n, s, r, t, d, b, u'
	run ask_with '{"n": "long(7)", "s": "it is", "t": "2020-01-02",
	    "d": "dynamic([1])", "b": true, "u": "1h", "other": "x"}' "$all"
	jq -e '.[] | select(.TableKind == "PrimaryResult") | .Rows == [[7,
	    "it is", 1.5, "2020-01-02T00:00:00Z", [1], true, "01:00:00"]]' \
	    <<<"$output"
	run ask_with '{"n": 3, "s": "\"q\"", "r": "2",
	    "t": "datetime(2020-01-02)", "d": "{\"a\":1}", "b": "false",
	    "u": "time(1.00:00:00)"}' "$all"
	jq -e '.[] | select(.TableKind == "PrimaryResult") | .Rows == [[3,
	    "q", 2.0, "2020-01-02T00:00:00Z", {"a": 1}, false,
	    "1.00:00:00"]]' <<<"$output"
	run ask_with '{"n": "seven"}' 'declare query_parameters(n:long); print n'
	[[ "$output" == *"parameter 'n' of type long cannot be 'seven'"* ]]
	run ask_with '{"n": "3"}' \
	    'declare query_parameters(n:long); range x from 1 to 9 step 1 | take n'
	jq -e '.[] | select(.TableKind == "PrimaryResult") |
	    .Rows | length == 3' <<<"$output"
}

@test "management commands, and what is none" {
	run ask v1/rest/mgmt '.show tables'
	jq -e '.Tables[0].Rows == [["T", "DB", "", ""]]' <<<"$output"
	run ask v1/rest/mgmt '.show table T cslschema'
	jq -e '.Tables[0].Rows[0][1] == "id:long,name:string"' <<<"$output"
	run ask v1/rest/mgmt '.drop table T'
	jq -e '.error["@permanent"]' <<<"$output"
	run ask v2/rest/query '.show tables'
	[[ "$output" == 'Bad request: Control commands '* ]]
}

@test "a refused query is 400 with the engine's words; ids come back" {
	run curl -sSi -H 'Accept: application/json' \
	    -H 'x-ms-client-request-id: t;1' -H 'Authorization: Bearer secret' \
	    -d '{"db":"DB","csl":"T | nonsense"}' "$KUSTO_URL/v2/rest/query"
	[[ "$output" == 'HTTP/1.1 400'* ]]
	[[ "$output" == *'x-ms-client-request-id: t;1'* ]]
	[[ "$output" == *'Syntax error'*'"@permanent":true'* ]]
	run cat "$KUSTO_RECORD"
	[[ "$output" == *'"Authorization":"Bearer"'* ]]
	[[ "$output" != *secret* ]]
}
