# SPDX-License-Identifier: MIT
# What is in Prometheus is what the query answered, to the last bit, and what
# the query answered is what SQL written by hand answers over the same data.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data res state
}

rfc3339() {
	date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}

resource() { # NAME INTERVAL BODY TRANSFORM
	cat >res/x.yaml <<-EOF
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: $1, namespace: test}
	spec:
	  database: DB
	  interval: $2
	  body: |
	    $3
	  transform: $4
	EOF
}

# Ugly doubles, integers beyond 2^53, text to group by, over FROM to TO.
ugly_table() {
	awk -v from="$1" -v to="$2" 'BEGIN {
		srand(42)
		print "Timestamp,Host,N,V"
		for (t = from; t < to; t++)
			printf "%s.%03dZ,h%d,90071992547%05d,%.17g\n",
			    strftime("%Y-%m-%dT%H:%M:%S", t, 1), t % 1000, t % 7,
			    rand() * 99999, (rand() - 0.3) * 10 ^ (rand() * 20 - 10)
	}' >data/Ugly.csv
}

# Lines "key... number": keys equal, integers equal, doubles within 1e-12.
same_numbers() {
	paste -d ' ' "$1" "$2" | awk '
	function close_to(a, b, d, m) {
		d = a - b; m = a < 0 ? -a : a
		return (d < 0 ? -d : d) <= 1e-12 * m
	}
	NF % 2 { exit bad = 1 }
	{
		n = NF / 2
		for (i = 1; i <= n; i++)
			if ($i "" != $(n + i) "" &&
			    ($i !~ /[.e]/ || !close_to($i, $(n + i))))
				bad = 1
		if (bad) { print "differs: " $0; exit 1 }
	}
	END { exit bad || NR == 0 }'
}

@test "rows are those of SQL written by hand" {
	ugly_table 1750845600 1750849200
	kqlrun -e DB=file:data -q 'Ugly
	    | summarize c = count(), s = sum(N), lo = min(N), hi = max(N),
	        a = avg(V), big = countif(V > 1), d = dcount(N),
	        p = percentile(V, 95)
	      by Host, t = bin(Timestamp, 5m)
	    | order by Host asc, t asc' |
		kql2rows >json
	# The text as it stands: jq holds every number as a double.
	sed 's/"t":"\([^"]*\)\.0*Z"/\1/; s/"[^":]*"://g; s/[{}"]//g; s/Z,/,/; y/,/ /' \
	    json >rows
	sqlite3 :memory: >sql <<-'EOF'
	.mode list
	.separator " "
	.import --csv data/Ugly.csv u
	WITH t AS (
	  SELECT Host h, CAST(N AS INTEGER) n, CAST(V AS REAL) v,
	    strftime('%Y-%m-%dT%H:%M:%S',
	      unixepoch(substr(Timestamp, 1, 19)) / 300 * 300, 'unixepoch') b
	  FROM u),
	r AS (
	  SELECT *, row_number() OVER (PARTITION BY h, b ORDER BY v) i,
	    count(*) OVER (PARTITION BY h, b) k FROM t)
	SELECT h, b, count(*), sum(n), min(n), max(n), printf('%.17g', avg(v)),
	  sum(v > 1), count(DISTINCT n),
	  printf('%.17g', max(CASE WHEN i = (k * 95 + 99) / 100 THEN v END))
	FROM r GROUP BY h, b ORDER BY h, b;
	EOF
	[ "$(wc -l <rows)" -eq 84 ]
	run same_numbers rows sql
	assert_success
}

@test "Prometheus holds the rows to the last bit and millisecond" {
	local now from
	now=$(date +%s)
	from=$((now / 60 * 60 - 600))
	start_prometheus
	ugly_table "$from" $((from + 600))
	resource bits 1m 'Ugly | where Timestamp between (_startTime .. _endTime)' \
	    '{valueColumn: V, timestampColumn: Timestamp, labelColumns: [Host, N], defaultMetricName: bits}'
	crdwatch -1 -f res | kqlrun -1 -e DB=file:data \
	    --from "$(rfc3339 "$from")" --to "$(rfc3339 $((from + 600)))" |
		kql2rows | rows2prom |
		promsend "$PROM_URL/api/v1/write" >receipts
	run jq -se 'map(select(.status == "delivered") | .samples) | add' receipts
	assert_output 600
	# %.17g names one double: equal text is equal bits.
	sed 's/^{"Timestamp":"\([^"]*\)","Host":"\([^"]*\)","N":\([0-9]*\),"V":\([^}]*\)}$/\2 \3 \1 \4/' \
	    <(kqlrun -e DB=file:data -q Ugly | kql2rows) |
		awk '{
			split($3, t, /[-T:.Z]/)
			s = mktime(t[1] " " t[2] " " t[3] " " t[4] " " t[5] " " t[6])
			printf "%s %s %d%03d %.17g\n", $1, $2, s, substr(t[7] "000", 1, 3), $4
		}' | LC_ALL=C sort >want
	prom_export bits 30m | sed 's/bits{Host="\(.*\)",N="\(.*\)"}/\1 \2/' |
		awk '{ printf "%s %s %s %.17g\n", $1, $2, $4, $3 }' |
		LC_ALL=C sort >got
	[ "$(wc -l <want)" -eq 600 ]
	diff want got
}

@test "1,000,000 rows in descending order reach a Prometheus that takes none late" {
	local end
	end=$(($(date +%s) / 14400 * 14400))
	start_prometheus
	awk -v end="$end" 'BEGIN {
		print "Timestamp,Series,V"
		for (t = end - 10000; t < end; t++) {
			when = strftime("%Y-%m-%dT%H:%M:%SZ", t, 1)
			for (s = 0; s < 100; s++)
				printf "%s,s%02d,%d.%d\n", when, s, t % 10007, s
		}
	}' >data/Load.csv
	resource load 4h 'Load | where Timestamp between (_startTime .. _endTime) | order by Timestamp desc' \
	    '{valueColumn: V, timestampColumn: Timestamp, labelColumns: [Series], defaultMetricName: load}'
	adxexporter --once --file=res --kusto-endpoint=DB=file:data \
	    --state-dir=state --receipts=receipts \
	    --remote-write-endpoint="$PROM_URL/api/v1/write"
	run jq -s 'map(select(.status == "delivered") | .samples) | add' receipts
	assert_output 1000000
	prom_query 'load[4h]' "$end" | jq -r '.data.result[] |
	    .metric.Series as $s | .values[] | "\(.[0]) \($s) \(.[1])"' |
		awk '{ printf "%d %s %.17g\n", $1, $2, $3 }' |
		LC_ALL=C sort >got
	awk -v end="$end" 'BEGIN {
		for (t = end - 10000; t < end; t++)
			for (s = 0; s < 100; s++) {
				v = t % 10007 "." s
				printf "%d s%02d %.17g\n", t, s, v
			}
	}' | LC_ALL=C sort >want
	cmp want got
}
