# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The requests to an API server whose answers we count on, and what of them is
# the same each time.  real_kube.bats keeps those of a real one in
# tests/data/kube/answers; kubernetes.bats asks our own server the same.

# kube_curl ARGUMENT...: with KUBE_TOKEN and the CA, where there are any.
kube_curl() {
	curl -s --max-time 60 \
	    ${KUBE_TOKEN:+-H "Authorization: Bearer $KUBE_TOKEN"} \
	    ${KUBE_DIR:+--cacert "$KUBE_DIR/ca.crt"} "$@"
}

# ask NAME METHOD PATH [TYPE BODY]: the answer, code first, goes to $ASK/NAME.
ask() {
	local more=()
	if (($# > 3)); then
		more=(-H "Content-Type: $4" --data-binary "$5")
	fi
	kube_curl -X "$2" -o "$ASK/$1.body" -w '%{http_code}\n' "${more[@]}" \
	    "$KUBE_URL$3" >"$ASK/$1" || return 1
	cat "$ASK/$1.body" >>"$ASK/$1"
	rm -f "$ASK/$1.body"
}

# asked NAME FILTER: jq on an answer.
asked() {
	tail -n +2 "$ASK/$1" | jq -r "$2"
}

ASK_IN=/apis/adx-mon.azure.com/v1/namespaces/ask/metricsexporters
ASK_LEASES=/apis/coordination.k8s.io/v1/namespaces/ask/leases
ASK_EVENTS=/apis/events.k8s.io/v1/namespaces/ask/events
ASK_JSON=application/json
ASK_MERGE=application/merge-patch+json

# An exporter by name.
ask_object() {
	printf '{"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter",
"metadata":{"name":"%s","namespace":"ask"%s},"spec":{"database":"D",
"body":"T","interval":"5m","transform":{"valueColumn":"v",
"defaultMetricName":"m"}}}' "$1" "${2-}"
}

ask_lists() {
	ask list-empty GET "$ASK_IN"
	for one in a b c; do
		ask "create-$one" POST "$ASK_IN" "$ASK_JSON" \
		    "$(ask_object "$one")"
	done
	ask create-again POST "$ASK_IN" "$ASK_JSON" "$(ask_object a)"
	ask create-garbage POST "$ASK_IN" "$ASK_JSON" 'no json'
	ask list-chunk GET "$ASK_IN?limit=2"
	ask list-rest GET \
	    "$ASK_IN?limit=2&continue=$(asked list-chunk .metadata.continue)"
	ask list-bad-continue GET "$ASK_IN?limit=2&continue=zzz"
	ask list-match-alone GET "$ASK_IN?resourceVersionMatch=NotOlderThan"
	ask list-too-new GET \
	    "$ASK_IN?resourceVersionMatch=NotOlderThan&resourceVersion=9999999"
	ask list-one GET "$ASK_IN?fieldSelector=metadata.name%3Db"
	ask get GET "$ASK_IN/a"
	ask get-missing GET "$ASK_IN/none"
	ask get-kind-missing GET /apis/adx-mon.azure.com/v1/nothings
	ask get-group-missing GET /apis/nobody.azure.com/v1/nothings
}

ask_writes() {
	local version old
	old=$(asked get .metadata.resourceVersion)
	ask put-no-version PUT "$ASK_IN/a" "$ASK_JSON" "$(ask_object a)"
	ask put PUT "$ASK_IN/a" "$ASK_JSON" "$(asked get \
	    '.spec.interval = "1m" | .metadata.labels = {x: "y"} | tojson')"
	ask put-stale PUT "$ASK_IN/a" "$ASK_JSON" "$(asked get tojson)"
	ask put-status-stale PUT "$ASK_IN/a/status" "$ASK_JSON" \
	    "$(asked get tojson)"
	ask put-status PUT "$ASK_IN/a/status" "$ASK_JSON" "$(asked put \
	    '.status = {lastSuccessfulExecution: "2025-01-01T00:00:00Z"} |
	    .spec.interval = "9m" | tojson')"
	ask patch-status PATCH "$ASK_IN/a/status" "$ASK_MERGE" \
	    '{"status":{"conditions":[{"type":"X","status":"True","reason":
"R","message":"","lastTransitionTime":"2025-01-01T00:00:00Z"}]}}'
	ask patch-same PATCH "$ASK_IN/a/status" "$ASK_MERGE" '{"status":{}}'
	ask patch-stale PATCH "$ASK_IN/a/status" "$ASK_MERGE" \
	    '{"metadata":{"resourceVersion":"'"$old"'"},"status":{"rules":[]}}'
	ask patch-missing PATCH "$ASK_IN/none/status" "$ASK_MERGE" '{}'
	ask patch-strategic PATCH "$ASK_IN/a" \
	    application/strategic-merge-patch+json '{}'
	version=$(asked patch-same .metadata.resourceVersion)
	ask patch-spec PATCH "$ASK_IN/a" "$ASK_MERGE" '{"metadata":
{"resourceVersion":"'"$version"'","labels":{"x":null}},"spec":
{"interval":"2m"}}'
	ask delete DELETE "$ASK_IN/b"
	ask delete-missing DELETE "$ASK_IN/b"
}

