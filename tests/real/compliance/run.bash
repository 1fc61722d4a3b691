#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.bash DIR [GO-TEST-OPTION...]: the sender tests for remote write 2.0 of a
# checkout of github.com/prometheus/compliance, with promsend behind a scrape
# shim.  It is in no registry of Go modules, so the checkout is yours to make.
set -eu -o pipefail
top=$(cd "$(dirname "$0")/../../.." && pwd)
work=$top/build/real/compliance

rm -rf "$work"
mkdir -p "$work"
cp -R "$1/remotewrite/sender/." "$work"
shift
cp "$top/tests/real/compliance/kqlpipe.go" "$work/targets"
sed -i 's/"prometheus": targets.RunP.*/"kqlpipe": targets.RunKqlpipe,/' \
    "$work/main_test.go"
cd "$work"
PATH=$top/build/bin:$PATH SHIM=$top/tests/real/compliance/shim.bash \
    PROMETHEUS_RW2_COMPLIANCE_SENDERS=kqlpipe \
    nice -n 10 go test -parallel 8 "$@" ./...
