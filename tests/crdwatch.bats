#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# crdwatch: resources of files in, watch events out.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	D=$BATS_TEST_TMPDIR/d
	S=$BATS_TEST_TMPDIR/s
	OUT=$BATS_TEST_TMPDIR/out
	LOG=$BATS_TEST_TMPDIR/log
	mkdir "$D"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# exporter NAME [SPEC-LINE...]: a resource that is right, on stdout.
exporter() {
	printf 'apiVersion: adx-mon.azure.com/v1\nkind: MetricsExporter\n'
	printf 'metadata: {name: %s, namespace: n}\nspec:\n' "$1"
	printf '  database: D\n  body: T\n  interval: 5m\n'
	printf '  transform: {valueColumn: v, defaultMetricName: m}\n'
	shift
	(($# == 0)) || printf '  %s\n' "$@"
}

# many N: resources r0, r1, ... of more than 1,000 bytes each.
many() {
	exporter NAME "criteria: {}" |
	    awk -v n="$1" '{ text = text $0 "\n" } END {
		for (i = 0; i < n; i++) {
			one = text
			sub(/NAME/, "r" i, one)
			sub(/: T\n/, sprintf(": \"%01000d\"\n", i), one)
			printf "%s---\n", one
		}
	    }'
}

# status_file NAME [JSON]: its status file, as crdstatus writes it.
status_file() {
	local json=${2-'{"lastSuccessfulExecution":"2025-06-25T10:00:00Z"}'}
	mkdir -p "$S/n"
	printf '{"metadata":{"namespace":"n","name":"%s"},"status":%s}\n' \
	    "$1" "$json" >"$S/n/$1.json.tmp"
	mv "$S/n/$1.json.tmp" "$S/n/$1.json"
}

# What the events say, one a line: TYPE NAME [REASON].
told() {
	jq -r '[.type, .object.metadata.name, .problem.reason // empty] |
	    join(" ")' "${1:-$OUT}"
}

@test "a directory's resources come as the events kubectl prints" {
	exporter b >"$D/2.yml"
	{ exporter a; echo ---; exporter c 'ingestionDelay: 30s'; } >"$D/1.yaml"
	exporter hidden >"$D/.h.yaml"
	exporter other >"$D/x.txt"
	mkdir "$D/below" "$D/dir.yaml"
	exporter below >"$D/below/x.yaml"
	echo '{"apiVersion":"v1","kind":"ConfigMap"}' >"$D/0.json"
	run -0 --separate-stderr crdwatch -1 -f "$D"
	assert_equal "$(told <(printf '%s\n' "$output"))" \
	    $'ADDED a\nADDED c\nADDED b'
	assert_equal "$(jq -c 'keys' <<<"${lines[0]}")" '["object","type"]'
	[[ ${lines[0]} == '{"type":"ADDED","object":{"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter","metadata":{"name":"a","namespace":"n","generation":'[1-9]* ]]
}

@test "a file, several operands and standard input are sources too" {
	exporter a >a.yaml
	exporter b >b.json.txt
	run -0 --separate-stderr crdwatch -1 -f a.yaml b.json.txt
	assert_equal "$(told /dev/stdin <<<"$output")" $'ADDED a\nADDED b'
	run -0 --separate-stderr crdwatch -1 -f - < <(exporter c)
	assert_equal "$(told /dev/stdin <<<"$output")" "ADDED c"
	run -0 --separate-stderr crdwatch -1 -f <(exporter d) -f a.yaml
	assert_equal "$(told /dev/stdin <<<"$output")" $'ADDED d\nADDED a'
}

@test "JSON files and lists as kubectl prints them are read" {
	cat >"$D/list.json" <<-'END'
	{"apiVersion":"v1","kind":"List","items":[
	 {"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}},
	 {"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter",
	  "metadata":{"name":"a","namespace":"n","uid":"u",
	   "resourceVersion":"1","managedFields":[],"labels":{"x":"y"}},
	  "spec":{"database":"D","body":"T | where a == \"\ud83d\ude00\"",
	   "interval":"5m","transform":{"valueColumns":["v"],
	   "defaultMetricName":"m"}},"status":{"conditions":[]}}]}
	END
	run -0 --separate-stderr crdwatch -1 -f "$D"
	assert_equal "$(jq -c '.object | [.metadata.labels.x, .metadata.uid,
	    .metadata.resourceVersion, .status, .spec.body]' <<<"$output")" \
	    '["y",null,null,null,"T | where a == \"😀\""]'
}

@test "a generation changes with the spec, not with comments or layout" {
	g() { crdwatch -1 -f - | jq .object.metadata.generation; }
	exporter a >a.yaml
	run -0 g <a.yaml
	local first=$output
	((first >= 0 && first < 2147483648))
	run -0 g < <(sed 's/$/ # why/' a.yaml)
	assert_output "$first"
	run -0 g < <(sed '/database/d' a.yaml; echo '  database: D')
	assert_output "$first"
	run -0 g < <(sed 's/5m/6m/' a.yaml)
	refute_output "$first"
}

@test "a namespace is default unless given" {
	run -0 --separate-stderr crdwatch -1 -f - \
	    < <(exporter a | sed 's/, namespace: n//')
	assert_equal "$(jq -r .object.metadata.namespace <<<"$output")" default
}

@test "criteria: any key by default, each key with all" {
	exporter a 'criteria: {env: [Prod], team: [x]}' >"$D/a.yaml"
	exporter b 'criteria: {}' >"$D/b.yaml"
	run -0 --separate-stderr crdwatch -1 -f "$D" -l ENV=prod,team=y
	assert_equal "$(told /dev/stdin <<<"$output")" $'ADDED a\nADDED b'
	run -0 --separate-stderr crdwatch -1 -f "$D" -l ENV=prod -l team=y \
	    --criteria-match all
	assert_equal "$(told /dev/stdin <<<"$output")" "ADDED b"
	[[ $stderr == *'msg="criteria do not match" resource=n/a'* ]]
	run -0 --separate-stderr crdwatch -1 -f "$D" -l team=X,env=prod \
	    --criteria-match=all
	assert_equal "$(told /dev/stdin <<<"$output")" $'ADDED a\nADDED b'
}

# problem SPEC-LINE... : the problem of a resource with these lines.
problem() {
	exporter a "$@" >p.yaml
	run -1 --separate-stderr crdwatch -1 -f p.yaml --destinations one,two
	jq -r '.problem | "\(.type) \(.reason): \(.message)"' <<<"$output"
}

@test "what is wrong with a resource is told with file, line and field" {
	assert_equal "$(problem 'labelColumns: [a]')" \
	    "Ready InvalidSpec: p.yaml:9: spec.labelColumns: unknown field"
	assert_equal "$(problem 'bodi: x')" \
	    "Ready InvalidSpec: p.yaml:9: spec.bodi: unknown field (did you mean body?)"
	assert_equal "$(problem 'ingestionDelay: 5')" \
	    "Ready InvalidSpec: p.yaml:9: spec.ingestionDelay: wants text, got a number; put it in quotes"
	assert_equal "$(problem 'exporters: [one, three]')" \
	    "Ready UnknownDestination: p.yaml:9: spec.exporters: there is no destination three here"
	assert_equal "$(problem 'exporter: three')" \
	    "Ready UnknownDestination: p.yaml:9: spec.exporter: there is no destination three here"
	assert_equal "$(problem 'criteriaExpression: env == "x"')" \
	    "Criteria CriteriaExpressionError: p.yaml:9: spec.criteriaExpression: line 1, column 1: undeclared reference to 'env'"
	[[ $(problem 'ingestionDelay: 1d') == *p.yaml:9:*'"1d"'*24h* ]]
}

@test "a summaryRuleSelector needs a column of time" {
	exporter a 'summaryRuleSelector: {matchLabels: {a: b}}' |
	    grep -v 'database\|body' >a.yaml
	run -1 --separate-stderr crdwatch -1 -f a.yaml
	[[ $(jq -r .problem.message <<<"$output") == \
	    "a.yaml:7: spec.summaryRuleSelector: needs transform.timestampColumn"* ]]
}

# selecting NAME SELECTOR: a resource that selects rules.
selecting() {
	exporter "$1" "summaryRuleSelector: $2" | grep -v 'database\|body' |
	    sed 's/valueColumn: v/&, timestampColumn: t/'
}

# rule NAME LABELS [MEMBER...]: a SummaryRule with the table of its name.
rule() {
	printf '%s\n' 'apiVersion: adx-mon.azure.com/v1' 'kind: SummaryRule' \
	    "metadata: {name: $1, namespace: n, labels: $2}" \
	    "spec: {database: D, table: $1, body: Q, interval: 1d}" "${@:3}"
}

# The derived objects of events, one a line: TYPE RULE BODY UNTIL.
derived() {
	jq -r 'select(.object.metadata.annotations["kqlpipe/rule"]) |
	    [.type, (.object.metadata.annotations |
		.["kqlpipe/rule"], .["kqlpipe/until"]),
	    .object.spec.database, .object.spec.body] | map(. // "-") |
	    join(" ")' "${1:-$OUT}"
}

@test "a summaryRuleSelector runs over the tables of the rules it matches" {
	selecting a '{matchLabels: {team: x}}' >"$D/a.yaml"
	{
		rule r1 '{team: x}' 'status: {conditions: [{message: "2025-06-25T10:00:00Z",
  type: summaryrule.adx-mon.azure.com/LastSuccessfulExecution}]}'
		echo ---
		rule r-2 '{team: x, tier: "1"}'
		echo ---
		rule r3 '{team: y}'
		echo ---
		rule date '{team: x}'
	} >"$D/r.yaml"
	status_file a+r1 '{"lastSuccessfulExecution":"2025-06-25T09:00:00Z"}'
	run -0 --separate-stderr crdwatch -1 -f "$D" -s "$S"
	derived /dev/stdin <<<"$output" | sort >got
	cat >want <<-'END'
	ADDED date - D ['date'] | where t between (_startTime .. _endTime)
	ADDED r-2 - D ['r-2'] | where t between (_startTime .. _endTime)
	ADDED r1 2025-06-25T10:00:00Z D r1 | where t between (_startTime .. _endTime)
	END
	diff want got
	assert_equal "$(jq -c 'select(.object.status) |
	    [.object.metadata.annotations["kqlpipe/rule"], .object.status]' \
	    <<<"$output")" \
	    '["r1",{"lastSuccessfulExecution":"2025-06-25T09:00:00Z"}]'
}

