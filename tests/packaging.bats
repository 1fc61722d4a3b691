#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# make dist, the Debian package's files and the container's; what takes minutes
# is tried by hand: examples/container/rehearse, examples/debian/rehearse.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$TOP" || return 1
}

# dist FILE: make the tarball, to keep as FILE.
dist() {
	needs_plain_build
	env -u MAKEFLAGS -u MAKELEVEL make -s dist >&2
	mv "build/kqlpipe-$(cat VERSION).tar.gz" "$1"
}

@test "a tarball is the same bytes twice, and holds what the tree holds" {
	local version
	version=$(cat VERSION)
	dist "$BATS_TEST_TMPDIR/a"
	(umask 077 && dist "$BATS_TEST_TMPDIR/b")
	cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
	cd "$BATS_TEST_TMPDIR"
	tar -xzf a
	diff -r "kqlpipe-$version/lib" "$TOP/lib"
	cmp "kqlpipe-$version/Makefile" "$TOP/Makefile"
	# and one made of what it holds is the same again
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "kqlpipe-$version" dist
	cmp a "kqlpipe-$version/build/kqlpipe-$version.tar.gz"
}

# The packages that the container's last stage installs.
installed_there() {
	sed -n '/^FROM/h; /^FROM/!H; ${g;p}' \
	    examples/container/Containerfile | tr -s ' \\' '\n' | sort -u
}

@test "the container has the libraries that the tools want" {
	local library package
	command -v dpkg-query >/dev/null || skip 'not on Debian'
	{
		echo libcurl.so.4 # is loaded when it is wanted
		objdump -p "$KQLPIPE_BIN"/* | awk '/NEEDED/ { print $2 }' |
		    grep -v 'libc\.so\|libm\.so\|san\.so' | sort -u
	} | while read -r library; do
		package=$(dpkg-query -S "$library" | grep -v -- '-dev' |
		    sed -n '1s/:.*//p')
		installed_there | grep -qx -- "$package" ||
		    fail "$library is of $package"
	done
}

@test "the container's file has a stage that builds, and no user root" {
	run grep -vE '^(#|$|    |(FROM|RUN|COPY|WORKDIR|USER|ENTRYPOINT) )' \
	    examples/container/Containerfile
	assert_output ''
	run tail -n 2 examples/container/Containerfile
	assert_output $'USER 65532:65532\nENTRYPOINT ["/usr/bin/adxexporter"]'
	grep -q 'runAsUser: 65532' examples/kubernetes/deployment.yaml
	grep -q '^COPY --from=build ' examples/container/Containerfile
}

@test "the package's files stand for what make installs" {
	local file
	while read -r file; do
		# shellcheck disable=SC2086 # a pattern
		compgen -G "$file" >/dev/null || fail "$file"
	done < <(cat examples/debian/kqlpipe.docs examples/debian/kqlpipe.examples)
	sh -n examples/debian/kqlpipe.postrm
	run make -n -f examples/debian/rules override_dh_auto_install
	assert_output --partial 'UNITDIR=/lib/systemd/system'
	diff <(sed -n '/^Permission/,$p' LICENSE | tr -d '\n .') \
	    <(sed -n '/^ Permission/,$p' examples/debian/copyright |
	    tr -d '\n .')
}
