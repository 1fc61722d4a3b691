# SPDX-License-Identifier: MIT
"""The resources of a run, and what their data say.

All rows come from formulas over the seconds since 1970, so that what a
destination must hold can be told for any window of any length of run:

	rows   two rows a second, 125 ms after it
	late   the same, but they come late: a second's rows are there only when
	       the table Mark says so
	grid   a row a window: the sum over its seconds, so that a window that is
	       not exactly its interval shows
	rule   the rows of the table of a SummaryRule, one in three seconds

An edit of a resource gives it another edition, which is a number that is added
to all its values.
"""
import json
import os
from datetime import datetime, timezone

NAMESPACE = "chaos"
EDITION = 8192  # what an edition adds; the values below are less
RULE_STEP = 3   # seconds
LAG, STEP = 2, 5  # seconds: how late data are at least, how many come at once
DELAY = 30        # seconds that the resource allows for
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

#	name	interval	kind	exporters	there from the start
RESOURCES = (
    ("both", 2, "rows", "prom vm", True),
    ("strict", 3, "rows", "prom", True),
    ("lax", 2, "rows", "vm", True),
    ("grid", 5, "grid", "prom vm", True),
    ("late", 2, "late", "prom vm", True),
    ("rule", 4, "rule", "prom vm", True),
    ("extra1", 2, "rows", "prom vm", False),
    ("extra2", 4, "grid", "vm prom", False),
)

ROWS = """\
range t from _startTime to _endTime step 1s
| extend n = tolong((t - datetime(1970-01-01)) / 1s), j = 1{where}
| join kind=inner (Hosts | extend j = 1) on j
| project ts = t + 125ms, Host, v = n % 1000 + W / 4.0 + {add}
"""
GRID = """\
range t from _startTime to _endTime step 1s
| extend n = tolong((t - datetime(1970-01-01)) / 1s)
| summarize v = sum(n % 1000) + {add} by ts = _startTime, Host = "all"
"""
LATE = "\n| where t < toscalar(Mark | summarize max(T))"
BODIES = {"rows": ROWS.replace("{where}", ""), "grid": GRID,
          "late": ROWS.replace("{where}", LATE)}


def rfc3339(second):
    return datetime.fromtimestamp(second, timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def second_of(text):
    t = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (t - EPOCH).total_seconds()


def put(path, text):
    """Write a file that others read: whole or not at all."""
    temp = f"{os.path.dirname(path)}/.{os.path.basename(path)}"
    with open(temp, "w") as f:
        f.write(text)
    os.rename(temp, path)


class Resource:
    def __init__(self, name, interval, kind, exporters, there):
        self.name, self.interval, self.kind = name, interval, kind
        self.exporters, self.there = exporters.split(), there
        self.edition, self.edited = 0, 0  # which, and since what second
        self.since = 0  # the second at which it was first there

    def yaml(self):
        spec = {"interval": f"{self.interval}s", "exporters": self.exporters,
                "transform": {"valueColumn": "v", "timestampColumn": "ts",
                              "labelColumns": ["Host"],
                              "defaultMetricName": self.name}}
        if self.kind == "late":
            spec["ingestionDelay"] = f"{DELAY}s"
        if self.kind == "rule":
            spec["summaryRuleSelector"] = {"matchLabels": {"sums": "yes"}}
        else:
            body = BODIES[self.kind]
            spec["database"] = "DB"
            spec["body"] = body.replace("{add}", str(self.edition * EDITION))
        return json.dumps({
            "apiVersion": "adx-mon.azure.com/v1", "kind": "MetricsExporter",
            "metadata": {"name": self.name, "namespace": NAMESPACE},
            "spec": spec})

    def status_path(self, state):
        rule = "+sums" if self.kind == "rule" else ""
        return f"{state}/{NAMESPACE}/{self.name}{rule}.json"

    def expected(self, first, end):
        """(host, ms) and the value of edition 0 of all in [first, end)."""
        if self.kind == "grid":
            for s in range(-(-first // self.interval) * self.interval,
                           end - self.interval + 1, self.interval):
                yield ("all", s * 1000), float(
                    sum(n % 1000 for n in range(s, s + self.interval)))
        elif self.kind == "rule":
            for s in range(-(-first // RULE_STEP) * RULE_STEP, end, RULE_STEP):
                yield ("sum", s * 1000), rule_value(s)
        else:
            for s in range(first, end):
                for h in (1, 2):
                    yield (f"h{h}", s * 1000 + 125), s % 1000 + h / 4


def rule_value(second):
    return (second % 997) / 8


def rule_yaml(until):
    """The SummaryRule, which has come so far."""
    return json.dumps({
        "apiVersion": "adx-mon.azure.com/v1", "kind": "SummaryRule",
        "metadata": {"name": "sums", "namespace": NAMESPACE,
                     "labels": {"sums": "yes"}},
        "spec": {"database": "DB", "table": "Sums", "body": "Q",
                 "interval": "3s"},
        "status": {"conditions": [{
            "type": "summaryrule.adx-mon.azure.com/LastSuccessfulExecution",
            "message": rfc3339(until)}]}})


def mark_csv(until):
    return f"T\n{rfc3339(until)}\n"


def write_tables(directory, first, end):
    put(f"{directory}/Hosts.csv", "Host,W\nh1,1\nh2,2\n")
    with open(f"{directory}/Sums.csv", "w") as f:
        f.write("ts,Host,v\n")
        first = -(-first // RULE_STEP) * RULE_STEP
        for s in range(first, end, RULE_STEP):
            f.write(f"{rfc3339(s)},sum,{rule_value(s)}\n")
