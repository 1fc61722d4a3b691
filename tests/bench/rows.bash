#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The time from a saved answer of a million rows (or as many as the argument
# says) of five columns to samples delivered, as a ratio to a scan of the same
# file by yajl that does nothing with it; the best of three each, and the peak
# of memory of each stage.  Figures only: nothing is asserted.
set -eu
cd "$(dirname "$0")/../.."
n=${1:-1000000}
dir=$(mktemp -d)
sink=
end() {
	[ -z "$sink" ] || kill "$sink" 2>/dev/null || :
	rm -rf "$dir"
}
trap end EXIT

# One DataTable, as a service answers that does not stream: 98 bytes a row.
awk -v n="$n" -v start="$(date +%s)" 'BEGIN {
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
}' >"$dir/answer"

build/tests/sink >"$dir/sink" &
sink=$!
until [ -s "$dir/sink" ]; do sleep 0.05; done
url=http://127.0.0.1:$(head -n 1 "$dir/sink")/api/v1/write

# best COMMAND...: the least of three wall times, in seconds.
best() {
	local before best=999999999
	for _ in 1 2 3; do
		before=${EPOCHREALTIME//[.,]/}
		"$@"
		before=$((${EPOCHREALTIME//[.,]/} - before))
		((before >= best)) || best=$before
	done
	awk -v us="$best" 'BEGIN { printf "%.3f\n", us / 1e6 }'
}
stage() {
	/usr/bin/time -a -o "$dir/$1" -f '%U %S %M' "build/bin/$1" \
	    "${@:2}"
}
scan() {
	build/tests/scan <"$dir/answer"
}
decode() {
	stage kql2rows "$dir/answer"
}
convert() {
	stage rows2prom -n response_ms --value-column metric_value \
	    --timestamp-column Timestamp \
	    --label-columns ServiceName,Environment,Host
}
all() {
	decode | convert | stage promsend "$url" >"$dir/receipts"
}

printf 'answer: %d rows, %.0f MB\n' "$n" \
    "$(awk -v b="$(stat -c %s "$dir/answer")" 'BEGIN { print b / 1e6 }')"
scan=$(best scan)
all=$(best all)
jq -r '"receipt: \(.status), \(.samples) samples"' "$dir/receipts"
for tool in kql2rows rows2prom promsend; do
	awk -v t="$tool" '{
		cpu = $1 + $2
		if (!low || cpu < low) low = cpu
		if ($3 > kb) kb = $3
	    } END {
		printf "%s: %.2f s CPU, %.1f MiB\n", t, low, kb / 1024
	    }' "$dir/$tool"
done
awk -v a="$all" -v b="$scan" 'BEGIN {
	printf "pipeline %.2f s, yajl scan %.2f s: ratio %.2f " \
	    "(aim: at most 4)\n", a, b, a / b
}'