@test "a selector has all four operators, and matches all when empty" {
	{
		rule both '{a: "1", b: "1"}'
		echo ---
		rule one '{a: "2"}'
		echo ---
		rule none '{}'
	} >"$D/r.yaml"
	matched() {
		selecting s "$1" >"$D/s.yaml"
		crdwatch -1 -f "$D" 2>/dev/null | derived /dev/stdin |
		    cut -d ' ' -f 2 | sort | paste -sd ' '
	}
	assert_equal "$(matched '{}')" "both none one"
	assert_equal "$(matched '{matchLabels: {a: "1", b: "1"}}')" both
	assert_equal "$(matched \
	    '{matchExpressions: [{key: a, operator: In, values: ["1", "2"]}]}')" \
	    "both one"
	assert_equal "$(matched \
	    '{matchExpressions: [{key: a, operator: NotIn, values: ["1"]}]}')" \
	    "none one"
	assert_equal "$(matched \
	    '{matchExpressions: [{key: b, operator: Exists}]}')" both
	assert_equal "$(matched \
	    '{matchLabels: {a: "2"}, matchExpressions: [{key: b, operator: DoesNotExist}]}')" \
	    one
}

@test "an expression beside criteria that do not match gives no condition" {
	run -0 --separate-stderr crdwatch -1 -l env=a -f - < <(exporter a \
	    'criteriaExpression: nosuch' 'criteria: {env: [b]}')
	assert_output ""
}

