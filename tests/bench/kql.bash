#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The embedded engine: the queries of examples/ over a million rows of CSV that
# are loaded, as ratios to SQL written by hand; how fast files are loaded, and
# in how much memory; and what a query over a small file takes from the start.
# shellcheck source=tests/bench/lib.bash
. "$(dirname "$0")/lib.bash"
n=1000000
mkdir "$dir"/{all,east,west,europe,small,json}

# A day of rows: a thousand series, n rows of each of the four tables.
awk -v n="$n" -v dir="$dir/" 'BEGIN {
	srand(1)
	telemetry = dir "all/ServiceTelemetry.csv"
	customers = dir "all/CustomerEvents.csv"
	nodes = dir "all/SystemMetrics.csv"
	split("east west europe", place, " ")
	print "Timestamp,ServiceName,Environment,ResponseTimeMs" > telemetry
	print "EventTime,LocationId,CustomerResourceId,ServiceTier," \
	    "SuccessRate,SuccessfulRequests,TotalRequests,LatencyMs" > customers
	print "Timestamp,NodeName,ClusterName,Region,CpuUtilization" > nodes
	for (i = 1; i <= 3; i++)
		print "Timestamp,ClusterName,ServiceName,SuccessEvent" > \
		    (dir place[i] "/ErrorEvents.csv")
	for (i = 0; i < n; i++) {
		t = 1750809600 + int(i / n * 86400)
		t = strftime("%Y-%m-%dT%H:%M:%SZ", t, 1)
		k = int(rand() * 100)
		printf "%s,service-%02d,%s,%.3f\n", t, k % 20,
		    k % 3 ? "production" : "staging", rand() * 1000 > telemetry
		printf "%s,datacenter-%02d,customer-%d,%s,%.6f,%d,%d,%.2f\n",
		    t, k % 4, k, k % 2 ? "Gold" : "Free", rand(), k, k + 5,
		    rand() * 100 > customers
		printf "%s,node-%d,%s-cluster,%s,%.2f\n", t, k,
		    place[k % 3 + 1], place[k % 3 + 1], rand() * 100 > nodes
		printf "%s,%sus-cluster-1,service-%02d,%s\n", t,
		    place[k % 3 + 1], k % 20, k % 5 ? "yes" : "" > \
		    (dir place[k % 3 + 1] "/ErrorEvents.csv")
	}
}'
head -n 10001 "$dir/all/ServiceTelemetry.csv" >"$dir/small/T.csv"
awk -F, 'NR > 1 {
	printf "{\"Timestamp\":\"%s\",\"ServiceName\":\"%s\"," \
	    "\"Environment\":\"%s\",\"ResponseTimeMs\":%s}\n", $1, $2, $3, $4
}' "$dir/all/ServiceTelemetry.csv" >"$dir/json/ServiceTelemetry.jsonl"

# The window of the queries: all of the day but its last second.
from=2025-06-25T00:00:00Z to=2025-06-25T23:59:58.9999999Z
low=638864064000000000 high=638864927989999999
body() {
	printf 'let _startTime = datetime(%s);\n' "$from"
	printf 'let _endTime = datetime(%s);\n' "$to"
	awk '/^  body: \|/ { on = 1; next }
	    on && /^    / { print; next }
	    { on = 0 }' "examples/$1.yaml"
}

# ratio EXAMPLE DATABASE TABLE SQL ENDPOINT...
ratio() {
	local kql sql ratio
	read -r kql sql ratio < <(
		build/tests/query "$2" "$(body "$1")" "$3" "$4" "${@:5}")
	row "$1: CPU" "$kql" s
	row "$1: CPU of SQL by hand" "$sql" s
	row "$1: of SQL by hand" "$ratio" ratio '<= 1.3'
}

ratio service-response-times TelemetryDB ServiceTelemetry "
    SELECT ServiceName, Environment, Timestamp - Timestamp % 600000000,
	avg(ResponseTimeMs), 'service_response_time_avg'
    FROM \"TelemetryDB.ServiceTelemetry\"
    WHERE Timestamp BETWEEN $low AND $high GROUP BY 1, 2, 3" \
    "TelemetryDB=file:$dir/all"
ratio customer-analytics AnalyticsDB CustomerEvents "
    SELECT LocationId, CustomerResourceId, ServiceTier, avg(SuccessRate),
	sum(SuccessfulRequests), sum(TotalRequests), min(EventTime),
	max(EventTime), avg(LatencyMs),
	'customer_success_rate_' || lower(ServiceTier)
    FROM \"AnalyticsDB.CustomerEvents\"
    WHERE EventTime BETWEEN $low AND $high GROUP BY 1, 2, 3" \
    "AnalyticsDB=file:$dir/all"
ratio infrastructure-monitoring InfrastructureDB SystemMetrics "
    SELECT NodeName, ClusterName, Region, Timestamp - Timestamp % 300000000,
	avg(CpuUtilization), 'node_cpu_utilization'
    FROM \"InfrastructureDB.SystemMetrics\"
    WHERE Timestamp BETWEEN $low AND $high GROUP BY 1, 2, 3, 4" \
    "InfrastructureDB=file:$dir/all"
ratio global-error-rates GlobalMetrics ErrorEvents "
    SELECT substr(ClusterName, 1, instr(ClusterName || '-', '-') - 1),
	ServiceName, Timestamp - Timestamp % 600000000, count(*) * 1.0,
	count(*) * 100.0 / sum(SuccessEvent <> ''), 'global_error_count'
    FROM (SELECT * FROM \"eastus-cluster/TelemetryDB.ErrorEvents\"
	UNION ALL SELECT * FROM \"westus-cluster/TelemetryDB.ErrorEvents\"
	UNION ALL SELECT * FROM \"europe-cluster/TelemetryDB.ErrorEvents\")
    WHERE Timestamp BETWEEN $low AND $high GROUP BY 1, 2, 3" \
    "GlobalMetrics=file:$dir/small" \
    "eastus-cluster/TelemetryDB=file:$dir/east" \
    "westus-cluster/TelemetryDB=file:$dir/west" \
    "europe-cluster/TelemetryDB=file:$dir/europe"

# measure DIR QUERY: run it.  Sets `cpu` and `mib`.
measure() {
	local kib
	timed kqlrun build/bin/kqlrun -e "db=file:$1" -q "$2" >"$dir/out"
	read -r cpu _ kib < <(took kqlrun)
	mib=$(calc "$kib / 1024")
}
for ((round = 0; round < runs; round++)); do
	measure "$dir/small" 'T | summarize count() by bin(Timestamp, 1m)'
	row '10,000 rows of CSV from the start: CPU' \
	    "$(calc "$cpu * 1000")" ms '<= 50'
	measure "$dir/all" 'ServiceTelemetry | count'
	row 'loading CSV: rows per CPU second' "$(calc "$n / $cpu")" rows/s
	row 'loading CSV: memory' "$mib" MiB
	measure "$dir/json" 'ServiceTelemetry | count'
	row 'loading JSON lines: rows per CPU second' "$(calc "$n / $cpu")" \
	    rows/s
	row 'loading JSON lines: memory' "$mib" MiB
done
