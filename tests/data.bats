#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Local data: files and SQLite databases as kqlrun's queries see them.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	D=$BATS_TEST_TMPDIR/d
	mkdir "$D"
	cd "$BATS_TEST_TMPDIR" || return 1
}

# The rows of a query's answer as compact JSON, one a line.
ask() {
	kqlrun -e "D=file:$D" -q "$1" |
	    jq -c 'select(.FrameType == "TableFragment").Rows[]'
}

# The columns and types of a table: name:type,...
types_of() {
	kqlrun -e "D=file:$D" -q "$1 | take 1" |
	    jq -r 'select(.FrameType == "TableHeader").Columns |
		map("\(.ColumnName):\(.ColumnType)") | join(",")'
}

# refused STATUS TEXT QUERY: the query ends so, and says so.
refused() {
	run --separate-stderr kqlrun -e "D=file:$D" -q "$3"
	assert_equal "$status" "$1"
	# shellcheck disable=SC2154 # run sets stderr
	[[ $stderr == *"$2"* ]] || fail "stderr: $stderr"
}

@test "each format is a table, packed or not" {
	printf 'a,b\n1,x\n' >"$D/Csv.csv"
	printf 'a\tb\n1\tx\n' | gzip >"$D/Tsv.tsv.gz"
	printf '{"a":1,"b":"x"}\n' | gzip >"$D/Lines.jsonl.gz"
	printf '[{"a":1,"b":"x"}]' >"$D/Array.json"
	for table in Csv Tsv Lines Array; do
		run ask "$table"
		assert_output '[1,"x"]'
		run types_of "$table"
		assert_output 'a:long,b:string'
	done
}

@test "types are those that every value of the file has" {
	cat >"$D/T.csv" <<-'END'
		when,span,n,r,ok,id,doc,text
		2025-06-25T10:00:00Z,1.02:00:00,9223372036854775807,1,true,74be27de-1e4e-49d9-b579-fe0b331d3642,"{""a"": [1]}",007
		2025-06-25,00:00:01,-1,NaN,FALSE,,,x
	END
	run types_of T
	assert_output 'when:datetime,span:timespan,n:long,r:real,ok:bool,id:guid,doc:dynamic,text:string'
	run ask 'T | project n = tostring(n), r, doc.a[0], text'
	assert_output $'["9223372036854775807",1,1,"007"]\n["-1","NaN",null,"x"]'
}

@test "a schema file gives the types, and the columns their order" {
	printf 'a,b\n007,2\n' >"$D/T.csv"
	printf "b:real,\n['a']:string, c:datetime\n" >"$D/T.schema"
	run types_of T
	assert_output 'b:real,a:string,c:datetime'
	run ask T
	assert_output '[2,"007",null]'
}

@test "a row that does not fit names file and line" {
	printf 'a,b\n"x\ny",1\n1,2,3\n' >"$D/T.csv"
	refused 65 'T.csv:4: 3 fields, the header 2' T
	printf '{"a":1}\n{"a":}\n' >"$D/J.jsonl"
	refused 65 'J.jsonl:2: ' J
	printf 'a\nx\n' >"$D/S.csv"
	printf 'a:long' >"$D/S.schema"
	refused 65 'S.csv:2: column a: \"x\" is no long' S
	head -c 3000 /dev/urandom >"$D/N.csv"
	refused 65 'N.csv:' N
	printf 'a\n1\n' | gzip | head -c 20 >"$D/Z.csv.gz"
	refused 65 'Z.csv.gz: gzip ends too early' Z
}

@test "bad rows are left out and logged when that is asked for" {
	printf 'a,b\n1,x\n2\n3,"y\n4,z\n' >"$D/T.csv"
	refused 65 'T.csv:3: 1 fields, the header 2' T
	run --separate-stderr kqlrun --bad-rows=skip -e "D=file:$D" -q T
	assert_success
	assert_output --partial '"Rows":[[1,"x"],[4,"z"]]'
	[[ $stderr == *'row skipped'*'T.csv:3: '*'T.csv:4: '* ]]
	printf 'a,a\n' >"$D/U.csv"
	run kqlrun --bad-rows=skip -e "D=file:$D" -q U
	assert_failure 65
	run kqlrun --bad-rows=often -e "D=file:$D" -q T
	assert_failure 64
}

@test "odd headers, wide rows and long fields" {
	printf 'Name,name,NAME\r\n1,2,3\r\n' >"$D/Case.csv"
	run ask 'Case | project x = NAME + 10 * name + 100 * Name'
	assert_output '[123]'
	printf 'a,,c\n1,2,3\n' >"$D/Empty.csv"
	refused 65 'Empty.csv:1: a column has no name' Empty
	awk 'BEGIN {
		for (i = 1; i <= 2000; i++) printf "%sc%d", (i > 1 ? "," : ""), i
		print ""
		for (i = 1; i <= 2000; i++) printf "%s%d", (i > 1 ? "," : ""), i
		print ""
	}' >"$D/Wide.csv"
	run ask 'Wide | where c7 == 7 | project c1 + c2000'
	assert_output '[2001]'
	sed '1s/$/,c2001/; 2s/$/,0/' "$D/Wide.csv" >"$D/Wider.csv"
	refused 65 'more than 2000 columns' Wider
	{
		printf 's,n\n"'
		head -c 9000000 /dev/zero | tr '\0' x
		printf '",1\n'
	} >"$D/Long.csv"
	run ask 'Long | project strlen(s), n'
	assert_output '[9000000,1]'
	{
		printf 's,n\n"'
		head -c 18000000 /dev/zero | tr '\0' x
		printf '",1\n'
	} >"$D/TooLong.csv"
	refused 65 'TooLong.csv:2: record over 16 MiB' TooLong
	printf 'a\nx\0y\n' >"$D/Nul.csv"
	refused 65 'Nul.csv:2: not UTF-8 text' Nul
}

