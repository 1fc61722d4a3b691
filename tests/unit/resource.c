/* SPDX-License-Identifier: MIT */
#include "resource.h"
#include "check.h"
#include "criteria.h"
#include "labels.h"
#include "yaml.h"

#define HEAD                                 \
	"apiVersion: adx-mon.azure.com/v1\n" \
	"kind: MetricsExporter\n"            \
	"metadata: {name: a}\n"
#define SPEC                   \
	HEAD "spec:\n"         \
	     "  database: D\n" \
	     "  body: T\n"     \
	     "  interval: 5m\n"
#define TRANSFORM "  transform: {valueColumn: v, defaultMetricName: m}\n"

static struct arena arena;

static struct json *
tree(const char *text)
{
	struct yaml *y = yaml_open("t", text, strlen(text));
	struct json *doc = NULL;
	struct err e;

	if (yaml_next(y, &arena, &doc, &e) != 1)
		fprintf(stderr, "bad test: %s\n", e.msg);
	yaml_close(y);
	return doc;
}

/* What is wrong with a resource, or "ok". */
static const char *
verdict(const char *text)
{
	struct resource r;
	struct err e;

	if (resource_read(&arena, tree(text), "f", &r, &e) == 0)
		return "ok";
	CHECK_INT(e.code, 65);
	return arena_strdup(&arena, e.msg);
}

static void
test_whole(void)
{
	struct json *o =
	    tree("apiVersion: adx-mon.azure.com/v1\n"
		 "kind: MetricsExporter\n"
		 "metadata: {name: a.b-c, namespace: n, uid: u, generation: 7,"
		 " annotations: {kqlpipe/rule: r,"
		 " kqlpipe/until: '2025-06-25T10:00:00Z'}}\n"
		 "spec: {database: D, body: 'T', interval: 1h30m,"
		 " ingestionDelay: 90s, exporter: x, exporters: [y, x],"
		 " criteria: {env: [a]}, criteriaExpression: ' ',"
		 " transform: {valueColumns: [v, w, v], metricNameColumn: n,"
		 " timestampColumn: '', labelColumns: [l, l]}}\n"
		 "status: {lastSuccessfulExecution: x}\n");
	struct resource r;
	struct err e;

	CHECK_INT(resource_read(&arena, o, NULL, &r, &e), 0);
	CHECK_STR(resource_key(&arena, &r), "n/a.b-c+r");
	CHECK_STR(r.uid, "u");
	CHECK_INT(r.generation, 7);
	CHECK_INT(r.interval, 5400 * WHEN_SEC);
	CHECK_INT(r.ingestion_delay, 90 * WHEN_SEC);
	CHECK(r.until > WHEN_EPOCH);
	CHECK_INT(r.destinations.n, 2);
	CHECK_STR(r.destinations.v[1], "y");
	CHECK(r.status != NULL);
	CHECK_INT(r.transform.value_columns.n, 2);
	CHECK_INT(r.transform.label_columns.n, 1);
	CHECK(r.transform.timestamp_column == NULL);
	CHECK(r.transform.value_column == NULL);
}

static void
test_identity(void)
{
	struct resource r;
	struct err e;

	CHECK_STR(verdict("kind: x\n"), "f:1: kind: is not MetricsExporter");
	CHECK_STR(verdict("kind: MetricsExporter\n"),
	    "f:1: metadata.name: is missing");
	CHECK_STR(verdict("kind: MetricsExporter\nmetadata: {}\n"),
	    "f:2: metadata.name: is missing");
	CHECK_STR(verdict("kind: MetricsExporter\nmetadata: {name: 1}\n"),
	    "f:2: metadata.name: wants text, got a number");
	for (const char *const *bad = (const char *const[]){ "..", "a/b", "A",
		 "a+b", "-a", "a.-b", "", NULL };
	     *bad != NULL; bad++)
		CHECK(strstr(verdict(arena_printf(&arena,
				 "kind: MetricsExporter\n"
				 "metadata: {name: \"%s\"}\n",
				 *bad)),
			  "is no name") != NULL);
	CHECK(strstr(verdict("kind: MetricsExporter\n"
			     "metadata: {name: a, namespace: a.b}\n"),
		  "metadata.namespace: a.b is no name") != NULL);
	CHECK_STR(verdict("apiVersion: adx-mon.azure.com/v2\n"
			  "kind: MetricsExporter\nmetadata: {name: a}\n"),
	    "f:1: apiVersion: is not adx-mon.azure.com/v1");
	/* Who it is stays known when the spec is wrong. */
	CHECK_INT(resource_read(&arena, tree(HEAD), NULL, &r, &e), -1);
	CHECK_STR(e.msg, "spec: is missing");
	CHECK_STR(r.name, "a");
	CHECK_STR(r.namespace, "default");
}

