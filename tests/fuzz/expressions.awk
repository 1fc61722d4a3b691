# SPDX-License-Identifier: MIT
# The expressions of tests/cel/*.test, a file each below dir.
sub(/ (==|!!)> .*/, "") {
	printf "%s", $0 >(dir "/case" ++n)
	close(dir "/case" n)
}
