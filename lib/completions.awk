# SPDX-License-Identifier: MIT
#
# Write the completions of a shell (-v shell=bash or zsh) for the tools whose
# --help is read, one behind the other: --help is printed from the table that
# parses, so what is offered is what is taken.  The name of a value in --help
# says what it is: a FILE, a PATH, a DIR, one of a|b; of others nothing is
# known, and nothing is offered.

function kind_of(value) {
	if (value ~ /^(FILE|PATH|RECEIPTS)$/)
		return "file"
	if (value == "DIR")
		return "directory"
	if (value ~ /^[a-z0-9]+(\|[a-z0-9]+)+$/) {
		gsub(/\|/, " ", value)
		return "one of " value
	}
	return "none"
}

# Keep the text inside single quotes of a shell.
function quoted(text) {
	gsub(/\047/, "\047\\\047\047", text)
	return "\047" text "\047"
}

/^usage: / {
	tool = $2
	tools[++ntools] = tool
	operand[tool] = "none"
	if (match($0, /\[?[A-Z]+( \.\.\.)?\]?$/)) {
		name = substr($0, RSTART, RLENGTH)
		gsub(/[^A-Z]/, "", name)
		operand[tool] = kind_of(name)
	}
	next
}

# "  -f, --file PATH      what it is", "  --azure[=SCOPE]      what it is"
/^  (-., )?--[a-z]/ {
	line = substr($0, 3)
	letter = ""
	if (line ~ /^-., /) {
		letter = substr(line, 1, 2)
		line = substr(line, 5)
	}
	match(line, /^--[a-z0-9.-]+/)
	name = substr(line, 1, RLENGTH)
	line = substr(line, RLENGTH + 1)
	value = ""
	maybe = 0
	if (match(line, /^\[=[^] ]+\]/)) {
		maybe = 1
		value = substr(line, 3, RLENGTH - 3)
		line = substr(line, RLENGTH + 1)
	} else if (match(line, /^ [^ ]+/)) {
		value = substr(line, 2, RLENGTH - 1)
		line = substr(line, RLENGTH + 1)
	}
	sub(/^ +/, "", line)
	i = ++nopts[tool]
	long[tool, i] = name
	short[tool, i] = letter
	arg[tool, i] = value
	optional[tool, i] = maybe
	said[tool, i] = line
}

# "tool--option) kind=..." for each option with a value; one whose value may
# be missing takes it behind "=" only.
function bash_values(t,    i, name) {
	for (i = 1; i <= nopts[t]; i++) {
		if (arg[t, i] == "")
			continue
		name = t " " long[t, i] (optional[t, i] ? "=" : "")
		printf "\t%s", quoted(name)
		if (!optional[t, i])
			printf " | %s", quoted(name "=")
		if (short[t, i] != "")
			printf " | %s", quoted(t " " short[t, i])
		printf ") kind=%s ;;\n", quoted(kind_of(arg[t, i]))
	}
}

function bash_options(t,    i) {
	printf "\t%s) operand=%s options=\047", t, operand[t]
	for (i = 1; i <= nopts[t]; i++)
		printf "%s%s", (i > 1 ? " " : ""), long[t, i]
	print "\047 ;;"
}

function bash(    i) {
	print "# bash completion of kqlpipe, made from --help"
	print "_kqlpipe() {"
	print "\tlocal tool=${1##*/} word=${COMP_WORDS[COMP_CWORD]}"
	print "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]-}"
	print "\tlocal kind= operand= options="
	print "\t# readline takes a = for a word, where it is not told not to"
	print "\tif [[ $word == = ]]; then"
	print "\t\tbefore+== word="
	print "\telif [[ $before == = ]]; then"
	print "\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]-}="
	print "\tfi"
	print "\tcase $tool in"
	for (i = 1; i <= ntools; i++)
		bash_options(tools[i])
	print "\tesac"
	print "\tcase \"$tool $before\" in"
	for (i = 1; i <= ntools; i++)
		bash_values(tools[i])
	print "\tesac"
	print "\tif [[ -z $kind ]]; then"
	print "\t\tkind=$operand"
	print "\t\t[[ $word != -* ]] || kind=\"one of $options\""
	print "\tfi"
	print "\tcase $kind in"
	print "\tfile) set -- -f ;;"
	print "\tdirectory) set -- -d ;;"
	print "\t'one of '*) set -- -W \"${kind#one of }\" ;;"
	print "\t*) set -- -W '' ;;"
	print "\tesac"
	print "\t[[ $1 == -W ]] || compopt -o filenames 2>/dev/null"
	print "\tmapfile -t COMPREPLY < <(compgen \"$@\" -- \"$word\")"
	print "}"
	printf "complete -F _kqlpipe"
	for (i = 1; i <= ntools; i++)
		printf " %s", tools[i]
	print ""
}

function zsh_action(kind) {
	if (kind == "file")
		return "_files"
	if (kind == "directory")
		return "_files -/"
	if (sub(/^one of /, "", kind))
		return "(" kind ")"
	return " "
}

function zsh_option(t, i,    name, names, rest, message) {
	name = long[t, i]
	rest = said[t, i]
	gsub(/[][]/, "\\\\&", rest)
	rest = "[" rest "]"
	message = arg[t, i]
	gsub(/:/, "\\:", message)
	if (message != "") {
		name = name (optional[t, i] ? "=-" : "=")
		rest = rest (optional[t, i] ? "::" : ":") message ":" \
		    zsh_action(kind_of(arg[t, i]))
	}
	names = name
	if (short[t, i] != "")
		names = "{" short[t, i] (message != "" ? "+" : "") "," name "}"
	return "\047*\047" names quoted(rest)
}

function zsh(    t, i, n) {
	printf "#compdef"
	for (n = 1; n <= ntools; n++)
		printf " %s", tools[n]
	print "\n# zsh completion of kqlpipe, made from --help"
	print "case $service in"
	for (n = 1; n <= ntools; n++) {
		t = tools[n]
		printf "%s)\n\t_arguments -s -S", t
		for (i = 1; i <= nopts[t]; i++)
			printf " \\\n\t    %s", zsh_option(t, i)
		if (operand[t] != "none")
			printf " \\\n\t    \047*:operand:%s\047",
			    zsh_action(operand[t])
		print "\n\t;;"
	}
	print "esac"
}

END {
	if (shell == "zsh")
		zsh()
	else
		bash()
}
