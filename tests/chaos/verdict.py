# SPDX-License-Identifier: MIT
"""Whether every destination holds what the data say, and the statuses what is
true of it."""
import json
import os
import re
import urllib.parse

import data
from world import get

# Statuses with which a stage may end: a signal of ours (also one that came to
# the supervisor while it started the stage), its reader or writer gone, try
# again, and done with some windows failed.
ENDS = {1, 75, 129, 137, 141, 143}
SLACK = 300  # seconds until a resource must have been found
SETTLED = 120  # seconds within which an edit must have been taken


def prometheus(world, r):
    """(host, ms): values that are there."""
    end = world.clock.now() + 7200
    query = urllib.parse.urlencode({
        "query": f"{r.name}[{int(end - world.begin + 3600)}s]", "time": end})
    answer = json.loads(get(
        f"http://127.0.0.1:{world.prom.port_behind}/api/v1/query?{query}"))
    held = {}
    for series in answer["data"]["result"]:
        host = host_of(series["metric"], r, world)
        for t, v in series["values"]:
            held.setdefault((host, round(t * 1000)), set()).add(float(v))
    return held


def victoria(world, r):
    base = f"http://127.0.0.1:{world.vm_port}"
    get(f"{base}/internal/force_flush", 60)
    query = urllib.parse.urlencode({
        "match[]": r.name, "start": world.begin - 3600,
        "end": int(world.clock.now() + 7200)})
    held = {}
    for line in get(f"{base}/api/v1/export?{query}", 60).splitlines():
        series = json.loads(line)
        host = host_of(series["metric"], r, world)
        for t, v in zip(series["timestamps"], series["values"]):
            held.setdefault((host, t), set()).add(float(v))
    return held


def host_of(labels, r, world):
    if set(labels) != {"__name__", "Host"}:
        world.problems.append(f"{r.name}: a series {labels}")
    return labels.get("Host")


READ = {"prom": prometheus, "vm": victoria}


def edition_of(value, base):
    return (value - base) / data.EDITION


def check_samples(world, r, dest, held, first, end):
    """Of the windows in [first, end): all there, and nothing else."""
    say, lost, wrong = world.problems.append, [], []
    good = dict(r.expected(first, end))
    for key, base in good.items():
        if key not in held:
            lost.append(key)
        for v in held.get(key, ()):
            e = edition_of(v, base)
            if e not in range(r.edition + 1) or (
                    e < r.edition and key[1] / 1000 > r.edited + SETTLED):
                wrong.append((key, v, base))
    # What was sent and not answered may be there beyond the end.
    last = int(world.clock.now() + 600)
    more = held.keys() - good.keys() - dict(r.expected(end, last)).keys()
    for what, some in (("lost", lost), ("wrong", wrong), ("alien", more)):
        if some:
            some = sorted(some)
            say(f"{r.name}: {dest}: {len(some)} samples {what}: "
                f"{some[:3]} .. {some[-1]}")
    return len(good)


def check_resource(world, r):
    """Returns how many windows and samples were found right."""
    status = world.read_status(r)
    if status is None:
        if r.there:
            world.problems.append(f"{r.name}: no status")
        return 0, 0
    owed = status[0]
    held = {d: READ[d](world, r) for d in r.exporters}
    times = [ms // 1000 for h in held.values() for _, ms in h]
    if not times:
        if r.there:
            world.problems.append(f"{r.name}: nothing at all")
        return 0, 0
    first, samples = min(times), 0
    if first > r.since + SLACK:
        world.problems.append(
            f"{r.name}: there from {data.rfc3339(r.since)} on, but its first "
            f"sample is of {data.rfc3339(first)}")
    for d in r.exporters:
        samples += check_samples(world, r, d, held[d], first, int(owed[d]))
    return int(max(owed.values()) - first) // r.interval, samples


def owing(world):
    """What is owed of the time before the trouble was over."""
    left = []
    for r in world.resources.values():
        status = world.read_status(r) if r.there else None
        if status is None and r.there:
            left.append((r.name, None))
        elif r.there:
            left += [(r.name, d, data.rfc3339(t)) for d, t in
                     status[0].items() if t < world.due]
            left += [(r.name, "late", e) for e in status[1] if e.get("late")]
    return left


def check_receipts(world):
    """Nothing is refused for good: all that was sent is good."""
    with open(f"{world.dir}/receipts") as f:
        for line in f:
            try:
                r = json.loads(line)
            except ValueError:
                continue  # its writer was killed, or its disk full
            if r.get("rejected") or r.get("status") == "rejected":
                world.problems.append(f"refused: {line.strip()}")
    for name in os.listdir(f"{world.dir}/dead"):
        world.problems.append(f"dead letter {name}")


def check_log(world):
    with open(f"{world.dir}/adxexporter.log", errors="replace") as f:
        for line in f:
            m = re.search(r'msg="stage ended" stage=(\w+) status=(\d+)', line)
            if (m and int(m[2]) not in ENDS) or "Sanitizer" in line:
                world.problems.append(line.strip())


def check(world):
    """Add what is wrong to world.problems.  Returns windows and samples."""
    counts = [check_resource(world, r) for r in world.resources.values()]
    if owing(world):
        world.problems.append(f"still owed: {owing(world)}")
    check_receipts(world)
    check_log(world)
    return [sum(c) for c in zip(*counts)]
