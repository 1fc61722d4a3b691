# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2030,SC2031,SC2154
#
# What goes wrong around the pipeline: each trouble is told with its place,
# gives the documented status, and stops nothing but what it concerns.
bats_require_minimum_version 1.5.0
load helpers

SENDERS=(promsend otlpsend promserve)
STAGES=(crdwatch kqlrun kql2rows rows2prom "${SENDERS[@]}" crdstatus)

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data res state
	NOW=$(date +%s)
	awk -v from=$((NOW - 300)) -v to=$((NOW + 300)) 'BEGIN {
		print "Timestamp,Host,V"
		for (t = from; t < to; t++)
			printf "%s,h,%d\n",
			    strftime("%Y-%m-%dT%H:%M:%SZ", t, 1), t % 1000
	}' >data/Load.csv
}

teardown() {
	stop_all
	! mountpoint -q "$BATS_TEST_TMPDIR/disk" ||
		umount "$BATS_TEST_TMPDIR/disk"
}

# resource NAME [INTERVAL [BODY-TAIL [TRANSFORM]]]: exports Load as NAME.
resource() {
	cat >"res/$1.yaml" <<-END
	apiVersion: adx-mon.azure.com/v1
	kind: MetricsExporter
	metadata: {name: $1, namespace: test}
	spec:
	  database: DB
	  interval: ${2:-1s}
	  body: |
	    Load | where Timestamp between (_startTime .. _endTime)
	    | project t = Timestamp, v = V${3:+ | $3}
	  transform: ${4:-{valueColumn: v, timestampColumn: t, defaultMetricName: $1\}}
	END
}

# cursor NAME SECONDS: all until SECONDS ago was delivered.
cursor() {
	mkdir -p state/test
	jq -n --arg name "$1" --arg t "$(date -u -d "@$((NOW - $2))" +%FT%TZ)" '{
		apiVersion: "adx-mon.azure.com/v1", kind: "MetricsExporter",
		metadata: {namespace: "test", name: $name},
		status: {lastSuccessfulExecution: $t, backlog: []}
	}' >"state/test/$1.json"
}

# ready NAME: status, reason and message of the resource's Ready condition.
ready() {
	jq -r '.status.conditions[] | select(.type == "Ready") |
	    "\(.status) \(.reason) \(.message)"' "state/test/$1.json"
}

is_ready() {
	[[ $(ready "$1") == True* ]]
}

# once URL [OPTION...]: the pipeline by hand, each stage's status in statuses.
once() {
	local url=$1
	shift
	# (The ! is for bats: a failure is what some tests look for.)
	! crdwatch -1 -f res -s state 2>crdwatch.log |
	    kqlrun -1 -e DB=file:data 2>kqlrun.log |
	    kql2rows 2>kql2rows.log | rows2prom 2>rows2prom.log |
	    promsend "$@" "$url" 2>promsend.log |
	    crdstatus -s state >receipts 2>crdstatus.log
	echo "${PIPESTATUS[*]}" >statuses
}

# saved: what each stage reads, in files of its name.
saved() {
	local now=2026-01-01T00:00:10Z
	{
		echo Timestamp,Host,V
		printf '2026-01-01T00:00:0%d.5Z,h,1\n' 1 2 3
	} >data/Load.csv
	resource a 10s
	resource b 10s
	cp res/a.yaml crdwatch.in
	crdwatch -1 -f res >kqlrun.in
	kqlrun -1 --now $now -e DB=file:data <kqlrun.in >kql2rows.in
	kql2rows <kql2rows.in >rows2prom.in
	rows2prom <rows2prom.in >promsend.in
	cp promsend.in otlpsend.in
	cp promsend.in promserve.in
	promsend "$SINK_URL" <promsend.in >crdstatus.in
}

