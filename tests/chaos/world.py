# SPDX-License-Identifier: MIT
"""The pipeline and the servers around it, with a clock of their own."""
import ctypes
import json
import mmap
import os
import random
import signal
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request

import data
import proxy

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.dirname(os.path.abspath(
    os.environ.get("KQLPIPE_BIN", f"{TOP}/build/bin")))
STAGES = ("crdwatch", "kqlrun", "kql2rows", "rows2prom", "promsend",
          "crdstatus", "promserve")
DISK = 1 << 20  # bytes of the file system with the statuses
LAG_MAX = 120  # seconds that resources may be behind at the full rate
PR_SET_CHILD_SUBREAPER = 36

# What goes wrong inside the Kusto server (tests/httpd/kusto_fault.h), beside
# what its proxy does.
TROUBLES = (
    {"delay": 300}, {"status": 503, "text": "busy"},
    {"status": 429, "retryAfter": 2, "text": "slow down"}, {"close": True},
    {"cut": 150}, {"slow": 400}, {"date": 40}, {"date": -40},
    {"place": "rows", "code": "General_InternalServerError",
     "message": "chaos", "permanent": False},
    {"place": "dataset", "code": "General_InternalServerError",
     "message": "chaos", "permanent": False},
)


class Clock:
    """That of clock.c; seconds, since 1970 and since it was begun."""

    def __init__(self, path, start, rate):
        self.dials = [0, rate, time.monotonic_ns(), 0, int(start * 1e9)]
        with open(path, "w+b") as f:
            f.write(struct.pack("5q", *self.dials))
            f.flush()
            self.map = mmap.mmap(f.fileno(), 40)

    def gone(self):
        """ns since it was set."""
        return (time.monotonic_ns() - self.dials[2]) * self.dials[1]

    def now(self):
        return (self.dials[4] + self.gone()) / 1e9

    def elapsed(self):
        return (self.dials[3] + self.gone()) / 1e9

    def set(self, rate=None, step=0):
        version, old, since, mono, start = self.dials
        gone = self.gone()
        self.dials = [version + 2, rate or old, since + gone // old,
                      mono + gone, start + gone + int(step * 1e9)]
        struct.pack_into("q", self.map, 0, version + 1)
        struct.pack_into("4q", self.map, 8, *self.dials[1:])
        struct.pack_into("q", self.map, 0, version + 2)

    @property
    def rate(self):
        return self.dials[1]


