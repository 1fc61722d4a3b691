# SPDX-License-Identifier: MIT
#
# The queries of tests/kql/*.test as files in dir, a corpus to start from.
FNR == 1 {
	base = FILENAME
	gsub(/.*\/|\.test$/, "", base)
}
/^-- / {
	part = $2
	if (part == "query")
		out = dir "/" base "-" ++n
	next
}
part == "query" { print > out }
