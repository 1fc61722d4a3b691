# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the bats files of promsend share: windows, and what receipts say of them.

setup() {
	NOW=$(date +%s)000
	# Most of what is tested here is the same for both versions.
	export PROTOCOL=1
}

promsend() {
	command promsend --protocol "$PROTOCOL" "$@"
}
export -f promsend

# window [MEMBER...]: the line that begins one, with more JSON members.
window() {
	local more
	printf -v more ',%s' "$@"
	[ $# -gt 0 ] || more=
	printf '# @window {"id":"i","namespace":"m","name":"n","start":"%s",' \
	    2025-06-25T10:00:00Z
	printf '"end":"2025-06-25T10:05:00Z"%s}\n' "$more"
}

# of NAME [MEMBER...]: a window of that resource.
of() {
	window "${@:2}" | sed "s/\"name\":\"n\"/\"name\":\"$1\"/"
}

end() {
	printf '# @end {"samples":%s}\n' "${1:-0}"
}

# receipts: what stdin's receipts say, a line each.
receipts() {
	jq -r '[.status, .samples, .rejected, .had, .error.code // "-"] |
	    map(tostring) | join(" ")'
}

send() {
	promsend "$@" | receipts
}

# protocols: the versions of the requests that the sink got.
protocols() {
	local i list=()
	for ((i = 1; i <= $(sink_requests); i++)); do
		list+=("$(sed -n "$SINK_DIR/$i.head" -e \
		    's/^X-Prometheus.*-Version: \([0-9.]*\)\r$/\1/p')")
	done
	echo "${list[@]}"
}

# three_windows: with a sample each, of three resources.
three_windows() {
	local i
	for i in a b c; do
		of $i
		echo "a 1 $((++NOW))"
		end 1
	done
}

# start_send ARGUMENT...: promsend that reads what is written to descriptor 7
# and writes receipts to $OUT.  Sets SEND_PID.
start_send() {
	OUT=$BATS_TEST_TMPDIR/out
	mkfifo "$BATS_TEST_TMPDIR/in"
	command promsend --protocol "$PROTOCOL" "$@" \
	    <"$BATS_TEST_TMPDIR/in" >"$OUT" 2>"$OUT.log" 3>&- &
	SEND_PID=$!
	keep_pid "$SEND_PID"
	exec 7>"$BATS_TEST_TMPDIR/in"
}

# said RECEIPT...: these are the receipts so far, but for begun.
said() {
	diff <(receipts <"$OUT" | grep -v begun) <(printf '%s\n' "$@")
}

one_more() {
	{ of "r$((++TRY))"; echo "a 1 $NOW"; end 1; } >&7
	wait_for 5 said_lines "$TRY"
	receipts <"$OUT" | tail -n 1 | grep -q ^delivered
}

heard() {
	[ "$(sink_requests)" -eq "$1" ]
}

said_lines() {
	[ "$(receipts <"$OUT" | grep -vc begun)" -ge "$1" ]
}

# samples N SERIES: N of each of so many series, up to now, values random.
samples() {
	awk -v n="$1" -v series="$2" -v now="$NOW" 'BEGIN {
		srand(3)
		for (i = 0; i < n; i++)
			for (s = 0; s < series; s++) {
				v = rand() - 0.5
				v *= 10 ^ (int(rand() * 12) - 4)
				printf "m{s=\"%03d\"} %.17g %.0f\n", s,
				    v, now - (n - i) * 1000
			}
	}'
}

# letters: how many dead letters there are.
letters() {
	find "$BATS_TEST_TMPDIR/dead" -name '*.prom' | wc -l
}

# exact_in FILE: what PROM_URL holds of metric m are FILE's samples, to the
# last bit and the millisecond.
exact_in() {
	prom_export m 30d "$(((NOW + 1000) / 1000))" |
	    LC_ALL=C sort -k1,1 -k3,3 >"$1.got"
	LC_ALL=C sort -k1,1 -k3,3 "$1" | paste -d' ' - "$1.got" | awk '
	    $1 != $4 || $2 + 0 != $5 + 0 || $3 != $6 { print NR ": " $0; n++ }
	    n == 5 || NF != 6 { exit }
	    END { exit n > 0 || NR == 0 || NF != 6 }'
}
