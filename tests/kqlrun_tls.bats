#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Whom kqlrun trusts with queries and tokens: a service over TLS.
bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return 1
	make_ca ca
	make_ca other
	make_cert ca good DNS:localhost,IP:127.0.0.1
	make_cert ca expired DNS:localhost -1
	make_cert ca elsewhere DNS:elsewhere.example
	new_key self -x509 -days 2 -out self.crt \
	    -addext subjectAltName=DNS:localhost
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir data
	printf 'id,name\n1,one\n2,two\n' >data/T.csv
	export KQLPIPE_TOKEN=sesame
	echo sesame >theirs
}

# secured CERT [OPTION...]: a service of DB that shows this certificate.
secured() {
	local cert=$BATS_FILE_TMPDIR/$1
	shift
	start_kusto -c "$cert.crt" -k "$cert.key" -t theirs "$@" DB=file:data
}

# trusting CA [OPTION...]: a query, with that authority trusted.
trusting() {
	run --separate-stderr kqlrun --ca-file "$BATS_FILE_TMPDIR/$1.crt" \
	    -e "DB=$KUSTO_URL" "${@:2}" -q T
}

# mistrusted TEXT...: nothing was asked, nothing sent, and the error has each
# text.
mistrusted() {
	local text
	[ "$status" -eq 78 ] || fail "$status: $stderr"
	for text; do
		jq -e --arg text "$text" '.["@end"].error |
		    .code == "Unavailable" and (.permanent | not) and
		    (.message | contains($text))' <<<"$output" ||
		    fail "no $text: $output"
	done
	[[ $stderr != *sesame* && $output != *sesame* ]]
	[ ! -s "$KUSTO_RECORD" ] || fail "$(cat "$KUSTO_RECORD")"
}

@test "a service whose authority is trusted gets the query and the token" {
	secured good
	trusting ca
	[ "$status" -eq 0 ]
	[ "$(kql2rows <<<"$output" | wc -l)" -eq 2 ]
	SSL_CERT_FILE=$BATS_FILE_TMPDIR/ca.crt kqlrun -e "DB=$KUSTO_URL" -q T
	# what the option says goes before the environment
	SSL_CERT_FILE=$BATS_FILE_TMPDIR/other.crt trusting ca
	[ "$status" -eq 0 ]
	# the name and the address are both in the certificate
	KUSTO_URL=${KUSTO_URL/localhost/127.0.0.1} trusting ca
	[ "$status" -eq 0 ]
	jq -se 'length == 4 and
	    all(.headers.Authorization == "Bearer")' "$KUSTO_RECORD"
}

@test "a certificate of nobody who is trusted" {
	secured good
	trusting other
	mistrusted 'unable to get local issuer' 'CA file'
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL" -q T
	mistrusted 'unable to get local issuer' 'CA file'
	SSL_CERT_FILE=$BATS_FILE_TMPDIR/other.crt run --separate-stderr \
	    kqlrun -e "DB=$KUSTO_URL" -q T
	mistrusted 'unable to get local issuer'
}

@test "a certificate that has expired" {
	secured expired
	trusting ca
	mistrusted 'has expired' 'must be renewed'
}

@test "a certificate of another name" {
	secured elsewhere
	trusting ca
	mistrusted "'localhost'" 'a name that the certificate has'
}

@test "a certificate that its owner has signed, until it is trusted" {
	secured self
	run --separate-stderr kqlrun -e "DB=$KUSTO_URL" -q T
	mistrusted 'self-signed' 'CA file'
	trusting self
	[ "$status" -eq 0 ]
}

@test "a service that does not speak TLS, and files that are none" {
	start_kusto DB=file:data
	KUSTO_URL=https://localhost:${KUSTO_URL##*:} trusting ca
	mistrusted 'does not speak TLS'
	trusting nowhere
	[ "$status" -eq 78 ]
	[[ $stderr == *'nowhere.crt: No such file'* ]]
	[ ! -s "$KUSTO_RECORD" ]
}

@test "nobody is verified when it is said so, loudly" {
	secured elsewhere
	trusting other --insecure-skip-verify
	[ "$status" -eq 0 ]
	[[ $stderr == *level=warn*'TLS is not verified'* ]]
}

@test "a redirect is not followed out of TLS, nor within it" {
	start_sink 200
	printf '{"redirect":"%s"}\n' "$SINK_URL/v2/rest/query" \
	    https://localhost:1/v2/rest/query >script
	secured good -f script
	trusting ca
	[ "$status" -eq 78 ]
	[[ $output == *"redirected to $SINK_URL"* ]]
	trusting ca
	[[ $output == *'redirected to https://localhost:1'* ]]
	[ "$(sink_requests)" -eq 0 ]
}

@test "windows wait for a certificate that is trusted, and go on" {
	local at=2025-06-25T10:05:00Z
	jq -nc '{type: "ADDED", object: {kind: "MetricsExporter",
	    apiVersion: "adx-mon.azure.com/v1",
	    metadata: {namespace: "n", name: "a", generation: 1},
	    spec: {database: "DB", interval: "5m", body: "T",
		transform: {valueColumn: "id", defaultMetricName: "m"}},
	    status: {lastSuccessfulExecution: "2025-06-25T10:00:00Z"}}}' \
	    >events
	secured good
	run kqlrun -1 --now "$at" --ca-file "$BATS_FILE_TMPDIR/other.crt" \
	    -e "DB=$KUSTO_URL" <events
	[ "$status" -eq 1 ]
	[[ $output == *'"code":"Unavailable"'*'QueryFailing'*'CA file'* ]]
	run kqlrun -1 --now "$at" --ca-file "$BATS_FILE_TMPDIR/ca.crt" \
	    -e "DB=$KUSTO_URL" <events
	[ "$status" -eq 0 ]
}
