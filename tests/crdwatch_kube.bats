#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# crdwatch: resources of a Kubernetes API in, watch events out.  The server is
# that of tests/httpd/kube.c, which does on request what a real one does when
# it likes.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	OUT=$BATS_TEST_TMPDIR/out
	LOG=$BATS_TEST_TMPDIR/log
	cd "$BATS_TEST_TMPDIR" || return 1
}

# exporter NAME [MEMBER...]: a resource that is right, as YAML on stdout.
exporter() {
	printf '%s\n' --- 'apiVersion: adx-mon.azure.com/v1' \
	    'kind: MetricsExporter' "metadata: {name: $1, namespace: n}" \
	    'spec: {database: D, body: T, interval: 5m, transform: {valueColumn: v, defaultMetricName: m}}' \
	    "${@:2}"
}

# selecting NAME SELECTOR [MEMBER...]: one that selects rules.
selecting() {
	exporter "$1" "${@:3}" |
	    sed "s/database: D, body: T/summaryRuleSelector: $2/
		s/valueColumn: v/&, timestampColumn: t/"
}

# rule NAME LABELS [MEMBER...]: a SummaryRule with the table of its name.
rule() {
	printf '%s\n' --- 'apiVersion: adx-mon.azure.com/v1' \
	    'kind: SummaryRule' \
	    "metadata: {name: $1, namespace: n, labels: $2}" \
	    "spec: {database: D, table: $1, body: Q, interval: 1d}" "${@:3}"
}

# watch [OPTION...]: start crdwatch; its events go to OUT, its log to LOG.
watch() {
	: >"$OUT"
	crdwatch "$@" >"$OUT" 2>"$LOG" 3>&- &
	WATCH_PID=$!
	keep_pid "$WATCH_PID"
}

# What the events say, one a line: TYPE NAME[+RULE] [REASON].
told() {
	jq -r '(.object.metadata.annotations["kqlpipe/rule"] // "" |
	    if . == "" then . else "+" + . end) as $rule |
	    [.type, .object.metadata.name + $rule, .problem.reason // empty] |
	    join(" ")' "${1:-$OUT}"
}

# tells LINE...: these were told last, in any order.
tells() {
	diff <(printf '%s\n' "$@" | sort) <(told | tail -n $# | sort)
}

# requested PLURAL VERB: the query of each such request, one a line as JSON.
requested() {
	jq -c --arg plural "/$1" --arg verb "$2" 'select(
	    (.path | endswith($plural)) and
	    (.headers["User-Agent"] | startswith("crdwatch/")) and
	    (if .args.watch then "watch" else "list" end) == $verb) | .args' \
	    "$KUBE_RECORD"
}

# asked VERB: how often the server was asked to list or watch.
asked() {
	requested metricsexporters "$1" | wc -l
}

asked_at_least() {
	(($(asked "$1") >= $2))
}

@test "resources of an API come as the events kubectl prints" {
	start_kube
	{ exporter a 'status: {lastSuccessfulExecution: "2025-06-25T10:00:00Z"}'
	  exporter b; } | kube_apply
	run -0 --separate-stderr crdwatch -1
	assert_equal "$(told /dev/stdin <<<"$output" | sort)" $'ADDED a\nADDED b'
	diff <(jq -S 'select(.object.metadata.name == "a") | .object' \
	    <<<"$output") <(kube_get n/a | jq -S 'del(.metadata.managedFields)')
}

@test "each change is an event, with its status" {
	start_kube
	exporter a | kube_apply
	watch
	wait_for 10 tells "ADDED a"
	exporter a 'status: {lastSuccessfulExecution: "2025-06-25T10:00:00Z"}' |
	    kube_apply
	wait_for 10 tells "MODIFIED a"
	assert_equal "$(tail -n 1 "$OUT" | jq -r .object.status.lastSuccessfulExecution)" \
	    2025-06-25T10:00:00Z
	exporter b | kube_apply
	wait_for 10 tells "ADDED b"
	kube_delete n/a
	wait_for 10 tells "DELETED a"
	stop_pid "$WATCH_PID"
	assert_equal "$(wc -l <"$OUT")" 4
}

