#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# promserve: what it keeps, what it serves, what it says of it.
bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	exec 7>&-
	stop_all
}

# serve [OPTION...]: start it, on a port that the kernel picks, with its input
# on the descriptor 7.  Sets SERVE_PID and SERVE_URL; receipts go to the file
# receipts, its log to the file log.
serve() {
	mkfifo in 2>/dev/null || :
	promserve --listen=127.0.0.1:0 "$@" <in >>receipts 2>>log 3>&- &
	SERVE_PID=$!
	keep_pid "$SERVE_PID"
	exec 7>in
	wait_for 60 grep -q listening log || return 1
	SERVE_URL=http://127.0.0.1:$(sed -n 's/.*msg="listening".* port=//p' log |
	    tail -n 1)
}

# at SECONDS: a time of today.
at() {
	date -u -d "@$((BASE + $1))" +%Y-%m-%dT%H:%M:%SZ
}

# begin NAME MINUTE [MEMBERS]: the @window of that minute.
BASE=1750000020
begin() {
	printf '# @window {"id":"%s-%s","namespace":"n","name":"%s",' \
	    "$1" "$2" "$1"
	printf '"start":"%s","end":"%s"%s}\n' \
	    "$(at $(($2 * 60)))" "$(at $(($2 * 60 + 60)))" "${3:+,$3}"
}

# window NAME MINUTE [MEMBERS] <SERIES-AND-VALUE-LINES: a whole one.
window() {
	begin "$@"
	awk -v id="$1-$2" -v ms="$((BASE + $2 * 60))000" '
	    { print $0, ms }
	    END {
		printf "# @end {\"id\":\"%s\",\"rows\":%d,", id, NR
		printf "\"samples\":%d}\n", NR
	    }'
}

# answered N: there are N receipts that are no begun.
answered() {
	[ "$(grep -vc '"begun"' receipts)" -ge "$1" ]
}

scrape() {
	curl -sf --max-time 10 "$@" "$SERVE_URL/metrics"
}

@test "the newest window of each resource is served, by metric" {
	serve
	{
		window a 0 <<<$'up{x="1"} 1\ndown 2\nup{x="2"} 3'
		window b 0 <<<$'up{x="3"} 4'
	} >&7
	wait_for 30 answered 2
	assert_equal "$(scrape)" '# HELP down MetricsExporter n/a
# TYPE down gauge
down 2
# HELP up MetricsExporter n/a
# TYPE up gauge
up{x="1"} 1
up{x="2"} 3
up{x="3"} 4'
	window a 1 <<<$'up{x="2"} 5' >&7
	wait_for 30 answered 3
	assert_equal "$(scrape)" '# HELP up MetricsExporter n/a
# TYPE up gauge
up{x="2"} 5
up{x="3"} 4'
	window a 0 <<<$'up{x="2"} 6' >&7
	wait_for 30 answered 4
	assert_equal "$(scrape | grep 2)" 'up{x="2"} 5'
	exec 7>&-
	wait "$SERVE_PID"
	assert_equal "$(jq -r '.status + " \(.samples)"' <receipts |
	    grep -v begun | paste -sd,)" \
	    'delivered 3,delivered 1,delivered 1,delivered 1'
}

@test "pages and methods" {
	serve
	assert_equal "$(curl -s "$SERVE_URL/healthz")" "healthz check passed"
	assert_equal "$(curl -s -o /dev/null -w '%{http_code}' \
	    "$SERVE_URL/other")" 404
	assert_equal "$(curl -s -o /dev/null -w '%{http_code}' -X POST \
	    -d x "$SERVE_URL/metrics")" 405
	run -0 curl -sI "$SERVE_URL/metrics"
	assert_output --partial 'text/plain; version=0.0.4; charset=utf-8'
}

# type_for ACCEPT: the Content-Type that it gets.
type_for() {
	scrape -o /dev/null -w '%{content_type}' -H "Accept: $1"
}

