#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.bash [--cached]: build Prometheus 3 from its Go module into the user's
# cache and print where; a few minutes, once.  With --cached only say whether it
# is there.  Its web pages and the discovery of what to scrape in clouds are
# left out: nothing here asks for them.
set -u -o pipefail

version=0.308.1 # Prometheus 3.8.1
module=github.com/prometheus/prometheus
dir=${XDG_CACHE_HOME:-$HOME/.cache}/kqlpipe/prometheus-$version

if [ -d "$dir" ]; then
	printf '%s\n' "$dir"
	exit
fi
[ "${1-}" != --cached ] || exit 1
rm -rf "$dir.new"
mkdir -p "$dir.new" || exit
from=$(go mod download -json "$module@v$version" | jq -r .Dir) || exit
cp -R "$from" "$dir.new/src" && chmod -R u+w "$dir.new/src" &&
    cd "$dir.new/src" || exit
echo 'package plugins' >plugins/plugins.go
export CGO_ENABLED=0
nice -n 10 go build -trimpath -ldflags '-s -w' -o "$dir.new/" \
    ./cmd/prometheus && rm -rf "$dir.new/src" &&
    mv "$dir.new" "$dir" && printf '%s\n' "$dir"
