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
