#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The completions that make installs: what a shell offers is what a tool takes.
bats_require_minimum_version 1.5.0
load helpers

TOOLS='adxexporter crdstatus crdwatch kql2rows kqlrun otlpsend promsend
    promserve rows2prom'

setup() {
	MADE=$(dirname "$KQLPIPE_BIN")/completions
	[ -d "$MADE" ] || MADE=$TOP/build/completions
	# shellcheck disable=SC1091
	. "$MADE/kqlpipe.bash"
	mkdir "$BATS_TEST_TMPDIR/place"
	cd "$BATS_TEST_TMPDIR/place" || return 1
	mkdir "a folder"
	touch "a file"
}

# offers WORD...: what bash would offer for the last word, one a line.
offers() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_kqlpipe "$1" "${*: -1}" "${COMP_WORDS[COMP_CWORD - 1]}"
	printf '%s\n' "${COMPREPLY[@]}" | sort
}

# What --help says that a tool takes.
long_options() {
	"$1" --help | grep -oE '^  (-., )?--[a-z][a-z0-9.-]*' |
	    grep -oE -- '--[a-z].*' | sort
}

@test "each tool's options are offered, all and no other" {
	local tool
	for tool in $TOOLS; do
		run offers "$tool" --
		assert_output "$(long_options "$tool")"
		[[ $(complete -p "$tool") == *'-F _kqlpipe '* ]]
	done
	run offers crdstatus --ready
	assert_output --ready-fd
}

@test "each option that takes a value offers values, none offers options" {
	local tool option
	for tool in $TOOLS; do
		while read -r option; do
			run offers "$tool" "$option" -
			[[ $output != *--* ]]
		done < <("$tool" --help |
		    sed -nE 's/^  (-., )?(--[a-z][a-z0-9.-]*) [^ ].*/\2/p')
		run offers "$tool" --version --
		assert_output --partial --help
	done
}

@test "values are offered by their kind" {
	run offers promsend --ca-file a
	assert_output $'a file\na folder'
	run offers promsend --dead-letter ''
	assert_output 'a folder'
	run offers kqlrun -l ''
	assert_output ''
	run offers crdwatch -f ''
	assert_output $'a file\na folder'
	run offers promserve --path ''
	assert_output ''
	local tool
	for tool in $TOOLS; do
		[ "$tool" != adxexporter ] || continue
		run offers "$tool" --log-level ''
		assert_output $'debug\nerror\ninfo\nwarn'
	done
	run offers adxexporter --criteria-match a
	assert_output $'all\nany'
	run offers promsend --protocol ''
	assert_output $'1\n2\nauto'
}

@test "a value behind = is one too" {
	run offers otlpsend --encoding = j
	assert_output json
	run offers otlpsend --encoding =
	assert_output $'json\nprotobuf'
	# what may be left out is there behind = alone
	run offers crdwatch --leader-elect ''
	assert_output $'a file\na folder'
}

@test "operands are offered where files are read" {
	run offers kql2rows ''
	assert_output $'a file\na folder'
	run offers rows2prom ''
	assert_output ''
}

@test "bash itself completes, and zsh reads its own" {
	local typed
	printf '. %q\nkqlrun --bad-r\t sk\t; :\nexit\n' \
	    "$MADE/kqlpipe.bash" >typed
	typed=$(INPUTRC=/dev/null PS1='$ ' TERM=dumb timeout 20 \
	    script -qc 'bash --norc --noprofile -i' /dev/null <typed)
	[[ $typed == *'kqlrun --bad-rows  skip'* ]] || fail "$typed"
	command -v zsh >/dev/null || skip 'zsh is not installed'
	zsh -n "$MADE/_kqlpipe"
}