@test "a file that is changed, replaced or removed is seen so" {
	printf 'a\n1\n' >"$D/T.csv"
	mkfifo in
	kqlrun -e "D=file:$D" -1 <in >out 2>log 3>&- &
	keep_pid $!
	exec 4>in
	event_of() {
		jq -nc --arg name "$1" '{type: "ADDED", object: {
		    apiVersion: "adx-mon.azure.com/v1",
		    kind: "MetricsExporter",
		    metadata: {namespace: "n", name: $name, generation: 1},
		    spec: {database: "D", interval: "1h", body: "T | take 10",
			transform: {valueColumn: "a", defaultMetricName: "n"}}
		    }}' >&4
	}
	event_of first
	wait_for 20 grep -q '"Rows":\[\[1\]\]' out
	printf 'a\n2\n' >"$D/T.new"
	mv "$D/T.new" "$D/T.csv"
	event_of second
	wait_for 20 grep -q '"Rows":\[\[2\]\]' out
	rm "$D/T.csv"
	event_of third
	wait_for 20 grep -q "'T'" out
	exec 4>&-
}

@test "what cannot be read is an error that names it" {
	[ "$(id -u)" -ne 0 ] || skip "root reads everything"
	printf 'a\n1\n' >"$D/T.csv"
	chmod 0 "$D/T.csv"
	refused 65 'T.csv: Permission denied' T
	chmod 0 "$D"
	run kqlrun -e "D=file:$D" -q 'print 1'
	assert_failure 78
	chmod 700 "$D"
}

@test "two files of one table are an error that names both" {
	printf 'a\n1\n' >"$D/T.csv"
	printf 'a\n1\n' >"$D/T.tsv"
	refused 65 'T.csv' T
	refused 65 'T.tsv' T
}

@test "an empty directory is a database, a missing one is not" {
	run ask 'print 1'
	assert_output '[1]'
	refused 65 "'T'" T
	run kqlrun -e D=file:nowhere -q 'print 1'
	assert_failure 78
	assert_output --partial 'nowhere: No such file or directory'
}

@test "a SQLite database is read, never written" {
	command -v sqlite3 >/dev/null || skip "no sqlite3"
	sqlite3 "a%20b.db" "CREATE TABLE t(at DATETIME, n INT, s TEXT);
	    INSERT INTO t VALUES('2025-06-25 10:00', 1, NULL), (0, 2, 'x');"
	chmod 400 "a%20b.db"
	run bash -c "kqlrun -e 'D=sqlite:a%20b.db' -q 't | order by n asc' |
	    jq -c 'select(.FrameType == \"TableFragment\").Rows[]'"
	assert_output $'["2025-06-25T10:00:00Z",1,""]\n["1970-01-01T00:00:00Z",2,"x"]'
	run kqlrun -e D=sqlite:none.db -q 'print 1'
	assert_failure 78
	[ ! -e none.db ]
	echo 'no database, but long enough to be looked at' >text.db
	run kqlrun -e D=sqlite:text.db -q 'print 1'
	assert_failure 78
}

@test "databases are joined in one query" {
	mkdir other
	printf 'a\n1\n' >"$D/T.csv"
	printf 'a\n2\n' >other/T.csv
	run bash -c "kqlrun -e D=file:d -e C/O=file:other -d D -q '
	    union T, cluster(\"C\").database(\"O\").T | order by a asc' |
	    jq -c 'select(.FrameType == \"TableFragment\").Rows[]'"
	assert_output $'[1]\n[2]'
}

# 50 windows over a file: were it read for each, that would take 50 times as
# long as one window takes, less by the jobs that run at once.
@test "a file is loaded once for all windows" {
	local one fifty
	awk 'BEGIN { print "t,v"; for (i = 0; i < 300000; i++)
	    printf "2025-06-25T%02d:%02d:00Z,%d\n", i / 60 % 24, i % 60, i }' \
	    >"$D/T.csv"
	event 2025-06-25T09:55:00Z >one
	event 2025-06-25T05:50:00Z >fifty
	one=$(seconds one 1)
	fifty=$(seconds fifty 50)
	echo "1 window: $one ms, 50 windows: $fifty ms"
	((fifty < one * 12))
}

event() {
	jq -nc --arg since "$1" '{type: "ADDED", object: {
	    apiVersion: "adx-mon.azure.com/v1", kind: "MetricsExporter",
	    metadata: {namespace: "n", name: "x", generation: 1},
	    spec: {database: "D", interval: "5m", body:
		"T | where t between (_startTime .. _endTime) | summarize count()",
		transform: {valueColumn: "count_", defaultMetricName: "n"}},
	    status: {lastSuccessfulExecution: $since}}}'
}

# seconds EVENTS WINDOWS: how many ms the run of that many windows takes.
seconds() {
	local from=${EPOCHREALTIME/./}
	kqlrun -1 --now 2025-06-25T10:00:30Z -e "D=file:$D" <"$1" >out 2>log
	[ "$(grep -c '"rows":1}' out)" -eq "$2" ] || return 1
	echo $(((${EPOCHREALTIME/./} - from) / 1000))
}
