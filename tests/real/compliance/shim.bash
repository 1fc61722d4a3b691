#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shim.bash PAGE RECEIVER: scrape PAGE every five seconds and send what it
# shows to RECEIVER, as the compliance tests of remote write want of a sender;
# to the end by SIGINT.  It adds the labels job and instance, as a scrape does,
# and leaves out exemplars, which promsend does not read.
set -u

host=${1#*://} child=
labels=job=test,instance=${host%%/*}
trap '[ -z "$child" ] || kill "$child"; exit 0' INT TERM
while :; do
	curl -s --max-time 3 "$1" | sed 's/ # {.*//' |
	    promsend --label "$labels" "$2" >/dev/null 2>>"${LOG:-/dev/null}" &
	child=$!
	wait "$child"
	sleep 5 &
	child=$!
	wait "$child"
done
