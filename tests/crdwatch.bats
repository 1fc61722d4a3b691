#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# crdwatch: resources of files in, watch events out.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	D=$BATS_TEST_TMPDIR/d
	S=$BATS_TEST_TMPDIR/s
	OUT=$BATS_TEST_TMPDIR/out
	LOG=$BATS_TEST_TMPDIR/log
	mkdir "$D"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# exporter NAME [SPEC-LINE...]: a resource that is right, on stdout.
exporter() {
	printf 'apiVersion: adx-mon.azure.com/v1\nkind: MetricsExporter\n'
	printf 'metadata: {name: %s, namespace: n}\nspec:\n' "$1"
	printf '  database: D\n  body: T\n  interval: 5m\n'
	printf '  transform: {valueColumn: v, defaultMetricName: m}\n'
	shift
	(($# == 0)) || printf '  %s\n' "$@"
}

# status NAME [JSON]: its status file, as crdstatus writes it.
status_file() {
	local json=${2-'{"lastSuccessfulExecution":"2025-06-25T10:00:00Z"}'}
	mkdir -p "$S/n"
	printf '{"metadata":{"namespace":"n","name":"%s"},"status":%s}\n' \
	    "$1" "$json" >"$S/n/$1.json.tmp"
	mv "$S/n/$1.json.tmp" "$S/n/$1.json"
}

# What the events say, one a line: TYPE NAME [REASON].
told() {
	jq -r '[.type, .object.metadata.name, .problem.reason // empty] |
	    join(" ")' <"${1:-$OUT}"
}

@test "a directory's resources come as the events kubectl prints" {
	exporter b >"$D/2.yml"
	{ exporter a; echo ---; exporter c 'ingestionDelay: 30s'; } >"$D/1.yaml"
	exporter hidden >"$D/.h.yaml"
	exporter other >"$D/x.txt"
	mkdir "$D/below" "$D/dir.yaml"
	exporter below >"$D/below/x.yaml"
	echo '{"apiVersion":"v1","kind":"ConfigMap"}' >"$D/0.json"
	run -0 --separate-stderr crdwatch -1 -f "$D"
	assert_equal "$(told <(printf '%s\n' "$output"))" \
	    $'ADDED a\nADDED c\nADDED b'
	assert_equal "$(jq -c 'keys' <<<"${lines[0]}")" '["object","type"]'
	[[ ${lines[0]} == '{"type":"ADDED","object":{"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter","metadata":{"name":"a","namespace":"n","generation":'[1-9]* ]]
}