# stage NAME [OPTION...]: the tool, ready to read its saved input.
stage() {
	local tool=$1
	shift
	case $tool in
	crdwatch) set -- -1 -f - "$@" ;;
	kqlrun) set -- -1 --now 2026-01-01T00:00:10Z -e DB=file:data "$@" ;;
	rows2prom) set -- --value-column v -n m "$@" ;;
	promsend | otlpsend) set -- "$@" "$SINK_URL" ;;
	promserve) set -- --listen=127.0.0.1:0 "$@" ;;
	crdstatus) set -- -s state "$@" ;;
	esac
	timeout 20 "$tool" "$@"
}

@test "every tool: a full disk as stdout is 75 and told" {
	start_sink
	saved
	local s
	for s in "${STAGES[@]}"; do
		run -75 --separate-stderr bash -c "$(declare -f stage)
		    stage $s <$s.in >/dev/full"
		[[ $stderr == *"tool=$s"*'No space left on device'* ]]
	done
}

@test "every tool: a closed pipe ends it, also where SIGPIPE is ignored" {
	start_sink
	saved
	local s want ignored
	for s in "${STAGES[@]}"; do
		want=141
		[[ $s != prom* && $s != otlpsend ]] || want=75
		mkfifo "$s.out"
		for ignored in '' "trap '' PIPE;"; do
			bash -c "$(declare -f stage)
			    $ignored exec 3>$s.out
			    stage $s <$s.in >&3; echo \$? >$s.status" &
			keep_pid $!
			: <"$s.out"
			wait_for 20 test -s "$s.status"
			assert_equal "$s $(cat "$s.status")" "$s $want"
			rm -f "$s.status"
		done
	done
}

@test "every tool: input cut in its middle is told with its place" {
	start_sink
	saved
	local s
	for s in "${STAGES[@]:1}"; do
		head -c "$(($(wc -c <"$s.in") / 2 + 7))" "$s.in" >half
		run -65 --separate-stderr stage "$s" <half
		[[ $stderr == *torn* || $stderr == *Truncated* ]]
	done
}

@test "every tool: noise is told with its line, and never a crash" {
	start_sink
	saved
	local s want
	printf '\377\376\001{"x\n\000\000\n# @end {\n{"@window":7}\n' >noise
	head -c 30000 "$(command -v crdwatch)" >>noise
	for s in "${STAGES[@]}"; do
		want=65
		[ "$s" != crdwatch ] || want=1
		run "-$want" --separate-stderr stage "$s" <noise
		[[ $stderr == *stdin:[0-9]* || $stderr == *line=1* ||
		    $stderr == *'line 1'* ]]
	done
}

@test "every tool: each line of a JSON log is JSON" {
	start_sink
	saved
	local s
	for s in "${STAGES[@]}"; do
		{ printf '\377"\\\001noise\n'; cat "$s.in"; } >mixed
		stage "$s" --log-format json --log-level debug \
		    <mixed >out 2>log || :
		run jq -se --arg t "$s" 'length > 0 and all(.tool == $t and
		    .ts != null and .msg != null)' log
		assert_success
	done
}

# sent SENDER: what it answers for the window on stdin, its log in SENDER.log.
sent() {
	stage "$1" 2>"$1.log" | jq -r 'select(.status != "begun") |
	    "\(.status) \(.samples) \(.rejected) \(.error.code // "-")"'
}

# window <SAMPLES: with the lines around them.
window() {
	printf '# @window {"id":"i","namespace":"n","name":"x",%s}\n' \
	    '"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:01:00Z"'
	tee samples
	printf '# @end {"id":"i","samples":%d}\n' "$(wc -l <samples)"
}

# each_sender ANSWER [LOG-PATTERN]: all answer so for the window on stdin.
each_sender() {
	local s
	window >in
	for s in "${SENDERS[@]}"; do
		assert_equal "$s $(sent "$s" <in)" "$s $1"
		[ -z "${2-}" ] || grep -Eq "$2" "$s.log" || fail "$s: no $2"
	done
}