def free_port():
    """One outside the range from which the kernel picks."""
    while True:
        port = random.randrange(10000, 30000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def get(url, timeout=30):
    with urllib.request.urlopen(url, timeout=timeout) as r:
        return r.read()


def processes():
    """pid: (parent, name, state)."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as f:
                name, rest = f.read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        state, parent = rest.split()[:2]
        found[int(pid)] = (int(parent), name, state)
    return found


class World:
    def __init__(self, directory, seed, rate, span):
        self.dir, self.rng = directory, random.Random(f"servers {seed}")
        self.state = f"{directory}/state"
        for d in ("res", "data", "state", "dead", "prom", "vm"):
            os.mkdir(f"{directory}/{d}")
        self.tmpfs = os.geteuid() == 0 and subprocess.call(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "chaos",
             self.state], stderr=subprocess.DEVNULL) == 0
        # Far enough back that the clock never comes to what is really now.
        self.begin = int(time.time()) - 2 * span - 7200
        self.clock = Clock(f"{directory}/clock", self.begin, rate)
        self.rate = rate
        self.mark = self.begin - 3600
        data.write_tables(f"{directory}/data", self.begin - 3600,
                          self.begin + 2 * span + 3600)
        self.resources = {r[0]: data.Resource(*r) for r in data.RESOURCES}
        self.live = {}   # by pid: the processes that were started here
        self.named = {}  # by name: the pid of a server or the supervisor
        self.restarts, self.ending, self.last = 0, False, {}
        self.due = 0  # the second of the clock at which the trouble ended
        self.problems = []
        self.kusto, self.prom = proxy.Proxy(), proxy.Proxy()
        self.prom.port_behind, self.vm_port = free_port(), free_port()
        self.health_port = free_port()
        # Orphans become ours, so that none is left behind.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)

    # --- processes ----------------------------------------------------------

    def spawn(self, name, command, fast=True):
        env = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", PATH=":".join((
            f"{BUILD}/bin", f"{TOP}/adxexporter", os.environ["PATH"],
            f"{TOP}/build/debian/usr/bin")))
        if fast:
            env.update(LD_PRELOAD=f"{BUILD}/tests/clock.so",
                       CHAOS_CLOCK=f"{self.dir}/clock")
            env["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + \
                env.get("ASAN_OPTIONS", "")
        with open(f"{self.dir}/{name}.log", "ab") as log:
            p = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log)
        self.live[p.pid] = p
        self.named[name] = p.pid

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            p = self.live.pop(pid, None)
            if p is not None:
                p.returncode = os.waitstatus_to_exitcode(status)
                for name in [n for n, v in self.named.items() if v == pid]:
                    del self.named[name]
                    self.ended(name, p.returncode)

    def ended(self, name, status):
        if name == "adxexporter" and status not in (0, 75, -9):
            self.problems.append(f"adxexporter ended with {status}")

    def kill(self, name, sig):
        """Signal a server; False when it does not run."""
        pid = self.named.get(name)
        if pid is not None:
            os.kill(pid, sig)
        return pid is not None

    def stage(self, name):
        """The pid of a stage of the pipeline that runs, or None."""
        sup = self.named.get("adxexporter")
        if name == "adxexporter":
            return sup
        pids = sorted(p for p, (parent, n, state) in processes().items()
                      if parent == sup and n == name and state != "Z")
        return self.rng.choice(pids) if pids else None

    def pipeline(self):
        """All of the pipeline, what an earlier supervisor left included."""
        table = processes()
        return sorted(p for p in self.all_below() if p in table and
                      table[p][1] in STAGES + ("tee", "adxexporter"))

    def all_below(self):
        """Every process that descends from this one."""
        table, found = processes(), {os.getpid()}
        while True:
            more = {p for p, (parent, _, _) in table.items()
                    if parent in found} - found
            if not more:
                return found - {os.getpid()}
            found |= more

    def close(self):
        for _ in range(50):
            self.reap()
            for pid in self.all_below():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)
            if not self.all_below():
                break
        if self.tmpfs:
            subprocess.call(["umount", self.state])

    # --- servers ------------------------------------------------------------

    def start_kusto(self):
        log, script = f"{self.dir}/kusto.log", f"{self.dir}/kusto.script"
        with open(script, "w") as f:
            for _ in range(0 if self.ending else 12):
                good = self.rng.randrange(2, 40)
                f.write(json.dumps({"times": good}) + "\n")
                f.write(json.dumps(self.rng.choice(TROUBLES)) + "\n")
        if os.path.exists(log):
            os.remove(log)
        self.spawn("kusto", [f"{BUILD}/tests/kusto", "-f", script,
                             f"DB=file:{self.dir}/data"])

    def find_kusto(self):
        """It says its port when it listens."""
        with open(f"{self.dir}/kusto.log") as f:
            for line in f:
                if line.endswith("\n") and line.strip().isdigit():
                    self.kusto.port_behind = int(line)
                    return

    def start_prometheus(self):
        d = f"{self.dir}/prom"
        data.put(f"{d}/prometheus.yml", "global: {scrape_interval: 1h}\n")
        self.spawn("prometheus", [
            "prometheus", f"--config.file={d}/prometheus.yml",
            f"--storage.tsdb.path={d}/tsdb",
            "--storage.tsdb.retention.time=10y",
            f"--web.listen-address=127.0.0.1:{self.prom.port_behind}",
            "--web.enable-remote-write-receiver"], fast=False)

    def start_victoria(self):
        self.spawn("victoria", [
            "victoria-metrics", f"-storageDataPath={self.dir}/vm",
            f"-httpListenAddr=127.0.0.1:{self.vm_port}",
            "-retentionPeriod=10y", "-memory.allowedBytes=64MB",
            "-search.latencyOffset=1ms"], fast=False)

    def start_pipeline(self):
        write = "/api/v1/write"
        self.restarts += 1
        self.spawn("adxexporter", [
            "adxexporter", f"--file={self.dir}/res",
            f"--state-dir={self.state}", f"--receipts={self.dir}/receipts",
            f"--kusto-endpoint=DB=http://127.0.0.1:{self.kusto.port}",
            "--destination=prom=prometheus+http://127.0.0.1:"
            f"{self.prom.port}{write}",
            "--destination=vm=prometheus+http://127.0.0.1:"
            f"{self.vm_port}{write}", "--kqlrun.timeout=30s",
            "--promsend.retry-deadline=5s",
            f"--health-probe-port=127.0.0.1:{self.health_port}",
            f"--promsend.dead-letter={self.dir}/dead"])

    def start_all(self):
        for r in self.resources.values():
            r.since = self.begin
            if r.there:
                self.write_resource(r)
        self.follow_data()
        self.start_kusto()
        self.start_prometheus()
        self.start_victoria()
        self.wait(60, self.servers_ready)
        self.start_pipeline()

    def servers_ready(self):
        self.find_kusto()
        try:
            get(f"http://127.0.0.1:{self.prom.port_behind}/-/ready", 5)
            get(f"http://127.0.0.1:{self.vm_port}/health", 5)
        except OSError:
            return False
        return self.kusto.port_behind != 0

    # --- resources, data and status -----------------------------------------

    def write_resource(self, r):
        path = f"{self.dir}/res/{r.name}.json"
        if r.there:
            data.put(path, r.yaml())
        elif os.path.exists(path):
            os.remove(path)

    def follow_data(self, ahead=0):
        """The data that come late, and the rule, go as far as the clock."""
        now = int(self.clock.now() + ahead)
        if now - data.LAG > self.mark + data.STEP or ahead:
            self.mark = max(self.mark, now - data.LAG)
            data.put(f"{self.dir}/data/Mark.csv", data.mark_csv(self.mark))
            data.put(f"{self.dir}/res/sums.json", data.rule_yaml(self.mark))

    def step_clock(self, seconds):
        self.follow_data(seconds)
        self.clock.set(step=seconds)

    def read_status(self, r):
        """What each destination of a resource is owed next, in seconds, and
        the backlog and lastSuccessfulExecution; None without a status."""
        try:
            with open(r.status_path(self.state)) as f:
                s = json.load(f)["status"]
        except FileNotFoundError:
            return None
        except ValueError as e:
            self.problems.append(f"{r.name}: a status that is none: {e}")
            return None
        if "lastSuccessfulExecution" not in s:
            return None
        last = data.second_of(s["lastSuccessfulExecution"])
        owed = {d: last for d in r.exporters}
        backlog = s.get("backlog") or []
        for entry in backlog:
            for d in entry["destinations"]:
                if not entry.get("late"):
                    owed[d] = data.second_of(entry["startTime"])
        return owed, backlog, last

    def watch_statuses(self):
        """What all have that are not behind never goes back, nor does a
        status go.  (One that is ahead of the others may: that it is ahead is
        not written.)"""
        for r in self.resources.values():
            status, was = self.read_status(r), self.last.get(r.name, 0)
            now = status[2] if status else 0
            if now < was:
                self.problems.append(f"{r.name}: its status went back from "
                                     f"{data.rfc3339(was)} to {now}")
            self.last[r.name] = now

    # --- time ---------------------------------------------------------------

    def pace(self):
        """A machine that is too slow for the clock gets a slower one."""
        last = [t for n, t in self.last.items() if t and
                self.resources[n].there]
        lag = self.clock.now() - min(last, default=self.clock.now())
        if lag > LAG_MAX and self.clock.rate == self.rate:
            self.clock.set(rate=max(1, self.rate // 3))
        elif lag < LAG_MAX // 2 and self.clock.rate != self.rate:
            self.clock.set(rate=self.rate)

    def tick(self):
        self.reap()
        self.find_kusto()
        self.follow_data()
        self.watch_statuses()
        self.pace()
        if "adxexporter" not in self.named and not self.ending:
            self.start_pipeline()
        time.sleep(0.05)

    def wait(self, seconds, done):
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                return False
            self.reap()
            time.sleep(0.05)
        return True