# An Event, its name made from that.
ask_event() {
	printf '{"apiVersion":"events.k8s.io/v1","kind":"Event",
"metadata":{"generateName":"%s","namespace":"ask"},
"eventTime":"2025-01-01T00:00:00.000000Z","reportingInstance":"pod",
"reportingController":"adx-mon.azure.com/kqlpipe","action":"Query",
"reason":"QueryFailing","type":"Warning","note":"words","regarding":
{"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter",
"namespace":"ask","name":"a"}}' "$1"
}

ask_others() {
	local lease='{"apiVersion":"coordination.k8s.io/v1","kind":"Lease",
"metadata":{"name":"l","namespace":"ask"},"spec":{"holderIdentity":"me",
"leaseDurationSeconds":15,"acquireTime":"2025-01-01T00:00:00.000000Z",
"renewTime":"2025-01-01T00:00:00.000000Z","leaseTransitions":0}}'
	ask lease-missing GET "$ASK_LEASES/l"
	ask lease-create POST "$ASK_LEASES" "$ASK_JSON" "$lease"
	ask lease-create-again POST "$ASK_LEASES" "$ASK_JSON" "$lease"
	ask lease-get GET "$ASK_LEASES/l"
	ask lease-put PUT "$ASK_LEASES/l" "$ASK_JSON" "$(asked lease-get \
	    '.spec.holderIdentity = "you" | tojson')"
	ask lease-put-stale PUT "$ASK_LEASES/l" "$ASK_JSON" \
	    "$(asked lease-get tojson)"
	ask event POST "$ASK_EVENTS" "$ASK_JSON" "$(ask_event a-)"
	ask event-bad-name POST "$ASK_EVENTS" "$ASK_JSON" "$(ask_event a.)"
}

# From before the first object on: all that has happened.
ask_watches() {
	local from
	from=$(asked list-empty .metadata.resourceVersion)
	ask watch GET "$ASK_IN?watch=1&resourceVersion=$from&timeoutSeconds=1"
	ask watch-one GET "$ASK_IN?watch=1&resourceVersion=0&timeoutSeconds=1&\
fieldSelector=metadata.name%3Dc"
}

# ask_all DIRECTORY: ask a server that has nothing in the namespace "ask".
ask_all() {
	ASK=$1
	mkdir -p "$ASK"
	ask_lists && ask_writes && ask_others && ask_watches
}

# shellcheck disable=SC2016
ASK_EVEN='
def words: gsub("current: [0-9]+"; "current: N") |
    gsub("\"a[.][a-z0-9]{5}\""; "\"a.N\"") |
    sub("(?<a>of type [A-Za-z]+[)]|key is not valid):.*"; .a) |
    sub(" [(]e[.]g[.] .*"; "");
def even:
    if (.key | IN("resourceVersion", "uid")) or
	(.key == "continue" and .value != "") then .value = "N"
    elif .key == "message" then .value |= words
    elif .key == "name" then .value |= sub("^a[-.][a-z0-9]{5}$"; "N")
    elif .key == "creationTimestamp" and .value != null then .value = "T"
    elif .value == null or
	(.key | . == "managedFields" or startswith("deprecated")) then empty
    else . end;
walk(if type == "object" then with_entries(even) else . end)'

# Leave of the answers what is the same each time.
ask_even() {
	local f
	for f in "$1"/*; do
		{
			head -n 1 "$f"
			tail -n +2 "$f" | jq -S "$ASK_EVEN" 2>/dev/null ||
			    tail -n +2 "$f"
		} >"$2/${f##*/}"
	done
}
