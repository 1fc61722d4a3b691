#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# kqlrun against a Kusto service: what it asks, and what it makes of answers.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data
	printf 'id,name\n1,one\n2,two\n' >data/T.csv
}

# The text behind "key=" in the last line of the log on stderr.
logged() {
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" <<<"$stderr" | tail -n 1
}

@test "a query is answered by the service, and asked as it should be" {
	start_kusto "DB=file:data"
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL" --timeout 90s \
	    -q 'T | sort by id asc'
	[ "$status" -eq 0 ]
	[ "$(kql2rows <<<"$output")" = '{"id":1,"name":"one"}
{"id":2,"name":"two"}' ]
	run jq -r '.headers["x-ms-client-request-id"], .activityId' \
	    "$KUSTO_RECORD"
	[[ ${lines[0]} =~ ^kqlpipe\;[0-9a-f]{8}-[0-9a-f-]{27}$ ]]
	[ "$(logged request)" = "${lines[0]}" ]
	[ "$(logged activity)" = "${lines[1]}" ]
	jq -e '.path == "/v2/rest/query" and .headers.Accept ==
	    "application/json" and .headers["Accept-Encoding"] == "gzip" and
	    .headers.Authorization == null and .body.db == "DB" and
	    .body.properties.Options == {
		results_v2_newlines_between_frames: true,
		results_v2_fragment_primary_tables: true,
		results_error_reporting_placement: "end_of_table",
		request_readonly: true, servertimeout: "00:01:30"}' \
	    "$KUSTO_RECORD"
}

@test "a refused query keeps the service's code, words and ids" {
	start_kusto "DB=file:data"
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL/" -q 'T | nonsense'
	[ "$status" -eq 65 ]
	jq -e --arg id "$(logged request)" '.["@end"].error |
	    .code == "General_BadRequest" and .permanent and
	    .http == 400 and .requestId == $id and
	    (.message | contains("nonsense"))' <<<"$output"
	[ "$(logged line)" = 1 ]
}

@test "a service that is not there is asked again some day" {
	run --separate-stderr kqlrun -e "DB=http://127.0.0.1:$(free_port)" -q T
	[ "$status" -eq 75 ]
	jq -e '.["@end"].error | .code == "Unavailable" and
	    (.permanent | not)' <<<"$output"
}
