#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Microsoft's own clients against the Kusto service of the tests: what they
# read from it is what they read from Azure, so what we read is too.  They come
# from the registries of Python and Go: make check-real, not make check.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	local real=$TOP/build/real
	mkdir -p "$real/go"
	[ -x "$real/venv/bin/python" ] || python3 -m venv "$real/venv"
	"$real/venv/bin/pip" install -q azure-kusto-data==6.0.4
	cp "$TOP"/tests/real/{main.go,go.mod,go.sum} "$real/go"
	cd "$real/go" || return 1
	GOMODCACHE=$real/gomod GOCACHE=$real/gocache GOFLAGS=-modcacherw \
	    go build -o ../real .
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data
	printf 'id,name\n1,one\n2,two\n' >data/T.csv
}

# reads CASE [FAULT]: both clients find the case as it should be.
reads() {
	local script=()
	if (($# > 1)); then
		# each client asks once
		printf '%s\n%s\n' "$2" "$2" >script
		script=(-f script)
	fi
	start_kusto "${script[@]}" DB=file:data
	"$TOP/build/real/venv/bin/python" "$TOP/tests/real/real.py" \
	    "$KUSTO_URL" "$1"
	"$TOP/build/real/real" "$KUSTO_URL" "$1"
}

@test "all ten types and their nulls" {
	reads types
}

@test "100,000 rows, whole and streamed" {
	reads rows
}

@test "several results, management commands, request properties" {
	reads tables
	grep -F '"servertimeout":"00:00:50"' "$KUSTO_RECORD"
	[ "$(grep -c '"x-ms-client-request-id":"real;17"' \
	    <(sed 's/X-Ms-Client-Request-Id/x-ms-client-request-id/' \
	    "$KUSTO_RECORD"))" -eq 2 ]
}

@test "a refused query and command" {
	reads refused
}

@test "an error in an answer that has begun" {
	local what='"code":"LimitsExceeded","message":"too much"'
	reads partial "{\"place\":\"asked\",$what}"
}

@test "a throttled request" {
	reads throttled '{"status":429,"code":"TooManyRequests"}'
}