@test "every sender: values and times that are out of the ordinary" {
	start_sink 200
	each_sender 'delivered 4 0 -' <<-END
	v{x="1"} NaN 1767225600000
	v{x="2"} +Inf 1767225600000
	v{x="3"} -Inf 1767225600000
	v{x="4"} -0 1767225600000
	END
	each_sender 'delivered 1 1 -' 'more than 10 m.*in the future' <<-END
	far 1 9223372036854775807
	good 1 1767225600000
	END
	# OTLP alone cannot say what was before 1970.
	local s
	window >in <<-END
	old 1 -62135596800000
	good 1 1767225600000
	END
	for s in "${SENDERS[@]}"; do
		run sent "$s" <in
		case $s in
		otlpsend) assert_output 'delivered 1 1 -' ;;
		*) assert_output 'delivered 2 0 -' ;;
		esac
	done
	grep -q 'sample refused' otlpsend.log
}

@test "every sender: a line that is not valid fails its window" {
	start_sink 200
	each_sender 'failed 0 0 BadLine' 'label b comes twice' \
	    <<<'a{b="1",b="1"} 1 1767225600000'
	each_sender 'failed 0 0 BadLine' 'UTF-8' \
	    <<<$'a{b="\377"} 1 1767225600000'
	[ "$(sink_requests)" -eq 0 ]
}

@test "every sender: 100,000 label values, a label of a MB" {
	start_sink 200
	awk 'BEGIN {
		for (i = 0; i < 100000; i++)
			printf "m{v=\"value-%d\"} %d 1767225600000\n", i, i
	}' >many
	each_sender 'delivered 100000 0 -' <many
	{
		printf 'big{v="'
		head -c 1000000 /dev/zero | tr '\0' x
		printf '"} 1 1767225600000\nsmall 1 1767225600000\n'
	} >many
	each_sender 'delivered 2 0 -' <many
}

@test "once, by hand: 0 when all is delivered, 1 while a window is owed" {
	start_sink
	resource good
	cursor good 5
	once "$SINK_URL"
	assert_equal "$(cat statuses)" '0 0 0 0 0 0'
	is_ready good
	cursor good 5
	stop_pid "$SINK_PID"
	once "$SINK_URL" --retry-deadline 1s
	assert_equal "$(cat statuses)" '0 0 0 0 0 1'
	run ready good
	assert_output --partial 'False DeliveryFailing'
	grep -q 'resource=test/good' crdstatus.log
	grep -q 'test/good@' promsend.log
}

@test "a missing column and a null value are told by name" {
	start_sink
	resource good
	resource nocolumn 1s '' \
	    '{valueColumn: gone, timestampColumn: t, defaultMetricName: x}'
	resource nulls 1s 'extend v = long(null)'
	resource notime 1s 'extend t = datetime(null)'
	local n
	for n in good nocolumn nulls notime; do
		cursor "$n" 3
	done
	once "$SINK_URL"
	assert_equal "$(cat statuses)" '0 0 0 0 0 1'
	is_ready good
	is_ready nulls
	run ready nocolumn
	assert_output --regexp '^False .*gone'
	run ready notime
	assert_output --regexp '^False .*time'
	grep -q 'window=test/nocolumn@.*gone' rows2prom.log
}

@test "a torn status file stops its resource and no other" {
	start_sink
	resource good
	resource torn
	cursor good 3
	cursor torn 3
	head -c 60 state/test/torn.json >half
	cp half state/test/torn.json
	once "$SINK_URL"
	assert_equal "$(cut -d ' ' -f 1 statuses)" 1
	is_ready good
	cmp half state/test/torn.json
	grep -q 'state/test/torn.json' crdwatch.log
}

@test "of two overlapping runs one works, the other ends with 75" {
	start_sink 'delay 2000' 204
	resource twice
	cursor twice 3
	local pids=() p i
	for i in 1 2; do
		bash -c "adxexporter --once --file=res --state-dir=state \
		    --kusto-endpoint=DB=file:data --remote-write-endpoint=$SINK_URL \
		    2>log$i; echo \$? >status$i" 3>&- &
		pids+=($!)
		keep_pid $!
	done
	for p in "${pids[@]}"; do
		wait "$p"
	done
	run sort status1 status2
	assert_output $'0\n75'
	grep -q 'state' "log$(grep -l 75 status1 status2 | tail -c 2)"
}

