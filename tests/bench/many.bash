#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What 10, 1,000 and 100,000 resources of 30 s cost kqlrun --dry-run --spread
# 30s on a running clock: memory, CPU over a minute once all are known, and how
# far from its place in the spread each window is decided.  All three run at
# once: it is two minutes either way.
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"
seconds=60
mkdir "$dir/data"

# start N: so many resources.  Adds to `running`.
start() {
	local n=$1
	mkfifo "$dir/in.$n" "$dir/out.$n"
	# "OFFSET NAME" of each window: seconds from its end to its reading
	perl -MTime::HiRes=time -MTime::Local=timegm -ne '
		BEGIN { $| = 1 }
		/"name":"([^"]*)".*"end":"(....)-(..)-(..)T(..):(..):(..)Z"/
		    or next;
		printf "%.2f %s\n",
		    time - timegm($7, $6, $5, $4, $3 - 1, $2), $1;
	    ' <"$dir/out.$n" >"$dir/read.$n" &
	pids+=($!)
	build/bin/kqlrun --dry-run --spread 30s -e "D=file:$dir/data" \
	    <"$dir/in.$n" >"$dir/out.$n" 2>"$dir/log.$n" &
	pid[n]=$!
	pids+=($!)
	# its end is left open: it is a stream that goes on
	exec {fd}>"$dir/in.$n"
	resources "$n" 30s >&"$fd"
}

# late N: the percentage that was read more than 1 s behind its place.  A
# resource has the same place in each spread: the least offset seen of it, to
# which it came on time at least once.
late() {
	tail -n +"$((lines[$1] + 1))" "$dir/read.$1" | awk '
	{ offset[NR] = $1; name[NR] = $2 }
	!($2 in place) || $1 < place[$2] { place[$2] = $1 }
	END {
		for (i = 1; i <= NR; i++)
			late += offset[i] - place[name[i]] > 1
		print 100 * late / (NR ? NR : 1)
	}'
}

pid=() lines=() before=()
for n in 10 1000 100000; do
	start "$n"
done
# All were read, and each has had its first window: that is two spreads.
sleep 65
for n in "${!pid[@]}"; do
	lines[n]=$(wc -l <"$dir/read.$n") before[n]=$(cpu_of "${pid[n]}")
done
sleep "$seconds"
for n in "${!pid[@]}"; do
	cpu=$(cpu_of "${pid[n]}") name="$(grouped "$n") resources of 30 s"
	row "$name: CPU" "$(calc "100 * ($cpu - ${before[n]}) / $seconds")" \
	    '% of a core' '<= 10'
	row "$name: memory" "$(calc "$(kib_of "${pid[n]}") / 1024")" MiB \
	    '<= 200'
	row "$name: more than 1 s late" "$(late "$n")" '% of windows' '<= 1'
done
