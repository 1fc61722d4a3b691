#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shim.bash PAGE RECEIVER: scrape PAGE and send what it shows to RECEIVER, as
# the compliance tests of remote write want of a sender; to the end by SIGINT.
# Each scrape is a window of one promsend.  What makes a scraper of it is here:
# the labels job and instance, the time of the scrape, that a page is taken
# whole or not at all, up, and that a series which is gone has ended.
# Exemplars, which promsend does not read, are left out.
#
# INTERVAL is the seconds between scrapes, PROTOCOL the version to speak; with
# UP there is a window with up behind each of a page.
set -u
sender=
trap '[ -z "$sender" ] || kill "$sender"; exit 0' INT TERM
trap '' PIPE

host=${1#*://}
host=${host%%/*}
number='[-+]?(NaN|Inf|[0-9.]+([eE][-+]?[0-9]+)?)'

# say SAMPLES: a window of this moment.
say() {
	local at n
	printf -v at '%(%FT%TZ)T' "$((now / 1000))"
	n=$(grep -vc -e '^#' -e '^ *$' <<<"$1")
	printf '# @window {"namespace":"test","name":"test","settled":"%s",' \
	    "$at"
	printf '"start":"%s","end":"%s"}\n' "$at" "$at"
	printf '%s\n# @end {"samples":%d}\n' "$1" "$n"
}

# heard: until the window of say has its receipt; whether it was text at all.
# It runs in this shell, which a signal can end here.
heard() {
	local line
	while read -r line; do
		case $line in
		*'"status":"begun"'*) ;;
		*'"code":"BadLine"'*) return 1 ;;
		*) return 0 ;;
		esac
	done <&"$from"
}

# ended: the series of the last page that are not in this one, as ended now.
ended() {
	comm -23 <(names "$last") <(names "$page") |
	    sed "s/\$/ StaleNaN $now/"
}

names() {
	sed -nE "/ StaleNaN /d; s/^([^#].*) [^ ]+ [^ ]+\$/\1/p" <<<"$1" | sort
}

# scrape PAGE: the samples that it shows, with the time.
scrape() {
	curl -sf --max-time 3 "$1" | sed -E -e 's/ # \{.*//' \
	    -e 's/([{,] *)(job|instance)( *=)/\1exported_\2\3/g' \
	    -e "s/(\}|^[^# {]+)( +$number) *\$/\1\2 $now/"
}

dir=$(mktemp -d)
mkfifo "$dir/in" "$dir/out"
promsend --protocol "${PROTOCOL:-auto}" --label "job=test,instance=$host" \
    "$2" <"$dir/in" >"$dir/out" 2>>"${LOG:-/dev/null}" &
sender=$!
exec {to}>"$dir/in" {from}<"$dir/out"
rm -r "$dir"

last=
while :; do
	now=${EPOCHREALTIME//[.,]/}
	now=${now%???}
	up=0
	if page=$(scrape "$1"); then
		[ -z "$last" ] || page+=$'\n'$(ended)
		say "$page" >&"$to"
		heard && up=1 last=$page
	fi
	if [ -n "${UP-}" ]; then
		say "up $up $now" >&"$to"
		heard
	fi
	read -rt "${INTERVAL:-10}" <> <(:) || :
done