@test "a full disk: 75 and told, statuses stay whole until there is room" {
	mkdir disk
	mount -t tmpfs -o size=64k none disk 2>/dev/null ||
		skip 'a small file system needs root'
	start_sink
	resource good
	cursor good 2
	mv state disk/
	ln -s disk/state state
	cp state/test/good.json before
	head -c 1M /dev/zero >disk/fill 2>/dev/null || :
	once "$SINK_URL"
	assert_equal "$(cut -d ' ' -f 6 statuses)" 75
	cmp before state/test/good.json
	grep -q 'state/test/good.json.*No space left on device' crdstatus.log
	# The engine, too, says where there is no room.
	TMPDIR=$PWD/disk run -75 kqlrun -e DB=file:data -q Load
	assert_output --partial "$PWD/disk"
	rm disk/fill
	once "$SINK_URL"
	assert_equal "$(cat statuses)" '0 0 0 0 0 0'
	is_ready good
}

@test "a dead destination is owed, one that lives is not held up" {
	start_prometheus
	stop_pid "$PROM_PID"
	start_sink
	resource two
	cursor two 5
	spawn log adxexporter --health-probe-port=0 \
	    --file=res --state-dir=state --receipts=receipts \
	    --kusto-endpoint=DB=file:data \
	    --destination="alive=prometheus+$SINK_URL/" \
	    --destination="dead=$PROM_URL/api/v1/write" \
	    --dead.retry-deadline=1s
	local sup=$SPAWN_PID
	alive_beyond() {
		jq -se --argjson t "$1" 'map(select(.destination == "alive" and
		    .status == "delivered" and
		    (.end | fromdate) >= $t)) | length > 0' receipts
	}
	wait_for 40 alive_beyond $((NOW + 3))
	wait_for 20 jq -e '[.status.backlog[].destinations] == [["dead"]]' \
	    state/test/two.json
	start_prometheus --data "$PROM_DATA" --port "$PROM_PORT"
	wait_for 60 jq -e '.status.backlog == []' state/test/two.json
	stop_pid "$sup"
	run jq -se 'map(select(.status == "delivered" and .start != .end and
	    .destination == "dead") | .start) | . == sort and
	    length == (unique | length)' receipts
	assert_success
}

@test "resources that are edited or removed while it runs" {
	start_sink
	resource stays
	resource edited
	resource removed
	spawn log adxexporter --health-probe-port=0 \
	    --file=res --state-dir=state --receipts=receipts \
	    --kusto-endpoint=DB=file:data \
	    --destination="d=prometheus+$SINK_URL/"
	local sup=$SPAWN_PID n
	for n in stays edited removed; do
		wait_for 30 is_ready "$n"
	done
	rm res/removed.yaml
	resource edited 2s
	wait_for 30 jq -se 'map(select(.name == "edited" and
	    .status == "delivered" and
	    ((.end | fromdate) - (.start | fromdate)) == 2)) | length > 1' receipts
	resource edited bad
	wait_for 20 grep -q 'res/edited.yaml:.*interval' log
	wait_for 20 bash -c "jq -e '.status.conditions[] |
	    select(.type == \"Ready\" and .reason == \"InvalidSpec\")' \
	    state/test/edited.json"
	resource edited 1s
	wait_for 20 is_ready edited
	stop_pid "$sup"
	# No window is left out or cut twice: each begins where one ended.
	run jq -se 'map(select(.status == "delivered" and .start != .end)) |
	    group_by(.name) | all(unique_by(.start) | [.[:-1], .[1:]] |
	    transpose | all(.[0].end == .[1].start))' receipts
	assert_success
	run jq -se '(map(select(.name == "removed") | .end) | max) <
	    (map(select(.name == "stays") | .end) | max)' receipts
	assert_success
}

