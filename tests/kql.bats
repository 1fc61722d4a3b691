#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The embedded engine: the cases of kql/*.test, and the manual's lists.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$TOP" || return 1
	built=$(realpath --relative-to=. "$KQLPIPE_BIN/..")
}

# One file of cases, or some: build/unit/kql_cases tests/kql/joins.test
@test "each case of kql/*.test is answered or refused as it says" {
	[ -d "$built/unit" ] || skip "the tools alone are under test"
	make -s "$built/unit/kql_cases"
	"$built/unit/kql_cases"
}

@test "the manual lists what the engine accepts (make kql-manual)" {
	build/tests/kql_manual page <man/kqlpipe-kql.7 >"$BATS_TEST_TMPDIR/page"
	diff man/kqlpipe-kql.7 "$BATS_TEST_TMPDIR/page"
	[ "$(wc -l < <(build/tests/kql_manual names))" -gt 190 ]
}

# make kql-figures writes both.
@test "the README states the figures that were recorded" {
	local row
	while read -r row; do
		grep -qF "$row" README.md || fail "not in the README: $row"
	done < <(sed -E 's/^refused/to be refused/
	    s/^(.*): (.*)/| \1 | \2 (/' tests/kql/figures)
}

# refused_soon WORDS: the query on stdin is refused so, in 384 MiB.
refused_soon() {
	cat >"$BATS_TEST_TMPDIR/query"
	run -65 bash -c "ulimit -v 393216; kqlrun -e db=file:$BATS_TEST_TMPDIR \
	    --query-file '$BATS_TEST_TMPDIR/query'"
	assert_output --partial "$1"
}

@test "a query of any length and depth is refused in bounded memory" {
	needs_plain_build
	many() { awk -v n="$1" -v s="$2" 'BEGIN { while (n-- > 0) printf s }'; }
	{ printf 'print 1' && many 900000 +1; } |
	    refused_soon 'more than 500000 words'
	{ printf 'print "' && many 500000 '0123456789' && printf '"'; } |
	    refused_soon 'longer than 4 MiB'
	{ printf 'print ' && many 400000 '('; } | refused_soon 'nested deeper'
	{ printf 'print x' && many 200000 '[0'; } | refused_soon 'nested deeper'
	{ printf 'print ' && many 400000 -; } | refused_soon SYN0002
	{ printf 'T | project-away a' && many 200000 '*b'; } |
	    refused_soon 'the end of a name'
	{ printf 'T | a' && many 200000 '-a'; } | refused_soon 'no operator'
	{ printf 'print 1' && many 200000 ,1; } | refused_soon 'a list too long'
	{ many 6000 'let x=1;' && printf 'print x'; } |
	    refused_soon 'so many statements'
	{ printf 'print 1 in (1' && many 110000 ,1000000 && printf ')'; } |
	    refused_soon 'too large'
	{ printf 'print strlen(' && many 249000 '"ab" ' && printf ')'; } \
	    >"$BATS_TEST_TMPDIR/query"
	run kqlrun -e "db=file:$BATS_TEST_TMPDIR" \
	    --query-file "$BATS_TEST_TMPDIR/query"
	assert_output --partial '[[498000]]'
}

@test "no query runs past --timeout" {
	run -75 kqlrun -e "db=file:$BATS_TEST_TMPDIR" --timeout 100ms \
	    -q 'range x from 1 to 1000000000000 step 1 | count'
	assert_output --partial 'longer than --timeout'
}

@test "each operator and function has a case in kql/*.test" {
	local kind name pattern without=
	awk '/^-- / { query = $2 == "query" } query' tests/kql/*.test \
	    >"$BATS_TEST_TMPDIR/queries"
	while read -r kind name; do
		case $kind in
		operator | source) pattern="(^|[|(,=]) *$name([ (]|$)" ;;
		infix) pattern="[])\"'[:alnum:]_ ]${name//[*+]/[&]}[ (\"]" ;;
		*) pattern="\\<$name *\\(" ;;
		esac
		grep -qE -- "$pattern" "$BATS_TEST_TMPDIR/queries" ||
		    without+=" $kind $name"
	done < <(build/tests/kql_manual names)
	[ -z "$without" ] || fail "without a case:$without"
}

@test "--explain prints a step for each operator, a condition a line" {
	printf 'a,s\n1,x\n' >"$BATS_TEST_TMPDIR/T.csv"
	run kqlrun -e "db=file:$BATS_TEST_TMPDIR" --explain \
	    -q 'T | where a > 0 and (s == "x" or s == "y") | count'
	assert_success
	assert_output - <<'END'
WITH
t1 AS (
  SELECT "a", "s"
  FROM "db.T"),
t2 AS ( -- 1:5 where
  SELECT * FROM t1
  WHERE "a" > 0
    AND ("s" = 'x' OR "s" = 'y')),
t3 AS ( -- 1:46 count
  SELECT count(*) AS "Count"
  FROM t2)
SELECT "Count" FROM t3;
END
}

# external QUERY: what it answers over files of a directory of its own.
external() {
	kqlrun -e "db=file:$BATS_TEST_TMPDIR/db" -q "$1" | grep -oE '"Rows":\[\[.*'
}

@test "externaldata reads files below a database's directory" {
	local db=$BATS_TEST_TMPDIR/db
	mkdir -p "$db/more" "$BATS_TEST_TMPDIR/other"
	printf 'a,b\nx,1\n"y, z",no\n' | gzip >"$db/more/e.csv.gz"
	printf 'a\tb\n' >"$db/more/e.tsv"
	printf '{"b":3,"a":null}\n{"a":"q","d":{"x":[1]}}\n' >"$db/more/e.jsonl"
	printf '[{"a":"r"},\n {"b":4}]' >"$db/more/e.json"
	printf 'one\r\ntwo, 2\n\nend' >"$db/more/e.txt"
	run external "externaldata(a:string, b:long)['$db/more/e.csv.gz']
	    with (ignoreFirstRecord=true)"
	assert_output '"Rows":[["x",1],["y, z",null]]}'
	run external "externaldata(a:string, b:string, c:long)['file://$db/more/e.tsv']"
	assert_output '"Rows":[["a","b",null]]}'
	run external "externaldata(a:string, b:long, d:dynamic)
	    [@'$db/more/e.jsonl', @'$db/more/e.json'] | where b != 0"
	assert_output '"Rows":[["",3,null],["q",null,{"x":[1]}],["r",null,null],["",4,null]]}'
	run external "externaldata(l:string)['file:$db/more/e.txt']
	    with (format='txt', ignoreFirstRecord=true)"
	assert_output '"Rows":[["two, 2"],[""],["end"]]}'
	printf 'a,"' >"$db/more/e.csv"
	run kqlrun -e "db=file:$db" -q "externaldata(a:string)['$db/more/e.csv']"
	assert_output --partial 'cannot be read as its format'
	ln -s "$BATS_TEST_TMPDIR/other" "$db/link"
	echo secret >"$BATS_TEST_TMPDIR/other/x.txt"
	run -65 kqlrun -e "db=file:$db" -q "externaldata(a:string)['$db/link/x.txt']"
	assert_output --partial "is no file below a database's directory"
}

@test "set truncationmaxrecords makes more rows an error" {
	local q='set truncationmaxrecords = 2; range x from 1 to'
	run -0 kqlrun -e "db=file:$BATS_TEST_TMPDIR" -q "$q 2 step 1"
	run ! kqlrun -e "db=file:$BATS_TEST_TMPDIR" -q "$q 3 step 1"
	assert_output --partial E_QUERY_RESULT_SET_TOO_LARGE
	run ! kqlrun -e "db=file:$BATS_TEST_TMPDIR" --max-rows=2 \
	    -q 'set notruncation; range x from 1 to 3 step 1'
	assert_output --partial E_QUERY_RESULT_SET_TOO_LARGE
}
