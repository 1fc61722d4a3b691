#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# examples/systemd and examples/cron: what they start works, and stands its
# sandbox.
bats_require_minimum_version 1.5.0
load helpers

UNITS=$BATS_TEST_DIRNAME/../examples/systemd
CRON=$BATS_TEST_DIRNAME/../examples/cron/adxexporter

# The units as they would be installed, with the tools that are tested.
setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	cp -r "$UNITS" units
	sed -i "s,/usr/bin/adxexporter,$TOP/adxexporter/adxexporter," \
	    units/*.service
}

needs_systemd() {
	command -v systemd-analyze >/dev/null ||
		skip 'systemd-analyze is not installed'
}

# analyze COMMAND OPTION... UNIT...: systemd-analyze, which sees these alone.
analyze() {
	SYSTEMD_UNIT_PATH=$PWD/units: systemd-analyze "$@"
}

@test "systemd takes the units" {
	needs_systemd
	run analyze verify --man=no units/*.service units/*.timer
	assert_success
	assert_output ''
}

@test "systemd-analyze security gives both services 1.2 at most" {
	local unit
	needs_systemd
	for unit in units/*.service; do
		run analyze security --offline=yes --threshold=12 "$unit"
		assert_success
	done
}

@test "both services have the same sandbox" {
	diff <(sed -n '/^# The sandbox/,/^\[Install\]/p' \
	    units/adxexporter.service | sed '/^$/,$d') \
	    <(sed -n '/^# The sandbox/,$p' units/adxexporter-once.service)
	run grep -c = units/adxexporter-once.service
	((output > 30))
}

# started UNIT: the pipeline that its ExecStart would start.
started() {
	local line
	line=$(sed -n 's/^ExecStart=//p' "$1")
	# shellcheck disable=SC1091,SC2086
	(. "$UNITS/environment" && STATE_DIRECTORY=/var/lib/adxexporter &&
	    export STATE_DIRECTORY && eval "$line --print")
}

@test "what the services start is a pipeline" {
	run started units/adxexporter.service
	assert_success
	assert_output --partial 'crdwatch -f /etc/adxexporter/resources '
	assert_output --regexp 'promsend [^|]* http://localhost:9090/api/v1/wr'
	assert_output --partial '--health-listen=127.0.0.1:8081'
	export ADXEXPORTER_SECRETS
	ADXEXPORTER_SECRETS=$(sed -n 's/^Environment="[A-Z_]*=\(.*\)"/\1/p' \
	    units/adxexporter.service.d/secrets.conf)
	ADXEXPORTER_SECRETS=${ADXEXPORTER_SECRETS//%d/credentials}
	run started units/adxexporter-once.service
	assert_success
	assert_output --partial 'kqlrun -e TelemetryDB=file:/srv/telemetry '
	assert_output --partial ' --token-file=credentials/kusto-token'
	assert_output --partial \
	    ' --bearer-token-file=credentials/remote-write-token'
}

@test "cron's line delivers what is due" {
	local line
	mkdir bin etc lib
	printf '#!/bin/sh\ncat >"%s/log"\n' "$PWD" >bin/logger
	chmod +x bin/logger
	cp -r "$TOP/examples" etc/resources
	rm -r etc/resources/*/
	start_sink
	sed "s,/srv/telemetry,$TOP/examples/data,
	    s,http://localhost:9090,http://127.0.0.1:$SINK_PORT," \
	    "$UNITS/environment" >etc/environment
	line=$(grep '^[*]' "$CRON" | cut -d ' ' -f 7-)
	line=${line//\/etc\/adxexporter/$PWD\/etc}
	line=${line//\/var\/lib\/adxexporter/$PWD\/lib}
	[[ $line != *%* ]]
	PATH=$PWD/bin:$PATH sh -c "$line"
	run jq -r '.status.lastSuccessfulExecution' \
	    lib/monitoring/service-response-times.json
	assert_success
	assert_output --regexp '^2[0-9]{3}-'
	grep -q 'query done' log
}

# Refuses memory that is or was written and is to be run, as the services'
# MemoryDenyWriteExecute= does.  Linux 6.3 can.
no_exec_gain() {
	python3 - "$@" <<-'END'
	import ctypes, os, sys
	if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) != 0:
	    sys.exit(77)
	os.execvp(sys.argv[1], sys.argv[1:])
	END
}

@test "regular expressions work where no memory may be written and run" {
	local query='print a = extract("([a-z]+)([0-9]+)", 2, "xyz foo42"),
	    b = "Äb" matches regex "(?i)^äB$",
	    c = replace_regex("a.b.c", @"\.", "-")'
	case $KQLPIPE_BIN in
	*/valgrind*) skip "valgrind makes code as it goes" ;;
	esac
	run no_exec_gain python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=7)'
	((status != 77)) || skip 'this kernel cannot refuse it'
	assert_failure
	run --separate-stderr no_exec_gain kqlrun -d D \
	    -e "D=file:$TOP/examples/data" -q "$query"
	assert_success
	[ -z "$(grep -v 'query done' <<<"$stderr")" ]
	run --separate-stderr kql2rows <<<"$output"
	assert_output '{"a":"42","b":true,"c":"a-b-c"}'
	run no_exec_gain "$TOP/build/unit/kql_cases" "$TOP/tests/kql/regex.test"
	assert_success
}

@test "make install puts tools, pages, completions and units in place" {
	local unit tool root=$PWD/root
	needs_plain_build
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$TOP" install \
	    DESTDIR="$root" PREFIX=/opt/kql
	for tool in "$KQLPIPE_BIN"/* "$TOP/adxexporter/adxexporter"; do
		tool=${tool##*/}
		[ -x "$root/opt/kql/bin/$tool" ]
		[ -f "$root/opt/kql/share/man/man1/$tool.1" ]
		[ -f "$root/opt/kql/share/bash-completion/completions/$tool" ]
	done
	[ -f "$root/opt/kql/share/zsh/site-functions/_kqlpipe" ]
	for unit in "$root"/opt/kql/lib/systemd/system/*.service; do
		grep -q '^ExecStart=/opt/kql/bin/adxexporter ' "$unit"
	done
	[ "$(find "$root" -maxdepth 1 -mindepth 1)" = "$root/opt" ]
	run "$root/opt/kql/bin/adxexporter" --version
	assert_output "adxexporter (kqlpipe) $(cat "$TOP/VERSION")"
}
