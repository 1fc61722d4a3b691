#!/bin/bash
# SPDX-License-Identifier: MIT
#
# golden.bash [-u] TOOL...: run each tool over the inputs it has here and show
# where the output is another than the one that is kept.  With -u ask of each
# difference whether to keep the new output.  Status 1 if any is left.
set -eu
cd "$(dirname "$0")/golden"
update='' left=0
if [ "${1:-}" = -u ]; then
	update=1
	shift
fi
for tool; do
	for in in "$tool"/*.in; do
		[ -e "$in" ] || continue
		out=${in%.in}.out
		[ -e "$out" ] || : >"$out"
		new=$(mktemp)
		"$tool" <"$in" >"$new" 2>/dev/null || :
		answer=n
		if diff -u "$out" "$new"; then
			rm -f "$new"
			continue
		fi
		if [ -n "$update" ]; then
			read -rp "keep the new output of $in? [y/N] " answer
		fi
		if [ "$answer" = y ]; then
			cat "$new" >"$out"
		else
			left=1
		fi
		rm -f "$new"
	done
done
exit "$left"