@test "criteria and the expression must both match" {
	run -0 --separate-stderr crdwatch -1 -l env=a,data-class=x -f - < <(
		exporter both 'criteria: {ENV: [A]}' \
		    'criteriaExpression: data_class == "x" && env in ["a"]'
		echo ---
		exporter expr "criteriaExpression: labels['data-class'] == 'x'"
		echo ---
		exporter other 'criteria: {env: [a]}' \
		    'criteriaExpression: env == "b"'
		echo ---
		exporter map 'criteria: {env: [b]}' 'criteriaExpression: "true"'
		echo ---
		exporter blank 'criteriaExpression: " "'
	)
	assert_equal "$(jq -r '.object.metadata.name' <<<"$output" |
	    sort | xargs)" "blank both expr"
	[[ $stderr == *'msg="criteria do not match" resource=n/other'* ]]
}

@test "kqlpipe-cel(7) lists what there is (make cel-manual), and its expressions hold" {
	local page=$TOP/man/kqlpipe-cel.7 yaml=$BATS_TEST_TMPDIR/p.yaml
	"$TOP/build/tests/cel_manual" page <"$page" | diff "$page" -
	sed -n '/that are true/,/^\.Ed/p' "$page" |
	    sed '1,/^\.Bd/d; /^\.Ed/d' >"$BATS_TEST_TMPDIR/all"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/all")" -gt 10 ]
	while read -r line; do
		exporter "e$((++n))" 'criteriaExpression: |' "    $line"
		echo ---
	done <"$BATS_TEST_TMPDIR/all" >"$yaml"
	run -0 --separate-stderr crdwatch -1 -f "$yaml" -l "$(
	    sed -n 's/^\.Ql \(region=.*\) :$/\1/p' "$page")"
	assert_equal "$(wc -l <<<"$output")" \
	    "$(wc -l <"$BATS_TEST_TMPDIR/all")"
}

