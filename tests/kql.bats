#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The embedded engine: each case of kql/*.test is data files, a query and what
# it answers.  A case is parts that start with a line "-- WORD":
#
#	-- case WHAT IT SHOWS
#	-- file NAME		its lines are a file of the database
#	-- query
#	-- answer		the columns, NAME:TYPE by commas, then a row a line
#	-- refused		or instead: words that the error must have, by line
bats_require_minimum_version 1.5.0
load helpers

# answer: the primary result of v2 frames, as the cases have it.
answer() {
	sed -nE '
		/^\{"FrameType":"TableHeader"/ {
			s/.*"Columns":\[(.*)\]\}$/\1/
			s/\{"ColumnName":"([^"]*)","ColumnType":"([a-z]*)"\}/\1:\2/g
			p
		}
		/^\{"FrameType":"TableFragment"/ {
			s/.*"Rows":\[(.*)\]\}$/\1/
			s/\],\[/]\n[/g
			p
		}'
}

# run_case: judge the case in WHAT, QUERY, ANSWER, REFUSED and the directory.
run_case() {
	local out status=0 word
	out=$(kqlrun -e "db=file:$DATA" -q "$QUERY" 2>"$DATA.err") || status=$?
	if [ -z "$REFUSED" ]; then
		out=$(answer <<<"$out")
		[ "$status" -eq 0 ] && [ "$out" = "$ANSWER" ] && return
		printf '%s: %s\nstatus %s: %s\n--- got\n%s\n--- want\n%s\n\n' \
		    "$FILE" "$WHAT" "$status" "$(<"$DATA.err")" "$out" "$ANSWER"
		return 1
	fi
	while read -r word; do
		[ "$status" -eq 65 ] && grep -qF -- "$word" "$DATA.err" && continue
		printf '%s: %s\nstatus %s, not refused with: %s\n%s\n' \
		    "$FILE" "$WHAT" "$status" "$word" "$(<"$DATA.err")"
		return 1
	done <<<"$REFUSED"
}

# run_file FILE: all its cases; says what fails.
run_file() {
	local FILE=${1##*/} WHAT='' QUERY='' ANSWER='' REFUSED='' DATA part=''
	local line failed=0
	DATA=$BATS_TEST_TMPDIR/data
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'-- case '*)
			[ -z "$WHAT" ] || run_case || failed=1
			WHAT=${line#-- case } QUERY='' ANSWER='' REFUSED='' part=''
			rm -rf "$DATA" && mkdir "$DATA"
			;;
		'-- file '*) part=$DATA/${line#-- file } && : >"$part" ;;
		'-- query' | '-- answer' | '-- refused') part=${line#-- } ;;
		*)
			case $part in
			query) QUERY+=$line$'\n' ;;
			answer) ANSWER+=${ANSWER:+$'\n'}$line ;;
			refused) REFUSED+=${REFUSED:+$'\n'}$line ;;
			?*) printf '%s\n' "$line" >>"$part" ;;
			esac
			;;
		esac
	done <"$1"
	run_case || failed=1
	return "$failed"
}

@test "each case of kql/*.test is answered or refused as it says" {
	local file failed=0
	for file in "$TOP"/tests/kql/*.test; do
		run_file "$file" || failed=1
	done
	[ "$failed" -eq 0 ]
}

@test "the manual names every operator and function" {
	local name
	sed -nE '/^static const struct syntax (operators|sources)/,/^\};/ {
		s/^\t\{ "([a-z-]+)".*/\1/p
	    }' "$TOP/lib/kql/parse/op.c" >"$BATS_TEST_TMPDIR/names"
	sed -nE 's/^\t\{ "([a-z_0-9]+)".*/\1/p' "$TOP"/lib/kql/builtins/*.c \
	    >>"$BATS_TEST_TMPDIR/names"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/names")" -gt 150 ]
	while read -r name; do
		grep -qE "^\.Cm.* $name( |$)" "$TOP/man/kqlpipe-kql.7" ||
		    echo "$name"
	done <"$BATS_TEST_TMPDIR/names" >"$BATS_TEST_TMPDIR/missing"
	[ ! -s "$BATS_TEST_TMPDIR/missing" ] ||
	    fail "not in kqlpipe-kql(7): $(<"$BATS_TEST_TMPDIR/missing")"
}
