#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# valgrind.bash BIN TEST...: run the bats files among the tests over wrappers of
# the tools in BIN that run each under valgrind, and the unit mains under it.
# Whatever valgrind says about any process is a failure, also where no test
# looks at that process's status.
set -u

bin=$(cd "$1" && pwd)
shift
dir=build/valgrind
rm -rf "$dir"
mkdir -p "$dir/bin" "$dir/log" "$dir/out"
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

# Run a unit main or a bats file; what it says and its status go to files.
one() {
	local out=$dir/out/${1##*/}
	if [[ $1 == *.bats ]]; then
		KQLPIPE_BIN=$dir/bin bats --timing "$1"
	else
		"${memcheck[@]}" --log-file="$dir/log/unit-${1##*/}.%p" "$1"
	fi >"$out" 2>&1
	printf '%d\n' "$?" >"$out.status"
}

# As many at once as there are processors; what they say comes in order.
for arg; do
	while (($(jobs -rp | wc -l) >= $(nproc))); do
		wait -n
	done
	one "$arg" &
done
wait
status=0
for arg; do
	out=$dir/out/${arg##*/}
	cat "$out"
	[ "$(<"$out.status")" -eq 0 ] || status=1
done

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
