#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# valgrind.bash BIN TEST...: run the bats files among the tests over wrappers of
# the tools in BIN that run each under valgrind, and the unit mains under it.
# Whatever valgrind says about any process is a failure, also where no test
# looks at that process's status.
set -u

bin=$1
shift
dir=build/valgrind
rm -rf "$dir"
mkdir -p "$dir/bin" "$dir/unit" "$dir/log"
dir=$(cd "$dir" && pwd)
${CC:-cc} -shared -fPIC -o "$dir/nojit.so" tests/nojit.c || exit 1
memcheck=(env LD_PRELOAD="$dir/nojit.so" valgrind -q --leak-check=full
    --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --error-exitcode=99)

# wrap DIR PROGRAM: in DIR, it under valgrind, with a log for each process.
wrap() {
	local name=${2##*/}
	# valgrind's own log would take the place of a closed stdout
	cat >"$dir/$1/$name" <<-END
		#!/bin/bash
		exec {log}>"$dir/log/$1-$name.\$\$"
		exec ${memcheck[*]} --log-fd="\$log" "$(realpath "$2")" "\$@"
	END
	chmod +x "$dir/$1/$name"
}

for tool in "$bin"/*; do
	wrap bin "$tool"
done
tests=()
for arg; do
	if [[ $arg != *.bats ]]; then
		wrap unit "$arg"
		arg=build/valgrind/unit/${arg##*/}
	fi
	tests+=("$arg")
done
status=0
KQLPIPE_BIN=$dir/bin tests/each.bash "${tests[@]}" || status=$?

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