@test "a rule that gains or loses the labels joins or leaves" {
	start_kube
	selecting s '{matchLabels: {x: y}}' | kube_apply
	{ rule in '{x: y}'; rule out '{}'; } | kube_apply
	watch
	wait_for 10 tells "ADDED s" "ADDED s+in"
	rule out '{x: y}' | kube_apply
	wait_for 10 tells "ADDED s+out"
	rule in '{x: z}' | kube_apply
	wait_for 10 tells "DELETED s+in"
	rule out '{x: y}' 'status: {conditions: [{type: summaryrule.adx-mon.azure.com/LastSuccessfulExecution, message: "2025-06-25T10:00:00Z"}]}' |
	    kube_apply
	wait_for 10 tells "MODIFIED s+out"
	tail -n 1 "$OUT" | jq -e '.object |
	    .metadata.annotations["kqlpipe/until"] == "2025-06-25T10:00:00Z"
	    and .spec.database == "D"
	    and .spec.body == "out | where t between (_startTime .. _endTime)"'
	kube_delete n/s
	wait_for 10 tells "DELETED s" "DELETED s+out"
}

# fault JSON...: what is to go wrong, see tests/httpd/kube_fault.h.
fault() {
	printf '%s\n' "$@" | kube_control fault --data-binary @-
}

logged() {
	grep -q -- "$1" "$LOG"
}

# The set that the events leave, as names and versions; what is told in no
# order that can be is an error.
held() {
	jq -rn 'reduce inputs as $e ({};
	    ($e.object.metadata | .namespace + "/" + .name) as $key |
	    if $e.type == "ADDED" and has($key) then
		error("ADDED twice: " + $key)
	    elif $e.type != "ADDED" and (has($key) | not) then
		error($e.type + " unknown: " + $key)
	    elif $e.type == "DELETED" then del(.[$key])
	    else .[$key] = $e.object.metadata.resourceVersion end) |
	    to_entries | sort_by(.key)[] | .key + " " + .value' "${1:-$OUT}"
}

# The same of the server.
there() {
	kube_control objects | sort
}

in_step() {
	diff <(held) <(there)
}

@test "lists come in chunks, watches resume where the last one ended" {
	start_kube
	for i in {1..501}; do exporter "r$i"; done | kube_apply
	watch
	wait_for 20 in_step
	assert_equal "$(requested metricsexporters list | jq -r .limit | paste -sd ' ')" "500 500"
	wait_for 10 asked_at_least watch 1
	# It ends well, and begun well: the next one follows where it was.
	read -rt 1.1 <> <(:) || :
	kube_control cut
	wait_for 10 asked_at_least watch 2
	assert_equal "$(requested metricsexporters watch |
	    jq -r .resourceVersion | sort -u | wc -l)" 1
	requested metricsexporters watch | jq -e '.allowWatchBookmarks == "true"
	    and (.timeoutSeconds | tonumber | . >= 300 and . < 600)' >/dev/null
	kube_control bookmark
	exporter elsewhere | sed 's/namespace: n/namespace: m/' | kube_apply
	wait_for 10 in_step
	assert_equal "$(asked list)" 2
	run ! grep -v level=info "$LOG"
}

@test "a version that is forgotten: listed again, only differences told" {
	start_kube
	for i in a b c d; do exporter "$i"; done | kube_apply
	watch
	wait_for 10 in_step
	fault '{"verb":"watch","delay":1500}'
	kube_control 'cut?hard=1'
	kube_delete n/a
	kube_delete n/b
	exporter b | kube_apply
	exporter c 'status: {lastSuccessfulExecution: "2025-06-25T10:00:00Z"}' |
	    kube_apply
	exporter e | kube_apply
	kube_control compact
	wait_for 20 in_step
	# b is another object of that name.
	tells "DELETED a" "DELETED b" "ADDED b" "MODIFIED c" "ADDED e"
	requested metricsexporters list | tail -n 1 |
	    jq -e '.resourceVersionMatch == "NotOlderThan" and .resourceVersion'
	logged 'msg="version is too old, listing again"'
}

