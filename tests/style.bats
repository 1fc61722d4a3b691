#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The house checks: what a reader may count on without reading everything.
bats_require_minimum_version 1.5.0
load helpers

# Switches and tables that are one flat list may be longer than a function
# should be: FILE:FUNCTION, one a line.
FLAT_FUNCTIONS='
'
# Files that are tables of data, of which no one reads the whole.
FLAT_FILES='
'

setup() {
	cd "$TOP" || return 1
}

# Files of the tree that people write: sources NAME-PATTERN...
sources() {
	local pattern names=()
	for pattern; do
		names+=(-o -name "$pattern")
	done
	find . \( -path ./build -o -path ./.git -o -path ./tests/data \
	    -o -path ./tests/golden -o -path ./tests/fuzz/corpus \) -prune \
	    -o -type f \( "${names[@]:1}" \) -print | sed 's,^\./,,' | sort
}

scripts() {
	printf '%s\n' .ci/run adxexporter/adxexporter
	sources '*.bash'
	find examples -type f -perm -u+x ! -name rules | sort
}

tools() {
	make -s -f Makefile -f <(printf 'tools:;@echo $(TOOLS)\n') tools
}

# Fail, and say what was found, when stdin is not empty.
none() {
	local found
	found=$(cat)
	[ -z "$found" ] || fail "$1:"$'\n'"$found"
}

# listed WORD LIST: WORD is a line of LIST.
listed() {
	grep -qxF -- "$1" <<<"$2"
}

# "LINES FILE FUNCTION" for each function of our C files.
function_sizes() {
	sources '*.c' | xargs ctags --languages=C --kinds-C=f --fields=+ne -f - |
	    awk -F'\t' '{
		for (i = 4; i <= NF; i++) {
			if ($i ~ /^line:/) first = substr($i, 6)
			if ($i ~ /^end:/) last = substr($i, 5)
		}
		print last - first + 1, $2, $1
	    }'
}

@test "C files are formatted as .clang-format says" {
	sources '*.[ch]' | xargs clang-format --dry-run -Werror
}

@test "no line is over 80 columns" {
	{
		sources '*.[ch]'
		scripts
	} | while read -r file; do
		expand "$file" | awk -v file="$file" \
		    'length > 80 { print file ":" NR ": " length }'
	done | none "too long"
}

@test "each file starts with its licence" {
	sources '*.[ch]' '*.bash' '*.bats' '*.proto' '*.yaml' '*.sh' \
	    '*.[157]' | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
		    echo "$file"
	done | none "no SPDX line on top"
}

@test "no marks of unfinished work" {
	{
		sources '*.[ch]' '*.bash' '*.bats' '*.md' '*.[157]' '*.yaml'
		scripts
	} | xargs grep -nE '\b(TO''DO|FIX''ME|X''XX|HA''CK|not impl''emented)\b' |
	    none "marks"
}

@test "each header compiles by itself" {
	local header
	make -s gen
	while read -r header; do
		gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused \
		    -fsyntax-only -iquote lib -iquote build/gen -iquote . \
		    -x c - <<<"#include \"$header\"" || fail "$header"
	done < <(sources '*.h')
}

