#!/bin/bash
# SPDX-License-Identifier: MIT
#
# corpus.bash [-u] DIR: ask the engine the recorded queries in DIR, which are
# no part of this tree, and compare the figures, by tier and of what must be
# refused, with those in tests/kql/figures: none may be lower.  -u keeps the
# new ones, there and in the README.
set -euo pipefail
update=
if [ "${1-}" = -u ]; then
	update=1
	shift
fi
dir=$(realpath "$1")
cd "$(dirname "$0")/.."
now=build/figures kept=tests/kql/figures

conform() {
	python3 "$dir/conform.py" -k build/bin/kqlrun -t 3 "$@"
}

{
	conform "$dir/cases.jsonl" |
	    sed -nE 's/^(tier [0-9]: [0-9]+ of [0-9]+) .*/\1/p'
	conform --errors "$dir/refused.jsonl" |
	    sed -nE 's/^([0-9]+) of ([0-9]+)$/refused: \1 of \2/p'
} >"$now"

# The table of the README, from the figures.
table() {
	awk -F'[: ]+' '
	    BEGIN { print "| queries | as the service |\n|---|---|" }
	    $1 == "tier" { what = "tier " $2; n = $3; of = $5 }
	    $1 == "refused" { what = "to be refused"; n = $2; of = $4 }
	    {
		printf "| %s | %d of %d (%.1f %%) |\n", what, n, of,
		    100 * n / of
	    }' "$now"
}

if [ -n "$update" ]; then
	cp "$now" "$kept"
	table >build/figures.md
	sed -i -e '/^<!-- figures -->$/,/^<!-- end -->$/ {
		/^<!-- figures -->$/r build/figures.md
		/^<!--/!d
	}' README.md
	cat "$kept"
	exit
fi

passed=0 failed=0
while IFS= read -r line; do
	name=${line%%:*}
	was=$(sed -n "s/^$name: //p" "$kept")
	printf '%s, was %s\n' "$line" "$was"
	n=${line#*: }
	if ((${n%% *} < ${was%% *})); then
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
done <"$now"
printf 'corpus: %d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
