#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# build.bash [--cached]: build etcd, kube-apiserver and kubectl from their Go
# modules, as go.mod pins them, into the user's cache, and print where; a
# quarter of an hour, once.  With --cached only say whether they are there.
set -u -o pipefail
cd "$(dirname "$0")" || exit 1

version=$(sed -n 's/^.*k8s.io\/kubernetes v\([0-9.]*\).*/\1/p' go.mod)
dir=${XDG_CACHE_HOME:-$HOME/.cache}/kqlpipe/kube-$version
stamp=k8s.io/component-base/version.gitVersion=v$version

if [ -d "$dir" ]; then
	printf '%s\n' "$dir"
	exit
fi
[ "${1-}" != --cached ] || exit 1
rm -rf "$dir.new"
mkdir -p "$dir.new" || exit
export CGO_ENABLED=0
go build -trimpath -ldflags '-s -w' -o "$dir.new/etcd" \
    go.etcd.io/etcd/server/v3 &&
    go build -trimpath -ldflags "-s -w -X $stamp" -o "$dir.new/" \
	k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kubectl &&
    mv "$dir.new" "$dir" && printf '%s\n' "$dir"