static void
test_spec(void)
{
	CHECK_STR(verdict(SPEC TRANSFORM), "ok");
	CHECK_STR(verdict(SPEC), "f:5: spec.transform: is missing");
	CHECK_STR(verdict(SPEC "  transforms: {}\n"),
	    "f:8: spec.transforms: unknown field (did you mean transform?)");
	CHECK_STR(
	    verdict(SPEC "  colour: red\n"), "f:8: spec.colour: unknown field");
	CHECK_STR(
	    verdict(HEAD "spec: 1\n"), "f:4: spec: wants a map, got a number");
	CHECK_STR(verdict(HEAD "spec: {body: 1}\n"),
	    "f:4: spec.body: wants text, got a number; put it in quotes");
	CHECK_STR(verdict(HEAD "spec: {database: D, body: ' '}\n"),
	    "f:4: spec.body: is missing");
	CHECK_STR(verdict(HEAD "spec: {body: T}\n"),
	    "f:4: spec.database: is missing");
	CHECK_STR(verdict(HEAD "spec: {database: D, body: T}\n"),
	    "f:4: spec.interval: is missing");
	CHECK_STR(verdict(SPEC TRANSFORM "  exporters: x\n"),
	    "f:9: spec.exporters: wants a list, got text");
	CHECK_STR(verdict(SPEC TRANSFORM "  exporters: [x, '']\n"),
	    "f:9: spec.exporters[1]: is empty");
	CHECK_STR(verdict(SPEC TRANSFORM "  criteria: {env: prod}\n"),
	    "f:9: spec.criteria.env: wants a list, got text; write [prod]");
	CHECK_STR(verdict(SPEC TRANSFORM "  criteria: {env: [1]}\n"),
	    "f:9: spec.criteria.env[]: wants text, got a number; "
	    "put it in quotes");
}

static const char *
interval(const char *text)
{
	return verdict(arena_printf(&arena,
	    HEAD "spec: {database: D, body: T, interval: %s,\n"
		 "  transform: {valueColumn: v, defaultMetricName: m}}\n",
	    text));
}

static void
test_spans(void)
{
	CHECK_STR(interval("1s"), "ok");
	CHECK_STR(interval("168h"), "ok");
	CHECK_STR(interval("0s"), "f:4: spec.interval: 0s is less than 1s");
	CHECK_STR(interval("-5m"), "f:4: spec.interval: -5m is less than 1s");
	CHECK_STR(interval("1500ms"),
	    "f:4: spec.interval: 1500ms is no whole number of seconds");
	CHECK(strstr(interval("1d"), "spec.interval: \"1d\"") != NULL);
	CHECK(strstr(interval("1d"), "24h") != NULL);
	CHECK(strstr(interval("'60'"), "spec.interval") != NULL);
	CHECK_STR(interval("90000h"),
	    "f:4: spec.interval: 90000h is more than ten years");
	CHECK_STR(interval("1m, ingestionDelay: -1s"),
	    "f:4: spec.ingestionDelay: -1s is less than 0s");
}

static const char *
transform(const char *text)
{
	return verdict(arena_printf(&arena, SPEC "  transform: {%s}\n", text));
}

static void
test_transform(void)
{
	const struct place nowhere = { 0 };
	struct transform t = { 0 };
	struct err e;

	CHECK_INT(transform_check(&t, NULL, &nowhere, &e), -1);
	CHECK_STR(e.msg, "needs valueColumn or valueColumns");
	CHECK_STR(transform("defaultMetricName: m"),
	    "f:8: spec.transform: needs valueColumn or valueColumns");
	CHECK_STR(transform("valueColumn: v, valueColumns: [w]"),
	    "f:8: spec.transform: has both valueColumn and valueColumns; "
	    "give one");
	CHECK_STR(transform("valueColumn: v"),
	    "f:8: spec.transform: needs metricNameColumn or "
	    "defaultMetricName");
	CHECK_STR(transform("valueColumn: v, valueColumns: [],"
			    " metricNameColumn: n"),
	    "ok");
	CHECK_STR(transform("valueColumn: v, labelColumn: [l]"),
	    "f:8: spec.transform.labelColumn: unknown field "
	    "(did you mean labelColumns?)");
	CHECK_STR(transform("labelColumns: l"),
	    "f:8: spec.transform.labelColumns: wants a list, got text");
	CHECK_STR(transform("labelColumns: [[l]]"),
	    "f:8: spec.transform.labelColumns[0]: wants text, got a list");
}

