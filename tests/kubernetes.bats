#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The manifests of examples/kubernetes, as far as they can be checked without a
# server: real_kube.bats has one.
bats_require_minimum_version 1.5.0
load helpers
load kube_ask

setup() {
	set -o pipefail
	cd "$TOP/examples/kubernetes" || return 1
}

assert_empty() {
	local found
	found=$(cat)
	[ -z "$found" ] || fail "$found"
}

json() {
	"$TOP/build/tests/yaml2json" "$1"
}

# schema KIND: the schema of that kind's CRD.
schema() {
	json "crd-${1,,}s.yaml" |
	    jq '.spec.versions[0].schema.openAPIV3Schema'
}

# What a schema says against the values on stdin: a line for each.
# shellcheck disable=SC2016
VALIDATE='
def type_of: type as $t |
    if $t == "number" then (if . == floor then "integer" else $t end)
    else $t end;
def against($s; $at):
    if $s.type == null then "\($at): the schema has no type"
    elif type_of != $s.type then "\($at): wants \($s.type), has \(type_of)"
    elif $s.enum and (. as $v | $s.enum | index($v) | not)
    then "\($at): is none of \($s.enum)"
    elif type == "object" then
        (($s.required // []) - keys | .[] | "\($at).\(.): is missing"),
        (to_entries[] | ($s.properties[.key]? // $s.additionalProperties) as $m |
            if $m then (.key as $k | .value | against($m; "\($at).\($k)"))
            elif $s["x-kubernetes-preserve-unknown-fields"] or
                ($s | keys) == ["type"] then empty
            else "\($at).\(.key): is not known" end)
    elif type == "array" then .[] | against($s.items; "\($at)[]")
    else empty end;
against($schema[0]; .metadata.name)'

@test "every manifest is YAML and is applied" {
	local f
	for f in *.yaml; do
		json "$f" >/dev/null
	done
	diff <(json kustomization.yaml | jq -r '.resources[]' | sort) \
	    <(ls -- *.yaml | grep -vx 'kustomization.yaml')
}

@test "the CRDs are structural" {
	for kind in MetricsExporter SummaryRule; do
		json "crd-${kind,,}s.yaml" | jq -e --arg kind "$kind" '
		    .metadata.name == "\(.spec.names.plural).\(.spec.group)" and
		    .spec.names.kind == $kind and
		    .spec.versions[0].subresources.status == {}'
		schema "$kind" | jq -r '
		    def bare($at): if type == "object" then
			(if .type == null then $at else empty end),
			(.properties // {} | to_entries[] |
			    .key as $k | .value | bare("\($at).\($k)")),
			(.items, .additionalProperties |
			    select(. != null) | bare("\($at)[]"))
		    else empty end; bare("")' | assert_empty
	done
}

@test "the CRD knows the fields that crdwatch knows" {
	local c
	# shellcheck disable=SC2016
	for c in 'lib/resource.c spec_fields .properties.spec' \
	    'lib/transform.c fields .properties.spec.properties.transform'; do
		read -r file table path <<<"$c"
		diff <(sed -n "/ $table\[\]/,/^};/s/^	{ \"\([A-Za-z]*\)\".*/\1/p" \
		    "$TOP/$file" | sort) \
		    <(schema MetricsExporter |
			jq -r "$path.properties | keys[]" | sort)
	done
}

@test "the manifests of the documents and of the examples are valid" {
	local f kind n=0
	for kind in MetricsExporter SummaryRule; do
		schema "$kind" >"$BATS_TEST_TMPDIR/$kind"
		for f in "$TOP"/tests/data/kube/reference/*.yaml \
		    "$TOP"/examples/*.yaml; do
			json "$f" | jq -c "select(.kind == \"$kind\")" \
			    >"$BATS_TEST_TMPDIR/objects"
			n=$((n + $(wc -l <"$BATS_TEST_TMPDIR/objects")))
			jq -r --slurpfile schema "$BATS_TEST_TMPDIR/$kind" \
			    "$VALIDATE" "$BATS_TEST_TMPDIR/objects" |
			    assert_empty
		done
	done
	[ "$n" -eq 29 ]
}

@test "what is wrong is seen by the check above" {
	schema MetricsExporter >"$BATS_TEST_TMPDIR/schema"
	run jq -r --slurpfile schema "$BATS_TEST_TMPDIR/schema" "$VALIDATE" \
	    <<<'{"metadata":{"name":"x"},"spec":{"interval":5,"bdy":"T"}}'
	assert_line 'x.spec.interval: wants string, has integer'
	assert_line 'x.spec.bdy: is not known'
	assert_line 'x.spec.transform: is missing'
}

@test "the container may do little and says what it needs" {
	json deployment.yaml | jq -e '
	    .spec.replicas == 2 and (.spec.template.spec |
		.securityContext.runAsNonRoot and
		.securityContext.seccompProfile.type == "RuntimeDefault" and
		(.containers | length) == 1 and (.containers[0] |
		    (.securityContext | .readOnlyRootFilesystem and
			.allowPrivilegeEscalation == false and
			.capabilities.drop == ["ALL"]) and
		    .resources.requests == {memory: "256Mi", cpu: "100m"} and
		    .resources.limits == {memory: "512Mi", cpu: "500m"}))'
	# its account may write nothing but status, events and its Lease
	json rbac.yaml | jq -r '.rules[]? | .verbs[] as $v |
	    "\(.resources | join(",")) \($v)"' | grep -v ' get$\| list$\| watch$' |
	    diff - <(printf '%s\n' metricsexporters/status\ {patch,update} \
		events\ {create,patch} leases\ {create,update})
}

@test "adxexporter takes the arguments" {
	local args
	mapfile -t args < <(json deployment.yaml |
	    jq -r '.spec.template.spec.containers[0].args[]')
	run adxexporter --print "${args[@]}"
	assert_success
	assert_output --partial 'crdwatch --leader-elect '
}

@test "ports, probes, annotations and the Service are those of the arguments" {
	local args pod
	mapfile -t args < <(json deployment.yaml |
	    jq -r '.spec.template.spec.containers[0].args[]')
	pod=$(json deployment.yaml | jq '.spec.template')
	# port NAME: of the container, which the Service leads to.
	port() {
		jq --arg n "$1" '.spec.containers[0].ports[] |
		    select(.name == $n).containerPort' <<<"$pod"
	}
	run adxexporter --print "${args[@]}"
	assert_output --partial "--listen=:$(port metrics) --path=$(jq -r \
	    '.metadata.annotations["adx-mon/path"]' <<<"$pod") "
	assert_output --partial "--health-listen=:$(port health) "
	jq -e --argjson p "$(port metrics)" '.metadata.annotations |
	    .["adx-mon/scrape"] == "true" and .["adx-mon/port"] == "\($p)"
	    ' <<<"$pod"
	run jq -r '.spec.containers[0] | .startupProbe, .livenessProbe,
	    .readinessProbe | .httpGet | "\(.port)\(.path)"' <<<"$pod"
	assert_output 'health/healthz
health/healthz
health/readyz'
	json service.yaml | jq -e --argjson m "$(port metrics)" \
	    --argjson h "$(port health)" --argjson pod "$pod" '
	    .spec.selector == $pod.metadata.labels and
	    (.spec.ports | map({(.name): .port}) | add) ==
		{metrics: $m, health: $h} and
	    (.spec.ports | all(.name == .targetPort))'
}

@test "our own API server answers as the real one did" {
	cd "$BATS_TEST_TMPDIR"
	start_kube
	ask_all ours
	mkdir even
	ask_even ours even
	diff -r even "$TOP/tests/data/kube/answers"
}
