# SPDX-License-Identifier: MIT
# The supervisor's flags; what it does with a pipeline is in pipeline*.bats.
bats_require_minimum_version 1.5.0
load helpers

plan() {
	adxexporter --print --file=res --kusto-endpoint=DB=file:data \
	    --state-dir=state --health-probe-port=0 "$@"
}

@test "--print shows the pipeline" {
	run plan --remote-write-endpoint=http://h:9/api/v1/write
	assert_success
	assert_output "crdwatch -f res -s state --destinations=remote-write | \
kqlrun -e DB=file:data --destinations=remote-write | kql2rows | rows2prom | \
promsend --name=remote-write http://h:9/api/v1/write | crdstatus -s state"
}

@test "health is told beside it, by the metrics of the stages" {
	local base=(--print --file=res --kusto-endpoint=DB=file:data
	    --state-dir=state --remote-write-endpoint=http://h/write)
	run adxexporter "${base[@]}"
	assert_success
	assert_output "dir=\$(mktemp -d); crdwatch -f res -s state \
--destinations=remote-write --metrics-file=\$dir/crdwatch.prom | \
kqlrun -e DB=file:data --destinations=remote-write \
--metrics-file=\$dir/kqlrun.prom | kql2rows \
--metrics-file=\$dir/kql2rows.prom | rows2prom \
--metrics-file=\$dir/rows2prom.prom | promsend --name=remote-write \
--metrics-file=\$dir/remote-write.prom http://h/write | \
crdstatus -s state --metrics-file=\$dir/crdstatus.prom | \
promserve --metrics-dir=\$dir --health-only --health-listen=:8081 \
--metrics-file=\$dir/promserve.prom"
	run adxexporter "${base[@]}" --metrics-dir=m --health-probe-port 9 \
	    --promserve.stale-after=8s --kqlrun.metrics-file=k
	assert_success
	assert_output --partial "rows2prom --metrics-file=m/rows2prom.prom |"
	assert_output --partial "kqlrun -e DB=file:data \
--destinations=remote-write --metrics-file=k |"
	assert_output --partial "promserve --metrics-dir=m --health-only \
--health-listen=:9 --metrics-file=m/promserve.prom --stale-after=8s"
	run adxexporter "${base[@]}" --health-probe-port=127.0.0.1:0
	assert_output --partial "--health-listen=127.0.0.1:0"
	# With --once nobody would ask.
	run adxexporter "${base[@]}" --once
	refute_output --partial promserve
	run adxexporter "${base[@]}" --once --health-probe-port=:9
	assert_output --partial "--health-listen=:9"
}

@test "what is scraped is a destination among the others" {
	run plan --web.enable-lifecycle --otlp-endpoint=http://c:4317
	assert_success
	assert_output --partial "--destinations=otlp\\,scrape"
	assert_output --partial "tee >(otlpsend --name=otlp grpc://c:4317 >&3) \
>(promserve --listen=:8080 --path=/metrics --state-dir=state/.scrape \
--name=scrape >&3)"
	run plan --web.enable-lifecycle=true --web.listen-address 10.0.0.1:9 \
	    --web.telemetry-path=/m --scrape.timestamps
	assert_success
	assert_output --partial "| promserve --listen=10.0.0.1:9 --path=/m \
--state-dir=state/.scrape --name=scrape --timestamps | crdstatus"
	run plan --web.enable-lifecycle=false --web.listen-address=:9 \
	    --otlp-endpoint=http://c:4317
	assert_success
	refute_output --partial promserve
	run plan --web.enable-lifecycle --destination=scrape=http://h/write
	assert_failure 64
	assert_output --partial "two destinations are called scrape"
}

@test "both spellings, both forms, flags for a stage and a destination" {
	run plan --cluster-labels a=b,c=d --kusto-endpoints C/E=file:x --once \
	    --destination mine=prometheus+http://h/x --criteria-match=all \
	    --metric-name-prefix p --kqlrun.jobs=8 --mine.buffer=1M
	assert_success
	assert_output "crdwatch -f res --criteria-match=all -s state -l \
a=b\\,c=d --destinations=mine -1 | kqlrun -e DB=file:data -e C/E=file:x -l \
a=b\\,c=d --destinations=mine -1 --jobs=8 | kql2rows | rows2prom \
--metric-name-prefix=p | promsend --name=mine --buffer=1M http://h/x | \
crdstatus -s state"
}

@test "without --file resources and status are in Kubernetes" {
	local rest=(--kusto-endpoint=D=file:d
	    --remote-write-endpoint=http://h/write --health-probe-port=0)
	STATE_DIRECTORY=/var/lib/x run adxexporter --print "${rest[@]}" \
	    --leader-elect --namespace=monitoring --kubeconfig k --context c
	assert_success
	assert_output "crdwatch --leader-elect --namespace=monitoring \
--kubeconfig=k --context=c --destinations=remote-write | \
kqlrun -e D=file:d --destinations=remote-write | kql2rows | rows2prom | \
promsend --name=remote-write http://h/write | \
crdstatus --kubeconfig=k --context=c"
	run adxexporter --print "${rest[@]}" --shard 0/2 --leader-elect=lease
	assert_success
	assert_output --partial "crdwatch --shard=0/2 --leader-elect=lease --dest"
	run adxexporter --print --file=res --shard=0/2 "${rest[@]}"
	assert_failure 64
	assert_output --partial "--shard=0/2: resources come from --file"
	run adxexporter --print --state-dir=state "${rest[@]}"
	assert_failure 64
	assert_output --partial "--state-dir goes with --file"
}

@test "several destinations have a sender each" {
	run plan --destination=a=http://h/write --destination=b=http://i/push
	assert_success
	assert_output --partial "--destinations=a\\,b"
	assert_output --partial "tee >(promsend --name=a http://h/write >&3) \
>(promsend --name=b http://i/push >&3)"
}

@test "the URL says which sender, OTLP hears the labels" {
	run plan --otlp-endpoint=http://c:4317 --cluster-labels=a=b \
	    --add-resource-attributes=r=s --destination=w=http://h/v1/metrics \
	    --destination=x=otlp+grpcs://h --destination=y=https://h:4317 \
	    --destination=z=otlp+http://h --y.compression=gzip
	assert_success
	assert_output --partial "otlpsend --name=otlp --resource=a=b --resource=r=s grpc://c:4317 "
	assert_output --partial " http://h/v1/metrics "
	assert_output --partial " grpcs://h "
	assert_output --partial "otlpsend --name=y --resource=a=b --resource=r=s --compression=gzip grpcs://h:4317 "
	assert_output --partial "otlpsend --name=z --resource=a=b --resource=r=s http://h "
}

@test "the state directory may come from systemd" {
	STATE_DIRECTORY=/var/lib/x run adxexporter --print --file=res \
	    --kusto-endpoint=D=file:d --remote-write-endpoint=http://h/write
	assert_success
	assert_output --partial "crdstatus -s /var/lib/x"
}

@test "what is missing or unknown is told, status 64" {
	local -A wrong=(
		["--nonsense=1"]="unknown option --nonsense"
		["--remote-write-endpoint"]="needs a value"
		["--destination=x"]="is not NAME=URL"
		["--destination=x=http://h/else"]="does not say its protocol"
		["--nobody.flag"]="no stage or destination is nobody"
		["--drain-timeout=1d"]="is no duration"
		["--health-probe-port=x"]="is no port"
		["--health-probe-port=:65536"]="is no port"
		["--web.enable-lifecycle=maybe"]="neither true nor false"
		["--web.nothing=1"]="unknown option --web.nothing"
		["--destination=kqlrun=http://h/write"]="the name of a stage"
		["word"]="unknown argument word"
	)
	local w
	for w in "${!wrong[@]}"; do
		run plan --remote-write-endpoint=http://h/write "$w"
		assert_failure 64
		assert_output --partial "${wrong[$w]}"
	done
	run plan
	assert_failure 64
	assert_output --partial "no output"
	run plan --destination=a=http://h/write --destination=a=http://i/write
	assert_failure 64
	assert_output --partial "two destinations are called a"
}

@test "a stage that knows no such flag ends it with 64, once" {
	cd "$BATS_TEST_TMPDIR"
	mkdir res data
	run adxexporter --file=res --kusto-endpoint=DB=file:data \
	    --state-dir=state --remote-write-endpoint=http://127.0.0.1:9/write \
	    --health-probe-port=0 --kqlrun.frobnicate
	assert_failure 64
	assert_output --partial "unrecognized option '--frobnicate'"
	refute_output --partial "starts again"
}

@test "a signal ends it also while the API is not there yet" {
	cd "$BATS_TEST_TMPDIR"
	start_kube
	stop_pid "$KUBE_PID"
	spawn log adxexporter --kusto-endpoint=DB=file:data \
	    --remote-write-endpoint=http://127.0.0.1:9/write \
	    --health-probe-port=0
	wait_for 10 grep -q 'does not answer, tried again' log
	kill -TERM "$SPAWN_PID"
	wait_for 10 gone "$SPAWN_PID"
	run wait "$SPAWN_PID"
	assert_success
	run grep -c 'starts again' log
	assert_output 0
}

@test "destinations get the same windows, each its receipts" {
	cd "$BATS_TEST_TMPDIR"
	mkdir res data
	local now second
	now=$(date +%s)
	printf 'T,V\n' >data/Load.csv
	for ((second = now - 60; second < now + 300; second++)); do
		date -u -d "@$second" "+%FT%TZ,$second"
	done >>data/Load.csv
	cat >res/x.yaml <<-'EOF'
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: x}
	spec:
	  database: DB
	  interval: 5s
	  body: Load | where T between (_startTime .. _endTime)
	  transform: {valueColumn: V, timestampColumn: T, defaultMetricName: x}
	EOF
	start_victoria
	start_prometheus
	start_sink 200
	run adxexporter --once --file=res --kusto-endpoint=DB=file:data \
	    --state-dir=state --receipts=receipts \
	    --destination=p="$PROM_URL/api/v1/write" \
	    --destination=v="$VICTORIA_URL/api/v1/write" \
	    --otlp-endpoint="$SINK_URL" --otlp.encoding=json
	assert_success
	victoria_flush
	run jq -rs 'map(select(.status == "delivered" and .samples > 0)) |
	    group_by(.destination) | map("\(.[0].destination) \(.[0].samples)") |
	    join(" ")' receipts
	assert_output "otlp 5 p 5 v 5"
	prom_export x >p
	PROM_URL=$VICTORIA_URL prom_export x >v
	[ "$(wc -l <p)" -eq 5 ]
	diff p v
	jq -r '.resourceMetrics[].scopeMetrics[].metrics[] | .name as $n |
	    .gauge.dataPoints[] | "\(.timeUnixNano[:-6]) \(.asDouble)"' \
	    "$SINK_DIR"/1.body >o
	awk '{ print $3, $2 }' p | sort | diff - <(sort o)
}
