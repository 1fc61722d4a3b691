#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What 100,000 resources (or as many as the first argument says) of 30 s cost
# kqlrun --dry-run --spread 30s on a running clock: memory, CPU over a minute
# (or the second argument's seconds) once all are known, and how far from its
# place in the spread each window is decided.  Figures only.
set -eu
cd "$(dirname "$0")/../.."
n=${1:-100000} seconds=${2:-60}
dir=$(mktemp -d)
pids=()
end() {
	((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || :
	rm -rf "$dir"
}
trap end EXIT

cpu_of() {
	awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f\n", ($14 + $15) / hz }' \
	    "/proc/$1/stat"
}

awk -v n="$n" 'BEGIN {
	for (i = 0; i < n; i++)
		printf "{\"type\":\"ADDED\",\"object\":{\"apiVersion\":" \
		    "\"adx-mon.azure.com/v1\"," \
		    "\"kind\":\"MetricsExporter\"," \
		    "\"metadata\":{\"namespace\":\"n%d\",\"name\":\"r%d\"," \
		    "\"uid\":\"u%d\",\"generation\":1}," \
		    "\"spec\":{\"database\":\"D\",\"body\":" \
		    "\"T | where t between (_startTime .. " \
		    "_endTime) | summarize v = avg(v) by r, t = bin(t, 1m)\"," \
		    "\"interval\":\"30s\"," \
		    "\"transform\":{\"valueColumn\":\"v\"," \
		    "\"timestampColumn\":\"t\",\"defaultMetricName\":\"m\"," \
		    "\"labelColumns\":[\"r\"]}}}}\n", i % 100, i, i
}' >"$dir/events"
mkdir "$dir/data"
mkfifo "$dir/in" "$dir/out"

# "OFFSET NAME" for each window: seconds from its end to when it was read.
perl -MTime::HiRes=time -MTime::Local=timegm -ne '
	BEGIN { $| = 1 }
	/"name":"([^"]*)".*"end":"(....)-(..)-(..)T(..):(..):(..)Z"/ or next;
	printf "%.2f %s\n", time - timegm($7, $6, $5, $4, $3 - 1, $2), $1;
    ' <"$dir/out" >"$dir/read" &
pids+=($!)
build/bin/kqlrun --dry-run --spread 30s -e "D=file:$dir/data" \
    <"$dir/in" >"$dir/out" 2>"$dir/log" &
pid=$!
pids+=("$pid")
exec 8>"$dir/in"
cat "$dir/events" >&8
# All were read, and each has had its first window: that is two spreads.
sleep 65
lines=$(wc -l <"$dir/read") before=$(cpu_of "$pid")
sleep "$seconds"
after=$(cpu_of "$pid")
kb=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
tail -n +"$((lines + 1))" "$dir/read" >"$dir/steady"

# A resource has the same place in each spread: the least offset seen of it, to
# which it came on time at least once.
awk -v n="$n" -v seconds="$seconds" -v before="$before" -v after="$after" \
    -v kb="$kb" '
	{ offset[NR] = $1; name[NR] = $2 }
	!($2 in place) || $1 < place[$2] { place[$2] = $1 }
	END {
		for (i = 1; i <= NR; i++)
			late += offset[i] - place[name[i]] > 1
		printf "%d resources: %d windows in %d s, %.1f %% of a core, " \
		    "%.1f MiB\n", n, NR, seconds,
		    100 * (after - before) / seconds, kb / 1024
		printf "%.2f %% more than 1 s behind their place\n",
		    100 * late / (NR ? NR : 1)
	}' "$dir/steady"