@test "a busy, broken or absent server is waited for, without haste" {
	start_kube
	exporter a | kube_apply
	fault '{"verb":"list","status":429,"retryAfter":2}'
	SECONDS=0
	watch
	wait_for 20 in_step
	((SECONDS >= 2))
	logged 'resource=metricsexporters verb=list'
	# Nobody listens for a while; then it goes on where it was.
	kube_restart 1000
	exporter b | kube_apply
	wait_for 20 in_step
	assert_equal "$(asked list)" 2
}

@test "what is not allowed or not installed is said, and tried slowly" {
	start_kube
	fault '{"resource":"metricsexporters","status":403,"times":0}'
	run -78 --separate-stderr crdwatch -1
	[[ $stderr == *'not allowed by the Kubernetes API'*'cannot list resource '* ]]
	[[ $stderr == *'metricsexporters'* ]]
	kube_control clear
	fault '{"resource":"metricsexporters","status":404,"text":"404 page not found\n","times":0}'
	run -78 --separate-stderr crdwatch -1
	[[ $stderr == *'this kind is not installed'* ]]
	# A kind that is not there now takes nothing away.
	kube_control clear
	exporter a | kube_apply
	watch
	wait_for 10 in_step
	fault '{"verb":"watch","status":404,"text":"404 page not found\n"}'
	kube_control 'cut?hard=1'
	wait_for 10 logged 'this kind is not installed.*retry_ms=3....'
	assert_equal "$(told)" "ADDED a"
}

@test "with -1 a server that is not there is 75, a lone trouble none" {
	start_kube
	exporter a | kube_apply
	fault '{"verb":"list","status":503}'
	run -0 --separate-stderr crdwatch -1
	assert_equal "$(told /dev/stdin <<<"$output")" "ADDED a"
	stop_pid "$KUBE_PID"
	run -75 --separate-stderr crdwatch -1
}

@test "answers that make no sense: what came is shown, nothing is concluded" {
	start_kube
	exporter a | kube_apply
	watch
	wait_for 10 in_step
	wait_for 10 asked_at_least watch 1
	fault '{"verb":"watch","status":410}' \
	    '{"verb":"list","text":"{\"kind\":\"Welcome\"}"}'
	printf '<html>sign in</html>' | kube_control raw --data-binary @-
	wait_for 10 logged 'received \\"<html>sign in</html>'
	wait_for 20 logged 'received .*Welcome.*: no list of objects'
	exporter b | kube_apply
	wait_for 20 in_step
	assert_equal "$(told)" $'ADDED a\nADDED b'
}

@test "an object of 1 MiB comes through, none makes the others wait" {
	start_kube
	exporter a | kube_apply
	{
		printf '{"apiVersion":"adx-mon.azure.com/v1",'
		printf '"kind":"MetricsExporter",'
		printf '"metadata":{"name":"big","namespace":"n"},"spec":{'
		printf '"interval":"5m","database":"D","transform":'
		printf '{"valueColumn":"v","defaultMetricName":"m"},"body":"T'
		head -c 1048576 /dev/zero | tr '\0' ' '
		printf '"}}'
	} >big.json
	watch
	wait_for 10 in_step
	kube_apply <big.json
	wait_for 20 in_step
	assert_equal "$(tail -n 1 "$OUT" | jq '.object.spec.body | length')" 1048577
	run -0 --separate-stderr crdwatch -1
	assert_equal "${#lines[@]}" 2
}

# change N: a random change of one of 12 objects.
change() {
	local name=r$((RANDOM % 12)) status=''
	if ((RANDOM % 5 == 0)); then
		kube_delete "n/$name" || :
		return 0
	fi
	((RANDOM % 2)) || status="status: {lastSuccessfulExecution: '$1'}"
	exporter "$name" "$status" | kube_apply
}