@test "the form of a page is what the client prefers" {
	serve
	local text='text/plain; version=0.0.4; charset=utf-8'
	local open='application/openmetrics-text; version=1.0.0; charset=utf-8'
	assert_equal "$(type_for '*/*')" "$text"
	assert_equal "$(type_for 'application/json')" "$text"
	# Prometheus 2.42 and 3
	assert_equal "$(type_for 'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1')" \
	    "$open"
	assert_equal "$(type_for 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1')" \
	    "$open; escaping=allow-utf-8"
	assert_equal "$(type_for 'text/plain; q=0.9, application/openmetrics-text;q=0.8')" \
	    "$text"
	assert_equal "$(type_for 'text/plain;version="1.0.0";escaping=dots')" \
	    'text/plain; version=1.0.0; charset=utf-8; escaping=dots'
	assert_equal "$(type_for 'application/openmetrics-text;q=0, text/plain;q=0')" \
	    "$text"
	assert_equal "$(type_for 'application/openmetrics-text;version=7')" \
	    "$text"
}

@test "OpenMetrics: counters by their names, else unknown; it ends" {
	serve
	{
		printf '# TYPE c_total counter\n# TYPE d counter\n'
		printf '# TYPE e_total counter\n# TYPE h histogram\n'
		printf '# HELP c_total a "quoted" \\\\ \\nhelp\n'
		window a 0 <<<$'c_total 1\nd 2\ne_total 3\ne 4\nh_count 5'
	} >&7
	wait_for 30 answered 1
	run -0 scrape -H 'Accept: application/openmetrics-text'
	assert_line --index 0 '# HELP c a \"quoted\" \\ \nhelp'
	assert_equal "$(grep -v HELP <<<"$output")" '# TYPE c counter
c_total 1
# TYPE d unknown
d 2
# TYPE e gauge
e 4
# TYPE e_total unknown
e_total 3
# TYPE h_count unknown
h_count 5
# EOF'
	run -0 scrape
	assert_output --partial $'# HELP c_total a "quoted" \\\\ \\nhelp\n# TYPE c_total counter'
	assert_output --partial '# TYPE h_count untyped'
}

@test "times are served when they are asked for, in the unit of the format" {
	serve --timestamps
	window a 0 <<<'x{l="a b 1"} 1' >&7
	wait_for 30 answered 1
	assert_equal "$(scrape | tail -n 1)" "x{l=\"a b 1\"} 1 ${BASE}000"
	assert_equal "$(scrape -H 'Accept: application/openmetrics-text' |
	    tail -n 2)" "x{l=\"a b 1\"} 1 $BASE.000"$'\n# EOF'
}

@test "names that are not classic: quoted for those who read them" {
	serve
	window a 0 <<<$'{"my.name","la-bel"="x"} 1\nmy_name{la_bel="x"} 2\nmy_name 3\n{"\u00fcber_x","a.b"="1","a-b"="2"} 4' >&7
	wait_for 30 answered 1
	assert_equal "$(scrape -H 'Accept: text/plain;version=1.0.0;escaping=allow-utf-8' |
	    grep -v HELP)" '# TYPE "my.name" gauge
{"my.name","la-bel"="x"} 1
# TYPE my_name gauge
my_name{la_bel="x"} 2
my_name 3
# TYPE "über_x" gauge
{"über_x","a-b"="2","a.b"="1"} 4'
	assert_equal "$(scrape | grep -v HELP)" '# TYPE _ber_x gauge
# TYPE my_name gauge
my_name{la_bel="x"} 1
my_name 3'
	grep -q 'there twice.*hidden=2' log
	assert_equal "$(scrape -H 'Accept: text/plain;escaping=dots' |
	    grep -v '#')" '_ber__x{a_b="2",a_dot_b="1"} 4
my__name{la__bel="x"} 2
my__name 3
my_dot_name{la_bel="x"} 1'
	assert_equal "$(scrape -H 'Accept: text/plain;escaping=values' |
	    grep -v '#')" 'U___fc_ber__x{U__a_2d_b="2",U__a_2e_b="1"} 4
U__my_2e_name{U__la_2d_bel="x"} 1
my_name{la_bel="x"} 2
my_name 3'
}

@test "gzip when it is allowed, and nothing for HEAD" {
	serve
	seq -f 'x{n="%g"} 1' 5000 | window a 0 >&7
	wait_for 30 answered 1
	scrape >plain
	scrape --compressed -D head >unpacked
	cmp plain unpacked
	grep -qi '^content-encoding: gzip' head
	grep -qi '^vary: accept, accept-encoding' head
	scrape -H 'Accept-Encoding: gzip' >packed
	cmp plain <(gzip -dc packed)
	(($(stat -c %s packed) * 5 < $(stat -c %s plain)))
	scrape -H 'Accept-Encoding: gzip;q=0, *' | cmp plain
	scrape -I >head
	grep -qi "^content-length: $(stat -c %s plain)" head
}

