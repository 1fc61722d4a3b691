# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034 # what is set here is for the benches
#
# What every bench loads first.  A bench prints what it measures as rows, once
# for each of its rounds, and run.bash makes a table of their medians.  What is
# in $dir, and the processes in `pids`, end with the bench.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
PATH=$PATH:$PWD/build/debian/usr/bin
LC_ALL=C.UTF-8 TZ=UTC
export PATH LC_ALL TZ
runs=${RUNS:-3}
dir=$(mktemp -d)
pids=()
end() {
	((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || :
	rm -rf "$dir"
}
trap end EXIT

# row NAME VALUE UNIT [AIM]: one figure; AIM is such as "<= 0.8".
row() {
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4:-}"
}

# grouped NUMBER: with a comma between thousands.
grouped() {
	sed -E ':a; s/([0-9])([0-9]{3})(,|$)/\1,\2\3/; ta' <<<"$1"
}

# calc EXPRESSION: what awk makes of it.
calc() {
	awk "BEGIN { printf \"%.6g\\n\", $1 }"
}

# timed NAME COMMAND...: run it, and note what it took under that name.
timed() {
	build/tests/timed "$dir/time.$1" "${@:2}"
}

# took NAME: what the last such run took, "CPU WALL KIB".
took() {
	tail -n 1 "$dir/time.$1"
}

# cpu_of PID, kib_of PID: of a process that runs, so far and at its peak.
cpu_of() {
	awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f\n", ($14 + $15) / hz }' \
	    "/proc/$1/stat"
}
kib_of() {
	awk '/^VmHWM/ { print $2 }' "/proc/$1/status"
}

# port_of PID: the TCP port on which it listens, as soon as it does.
port_of() {
	local fd link port=
	until [ -n "$port" ]; do
		sleep 0.05
		kill -0 "$1"
		port=$(for fd in "/proc/$1/fd/"*; do
			link=$(readlink "$fd") || continue
			[[ $link == socket:* ]] || continue
			awk -v inode="${link//[^0-9]/}" '
			    $4 == "0A" && $10 == inode {
				sub(/.*:/, "", $2)
				print $2
			    }' "/proc/$1/net/tcp" "/proc/$1/net/tcp6"
		done | head -n 1)
	done
	printf '%d\n' "$((16#$port))"
}

# start_server NAME COMMAND...: one that prints its port as its first line;
# the others go to $dir/NAME.  Sets `port`.
start_server() {
	local log=$dir/$1
	shift
	"$@" >"$log" &
	pids+=($!)
	until [ -s "$log" ]; do sleep 0.05; done
	port=$(head -n 1 "$log")
}

# start_sink ANSWER: the HTTP server of the tests, which says that to all.
# Sets `sink`, its URL.
start_sink() {
	printf '%s\n' "$1" >"$dir/script"
	start_server sink build/tests/sink "$dir/script"
	sink=http://127.0.0.1:$port
}

# requests, and bytes_since N: how many the sink got, and the bytes of the
# bodies of those behind the Nth.
requests() {
	tail -n +2 "$dir/sink" | wc -l
}
bytes_since() {
	tail -n "+$(($1 + 2))" "$dir/sink" |
	    awk '{ n += $NF } END { print n + 0 }'
}

# start_kube: the API server of the tests.  Sets `url`; $dir/kubeconfig.
start_kube() {
	start_server kube build/tests/kube
	url=http://127.0.0.1:$port
	cat >"$dir/kubeconfig" <<-END
	current-context: t
	contexts: [{name: t, context: {cluster: t, user: t}}]
	clusters: [{name: t, cluster: {server: "$url"}}]
	users: [{name: t, user: {}}]
	END
}

# resources N INTERVAL: as many events of resources, in a hundred namespaces.
resources() {
	awk -v n="$1" -v interval="$2" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "{\"type\":\"ADDED\",\"object\":{" \
			    "\"apiVersion\":\"adx-mon.azure.com/v1\"," \
			    "\"kind\":\"MetricsExporter\",\"metadata\":{" \
			    "\"namespace\":\"n%d\",\"name\":\"r%d\"," \
			    "\"uid\":\"u%d\",\"generation\":1},\"spec\":{" \
			    "\"database\":\"D\",\"body\":\"T | where t " \
			    "between (_startTime .. _endTime) | summarize " \
			    "v = avg(v) by r, t = bin(t, 1m)\"," \
			    "\"interval\":\"%s\",\"transform\":{" \
			    "\"valueColumn\":\"v\",\"timestampColumn\":\"t\"," \
			    "\"defaultMetricName\":\"m\"," \
			    "\"labelColumns\":[\"r\"]}}}}\n",
			    i % 100, i, i, interval
	}'
}