@test "200 random changes, 10 restarts, 3 compactions: nothing is missed" {
	start_kube
	watch
	RANDOM=5
	for i in {1..200}; do
		change "$i"
		case $i in
		5 | *[02468]5)
			kube_restart 1
			;;
		30 | 90 | 150)
			# What comes until it watches again is forgotten.
			fault '{"verb":"watch","delay":500}'
			kube_control 'cut?hard=1'
			;;
		33 | 93 | 153) kube_control compact ;;
		esac
		((i % 50)) || wait_for 30 in_step
	done
	(($(asked list) >= 3))
}

@test "a rule's part of the status is that of its derived object" {
	start_kube
	rule r '{}' | kube_apply
	selecting s '{}' 'status: {rules: [{name: r, lastSuccessfulExecution: "2025-06-25T10:00:00Z", backlog: []}], conditions: []}' |
	    kube_apply
	selecting t '{}' "status: {conditions: [{type: metricsexporter.adx-mon.azure.com/Backlog, message: '{\"rules\":[{\"name\":\"r\",\"lastSuccessfulExecution\":\"2025-06-25T11:00:00Z\"}]}'}]}" |
	    kube_apply
	selecting u '{}' 'status: {rules: 5}' | kube_apply
	run -1 --separate-stderr crdwatch -1
	jq -c 'select(.object.metadata.annotations) |
	    [.object.metadata.name, .object.status, .problem.reason]' \
	    <<<"$output" | sort >got
	diff - got <<-'END'
	["s",{"lastSuccessfulExecution":"2025-06-25T10:00:00Z","backlog":[]},null]
	["t",{"lastSuccessfulExecution":"2025-06-25T11:00:00Z"},null]
	["u",null,"InvalidStatus"]
	END
}

@test "what kubectl prints can stand in, and upstream's status is read" {
	# kubectl indents by four blanks, and jq makes lines of that.
	exporter a "status: {conditions: [
	    {type: metricsexporter.adx-mon.azure.com, status: 'True'},
	    {type: metricsexporter.adx-mon.azure.com/LastSuccessfulExecution, status: 'True', message: '2025-06-25T09:55:00Z'}]}" >a.yaml
	start_kube
	kube_apply <a.yaml
	exporter b | kube_apply
	curl -sN "$KUBE_URL/apis/adx-mon.azure.com/v1/metricsexporters?watch=1&timeoutSeconds=1" |
	    jq --indent 4 . >recorded
	jq -c . recorded |
	    kqlrun -1 --now 2025-06-25T10:05:00Z -e D=http://127.0.0.1:1 \
		--dry-run >"$OUT" 2>"$LOG"
	diff - <(jq -r '.window | [.name, .start, .end] | @tsv' "$OUT" |
	    sort -u) <<-END
	a	2025-06-25T09:55:00Z	2025-06-25T10:00:00Z
	a	2025-06-25T10:00:00Z	2025-06-25T10:05:00Z
	b	2025-06-25T10:00:00Z	2025-06-25T10:05:00Z
	END
	# The same by crdwatch.
	crdwatch -1 | kqlrun -1 --now 2025-06-25T10:05:00Z \
	    -e D=http://127.0.0.1:1 --dry-run 2>>"$LOG" |
	    diff - "$OUT"
	jq -e '.window.uid | length == 36' "$OUT" >/dev/null
}

@test "what is wrong with an object becomes a condition with its uid" {
	start_kube
	exporter a | sed 's/interval: 5m/interval: 1d/' | kube_apply
	crdwatch -1 2>"$LOG" | kqlrun -1 -e D=http://127.0.0.1:1 2>>"$LOG" \
	    >"$OUT" || :
	jq -r '.["@condition"] | [.uid, .reason, .generation] | @tsv' "$OUT" |
	    diff - <(kube_get n/a |
		jq -r '[.metadata.uid, "InvalidSpec", 1] | @tsv')
}

@test "one namespace is asked for alone" {
	start_kube
	{ exporter a; exporter b | sed 's/namespace: n/namespace: m/'; } |
	    kube_apply
	run -0 --separate-stderr crdwatch -1 -N m
	assert_equal "$(told /dev/stdin <<<"$output")" "ADDED b"
	jq -e 'select(.path | contains("/namespaces/m/"))' "$KUBE_RECORD" \
	    >/dev/null
}