@test "an expression that fails stops its resource alone, with a condition" {
	run -1 --separate-stderr crdwatch -1 -l env=a -f - < <(
		exporter good 'criteriaExpression: env == "a"'
		echo ---
		exporter parse $'criteriaExpression: |\n    env ==\n      && x'
		echo ---
		exporter check 'criteriaExpression: env == 1'
		echo ---
		exporter eval 'criteriaExpression: int(env) > 3'
		echo ---
		exporter text 'criteriaExpression: env'
	)
	assert_equal "$(jq -r '.object.metadata.name + ": " +
	    (.problem.message // "runs" | sub(".*Expression: "; ""))' \
	    <<<"$output" | sort)" "\
check: line 1, column 5: found no matching overload for '_==_' applied to '(string, int)'
eval: line 1, column 1: 'a' is no int
good: runs
parse: line 2, column 3: && stands where an expression is wanted
text: line 1, column 1: the expression is string, not true or false"
	assert_equal "$(jq -r '.problem.reason // empty' <<<"$output" |
	    sort -u)" CriteriaExpressionError
	[ "$(grep -c 'resource does not run' <<<"$stderr")" = 4 ]
}

@test "metricsExport of a SummaryRule is named as not supported" {
	printf '%s\n' 'apiVersion: adx-mon.azure.com/v1' 'kind: SummaryRule' \
	    'metadata: {name: r}' 'spec:' '  metricsExport: {}' >"$D/r.yaml"
	exporter a >"$D/a.yaml"
	run -1 --separate-stderr crdwatch -1 -f "$D"
	assert_equal "$(told /dev/stdin <<<"$output")" "ADDED a"
	[[ $stderr == *"r.yaml:5: spec.metricsExport: is not supported"* ]]
}

@test "two resources of one name: neither runs, both places are named" {
	exporter a >"$D/1.yaml"
	{ exporter b; echo ---; exporter a 'ingestionDelay: 1s'; } >"$D/2.yaml"
	run -1 --separate-stderr crdwatch -1 -f "$D"
	assert_equal "$(told /dev/stdin <<<"$output")" $'ADDED a InvalidSpec\nADDED b'
	assert_equal "$(jq -r '.problem.message // empty' <<<"$output")" \
	    "$D/1.yaml:1: n/a stands at $D/2.yaml:10 too; rename or remove one"
}