@test "Prometheus: one poisoned sample is rejected, the rest is there" {
	start_prometheus
	local end=$((NOW - 30)) w
	printf 'p{s="a"} 1 %d000\n' "$end" | promsend "$PROM_URL/api/v1/write"
	w=$(jq -nc --arg s "$(date -u -d "@$((end - 5))" +%FT%TZ)" \
	    --arg e "$(date -u -d "@$((end + 5))" +%FT%TZ)" '{id: "w",
	    namespace: "test", name: "p", start: $s, end: $e}')
	{
		echo "# @window $w"
		printf 'p{s="%s"} 2 %d000\n' a "$end" b "$end" c "$end"
		echo '# @end {"id":"w","samples":3}'
	} >window
	run -1 --separate-stderr promsend "$PROM_URL/api/v1/write" <window
	run jq -c 'select(.status == "delivered") | [.samples, .rejected]' \
	    <<<"$output"
	assert_output '[2,1]'
	assert_equal "$(prom_series p)" 3
	assert_equal "$(prom_export 'p{s="a"}' 1h)" "p{s=\"a\"} 1 ${end}000"
}

# hostile: YAML of resources that are wrong in one field each, and of good ones
# before, among and behind them.
hostile() {
	jq -rn '
	[null, true, 5, -1, 1e300, "", "x", "\u0000", [], ["x"], [1], [null],
	    [[]], {}, {a: 1}, {a: ["y"]}, {a: {}}] as $values |
	["database", "body", "interval", "transform", "criteria",
	    "criteriaExpression", "exporter", "exporters",
	    "summaryRuleSelector", "ingestionDelay"] as $fields |
	["valueColumn", "valueColumns", "metricNameColumn",
	    "defaultMetricName", "metricNamePrefix", "timestampColumn",
	    "labelColumns"] as $columns |
	def object($name): {apiVersion: "adx-mon.azure.com/v1",
	    kind: "MetricsExporter", metadata: {name: $name},
	    spec: {database: "DB", body: "T", interval: "1m",
	    transform: {valueColumn: "v", defaultMetricName: "m"}}};
	[($fields[] | ["spec", .]), ($columns[] | ["spec", "transform", .])] |
	to_entries[] | .key as $n | .value as $path |
	($values | to_entries[]) | .key as $k |
	(object("w\($n)-\($k)") | setpath($path; $values[$k])),
	(if $k == 0 then object("good\($n)") else empty end) |
	tojson | "---\n" + .'
}

@test "crdwatch: a wrong type in any field stops its resource alone" {
	hostile >all.yaml
	run -1 --separate-stderr crdwatch -1 -f all.yaml -l a=x
	local events=$output
	jq -e .object.metadata.name <<<"$events" >/dev/null
	assert_equal "$(jq -r 'select(.problem == null) |
	    .object.metadata.name' <<<"$events" | grep -c ^good)" 17
	# 289 of them; only the criteria {a: ["y"]} are of others.
	assert_equal "$(jq -r .object.metadata.name <<<"$events" |
	    grep -c ^w)" 288
	run jq -r '.problem // empty | "\(.type) \(.reason)"' <<<"$events"
	assert_equal "$(sort -u <<<"$output")" "\
Criteria CriteriaExpressionError
Ready InvalidSpec"
	run jq -r 'select(.problem) |
	    select(.problem.message | test("^all.yaml:[0-9]+: spec") | not)' \
	    <<<"$events"
	assert_output ""
	# What no type is wrong with: null and "", which are absent, and "x".
	run jq -r 'select(.problem == null) | .object | .metadata.name as $n |
	    select($n | startswith("w")) | .spec | tojson' <<<"$events"
	refute_output --regexp ':(true|5|-1|1e300|\[1\]|\[null\]|\[\[\]\])[,}]'
}

