#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The embedded engine: the cases of kql/*.test, and the manual's lists.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$TOP" || return 1
	built=$(realpath --relative-to=. "$KQLPIPE_BIN/..")
}

# One file of cases, or some: build/unit/kql_cases tests/kql/joins.test
@test "each case of kql/*.test is answered or refused as it says" {
	[ -d "$built/unit" ] || skip "the tools alone are under test"
	make -s "$built/unit/kql_cases"
	"$built/unit/kql_cases"
}

@test "the manual lists what the engine accepts (make kql-manual)" {
	build/tests/kql_manual page <man/kqlpipe-kql.7 >"$BATS_TEST_TMPDIR/page"
	diff man/kqlpipe-kql.7 "$BATS_TEST_TMPDIR/page"
	[ "$(wc -l < <(build/tests/kql_manual names))" -gt 190 ]
}

# make kql-figures writes both.
@test "the README states the figures that were recorded" {
	local row
	while read -r row; do
		grep -qF "$row" README.md || fail "not in the README: $row"
	done < <(sed -E 's/^refused/to be refused/
	    s/^(.*): (.*)/| \1 | \2 (/' tests/kql/figures)
}