@test "each header says what its functions do" {
	find lib ./*/*.h -name '*.h' | sed 's,^\./,,' | sort -u | xargs awk '
	    # a paragraph with a function in it opens with a comment
	    FNR == 1 || /^$/ { said = 0 }
	    /^ *\/\*/ || /\*\/$/ { said = 1 }
	    # what ends a lifetime says so by its name
	    /_(fini|free|close)\(struct [a-z0-9_]+ \*\);/ { next }
	    /^(static |extern )?[a-z][a-z0-9_ ]*[ *][a-z0-9_]+\(.*/ &&
	    !/typedef|return|__attribute__|^static/ && !said {
		print FILENAME ":" FNR ": " $0
	    }' | none "no comment"
}

@test "includes of lib point to the same layer or down" {
	awk '
	BEGIN {
		n = split("base formats services domain", order)
		for (i = 1; i <= n; i++)
			rank[order[i]] = i
	}
	FILENAME == "lib/LAYERS" {
		if (!/^#/ && NF == 2)
			layer[$2] = rank[$1]
		next
	}
	FNR == 1 {
		module = FILENAME
		sub(/^lib\//, "", module)
		sub(/\.[ch]$/, "", module)
		part_of = module ~ /^(kql|cel)\// ? substr(module, 1, 3) : ""
		mine = part_of != "" ? 2 : layer[module]
		if (!mine)
			print FILENAME ": not in lib/LAYERS"
	}
	/^#include "/ {
		split($0, part, "\"")
		other = part[2]
		if (other ~ /pb-c\.h$/)
			next
		sub(/\.h$/, "", other)
		if (other ~ /^(kql|cel)\//) {
			if (substr(other, 1, 3) != part_of &&
			    other != "cel/cel")
				print FILENAME ": " $0
		} else if (layer[other] > mine)
			print FILENAME ": " $0
	}' lib/LAYERS $(sources '*.[ch]' | grep ^lib/) | none "wrong direction"
}

@test "a tool includes what is its own or of lib, of the engine kql.h alone" {
	local tool name file
	for tool in $(tools); do
		grep -Ho '^#include "[^"]*"' "$tool"/*.[ch] | tr -d '"' |
		    while IFS=: read -r file name; do
			name=${name#\#include }
			case $name in
			kql/kql.h | *.pb-c.h) continue ;;
			kql/* | cel/*) echo "$file: $name" ;;
			esac
			[ -e "$tool/$name" ] || [ -e "lib/$name" ] ||
			    echo "$file: $name"
		done
	done | none "not its own"
}

@test "one foreign library, one module" {
	local library files module
	for library in curl yajl yaml.h protobuf-c snappy-c.h zlib.h pcre2.h \
	    sqlite3.h microhttpd.h openssl xxhash.h; do
		files=$(sources '*.[ch]' | grep -v ^tests/ |
		    xargs grep -lE "^#include <$library[/>]" || :)
		module=$(sed 's,\.[ch]$,,' <<<"$files" | sort -u)
		case $library in
		# the engine is built on SQLite: it may be seen all over it
		sqlite3.h) module=$(sed 's,^\(lib/kql\)/.*,\1,' \
		    <<<"$module" | sort -u) ;;
		esac
		[ "$(wc -l <<<"$module")" -le 1 ] ||
		    echo "<$library>:" $files
	done | none "more than one module"
}

@test "no function is over 60 lines, main at most 25" {
	function_sizes | while read -r lines file name; do
		case $name in
		main) ((lines <= 25)) && continue ;;
		*) ((lines <= 60)) && continue ;;
		esac
		listed "$file:$name" "$FLAT_FUNCTIONS" ||
		    echo "$lines $file $name"
	done | none "too long"
}

@test "nine functions of ten are under 40 lines, the median near 15" {
	function_sizes | sort -n | awk '
	    { size[NR] = $1 }
	    END {
		median = size[int((NR + 1) / 2)]
		ninth = size[int(NR * 0.9)]
		printf "%d functions, median %d, nine of ten up to %d\n",
		    NR, median, ninth
		exit !(NR > 100 && median <= 18 && ninth < 40)
	    }'
}

@test "a tool's main file has at most 300 lines, a module 600" {
	local tool file lines
	for tool in $(tools); do
		lines=$(wc -l <"$tool/$tool.c")
		((lines <= 300)) || echo "$lines $tool/$tool.c"
	done | none "main file too long"
	sources '*.[ch]' | while read -r file; do
		lines=$(wc -l <"$file")
		((lines <= 600)) || listed "$file" "$FLAT_FILES" ||
		    echo "$lines $file"
	done | none "module too long"
}

@test "each .c file is named by a list of the Makefile" {
	comm -13 <(make -s sources | sort) <(sources '*.c' | sort) |
	    none "in no list"
}

# lib/child.c ends the process that it made.
@test "lib never exits but for memory, and never prints" {
	sources '*.c' | grep ^lib/ | grep -vxE 'lib/(opts|log|child)\.c' |
	    xargs awk '
	    FNR == 1 { before = "" }
	    /[^a-z_](_?exit|abort)\(/ && before !~ /out of memory/ ||
	    /[^a-z_](printf|puts|putchar|perror)\(/ ||
	    /fprintf\(stderr/ {
		print FILENAME ":" FNR ": " $0
	    }
	    { before = $0 }' | none "ends or prints"
}

@test "scripts are clean under shellcheck" {
	local script found=()
	while read -r script; do
		[ ! -e "$script" ] || found+=("$script")
	done < <(scripts)
	shellcheck -x "${found[@]}"
}

@test "man pages are clean under mandoc" {
	mandoc -T lint -W warning man/*.[157]
}

@test "each tool has a man page with the sections in order" {
	local tool
	for tool in $(tools); do
		grep '^\.Sh' "man/$tool.1" | sed 's/^\.Sh //' | awk '
		    BEGIN {
			n = split("NAME,SYNOPSIS,DESCRIPTION,INPUT,OUTPUT," \
			    "ENVIRONMENT,FILES,EXIT STATUS,EXAMPLES," \
			    "SEE ALSO", name, ",")
			for (i = 1; i <= n; i++)
				place[name[i]] = i
			at = 0
		    }
		    { seen[$0] = 1 }
		    $0 in place && place[$0] < at { print "order: " $0 }
		    $0 in place { at = place[$0] }
		    END {
			n = split("NAME,SYNOPSIS,DESCRIPTION,EXIT STATUS," \
			    "EXAMPLES,SEE ALSO", must, ",")
			for (i = 1; i <= n; i++)
				if (!(must[i] in seen))
					print "missing: " must[i]
		    }' | sed "s/^/$tool.1: /"
	done | none "sections"
}

@test "the long options of a tool and of its man page are the same" {
	local tool
	for tool in $(tools) adxexporter; do
		diff <("$tool" --help | grep -oE -- '--[a-z][a-z0-9.-]*' |
		    sort -u) <(options_in_page "man/$tool.1") >&2 ||
		    echo "$tool"
	done | none "options differ (< --help, > man page)"
}

# The long options that a page's lists of options define.
options_in_page() {
	grep '^\.It Fl' "$1" | grep -oE -- 'Fl -[a-z][a-z0-9.-]*' |
	    sed 's/^Fl -/--/' | sort -u
}

@test "each man page lists its exit statuses, of the closed set" {
	local page statuses
	for page in man/*.1; do
		statuses=$(sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EX/p' "$page" |
		    sed -n 's/^\.It \([0-9]*\).*/\1/p')
		listed 0 "$statuses" && listed 64 "$statuses" ||
		    echo "$page: 0 and 64 are always there"
		grep -vxE '0|1|64|65|75|78' <<<"$statuses" |
		    sed "s,^,$page: ,"
	done | none "exit statuses"
}

# Run the text of stdin as a shell script where it sees the tree as its own,
# and what it writes stays out of it.
run_block() {
	local place
	place=$(mktemp -d "$BATS_TEST_TMPDIR/block.XXXXXX")
	ln -s "$TOP"/* "$place"
	cat >"$place.sh"
	(cd "$place" && timeout 60 bash -euo pipefail "$place.sh") \
	    >"$place.out" 2>&1 </dev/null && return 0
	printf '%s: status %d\n' "$1" $?
	cat "$place.sh"
	tail -n 20 "$place.out"
}

# The literal blocks of a page's EXAMPLES, each ended by a NUL.
page_blocks() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$1" | awk '
	    /^\.Ed/ { inside = 0; printf "%c", 0 }
	    inside {
		gsub(/\\&/, "")
		gsub(/\\\(aq/, "\047")
		gsub(/\\\(dq/, "\"")
		gsub(/\\\(ti/, "~")
		gsub(/\\-/, "-")
		gsub(/\\e/, "\\")
		print
	    }
	    /^\.Bd -literal/ { inside = 1 }'
}

# The blocks of a Markdown file that are marked sh, each ended by a NUL.
markdown_blocks() {
	awk '
	    inside && /^```$/ { inside = 0; printf "%c", 0 }
	    inside
	    /^```sh$/ { inside = 1 }' "$1"
}

@test "the examples of the man pages run" {
	local page block n=0
	start_kube # for those that ask a Kubernetes API
	for page in man/*.[157]; do
		while IFS= read -r -d '' block; do
			run_block "$page" <<<"$block"
		done < <(page_blocks "$page")
	done | none "examples that fail"
}

@test "the shell blocks of README run" {
	local block
	while IFS= read -r -d '' block; do
		run_block README.md <<<"$block"
	done < <(markdown_blocks README.md) | none "blocks that fail"
}
