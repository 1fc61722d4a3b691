#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.bash [--cached]: build the exporter that kqlpipe can stand in for, and
# path.go inside its tree, into the user's cache, and print where; a few
# minutes, once.  With --cached only say whether it is there.  ADX_MON is where
# to clone it from, such as a copy at hand.
set -u -o pipefail

commit=905bfa4d44561cc8c27352e7b1ba504b95a2616a
from=${ADX_MON:-https://github.com/Azure/adx-mon}
here=$(cd "$(dirname "$0")" && pwd)
dir=${XDG_CACHE_HOME:-$HOME/.cache}/kqlpipe/adx-mon-${commit:0:12}

if [ -d "$dir" ]; then
	printf '%s\n' "$dir"
	exit
fi
[ "${1-}" != --cached ] || exit 1
rm -rf "$dir.new"
git clone -q --bare "$from" "$dir.new/git" >&2 &&
    mkdir "$dir.new/src" && cd "$dir.new/src" || exit
# The data of its own tests are large, and not what is built.
git --git-dir=../git archive "$commit" . ':(exclude)*.journal' | tar x &&
    mkdir cmd/kqlpipe-path &&
    cp "$here/path.go" cmd/kqlpipe-path/main.go || exit
export CGO_ENABLED=0
nice -n 10 go build -mod=vendor -trimpath -ldflags '-s -w' \
    -o "$dir.new/adxexporter" ./cmd/adxexporter &&
    nice -n 10 go build -mod=vendor -trimpath -ldflags '-s -w' \
	-o "$dir.new/path" ./cmd/kqlpipe-path &&
    rm -rf "$dir.new/src" "$dir.new/git" && mv "$dir.new" "$dir" &&
    printf '%s\n' "$dir"
