# SPDX-License-Identifier: MIT
# One query feeds several outputs at once: what is wrong with one of them is
# no other's trouble.
bats_require_minimum_version 1.5.0
load helpers
load pipeline

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data res state
}

# exported NAME FROM TO: each row of Load between them, as every_second has it.
exported() {
	local n
	n=$(jq -r --arg n "$1" '.resourceMetrics[].scopeMetrics[].metrics[] |
	    select(.name == $n).gauge.dataPoints[] |
	    "\(.attributes[0].value.stringValue) \(.timeUnixNano) \(.asDouble)"
	    ' "$SINK_DIR"/*.body | sort -u | awk -v from="$2" -v to="$3" '
		{ t = substr($2, 1, length($2) - 9) }
		t < from || t >= to { next }
		$3 != t % 1000 + substr($1, 2) / 4 { bad++ }
		{ n++ }
		END { print n + 0 " " bad + 0 }')
	[ "$n" = "$((2 * ($3 - $2))) 0" ] || fail "$1: $n samples, wrong"
}

# Twice as fast as the world's: kqlrun's clock, and ours beside it.
start_clock() {
	began=$(date +%s)
	export KQLPIPE_NOW
	KQLPIPE_NOW=$(rfc3339 "$began")x2
}

fast_past() {
	(($(date +%s) * 2 - began >= $1))
}

# lag DESTINATION FROM TO: how many windows end in between and were delivered,
# and by how much, in ms of the world's, the slowest of them was later than the
# promptest of all.
lag() {
	jq -rs --arg d "$1" --argjson from "$2" --argjson to "$3" '
	    def ms: (.[:19] + "Z" | fromdate) * 1000 +
		((.[19:] | ltrimstr(".") | rtrimstr("Z") + "000")[:3] |
		    tonumber);
	    map(select(.status == "delivered" and .samples > 0) |
		.stop = (.end | fromdate) | .lag = (.time | ms) - .stop * 500) |
	    (map(.lag) | min) as $least |
	    map(select(.destination == $d and .stop > $from and .stop <= $to)) |
	    "\(length) \((map(.lag) | max) - $least)"' receipts
}

# scrape_config PORT: metrics of that port, with scraped_ before their names.
scrape_config() {
	cat <<-END
	scrape_configs:
	- job_name: scraped
	  scrape_interval: 200ms
	  scrape_timeout: 200ms
	  static_configs: [{targets: ["127.0.0.1:$1"]}]
	  metric_relabel_configs:
	  - {source_labels: [__name__], target_label: __name__,
	     replacement: 'scraped_\$1'}
	END
}

# scraped NAME FROM TO: of the windows that start in between how many the
# scraper saw; fails for a value that none has, or an older one after a newer.
scraped() {
	prom_query "scraped_$1{Host=\"h1\"}[5m]" |
	    jq -r '.data.result[].values[][1]' | uniq |
	    awk -v from="$2" -v to="$3" '
		{ t = from - from % 1000 + $1 - 0.25 }
		t < from - 500 { t += 1000 }
		t != int(t) || t <= last { exit bad = 1 }
		{ last = t }
		t >= from && t < to { n++ }
		END { print n + 0; exit bad }'
}

# All of three outputs; OTLP twice, as it has two ways to be away.
@test "an OTLP end that never answers delays and costs nobody else" {
	local began first stalled sup n longest port d
	port=$(free_port)
	scrape_config "$port" >scrape.yml
	start_prometheus --scrape scrape.yml
	start_sink 200
	start_clock
	first=$((began - 5))
	load_table $((began - 60)) $((began + 240))
	load_resource load
	set_cursor load "$first"
	# One gives up soon and is owed; one has all it can bear in its buffer.
	spawn log adxexporter --health-probe-port=0 \
	    --file=res --kusto-endpoint=DB=file:data \
	    --state-dir=state --receipts=receipts \
	    --remote-write-endpoint="$PROM_URL/api/v1/write" \
	    --web.enable-lifecycle --web.listen-address=127.0.0.1:"$port" \
	    --otlp-endpoint="$SINK_URL" --otlp.encoding=json \
	    --otlp.timeout=2s --otlp.retry-deadline=2s \
	    --destination=patient=otlp+"$SINK_URL" --patient.encoding=json
	sup=$SPAWN_PID
	wait_for 30 cursor_past $((began + 1)) load
	# It is stopped: the kernel accepts for it, and nobody answers.
	kill -STOP "$SINK_PID"
	stalled=$(cursor load)
	wait_for 60 fast_past $((stalled + 22))
	wait_for 5 jq -e '.status.backlog[0].destinations == ["otlp"]' \
	    state/test/load.json
	kill -CONT "$SINK_PID"
	wait_for 60 owes_nothing load
	wait_for 30 cursor_past $((stalled + 24)) load
	stop_pid "$sup"
	for d in remote-write scrape; do
		read -r n longest < <(lag "$d" "$stalled" $((stalled + 20)))
		[ "$n" -eq 20 ]
		((longest < 500)) || fail "$d: $longest ms behind"
	done
	every_second load "$first" $((stalled + 24))
	exported load "$first" $((stalled + 24))
	n=$(scraped load "$stalled" $((stalled + 20)))
	((n > 10)) || fail "the scraper saw $n of 20 windows"
	# One query feeds them all.
	for ((n = first; n < stalled; n++)); do
		run grep -c "query done.*window=test/load@$(rfc3339 "$n") " log
		assert_output 1
	done
	run jq -rs 'map(select(.status == "failed") | .destination) | unique |
	    join(" ")' receipts
	assert_output otlp
}