static const char *
selector(const char *text)
{
	return verdict(arena_printf(&arena,
	    HEAD "spec: {interval: 1m, summaryRuleSelector: %s,\n"
		 "  transform: {valueColumn: v, defaultMetricName: m}}\n",
	    text));
}

static void
test_selector(void)
{
	CHECK_STR(selector("{}"), "ok");
	CHECK_STR(selector("{matchLabels: {a: b}, matchExpressions:"
			   " [{key: k, operator: In, values: [x]},"
			   " {key: k, operator: Exists}]}"),
	    "ok");
	CHECK_STR(selector("{matchLabel: {}}"),
	    "f:4: spec.summaryRuleSelector.matchLabel: unknown field");
	CHECK_STR(selector("{matchLabels: {a: 1}}"),
	    "f:4: spec.summaryRuleSelector.a: wants text, got a number");
	CHECK(strstr(selector("{matchExpressions: [{key: k,"
			      " operator: Is}]}"),
		  "is none of In, NotIn") != NULL);
	CHECK(strstr(selector("{matchExpressions: [{key: k,"
			      " operator: In}]}"),
		  "values: is missing") != NULL);
	CHECK(strstr(selector("{matchExpressions: [x]}"),
		  "matchExpressions[]: wants a map, got text") != NULL);
	CHECK(strstr(selector("{}, database: D"), "give one") != NULL);
}

/* One criteria map against labels, in both modes: "any all" as two digits. */
static void
check_criteria(const char *criteria, const char *labels, int any, int all)
{
	struct json *c = tree(criteria);
	const struct place p = { 0 };
	struct labels l = { 0 };
	struct err e;

	CHECK_INT(labels_parse(&arena, labels, &l, &e), 0);
	CHECK_INT(criteria_check(c, &p, &e), 0);
	CHECK_INT(criteria_match(c, &l, CRITERIA_ANY), any);
	CHECK_INT(criteria_match(c, &l, CRITERIA_ALL), all);
}

static void
test_criteria(void)
{
	struct labels none = { 0 };

	CHECK_INT(criteria_match(NULL, &none, CRITERIA_ANY), 1);
	check_criteria("{}", "", 1, 1);
	check_criteria("{env: [prod]}", "", 0, 0);
	check_criteria("{env: [prod]}", "env=prod,team=x", 1, 1);
	check_criteria("{env: [dev, Prod]}", "ENV=pROD", 1, 1);
	check_criteria("{env: [dev], team: [x]}", "env=prod,team=x", 1, 0);
	check_criteria("{env: [dev], team: [x]}", "env=dev,team=x", 1, 1);
	check_criteria("{env: [], team: [x]}", "env=dev,team=x", 1, 0);
	check_criteria("{env: []}", "env=dev", 0, 0);
	check_criteria("{env: null}", "env=dev", 0, 0);
	check_criteria("{env: ['']}", "env=", 1, 1);
	check_criteria("{a-b/c.d: [x]}", "a-b/c.d=x", 1, 1);
	check_criteria("{other: [x]}", "env=x", 0, 0);
	check_criteria("{env: [a]}", "env=b,ENV=a", 1, 1);
}

/*
 * What the existing exporter makes of criteria: facts from its tests and from
 * reading it.  Where a map that does not match stands beside an expression
 * that is wrong it tells of the expression; here that resource is for others,
 * and nothing is told.
 */
