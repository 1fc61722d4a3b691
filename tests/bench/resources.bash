#!/bin/bash
# SPDX-License-Identifier: MIT
#
# How the cost grows with resources: a window of ten rows of each of $RESOURCES
# resources, from files to samples delivered.
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"

mkdir "$dir/data"
awk 'BEGIN {
	print "t,r,v"
	for (i = 0; i < 10; i++)
		printf "2025-06-25T10:0%d:30Z,east-%d,%d.5\n", i % 5, i, i
}' >"$dir/data/T.csv"
start_sink '204 written=100000'

all() {
	timed kqlrun build/bin/kqlrun --once -e "D=file:$dir/data" \
	    --now 2025-06-25T10:05:00Z \
	    <"$dir/events" 2>"$dir/log" |
	    timed kql2rows build/bin/kql2rows |
	    timed rows2prom build/bin/rows2prom |
	    timed promsend build/bin/promsend "$sink" 2>"$dir/log.promsend" \
		>"$dir/receipts"
}

# measure N: one round.
measure() {
	local name tool cpu wall kib sum=0
	name="$(grouped "$1") resources"
	all
	# the window that a new resource begins with is empty
	[ "$(grep -c '"status":"delivered","samples":10,' "$dir/receipts")" \
	    -eq "$1" ]
	for tool in kqlrun kql2rows rows2prom promsend; do
		read -r cpu wall kib < <(took "$tool")
		row "$name: $tool memory" "$(calc "$kib / 1024")" MiB
		sum=$(calc "$sum + $cpu")
	done
	row "$name: windows per CPU second" "$(calc "$1 / $sum")" windows/s
	row "$name: wall" "$wall" s
}

for n in ${RESOURCES:-10 1000}; do
	resources "$n" 5m >"$dir/events"
	for ((round = 0; round < runs; round++)); do
		measure "$n"
	done
done
