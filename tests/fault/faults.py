#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each tool over a small input, with one call of the system failing.

faults.py [-n N] [CASE...]: for each case and kind of call (fault.c) the 1st,
2nd, 3rd, ... call of that kind fails, until there are no more; with -n at most
N of them, spread evenly.  A failure may cost a tool its end, never the truth:
the status is a documented one, 0 only with the whole output; no signal ends
it, it does not hang, and what stands under a final name is whole.
"""
import argparse
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.dirname(os.path.abspath(
    os.environ.get("KQLPIPE_BIN", f"{TOP}/build/bin")))
KINDS = ("malloc", "read", "write", "fsync", "rename", "open", "connect",
         "recv", "send")
NOW = "2026-01-01T00:00:10Z"
TIMEOUT = 30  # seconds a tool may take: it hangs
# glibc ends the process itself where it has no memory for a thread.
GLIBC = "cannot allocate memory for thread-local data"

RESOURCE = """\
apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {{name: {name}, namespace: n}}
spec:
  database: DB
  interval: 5s
  body: T | where t between (_startTime .. _endTime) | project t, v
  transform: {{valueColumn: v, timestampColumn: t, defaultMetricName: m}}
"""
KUBECONFIG = """apiVersion: v1
kind: Config
current-context: t
contexts: [{{name: t, context: {{cluster: t, user: t}}}}]
clusters: [{{name: t, cluster: {{server: "{url}"}}}}]
users: [{{name: t, user: {{}}}}]
"""


class Server:
    """One of the tests' own; it prints its port."""

    def __init__(self, directory, name, *args):
        self.process = subprocess.Popen(
            [f"{BUILD}/tests/{name}", *args], cwd=directory,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def apply(self, text):
        """Put objects into our API server of Kubernetes."""
        urllib.request.urlopen(f"{self.url}/control/apply",
                               text.encode()).close()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Case:
    """A tool, its input, and what its output says."""

    def __init__(self, command, stdin=b"", statuses=(), server=None,
                 objects=""):
        self.command = command    # a list; {url} is the server's
        self.stdin = stdin
        self.statuses = statuses  # that it may end with beside 0 and 75
        self.server = server      # name and arguments
        self.objects = objects    # YAML, for a server that is kube


def plain(line):
    """A line without what is another each time."""
    line = re.sub(r'"(time|requestId|id|lastTransitionTime|lastAttempt|'
                  r'firstAttempt|since|uid|resourceVersion|'
                  r'creationTimestamp)":"[^"]*"', r'"\1":""', line)
    return re.sub(r"kqlpipe;[-0-9a-f]*", "", line)


def control(line):
    """The kind and JSON of a control line, or None."""
    line = line.removeprefix("# ")
    if line.startswith("@"):
        kind, _, text = line.partition(" ")
        return kind, json.loads(text)
    if line.startswith('{"@'):
        (kind, value), = json.loads(line).items()
        return kind, value
    return None


def windows(text):
    """(the good windows by what they are, the names of failed ones, lines
    that stand outside)"""
    good, failed, rest, lines, name = {}, set(), [], [], None
    for line in text.splitlines():
        c = control(line)
        if c and c[0] == "@window":
            name = tuple(c[1].get(m) for m in ("name", "start", "end"))
            lines = []
        elif c and c[0] == "@end" and name:
            if "error" in c[1]:
                failed.add(name)
            else:
                good[name] = lines + [plain(line)]
            name = None
        elif "QueryCompletionInformation" in line:
            pass  # how long it took, among others
        elif name:
            lines.append(plain(line))
        else:
            rest.append(plain(line))
    return good, failed, rest


def receipts(text):
    """windows() of what a sender says: delivered is good."""
    good, failed = {}, set()
    for line in text.splitlines():
        r = json.loads(line)
        name = tuple(r.get(m) for m in ("name", "start", "end"))
        if r["status"] == "delivered":
            good[name] = r["samples"]
        elif r["status"] != "begun":
            failed.add(name)
    return good, failed, []


class Run:
    """One run: what became of it."""

    def __init__(self, case, files, kind, nth):
        self.dir = tempfile.mkdtemp(prefix="fault.")
        self.case = case
        try:
            self.run(case, files, kind, nth)
        finally:
            shutil.rmtree(self.dir)

    def run(self, case, files, kind, nth):
        shutil.copytree(files, self.dir, dirs_exist_ok=True)
        state = f"{self.dir}/state.fault"
        with open(state, "wb") as f:
            f.write(struct.pack("11q", kind, nth, *[0] * 9))
        server = case.server and Server(self.dir, *case.server)
        if case.objects:
            server.apply(case.objects)
            with open(f"{self.dir}/kubeconfig", "w") as f:
                f.write(KUBECONFIG.format(url=server.url))
        env = dict(os.environ, LD_PRELOAD=f"{BUILD}/tests/fault.so",
                   FAULT_STATE=state, KQLPIPE_TOKEN="t", TZ="UTC")
        command = [a.format(url=server and server.url) for a in case.command]
        try:
            p = subprocess.run([f"{BUILD}/bin/{command[0]}", *command[1:]],
                               input=case.stdin, cwd=self.dir, env=env,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, timeout=TIMEOUT)
            self.status = p.returncode
            self.out, self.err = p.stdout.decode(), p.stderr.decode()
        except subprocess.TimeoutExpired as e:
            self.status, self.out = "hangs", (e.stdout or b"").decode()
            self.err = (e.stderr or b"").decode()
        finally:
            if server:
                server.stop()
        with open(state, "rb") as f:
            self.counts = struct.unpack("11q", f.read())[2:]
        self.files = {}
        for name in ("m.prom", "state/n/a.json", "served/n+a.prom"):
            if os.path.exists(f"{self.dir}/{name}"):
                with open(f"{self.dir}/{name}") as f:
                    self.files[name] = f.read()

    def split(self):
        text = self.out
        if self.status != 0:  # the last line may be torn, and says so
            text = text[:text.rfind("\n") + 1]
        sender = self.case.command[0] in ("promsend", "otlpsend", "promserve")
        return receipts(text) if sender else windows(text)


def half_written(run, clean):
    """The files that stand under a final name and are not whole."""
    for name, text in run.files.items():
        if name.endswith(".json"):
            try:
                json.loads(text)
            except ValueError:
                yield name
        elif not text.endswith("\n") or name == "m.prom" and \
                text.count("\n") != clean.files[name].count("\n"):
            yield name


def verdict(run, clean):
    """What is wrong with a run, or None."""
    if run.status == "hangs":
        return "it hangs"
    if run.status < 0:
        return f"killed by signal {-run.status}"
    if GLIBC in run.err:
        return None
    if run.status not in (0, 75, *run.case.statuses):
        return f"status {run.status}"
    if run.status != 0 and run.err == "":
        return f"status {run.status} without a word"
    for name in half_written(run, clean):
        return f"{name} is half written"
    good, failed, rest = run.split()
    wanted, _, others = clean.split()
    for name, lines in good.items():
        if wanted.get(name) != lines:
            return f"the window {name} is another: {lines}"
    if run.status != 75 and good.keys() | failed != wanted.keys():
        return f"windows are missing: {wanted.keys() - good.keys() - failed}"
    if run.status == 0 and sorted(rest) != sorted(others):
        return "its output is another"
    if run.status == 0 and not failed:
        for name, text in clean.files.items():
            if name != "m.prom" and \
                    plain(run.files.get(name, "")) != plain(text):
                return f"{name} is another"
    return None


def output(command, files, stdin=b"", **more):
    return subprocess.run([f"{BUILD}/bin/{command[0]}", *command[1:]],
                          input=stdin, cwd=files, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, **more).stdout


def prepare(files):
    """Each stage's input comes from the one before it."""
    os.makedirs(f"{files}/data")
    os.makedirs(f"{files}/res")
    with open(f"{files}/data/T.csv", "w") as f:
        f.write("t,v\n")
        for i in range(10):
            f.write(f"2026-01-01T00:00:0{i}.5Z,{i}\n")
    objects = ""
    for name in "a", "b":
        with open(f"{files}/res/{name}.yaml", "w") as f:
            f.write(RESOURCE.format(name=name))
        objects += "---\n" + RESOURCE.format(name=name)
    with open(f"{files}/grants", "w") as f:
        f.write("t\n")
    watch = ["crdwatch", "-1", "-f", "res", "-s", "state"]
    run = ["kqlrun", "-1", "--now", NOW, "-e"]
    kept = ["--metrics-file", "m.prom"]
    events = output(watch[:4], files)
    frames = output([*run, "DB=file:data"], files, events)
    rows = output(["kql2rows"], files, frames)
    text = output(["rows2prom"], files, rows)
    sink = Server(files, "sink")
    answers = output(["promsend", sink.url], files, text)
    sink.stop()
    quick = ["--retry-deadline", "1s"]
    kube = ["--kubeconfig", "kubeconfig"]
    kusto = ("kusto", "-t", "grants", "DB=file:data")
    return {
        "crdwatch": Case([*watch, *kept], b"", (1,)),
        "crdwatch-kube": Case(["crdwatch", "-1", *kube, *kept], b"", (1,),
                              ("kube",), objects),
        "kqlrun": Case([*run, "DB=file:data", *kept], events, (1,)),
        "kqlrun-http": Case([*run, "DB={url}", *kept], events, (1,), kusto),
        "kqlrun-q": Case(["kqlrun", "-e", "DB=file:data", "-q", "T"]),
        "kql2rows": Case(["kql2rows", *kept], frames),
        "rows2prom": Case(["rows2prom", *kept], rows),
        "promsend": Case(["promsend", *quick, *kept, "{url}"], text, (),
                         ("sink",)),
        "otlpsend": Case(["otlpsend", *quick, *kept, "{url}"], text, (),
                         ("sink", "otlp.script")),
        "promserve": Case(["promserve", "--listen", "127.0.0.1:0",
                           "--state-dir", "served", *kept], text),
        "crdstatus": Case(["crdstatus", "-s", "state", *kept], answers,
                          (1,)),
        "crdstatus-kube": Case(["crdstatus", *kube, *kept,
                                "--drain-timeout", "2s"], answers, (1,),
                               ("kube",), objects),
    }


def numbers(count, most):
    """Which calls are to fail: all, or so many, spread evenly."""
    if not most or count <= most:
        return range(1, count + 1)
    return sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})