# killed: end it as a crash does.
killed() {
	exec 7>&-
	stop_pid "$SERVE_PID" KILL
}

@test "what was delivered is served again after a crash" {
	serve --state-dir=state
	{
		printf '# TYPE c_total counter\n# HELP c_total some help\n'
		window a 0 <<<$'c_total{x="1"} 1\n{"my.x","y"="\\n"} 2'
		window b 0 '"rule":"r"' <<<'up 9007199254740993'
	} >&7
	wait_for 30 answered 2
	scrape >before
	assert_equal "$(ls state)" $'n+a.prom\nn+b+r.prom'
	killed
	# one torn, one that is another's, one half written
	head -n -1 state/n+b+r.prom >state/n+c.prom
	cp state/n+a.prom state/n+d.prom
	printf 'x 1\n' >state/n+e.prom.tmp
	: >log
	serve --state-dir=state
	scrape | cmp before
	assert_equal "$(grep -c 'left alone' log)" 2
	assert_equal "$(ls state)" $'n+a.prom\nn+b+r.prom\nn+c.prom\nn+d.prom'
	# what was newer than a window is so still
	window b 0 '"rule":"r"' <<<'up 2' >&7
	wait_for 30 answered 3
	assert_equal "$(scrape | tail -n 1)" 'up 2'
	window b 1 '"rule":"r"' <<<'up 3' >&7
	window b 0 '"rule":"r"' <<<'up 4' >&7
	wait_for 30 answered 5
	assert_equal "$(scrape | tail -n 1)" 'up 3'
}

@test "a directory is for one, and has to be one" {
	serve --state-dir=state
	run -75 promserve --listen=127.0.0.1:0 --state-dir=state </dev/null
	assert_output --partial 'another promserve'
	: >file
	run -78 promserve --listen=127.0.0.1:0 --state-dir=file/x </dev/null
	run -78 promserve --listen=127.0.0.1 </dev/null
	run -78 promserve --listen=::1:0 </dev/null
	run -78 promserve --listen="${SERVE_URL#http://}" </dev/null
	assert_output --partial 'in use'
}