@test "crdwatch: what cannot be read stops none of the file's others" {
	good() {
		printf -- '---\n'
		exporter_named "$1"
	}
	exporter_named() {
		resource "$1"
		cat "res/$1.yaml"
		rm "res/$1.yaml"
	}
	{
		good one
		printf -- '---\na: "torn\n'
		good two
		printf -- '---\nkind: MetricsExporter\nspec: {a: [\n'
		good three
		printf -- '---\ndatabase: D\ndatabase: E\n'
		good four
		printf -- '---\n"a\\0b": 1\n'
		good five
		printf -- '---\nx: \377\376\n'
		good six
		printf -- '---\n%s\n' "$(printf '[%.0s' {1..500})"
		good seven
		printf -- '---\n{"%s": 1}\n' "$(printf 'k%.0s' {1..5000})"
		good eight
	} >res/mixed.yaml
	run -1 --separate-stderr crdwatch -1 -f res/mixed.yaml
	assert_equal "$(jq -r .object.metadata.name <<<"$output" | sort | xargs)" \
	    "eight five four one seven six three two"
	assert_equal "$(jq -r '.problem // empty' <<<"$output")" ""
	assert_equal "$(grep -c 'document not read.*mixed.yaml:[0-9]' \
	    <<<"$stderr")" 6
	# A document that breaks while it is watched stops what it held.
	printf -- '---\nkind: {\n---\n' >broken
	spawn log bash -c 'crdwatch -f res/mixed.yaml >events'
	wait_for 20 grep -q '"eight"' events
	sed '0,/name: two/s//name: [two/' res/mixed.yaml >next
	mv next res/mixed.yaml
	wait_for 20 grep -q '"two".*"problem".*mixed.yaml' events
	! grep -q '"three".*"problem"' events
}

@test "metadata that is wrong behind a name gives the condition of its resource" {
	resource good
	resource gen
	sed -i 's/namespace: test/&, generation: x/' res/gen.yaml
	resource rule
	sed -i 's,namespace: test,&\, annotations: {kqlpipe/rule: 5},' res/rule.yaml
	resource until
	sed -i 's,namespace: test,&\, annotations: {kqlpipe/until: 5},' \
	    res/until.yaml
	crdwatch -1 -f res >events || :
	run -1 --separate-stderr kqlrun -1 -e DB=file:data <events
	assert_equal "$(jq -r '.["@condition"] // empty |
	    "\(.name) \(.reason) \(.message)"' <<<"$output" | sort)" "\
gen InvalidSpec res/gen.yaml:3: metadata.generation: wants a number
rule InvalidSpec res/rule.yaml:3: metadata.annotations.kqlpipe/rule: wants text, got a number
until InvalidSpec res/until.yaml:3: metadata.annotations.kqlpipe/until: wants a time such as 2025-06-25T10:00:00Z"
	[[ $stderr != *'line skipped'* ]]
}

@test "crdwatch: large resources and NULs are told of or run, in bounded time" {
	local many
	many=$(printf 'c%s, ' {1..10000})
	resource big 1s "extend s = '$(head -c 1M /dev/zero | tr '\0' x)'"
	resource wide 1s '' "{valueColumn: v, defaultMetricName: m,
	    labelColumns: [$many$many c1]}"
	resource both
	printf '  exporters: [%s d]\n' "$many" >>res/both.yaml
	resource slow
	printf "  criteriaExpression: '[%s].all(x, [%s].all(y, x == y))'\n" \
	    "$(printf '1,%.0s' {1..3000})" "$(printf '1,%.0s' {1..3000})" \
	    >>res/slow.yaml
	resource long
	printf '  criteriaExpression: "%s"\n' \
	    "$(printf ' true ||%.0s' {1..20000})" >>res/long.yaml
	resource value
	printf '  criteria: {a: ["x\\0y"]}\n' >>res/value.yaml
	run -1 --separate-stderr timeout 20 crdwatch -1 -f res -l a=x
	[ "${#stderr}" -lt 20000 ]
	assert_equal "$(jq -r '.object.metadata.name + " " +
	    (.problem.message // "runs" | .[0:120])' <<<"$output" | sort)" "\
big runs
both runs
long res/long.yaml:11: spec.criteriaExpression: line 1, column 1: the expression has more than 100000 characters
slow res/slow.yaml:11: spec.criteriaExpression: line 1, column 6011: it takes more than 1000000 steps
value res/value.yaml:11: spec.criteria.a[]: holds a NUL byte
wide runs"
}
