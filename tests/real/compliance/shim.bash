#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shim.bash PAGE RECEIVER: scrape PAGE every ten seconds and send what it
# shows to RECEIVER, as the compliance tests of remote write want of a sender;
# to the end by SIGINT.  As a scrape does it adds the labels job and instance
# and takes a page whole or not at all.  It leaves out exemplars, which promsend
# does not read.
set -u

host=${1#*://} child=
labels=job=test,instance=${host%%/*}
number='[-+]?(NaN|Inf|[0-9.]+([eE][-+]?[0-9]+)?)'
trap '[ -z "$child" ] || kill "$child"; exit 0' INT TERM

# is_valid PAGE: each line that is no comment ends in a value.
is_valid() {
	! grep -v '^#' <<<"$1" | grep . |
	    grep -qvE "(\}|^[^ {]+) +$number( +-?[0-9.]+)? *\$"
}

while :; do
	page=$(curl -s --max-time 3 "$1" | sed 's/ # {.*//')
	if is_valid "$page"; then
		promsend --label "$labels" "$2" <<<"$page" >/dev/null \
		    2>>"${LOG:-/dev/null}" &
		child=$!
		wait "$child"
	fi
	sleep 10 &
	child=$!
	wait "$child"
done
