# SPDX-License-Identifier: MIT
# The whole pipeline while all goes wrong around it; see tests/chaos/chaos.py.
bats_require_minimum_version 1.5.0
load helpers

chaos() {
	TMPDIR=$BATS_TEST_TMPDIR nice python3 "$TOP/tests/chaos/chaos.py" "$@"
}

# No descriptor of bats may live on in what it starts.
chaos_run() {
	run chaos "$@" 3>&-
	echo "$output"
	assert_success
	assert_output --partial ' 0 problems'
}

@test "a seed is a script" {
	[ "$(chaos -s 5 -n 1000 --script)" = "$(chaos -s 5 -n 1000 --script)" ]
	[ "$(chaos -s 5 -n 1000 --script)" != "$(chaos -s 6 -n 1000 --script)" ]
}

@test "100 windows amid faults: nothing is lost, nothing is wrong" {
	chaos_run -s 7 -n 100
}

@test "the same with a seed of this run" {
	local seed=$((RANDOM * 32768 + RANDOM))
	echo "# make chaos SEED=$seed N=100" >&3
	chaos_run -s "$seed" -n 100
}
