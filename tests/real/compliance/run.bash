#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.bash 1|2: the sender tests of that version of remote write from
# github.com/prometheus/compliance, with promsend behind a scrape shim.  Prints
# a line for each test, PASS or FAIL and its name; what they said is below
# build/real.  They mostly wait, so many run at once; but not all: they give a
# sender five seconds for its first request.
set -eu -o pipefail
top=$(cd "$(dirname "$0")/../../.." && pwd)
work=$top/build/real/compliance-$1
from=$("$top/tests/real/compliance/build.bash" --cached)

rm -rf "$work"
mkdir -p "$work/log"
cp -R "$from/$1/." "$work"
cp "$top/tests/real/compliance/kqlpipe.go" "$work/targets"
sed -i -e '/targets\.Run[^P]/d' \
    -e 's/"prometheus": .*RunP.*/"kqlpipe": targets.RunKqlpipe,/' \
    "$work/main_test.go"
case $1 in
1) export PROTOCOL=1 INTERVAL=1 UP=1 ;;
2) export PROTOCOL=auto INTERVAL=10 ;;
esac
cd "$work"
nice -n 10 go test -c -tags compliance -o sender.test .
export PATH=$top/build/bin:$PATH SHIM=$top/tests/real/compliance/shim.bash
export PROMETHEUS_RW2_COMPLIANCE_SENDERS=kqlpipe
# A sender is ended by SIGINT, which jobs in the background are made to ignore.
./sender.test -test.list . | grep ^Test | env --default-signal=INT \
    xargs -P 6 -I{} sh -c './sender.test -test.v -test.parallel 6 \
	-test.run "^{}\$" >log/{} 2>&1 || :'
sed -n 's/^ *--- \([A-Z]*\): \(.*\) (.*s)$/\1 \2/p' log/* | LC_ALL=C sort -k2
