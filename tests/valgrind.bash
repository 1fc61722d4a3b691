#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# valgrind.bash BIN UNIT... -- BATS...: run the unit tests, then the bats files
# over wrappers of the tools in BIN that run each under valgrind.  Whatever
# valgrind says about any process is a failure, also where no test looks at
# that process's status.
set -u

bin=$(cd "$1" && pwd)
shift
dir=build/valgrind
rm -rf "$dir"
mkdir -p "$dir/bin" "$dir/log"
dir=$(cd "$dir" && pwd)
${CC:-cc} -shared -fPIC -o "$dir/nojit.so" tests/nojit.c || exit 1
memcheck=(env LD_PRELOAD="$dir/nojit.so" valgrind -q --leak-check=full
    --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --error-exitcode=99)

for tool in "$bin"/*; do
	name=${tool##*/}
	# valgrind's own log would take the place of a closed stdout
	cat >"$dir/bin/$name" <<-END
		#!/bin/bash
		exec {log}>"$dir/log/$name.\$\$"
		exec ${memcheck[*]} --log-fd="\$log" "$tool" "\$@"
	END
	chmod +x "$dir/bin/$name"
done

units() {
	local unit status=0
	for unit; do
		"${memcheck[@]}" --log-file="$dir/log/unit-${unit##*/}.%p" \
		    "$unit" || status=1
	done
	return "$status"
}

mains=()
while [ "$1" != -- ]; do
	mains+=("$1")
	shift
done
shift
# both at once: neither keeps two cores busy
units "${mains[@]}" >"$dir/units" 2>&1 &
status=0
KQLPIPE_BIN=$dir/bin bats --timing "$@" || status=1
wait "$!" || status=1
cat "$dir/units"

clean=0 findings=0
for log in "$dir"/log/*; do
	if [ -s "$log" ]; then
		findings=$((findings + 1))
		printf '%s:\n' "${log##*/}"
		head -n 40 "$log"
	else
		clean=$((clean + 1))
	fi
done
printf 'valgrind: %d passed, %d failed\n' "$clean" "$findings"
exit "$((status || findings))"