@test "bad files are logged and passed over, the others go on" {
	exporter a >"$D/a.yaml"
	{ exporter b; printf -- '---\na: [1\n'; } >"$D/b.yaml"
	head -c 4096 /dev/urandom >"$D/noise.yaml"
	printf '\x7fELF\0\1' >"$D/noise.json"
	printf -- '- x\n' >"$D/list.yaml"
	exporter c | sed 's/name: c, //' >"$D/noname.yaml"
	: >"$D/empty.yaml"
	ln -s nowhere "$D/dangling.yaml"
	run -1 --separate-stderr crdwatch -1 -f "$D"
	assert_equal "$(told /dev/stdin <<<"$output")" $'ADDED a\nADDED b'
	[[ $stderr == *"$D/b.yaml:11: did not find expected"* ]]
	[[ $stderr == *"noise.yaml:"* && $stderr == *"noise.json:1: "* ]]
	[[ $stderr == *"list.yaml:1: document: is a list, not an object"* ]]
	[[ $stderr == *"noname.yaml:3: metadata.name: is missing"* ]]
}

@test "a file that cannot be opened is logged, the others go on" {
	ln -s a.yaml "$D/a.yaml"
	exporter b >"$D/b.yaml"
	run -1 --separate-stderr crdwatch -1 -f "$D"
	assert_equal "$(told /dev/stdin <<<"$output")" "ADDED b"
	[[ $stderr == *"$D/a.yaml: Too many levels of symbolic links"* ]]
}

@test "an empty directory is no error, one that is not there is" {
	run -0 --separate-stderr crdwatch -1 -f "$D"
	assert_output ""
	run -78 --separate-stderr crdwatch -1 -f "$D/nope"
	[[ $stderr == *"$D/nope: No such file or directory"* ]]
	run -78 --separate-stderr crdwatch -f "$D" -s a/b/c -f "$D/nope.yaml"
	: >file
	run -78 --separate-stderr crdwatch -1 -f "$D" -s file
}

@test "the command line is checked" {
	run -64 crdwatch -1 -f "$D" -N n
	[[ $output == *"--namespace goes with a Kubernetes API"* ]]
	run -64 crdwatch -1 -s "$S"
	[[ $output == *"--state-dir goes with -f"* ]]
	run -64 crdwatch -1 "$D"
	[[ $output == *"a path goes with -f"* ]]
	run -64 crdwatch -1 -N N/a
	run -64 crdwatch -1 -f "$D" --criteria-match some
	run -64 crdwatch -1 -f "$D" --stop-fd 77
	[[ $output == *"--stop-fd: 77 is not open"* ]]
	run -64 crdwatch -1 -f "$D" -l env
	[[ $output == *"--cluster-labels: label env: wants key=value"* ]]
	run -64 crdwatch -1 -f "$D" -l a=b -l a=c
	[[ $output == *"label a stands twice"* ]]
}

@test "the status of a resource comes from the state directory" {
	exporter a >"$D/a.yaml"
	exporter b >"$D/b.yaml"
	status_file a
	run -0 --separate-stderr crdwatch -1 -f "$D" -s "$S"
	assert_equal "$(jq -c .object.status <<<"$output")" \
	    $'{"lastSuccessfulExecution":"2025-06-25T10:00:00Z"}\nnull'
}

@test "the part of a rule has a status of its own" {
	exporter a | sed 's|namespace: n|&, annotations: {kqlpipe/rule: r}|' \
	    >a.yaml
	status_file a '{"of":"all"}'
	status_file a+r '{"of":"rule"}'
	sed -i 's/a+r/a/' "$S/n/a+r.json"
	run -0 --separate-stderr crdwatch -1 -f a.yaml -s "$S"
	assert_equal "$(jq -r .object.status.of <<<"$output")" rule
}

@test "a torn, empty or foreign status stops its resource only" {
	for n in a b c d e; do exporter "$n" >"$D/$n.yaml"; done
	for n in a b c e; do status_file "$n"; done
	truncate -s -3 "$S/n/a.json"
	: >"$S/n/b.json"
	mv "$S/n/e.json" "$S/n/c.json"
	mkdir "$S/n/e.json"
	run -1 --separate-stderr crdwatch -1 -f "$D" -s "$S"
	assert_equal "$(told /dev/stdin <<<"$output")" "$(printf 'ADDED %s\n' \
	    'a InvalidStatus' 'b InvalidStatus' 'c InvalidStatus' d \
	    'e InvalidStatus')"
	assert_equal "$(jq -r '.problem.message // empty' <<<"$output" |
	    sed -n 3p)" "$S/n/c.json: is the status of n/e"
}

