# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of whole pipelines share: a table Load in data/, resources in
# res/ that export it, status in state/, and what Prometheus then has to hold.

rfc3339() {
	date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ
}

# load_table FROM TO: table Load with a row a second and host, of seconds since
# 1970; the value says which row it is.
load_table() {
	awk -v from="$1" -v to="$2" 'BEGIN {
		print "Timestamp,Host,V"
		for (t = from; t < to; t++)
			for (h = 1; h <= 2; h++)
				printf "%s,h%d,%.2f\n",
				    strftime("%Y-%m-%dT%H:%M:%SZ", t, 1), h,
				    (t % 1000) + h / 4
	}' >data/Load.csv
}

# load_resource NAME: exports a metric of that name from Load, a window a
# second.
load_resource() {
	cat >"res/$1.yaml" <<-EOF
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: $1, namespace: test}
	spec:
	  database: DB
	  interval: 1s
	  body: |
	    Load
	    | where Timestamp between (_startTime .. _endTime)
	    | summarize v = sum(V) by Host, t = bin(Timestamp, 1s)
	  transform:
	    valueColumn: v
	    timestampColumn: t
	    labelColumns: [Host]
	    defaultMetricName: $1
	EOF
}

# set_cursor NAME SECOND [STATE]: as if all before it had been delivered.
set_cursor() {
	mkdir -p "${3:-state}/test"
	jq -n --arg name "$1" --arg t "$(rfc3339 "$2")" '{
		apiVersion: "adx-mon.azure.com/v1", kind: "MetricsExporter",
		metadata: {namespace: "test", name: $name},
		status: {lastSuccessfulExecution: $t, backlog: []}
	}' >"${3:-state}/test/$1.json"
}

cursor() { # NAME [STATE]
	date -u -d "$(jq -r .status.lastSuccessfulExecution \
	    "${2:-state}/test/$1.json")" +%s
}

cursor_past() { # SECOND NAME [STATE]
	(("$(cursor "$2" "${3:-state}")" >= $1))
}

owes_nothing() { # NAME [STATE]
	jq -e '(.status.backlog // []) == []' "${2:-state}/test/$1.json"
}

# every_second NAME FROM TO: each row of Load is in Prometheus, once, as it is.
every_second() {
	local want got
	want=$(awk -v n="$1" -v from="$2" -v to="$3" 'BEGIN {
		for (t = from; t < to; t++)
			for (h = 1; h <= 2; h++)
				printf "%s{Host=\"h%d\"} %s %d000\n", n, h,
				    (t % 1000) + h / 4, t
	}' | LC_ALL=C sort)
	got=$(prom_export "$1" "$(($3 - $2 + 60))s" "$(($3 + 30))" |
		awk -v from="$2" -v to="$3" '
		    $3 >= from * 1000 && $3 < to * 1000')
	diff <(printf '%s\n' "$want") <(printf '%s\n' "$got")
}

stage_pid() { # SUPERVISOR STAGE
	pgrep -P "$1" -x "$2"
}

is_past() {
	(($(date +%s) >= $1))
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data res state
}