def try_case(name, case, files, most):
    clean = Run(case, files, -1, 0)
    if clean.status != 0:
        sys.exit(f"{name}: status {clean.status}: {clean.err}")
    found = runs = 0
    for kind, count in enumerate(clean.counts):
        for nth in numbers(count, most):
            run = Run(case, files, kind, nth)
            runs += 1
            wrong = verdict(run, clean)
            if wrong:
                found += 1
                print(f"{name}: {KINDS[kind]} {nth} of {count}: {wrong}\n"
                      f"\t{run.err.strip()[-400:]}")
    calls = " ".join(f"{k} {n}" for k, n in zip(KINDS, clean.counts) if n)
    print(f"# {name}: {runs} runs; of calls: {calls}")
    return runs, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", type=int, default=0)
    parser.add_argument("case", nargs="*")
    args = parser.parse_args()
    runs = found = 0
    with tempfile.TemporaryDirectory(prefix="faults.") as files:
        with open(f"{files}/otlp.script", "w") as f:
            f.write("200\n")
        cases = prepare(files)
        for name in args.case or cases:
            r, f = try_case(name, cases[name], files, args.n)
            runs, found = runs + r, found + f
    print(f"faults: {runs - found} passed, {found} failed")
    return found > 0


if __name__ == "__main__":
    sys.exit(main())