# --- watching ---------------------------------------------------------------

# start_watch [OPTION...]: crdwatch over $D, its events in $OUT.
start_watch() {
	mkdir -p "$S"
	: >"$OUT"
	crdwatch -f "$D" -s "$S" --log-level debug "$@" \
	    >"$OUT" 2>"$LOG" 3>&- &
	WATCH_PID=$!
	keep_pid "$WATCH_PID"
}

# What was told since start_watch is exactly this, and all of it is whole.
says() {
	[ "$(told)" = "$1" ]
}

await() {
	wait_for 10 says "$1" || { told; cat "$LOG"; return 1; } >&2
}

@test "files that appear, change, move and go are told" {
	exporter a >"$D/a.yaml"
	start_watch
	await 'ADDED a'
	exporter b >"$D/b.yaml"
	await $'ADDED a\nADDED b'
	exporter a 'ingestionDelay: 1s' >"$D/a.yaml"
	await $'ADDED a\nADDED b\nMODIFIED a'
	mv "$D/b.yaml" "$D/away"
	await $'ADDED a\nADDED b\nMODIFIED a\nDELETED b'
	mv "$D/away" "$D/c.json"
	await $'ADDED a\nADDED b\nMODIFIED a\nDELETED b\nADDED b'
	rm "$D/a.yaml"
	await $'ADDED a\nADDED b\nMODIFIED a\nDELETED b\nADDED b\nDELETED a'
}

@test "a save by rename is one change, a touch is none" {
	local new
	exporter a >"$D/a.yaml"
	start_watch
	await 'ADDED a'
	new=$(exporter a 'ingestionDelay: 1s')
	touch "$D/a.yaml"
	# As vim saves: the old one aside, a new one written, the old one gone,
	# in no time.
	kill -STOP "$WATCH_PID"
	mv "$D/a.yaml" "$D/a.yaml~"
	echo "$new" >"$D/a.yaml"
	rm "$D/a.yaml~"
	kill -CONT "$WATCH_PID"
	await $'ADDED a\nMODIFIED a'
	exporter a 'ingestionDelay: 2s' >"$D/.a.swp"
	mv "$D/.a.swp" "$D/a.yaml"
	await $'ADDED a\nMODIFIED a\nMODIFIED a'
	exporter b >"$D/b.yaml"
	await $'ADDED a\nMODIFIED a\nMODIFIED a\nADDED b'
}

@test "moving a resource to another file changes nothing" {
	exporter a >"$D/a.yaml"
	start_watch
	await 'ADDED a'
	mv "$D/a.yaml" "$D/z.yaml"
	exporter b >"$D/b.yaml"
	await $'ADDED a\nADDED b'
}

@test "a mounted ConfigMap changes all its files at once" {
	mkdir "$D/..1" "$D/..2"
	exporter a >"$D/..1/a.yaml"
	exporter b >"$D/..1/b.yaml"
	exporter a 'ingestionDelay: 1s' >"$D/..2/a.yaml"
	exporter c >"$D/..2/c.yaml"
	ln -s ..1 "$D/..data"
	ln -s ..data/a.yaml "$D/a.yaml"
	ln -s ..data/b.yaml "$D/b.yaml"
	start_watch
	await $'ADDED a\nADDED b'
	ln -s ..2 "$D/..data_tmp"
	ln -s ..data/c.yaml "$D/c.yaml"
	mv -T "$D/..data_tmp" "$D/..data"
	rm "$D/b.yaml"
	wait_for 10 eval '(($(told | wc -l) == 5))'
	assert_equal "$(told | sed 1,2d | sort)" \
	    $'ADDED c\nDELETED b\nMODIFIED a'
}