static const struct {
	const char *criteria, *expression, *labels;
	int judged;
} judged[] = {
	{ "{}", "", "region=eastus", 1 },
	{ "{region: [eastus]}", "", "region=eastus,env=prod", 1 },
	{ "{region: [westus]}", "", "region=eastus,env=prod", 0 },
	{ "{}", "region == 'eastus' && env == 'prod'", "region=eastus,env=prod",
	    1 },
	{ "{region: [eastus]}", "env == 'prod'", "region=eastus,env=prod", 1 },
	{ "{region: [eastus]}", "env == 'dev'", "region=eastus,env=prod", 0 },
	{ "{region: [westus]}", "env == 'prod'", "region=eastus,env=prod", 0 },
	{ "{region: [westus]}", "env == 'dev'", "region=eastus,env=prod", 0 },
	{ "{}", "region ==", "region=eastus,env=prod", -1 },
	{ "{}", "region == 'eastus' &&", "region=eastus", -1 },
	{ "{}", "REGION == 'eastus'", "region=eastus", -1 },
	{ "{region: [westus]}", "region ==", "region=eastus", 0 },
	{ "{region: [eastus]}", "", "REGION=EASTUS", 1 },
	{ "{env: [PROD]}", "", "env=prod", 1 },
	{ "{env: [dev, staging, prod]}", "", "env=staging", 1 },
	{ "{env: [staging], region: [us-west]}", "", "env=prod,region=us-east",
	    0 },
	{ "{nonexistent: [value]}", "", "env=prod", 0 },
	{ "{region: [eastus, westus]}", "", "region=centralus", 0 },
	{ "{region: [eastus, westus]}", "", "region=EaStUs", 1 },
	{ "{region: [eastus], cloud: [public]}", "",
	    "region=eastus,cloud=other", 1 },
	{ "{region: [eastus], cloud: [public]}", "", "region=centralus", 0 },
	{ "{region: [westus]}", "cloud in ['public','other']",
	    "region=centralus,cloud=othertwo", 0 },
	{ "{region: [westus]}", "cloud in ['public','other']",
	    "region=eastus,cloud=public", 0 },
	{ "{region: [], env: [prod]}", "", "region=eastus,env=prod", 1 },
	{ "{region: [eastus]}", "   ", "region=eastus,env=prod", 1 },
	{ "{data-class: [public]}", "", "data-class=public", 1 },
	/* the case of every script, a character for a character */
	{ "{ÄÖ: [ΣΑΣ]}", "", "äö=σας", 1 },
	{ "{k: [KELVIN]}", "", "k=\342\204\252elvin", 1 },
	{ "{s: [s]}", "", "s=\305\277", 1 },
	{ "{d: [straße]}", "", "d=STRASSE", 0 },
	{ "{d: [straße]}", "", "d=STRA\341\272\236E", 1 },
	{ "{i: [i]}", "", "i=\304\260", 0 },
	{ "{i: [i]}", "", "i=\304\261", 0 },
	{ "{p: ['ä.*']}", "", "p=äx", 0 },
	{ "{p: ['Ä\\E.']}", "", "p=ä\\e.", 1 },
};

static void
test_judged(void)
{
	for (size_t i = 0; i < sizeof(judged) / sizeof(*judged); i++) {
		struct labels l = { 0 };
		struct err e = { 0 };
		int got;

		CHECK_INT(labels_parse(&arena, judged[i].labels, &l, &e), 0);
		got = criteria_judge(tree(judged[i].criteria),
		    judged[i].expression, &l, CRITERIA_ANY, &e);
		if (got != judged[i].judged)
			fprintf(stderr, "%s %s %s: %s\n", judged[i].criteria,
			    judged[i].expression, judged[i].labels, e.msg);
		CHECK_INT(got, judged[i].judged);
		CHECK((got == -1) == (strstr(e.msg, "line 1, col") != NULL));
	}
}

static void
test_labels(void)
{
	struct labels l = { 0 };
	struct err e;

	CHECK_INT(labels_parse(&arena, " a = b ,c=, d=x=y", &l, &e), 0);
	CHECK_INT(labels_parse(&arena, "e=f", &l, &e), 0);
	CHECK_INT(labels_parse(&arena, " ", &l, &e), 0);
	CHECK_INT(l.n, 4);
	CHECK_STR(labels_get(&l, "a"), "b");
	CHECK_STR(labels_get(&l, "c"), "");
	CHECK_STR(labels_get(&l, "d"), "x=y");
	CHECK_STR(labels_get(&l, "e"), "f");
	CHECK(labels_get(&l, "A") == NULL);
	CHECK_INT(labels_parse(&arena, "a=1", &l, &e), -1);
	CHECK_STR(e.msg, "label a stands twice");
	CHECK_INT(labels_parse(&arena, "x", &l, &e), -1);
	CHECK_STR(e.msg, "label x: wants key=value");
	CHECK_INT(labels_parse(&arena, "x=1,,y=2", &l, &e), -1);
	CHECK_INT(labels_parse(&arena, "=1", &l, &e), -1);
	CHECK_STR(e.msg, "label =1: no key");
	CHECK_INT(e.code, 64);
}

int
main(void)
{
	test_whole();
	test_identity();
	test_spec();
	test_spans();
	test_transform();
	test_selector();
	test_criteria();
	test_judged();
	test_labels();
	arena_fini(&arena);
	return check_end("resource");
}
