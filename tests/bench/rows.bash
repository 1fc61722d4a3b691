#!/bin/bash
# SPDX-License-Identifier: MIT
#
# From a saved answer of $ROWS rows of five columns to samples delivered: rows
# per CPU second, wall and CPU time as ratios to a scan of the same file by yajl
# that does nothing with it, the bytes sent, and the peak of memory of each
# stage.  The three stages share what processors there are: on a busy machine
# the ratio of CPU time says more.
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"

# One DataTable, as a service answers that does not stream: 98 bytes a row.
answer() {
	awk -v n="$1" -v start="$(date +%s)" 'BEGIN {
	srand(1)
	print "[{\"FrameType\":\"DataSetHeader\",\"IsProgressive\":false," \
	    "\"Version\":\"v2.0\"}"
	printf ",{\"FrameType\":\"DataTable\",\"TableId\":1," \
	    "\"TableKind\":\"PrimaryResult\",\"TableName\":\"PrimaryResult\"," \
	    "\"Columns\":[" \
	    "{\"ColumnName\":\"Timestamp\",\"ColumnType\":\"datetime\"}," \
	    "{\"ColumnName\":\"ServiceName\",\"ColumnType\":\"string\"}," \
	    "{\"ColumnName\":\"Environment\",\"ColumnType\":\"string\"}," \
	    "{\"ColumnName\":\"Host\",\"ColumnType\":\"string\"}," \
	    "{\"ColumnName\":\"metric_value\",\"ColumnType\":\"real\"}]," \
	    "\"Rows\":["
	for (i = 0; i < n; i++) {
		if (i % 100 == 0)
			time = strftime("%Y-%m-%dT%H:%M:%S",
			    start - n / 100 + i / 100, 1)
		printf "%s[\"%s.%07dZ\",\"checkout-service-%02d\"," \
		    "\"production\",\"host-%04d\",%.15g]", i ? "," : "", time,
		    i % 100 * 10, i % 10, i % 100, rand() * 1000
	}
	print "]}"
	print ",{\"FrameType\":\"DataSetCompletion\",\"HasErrors\":false," \
	    "\"Cancelled\":false}]"
}'
}

all() {
	timed kql2rows build/bin/kql2rows "$dir/answer" |
	    timed rows2prom build/bin/rows2prom -n response_ms \
		--value-column metric_value --timestamp-column Timestamp \
		--label-columns ServiceName,Environment,Host |
	    timed promsend build/bin/promsend "$sink/api/v1/write" \
		>"$dir/receipts"
}

# measure ROWS: one round.
measure() {
	local name tool cpu wall kib scan scan_cpu sum=0 from start
	name="$(grouped "$1") rows"
	timed scan build/tests/scan <"$dir/answer"
	read -r scan_cpu scan kib < <(took scan)
	from=$(requests) start=${EPOCHREALTIME/./}
	all
	wall=$(calc "(${EPOCHREALTIME/./} - $start) / 1e6")
	[ "$(jq .samples "$dir/receipts")" -eq "$1" ]
	row "$name: wall" "$wall" s
	((${#1} < 7)) || row "$name: wall of a yajl scan's" \
	    "$(calc "$wall / $scan")" ratio '<= 4'
	for tool in kql2rows rows2prom promsend; do
		read -r cpu wall kib < <(took "$tool")
		row "$name: $tool CPU" "$cpu" s
		row "$name: $tool memory" "$(calc "$kib / 1024")" MiB '<= 16'
		sum=$(calc "$sum + $cpu")
	done
	row "$name: CPU of a yajl scan's" "$(calc "$sum / $scan_cpu")" ratio
	row "$name: rows per CPU second of all" "$(calc "$1 / $sum")" rows/s
	row "$name: bytes sent" "$(bytes_since "$from")" bytes
}

start_sink '204 written=100000'
for n in ${ROWS:-10000 1000000}; do
	answer "$n" >"$dir/answer"
	for ((round = 0; round < runs; round++)); do
		measure "$n"
	done
done