@test "a resource that breaks gets a problem, and none once mended" {
	exporter a >"$D/a.yaml"
	{ exporter b; echo ---; exporter c; } >"$D/b.yaml"
	start_watch
	await $'ADDED a\nADDED b\nADDED c'
	sed -i 's/interval/intervall/' "$D/a.yaml"
	local now=$'ADDED a\nADDED b\nADDED c\nMODIFIED a InvalidSpec'
	await "$now"
	exporter a >"$D/a.yaml"
	await "$now"$'\nMODIFIED a'
	now+=$'\nMODIFIED a'
	# A file that tears in its second document stops what stood there.
	{ exporter b; printf -- '---\nkind: [\n'; } >"$D/b.yaml"
	await "$now"$'\nMODIFIED c InvalidSpec'
	now+=$'\nMODIFIED c InvalidSpec'
	{ exporter b; echo ---; exporter c; } >"$D/b.yaml"
	await "$now"$'\nMODIFIED c'
}

@test "a second resource of one name stops both until it goes" {
	exporter a >"$D/a.yaml"
	start_watch
	await 'ADDED a'
	exporter a >"$D/copy.yaml"
	await $'ADDED a\nMODIFIED a InvalidSpec'
	rm "$D/copy.yaml"
	await $'ADDED a\nMODIFIED a InvalidSpec\nMODIFIED a'
}

@test "a resource that ceases to match is deleted, and comes back" {
	exporter a 'criteria: {env: [x]}' >"$D/a.yaml"
	exporter b 'criteria: {env: [y]}' >"$D/b.yaml"
	start_watch -l env=x
	await 'ADDED a'
	exporter a 'criteria: {env: [y]}' >"$D/a.yaml"
	await $'ADDED a\nDELETED a'
	exporter a 'criteria: {env: [x]}' >"$D/a.yaml"
	await $'ADDED a\nDELETED a\nADDED a'
}

@test "each change of a status is told, also in a new directory" {
	exporter a >"$D/a.yaml"
	start_watch
	await 'ADDED a'
	status_file a '{"n":1}'
	await $'ADDED a\nMODIFIED a'
	status_file a '{"n":1}'
	status_file a '{"n":2}'
	status_file other
	wait_for 10 eval '[ "$(jq -c .object.status "$OUT" | tail -1)" = "{\"n\":2}" ]'
	printf '{"torn' >"$S/n/a.json"
	wait_for 10 eval 'told | tail -1 | grep -q "MODIFIED a InvalidStatus"'
	rm "$S/n/a.json"
	wait_for 10 eval '[ "$(tail -1 "$OUT" | jq -c "[.object.status, .problem]")" = "[null,null]" ]'
}

@test "a directory that goes takes its resources; they return with it" {
	exporter a >"$D/a.yaml"
	start_watch
	await 'ADDED a'
	mv "$D" gone
	await $'ADDED a\nDELETED a'
	grep -q 'level=warn.*"source is gone"' "$LOG"
	mv gone "$D"
	await $'ADDED a\nDELETED a\nADDED a'
	exporter b >"$D/b.yaml"
	await $'ADDED a\nDELETED a\nADDED a\nADDED b'
}

@test "a single file is watched across renames and its absence" {
	exporter a >"$D/a.yaml"
	crdwatch -f "$D/a.yaml" >"$OUT" 2>"$LOG" 3>&- &
	keep_pid $!
	await 'ADDED a'
	exporter a 'ingestionDelay: 1s' >new
	mv new "$D/a.yaml"
	await $'ADDED a\nMODIFIED a'
	rm "$D/a.yaml"
	await $'ADDED a\nMODIFIED a\nDELETED a'
	exporter other >"$D/b.yaml"
	exporter a >"$D/a.yaml"
	await $'ADDED a\nMODIFIED a\nDELETED a\nADDED a'
}

@test "SIGHUP reads everything again, SIGTERM ends with 0" {
	exporter a >"$D/a.yaml"
	start_watch
	await 'ADDED a'
	kill -HUP "$WATCH_PID"
	wait_for 10 grep -q 'all is read again' "$LOG"
	kill -TERM "$WATCH_PID"
	wait "$WATCH_PID"
	assert_equal "$(told)" "ADDED a"
}

@test "the end of --stop-fd ends the stream" {
	exporter a >"$D/a.yaml"
	mkfifo hold
	crdwatch -f "$D" --stop-fd 9 9<>/dev/null 9<hold >"$OUT" 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	exec 8>hold
	await 'ADDED a'
	echo ignored >&8
	kill -0 "$pid"
	exec 8>&-
	wait "$pid"
}

