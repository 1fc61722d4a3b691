#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# each.bash TEST...: run bats files, unit mains and fuzz targets (over their
# corpus), as many at once as there are processors, in the order given: the
# longest should come first.  What each says comes whole, in that order, and
# after it what it took.  The status is 1 when one failed.
#
# With -m the tests do not ignore SIGINT, as a script's background does.
set -um

mkdir -p build
dir=$(mktemp -d build/each.XXXXXX) || exit 1

descendants() {
	local pid
	for pid in $(pgrep -P "$1"); do
		printf '%d\n' "$pid"
		descendants "$pid"
	done
}

# After a signal all that was started ends too, whatever its process group.
interrupted() {
	local pids
	mapfile -t pids < <(descendants "$$")
	kill -s TERM "${pids[@]}" 2>/dev/null
	exit "$1"
}
trap 'rm -rf "$dir"' EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM HUP

# A fuzz target that fails does so again, naming its input.
try() {
	local corpus=tests/fuzz/corpus/${1##*/}
	case $1 in
	*.bats) bats --timing "$1" ;;
	*/fuzz/*) "$1" "$corpus" || { "$1" -v "$corpus" && false; } ;;
	*) "$1" ;;
	esac
}

# one N TEST: its output and status go to files, the status last.
one() {
	local began=${EPOCHREALTIME//[.,]/} status=0
	try "$2" >"$dir/$1.out" 2>&1 || status=$?
	printf '# %s: %d ms\n' "$2" \
	    "$(((${EPOCHREALTIME//[.,]/} - began) / 1000))" >>"$dir/$1.out"
	printf '%d\n' "$status" >"$dir/$1.status"
}

# wait_below N: until fewer than N tests run; show what came in turn.
shown=0 status=0
wait_below() {
	while (($(jobs -rp | wc -l) >= $1)); do
		wait -n
	done
	while [ -s "$dir/$shown.status" ]; do
		cat "$dir/$shown.out"
		[ "$(<"$dir/$shown.status")" -eq 0 ] || status=1
		shown=$((shown + 1))
	done
}

n=0
for test; do
	wait_below "$(nproc)"
	one "$n" "$test" </dev/null &
	n=$((n + 1))
done
wait_below 1
((shown == n)) && exit "$status"
