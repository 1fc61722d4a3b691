#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# promsend before the sender tests of github.com/prometheus/compliance, both
# versions whole: make check-real.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	"$TOP"/tests/real/compliance/build.bash --cached >/dev/null ||
	    skip "tests/real/compliance/build.bash has not brought them"
}

# fails VERSION MIN: the tests of that version that fail, of MIN at least; of a
# test and those in it only the innermost.
fails() {
	"$TOP"/tests/real/compliance/run.bash "$1" >all
	(($(wc -l <all) >= $2))
	sed -n 's/^FAIL //p' all | LC_ALL=C sort -r |
	    awk 'index(last, $1 "/") != 1 { print } { last = $1 }'
}

@test "remote write 1.0" {
	cd "$BATS_TEST_TMPDIR"
	run --separate-stderr fails 1 21
	assert_output ''
}

@test "remote write 2.0, but for exemplars" {
	cd "$BATS_TEST_TMPDIR"
	run --separate-stderr fails 2 332
	# they want one sent, and no text that promsend reads has any
	assert_output "TestCombinedFeatures/samples_with_exemplars/kqlpipe
TestCombinedFeatures/histogram_with_metadata_and_exemplars/kqlpipe"
}