@test "a slow reader gets the newest, and does not stop the watch" {
	# More than a pipe and the buffer hold, so that crdwatch must wait.
	many 400 >"$D/many.yaml"
	exporter z >"$D/z.yaml"
	mkfifo pipe
	crdwatch -f "$D" -s "$S" >pipe 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	exec 7<pipe
	read -r first <&7
	for n in 1 2 3; do status_file z "{\"n\":$n}"; done
	# It is not stuck in a write: it ends at once when told to.
	{ printf '%s\n' "$first"; timeout 60 head -n 400 <&7; } >"$OUT"
	assert_equal "$(jq -r 'select(.object.metadata.name == "z") |
	    .object.status.n' "$OUT")" 3
	kill -TERM "$pid"
	wait "$pid"
	exec 7<&-
}

@test "SIGTERM leaves no torn line to a reader that was behind" {
	many 400 >"$D/many.yaml"
	mkfifo pipe
	crdwatch -f "$D" >pipe 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	exec 7<pipe
	read -r _ <&7
	kill -TERM "$pid"
	timeout 60 cat <&7 >"$OUT"
	exec 7<&-
	wait "$pid"
	(($(wc -l <"$OUT") < 399))
	assert_equal "$(tail -c 1 "$OUT" | od -An -tx1)" " 0a"
	run -0 jq -e . "$OUT"
}

@test "a state directory that goes stops all, until it is back" {
	exporter a >"$D/a.yaml"
	status_file a
	start_watch
	await 'ADDED a'
	mv "$S" away
	await $'ADDED a\nMODIFIED a InvalidStatus'
	mv away "$S"
	await $'ADDED a\nMODIFIED a InvalidStatus\nMODIFIED a'
	assert_equal "$(tail -1 "$OUT" | jq -c '.object.status | length')" 1
	status_file a '{}'
	await $'ADDED a\nMODIFIED a InvalidStatus\nMODIFIED a\nMODIFIED a'
}

@test "an overflow of events means that all is read again" {
	local max
	max=$(</proc/sys/fs/inotify/max_queued_events)
	((max <= 65536)) || skip "the queue takes $max events"
	exporter a >"$D/a.yaml"
	exporter b >"$D/b.yaml"
	start_watch
	await $'ADDED a\nADDED b'
	kill -STOP "$WATCH_PID"
	# Two events each; neighbours differ, or the kernel would join them.
	(cd "$D" && yes "$(echo x{1..64})" | head -n $((max / 128 + 2)) |
	    xargs touch)
	status_file a
	exporter c >"$D/c.yaml"
	rm "$D/b.yaml"
	kill -CONT "$WATCH_PID"
	wait_for 10 grep -q 'all is read again' "$LOG"
	wait_for 10 eval '(($(told | wc -l) == 5))'
	assert_equal "$(told | sed 1,2d | sort)" \
	    $'ADDED c\nDELETED b\nMODIFIED a'
}

@test "a reader that goes ends it, a full disk is 75" {
	exporter a >"$D/a.yaml"
	run -75 --separate-stderr bash -c "crdwatch -1 -f '$D' >/dev/full"
	run -75 --separate-stderr bash -c "crdwatch -1 -f '$D' >&-"
	mkfifo pipe
	crdwatch -f "$D" >pipe 2>"$LOG" 3>&- &
	local pid=$!
	keep_pid "$pid"
	read -r _ <pipe
	local status=0
	wait "$pid" || status=$?
	assert_equal "$status" 141
}

@test "its metrics tell what runs and what does not" {
	exporter a >"$D/a.yaml"
	exporter b 'x: y' >"$D/b.yaml"
	echo '[' >"$D/c.yaml"
	run -1 crdwatch -1 -f "$D" --metrics-file m.prom
	grep -q '^kqlpipe_crdwatch_resources{.*} 2$' m.prom
	grep -q '^kqlpipe_crdwatch_resources_with_problem{.*} 1$' m.prom
	grep -q '^kqlpipe_crdwatch_files_wrong{.*} 1$' m.prom
	grep -q '^kqlpipe_alive_timestamp_seconds' m.prom
}