@test "on a full disk a window has failed, and what was served stays" {
	(
		ulimit -f 8
		serve --state-dir=state
		printf '%s\n' "$SERVE_URL" >url
		window a 0 <<<'x 1' >&7
		wait_for 30 answered 1
		seq -f 'x{n="%g"} 1' 2000 | window a 1 >&7
		wait_for 30 answered 2
		assert_equal "$(scrape | tail -n 1)" 'x 1'
		# the resource waits for that window, the others go on
		window a 2 <<<'x 3' >&7
		window b 0 <<<'y 1' >&7
		window a 1 <<<'x 2' >&7
		window a 2 <<<'x 3' >&7
		wait_for 30 answered 6
		assert_equal "$(scrape | grep -v '#')" $'x 3\ny 1'
	)
	assert_equal "$(jq -r 'select(.status != "begun") |
	    .status + " " + (.error.code // "")' receipts | paste -sd,)" \
	    'delivered ,failed Full,failed Held,delivered ,delivered ,delivered '
	assert_equal "$(ls state)" $'n+a.prom\nn+b.prom'
}

@test "a window with too many series is refused, the others go on" {
	serve --max-series=3
	window a 0 <<<$'x{n="1"} 1\nx{n="2"} 1' >&7
	window b 0 <<<$'y{n="1"} 1\ny{n="2"} 1' >&7
	window b 1 <<<$'y{n="1"} 1' >&7
	window a 1 <<<$'x{n="3"} 1\nx{n="4"} 1' >&7
	wait_for 30 answered 4
	assert_equal "$(scrape | grep -v '#' | paste -sd,)" \
	    'x{n="3"} 1,x{n="4"} 1,y{n="1"} 1'
	jq -es '[.[] | select(.status == "rejected")] | length == 1 and
	    (.[0] | .name == "b" and .error.code == "Full" and
	    .error.permanent and (.error.message | test("max-series 3")))' \
	    receipts
}

@test "a window that failed, was torn or is none of ours changes nothing" {
	serve --name=scrape
	window a 0 <<<'x 1' >&7
	{
		begin a 1
		printf '# @end {"id":"a-1","error":{"stage":"kqlrun",'
		printf '"code":"E","message":"m","permanent":true}}\n'
		begin a 1
		printf 'x 2\nx{\n# @end {"id":"a-1","samples":2}\n'
		begin a 1
		printf 'x 2 %d000\n# @end {"id":"a-1","samples":2}\n' \
		    $((BASE + 60))
		window a 1 '"to":["other"],"destinations":["other","scrape"]' \
		    <<<'x 5'
	} >&7
	wait_for 30 answered 4
	assert_equal "$(scrape | tail -n 1)" 'x 1'
	assert_equal "$(jq -r 'select(.status != "begun") |
	    .destination + " " + .status + " " + (.error.code // "")' receipts |
	    paste -sd,)" \
	    'scrape delivered ,scrape failed E,scrape failed BadLine,scrape failed Truncated'
	# taken off this destination, and empty
	window a 1 '"to":["other"],"destinations":["other"]' <<<'x 5' >&7
	window b 1 '"to":["scrape"]' </dev/null >&7
	wait_for 30 answered 5
	assert_equal "$(scrape)" ''
}

@test "a plain stream is one window that ends with the input" {
	run -0 --separate-stderr promserve --listen=127.0.0.1:0 \
	    < <(printf 'x 1\n# a comment\ny 2 5\n')
	assert_equal "$(jq -r '"\(.status) \(.samples)"' <<<"$output")" \
	    'delivered 2'
	run -65 promserve --listen=127.0.0.1:0 < <(printf 'x 1\ny 2')
	serve
	printf 'plain 1\n' >&7
	window a 0 <<<'x 1' >&7
	wait_for 30 answered 2
	assert_equal "$(scrape | grep -v '#' | paste -sd,)" 'plain 1,x 1'
	# a bad line ends it, though the input goes on
	printf 'x 1\ny{\n' >&7
	wait_for 30 answered 3
	wait_for 30 gone "$SERVE_PID"
	assert_equal "$(jq -r 'select(.status == "failed").error.code' \
	    receipts)" BadLine
}

@test "a resource that is silent is forgotten" {
	serve --expire-after=1s --state-dir=state
	printf '# @window {"namespace":"n","name":"a","start":"%s","end":"%s"}\n' \
	    "$(at 0)" "$(at 1)" >&7
	printf 'x 1 %d000\n# @end {"samples":1}\n' "$BASE" >&7
	wait_for 30 answered 1
	assert_equal "$(scrape | tail -n 1)" 'x 1'
	wait_for 30 grep -q 'series forgotten' log
	assert_equal "$(scrape)" ''
	assert_equal "$(ls state)" ''
}

@test "a series that two resources have is served once, the first's" {
	serve --metrics-file=own.prom
	{
		window b 0 <<<$'x{n="1"} 1\nx{n="2"} 1\nz 5'
		printf '# TYPE z counter\n'
		window a 0 <<<$'x{n="2"} 2\nx{n="3"} 2\nz{r="a"} 6'
	} >&7
	wait_for 30 answered 2
	assert_equal "$(scrape)" '# HELP x MetricsExporter n/a
# TYPE x gauge
x{n="2"} 2
x{n="3"} 2
x{n="1"} 1
# HELP z MetricsExporter n/a
# TYPE z untyped
z{r="a"} 6
z 5'
	scrape -o /dev/null
	assert_equal "$(grep -c 'there twice.*hidden=1.*x{n=' log)" 1
	assert_equal "$(grep -c 'several types.*metrics=1 one=z' log)" 1
	exec 7>&-
	wait "$SERVE_PID"
	grep '^kqlpipe_promserve_series_hidden{tool="promserve"} 1$' own.prom
}

@test "values and times that are out of the ordinary" {
	serve --timestamps
	local now
	now=$(date +%s)
	{
		begin a 0
		printf 'nan NaN %s000\ninf +Inf -5\nold 1e-300 -62135596800000\n' \
		    "$BASE"
		printf 'big 123456789012345678 1\nlong 0.%0100d1 1\n' 0
		printf 'ahead 1 %s000\nnext 1 %s000\n' \
		    $((now + 700)) $((now + 500))
		printf 'last{a="",b="1"} 1 5\nlast{b="1"} 2 7\nlast{b="1"} 3 6\n'
		printf 'twice 1 5\ntwice 2 5\n'
		printf '# @end {"id":"a-0","samples":12}\n'
	} >&7
	wait_for 30 answered 1
	assert_equal "$(scrape | grep -v '#')" 'big 123456789012345678 1
inf +Inf -5
last{b="1"} 2 7
long 1e-101 1
nan NaN '"$BASE"'000
next 1 '$((now + 500))'000
old 1e-300 -62135596800000
twice 2 5'
	scrape -H 'Accept: application/openmetrics-text' |
	    grep -x 'inf +Inf -0.005'
	exec 7>&-
	local status=0
	wait "$SERVE_PID" || status=$?
	assert_equal "$status" 1
	assert_equal "$(jq -r 'select(.status != "begun") |
	    "\(.status) \(.samples) \(.rejected)"' receipts)" 'delivered 11 1'
}

@test "labels of a megabyte, and clients that are slow" {
	serve
	# more than the sockets in between can hold
	{
		for i in 1 2 3 4 5 6 7 8; do
			printf 'x{i="%d",l="' "$i"
			head -c 1000000 /dev/zero | tr '\0' x
			printf '"} 1\n'
		done
		seq -f 'y{n="%g"} 1' 1000
	} | window a 0 >&7
	wait_for 30 answered 1
	local slow=() i fd address=${SERVE_URL#http://}
	for i in 1 2 3 4 5 6 7 8 9 10; do
		# asks, and reads nothing
		exec {fd}<>"/dev/tcp/${address%:*}/${address##*:}"
		slow+=("$fd")
		printf 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n' >&"$fd"
		window b "$i" <<<"z $i" >&7
		wait_for 30 answered $((i + 1))
	done
	assert_equal "$(scrape --max-time 30 | tail -n 3 | head -n 1)" \
	    '# HELP z MetricsExporter n/b'
	assert_equal "$(scrape --max-time 30 | wc -c)" \
	    "$(scrape --compressed --max-time 30 | wc -c)"
	for fd in "${slow[@]}"; do
		exec {fd}>&-
	done
	# the pages that they held are gone: what is new is served
	wait_for 30 eval '[ "$(scrape | tail -n 1)" = "z 10" ]'
}

# start_scraper: Debian's Prometheus, which scrapes it each second.
start_scraper() {
	mkdir prometheus
	printf 'scrape_configs: [{job_name: serve, scrape_interval: 1s, %s}]\n' \
	    "static_configs: [{targets: ['${SERVE_URL#http://}']}]" >prometheus/c.yml
	spawn prometheus/log prometheus --config.file=prometheus/c.yml \
	    --storage.tsdb.path=prometheus/tsdb \
	    --web.listen-address=127.0.0.1:0
	wait_for 30 grep -q 'Server is ready' prometheus/log
	PROM_URL=http://127.0.0.1:$(port_of "$SPAWN_PID")
}

# has QUERY JSON: what Prometheus answers, as [value, labels but its own].
has() {
	[ "$(prom_query "$1" | jq -cS '[.data.result[] | [.value[1],
	    (.metric | del(.job, .instance, .__name__))]]')" = "$2" ]
}

@test "Prometheus scrapes it, and sees series go with their window" {
	serve
	printf '# TYPE c_total counter\n# HELP c_total Things.\n' >&7
	window a 0 <<<$'g{l="a\\"b\\\\"} 1.5\n{"my.name","a.b"="c"} 2\nc_total 3' >&7
	wait_for 30 answered 1
	start_scraper
	wait_for 30 has 'g' '[["1.5",{"l":"a\"b\\"}]]'
	has my_name '[["2",{"a_b":"c"}]]'
	has c_total '[["3",{}]]'
	has up '[["1",{}]]'
	assert_equal "$(curl -s "$PROM_URL/api/v1/metadata" |
	    jq -r '.data | "\(.c[0].type) \(.c[0].help) \(.g[0].type)"')" \
	    'counter Things. gauge'
	window a 1 <<<'g 7' >&7
	wait_for 30 has 'g' '[["7",{}]]'
	wait_for 30 has my_name '[]'
	has up '[["1",{}]]'
	run promtool check metrics < <(scrape)
	[[ $status == 0 || $status == 3 ]]
}
