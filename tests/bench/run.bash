#!/bin/bash
# SPDX-License-Identifier: MIT
#
# run.bash [-o FILE] [BENCH...]: run these benches of tests/bench, or all, and
# write a Markdown table of the medians of their rows to FILE (build/bench.md),
# below what the machine is.  The environment says how large and how often:
#
#	RUNS        rounds of each (3)
#	ROWS        rows of the answers (10000 1000000; of peers 10000 500000)
#	RESOURCES   resources of a run (10 1000)
#
# The status is 1 when a bench failed or a figure missed its aim.
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
out=build/bench.md
if [ "${1-}" = -o ]; then
	out=$2
	shift 2
fi
(($#)) || set -- rows promsend promserve kql resources many crdwatch crdstatus
rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
loads() {
	cut -d ' ' -f 1-3 /proc/loadavg
}

# What the figures are of.
machine() {
	local dirty=
	git diff --quiet HEAD 2>/dev/null || dirty=', changed'
	printf '# Figures of kqlpipe %s\n\n' "$(cat VERSION)"
	printf -- '- %s%s, %s\n' "$(git rev-parse --short HEAD 2>/dev/null)" \
	    "$dirty" "$(date -u '+%F %R UTC')"
	printf -- '- %s, %s processors, %s MiB, Linux %s, %s\n' \
	    "$(sed -n '/^model name/ { s/.*: //p; q }' /proc/cpuinfo)" \
	    "$(nproc)" "$(awk '/^MemTotal/ { print int($2 / 1024) }' \
		/proc/meminfo)" "$(uname -r)" \
	    "$(. /etc/os-release && printf '%s' "$PRETTY_NAME")"
	printf -- '- %s; load averages %s before, %s after\n' \
	    "$("${CC:-cc}" --version | head -n 1)" "$before" "$(loads)"
	printf -- '- medians of up to %s runs; CPU is user and system time, ' \
	    "${RUNS:-3}"
	printf 'memory the peak of one process\n\n'
}

# The median of each row, in the order in which they came.
table() {
	awk -F '\t' '
	function shown(v) {
		if (v == int(v) || v >= 1000)
			return sprintf("%.0f", v)
		return sprintf(v < 0.01 ? "%.4f" : v < 10 ? "%.3f" : "%.1f", v)
	}
	function met(v, aim,    part) {
		split(aim, part, " ")
		return part[1] == "<=" ? v <= part[2] : v >= part[2]
	}
	{
		key = $1 "\t" $2
		if (!(key in n)) {
			order[++rows] = key
			unit[key] = $4
			aim[key] = $5
		}
		for (i = ++n[key]; i > 1 && value[key, i - 1] > $3; i--)
			value[key, i] = value[key, i - 1]
		value[key, i] = $3 + 0
	}
	END {
		print "| Bench | What | Median | Least | Most | Unit | Aim |"
		print "|---|---|--:|--:|--:|---|---|"
		for (i = 1; i <= rows; i++) {
			key = order[i]
			v = value[key, int((n[key] + 1) / 2)]
			split(key, part, "\t")
			said = aim[key]
			if (said != "" && !met(v, said)) {
				said = said ", missed"
				bad = 1
			}
			printf "| %s | %s | %s | %s | %s | %s | %s |\n",
			    part[1], part[2], shown(v), shown(value[key, 1]),
			    shown(value[key, n[key]]), unit[key], said
		}
		exit bad
	}' "$rows"
}

status=0 before=$(loads)
for bench; do
	printf '%s ...\n' "$bench" >&2
	bash "tests/bench/$bench.bash" | sed "s/^/$bench\t/" >>"$rows" || {
		printf '%s failed\n' "$bench" >&2
		status=1
	}
done
mkdir -p "$(dirname "$out")"
{
	machine
	table
} >"$out" || status=1
cat "$out"
exit "$status"
