#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""chaos.py [-n WINDOWS] [-s SEED] [-r RATE] [--script] [--keep]: run the whole
pipeline on a fast clock for so many windows while all goes wrong around it by
the script of the seed, then compare what the destinations and the statuses hold
with what the data say.

--script prints the script and ends.  The status is 1 when something is not as
it must be; then, or with --keep, the directory of the run is kept.
"""
import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, namedtuple

import data
import proxy
import verdict
import world as w

EVERY = 0.4  # seconds between faults, in the mean
SETTLE = 120  # seconds in which something must be delivered after the last

Fault = namedtuple("Fault", "name weight on hold")
FAULTS = (
    #     what it is    how often  on what or how        for how many seconds
    Fault("kill",       8, w.STAGES + ("tee", "adxexporter", "all"), None),
    Fault("freeze",     6, w.STAGES + ("tee", "adxexporter"), (0.1, 2)),
    Fault("drain",      1, ("TERM", "HUP"), None),
    Fault("kusto",      2, ("KILL", "TERM"), (0.1, 2)),
    Fault("prometheus", 2, ("KILL", "TERM"), (0.1, 2)),
    # What VictoriaMetrics has not yet put on disk a kill -9 takes from it.
    Fault("victoria",   2, ("TERM", ), (0.1, 2)),
    Fault("prom-says",  6, proxy.MODES, (0.2, 3)),
    Fault("kusto-says", 4, proxy.MODES, (0.2, 3)),
    Fault("disk",       2, ("full", ), (0.2, 3)),
    Fault("clock",      2, ("-12", "-3", "+12", "+30"), None),
    Fault("edit",       3, ("both", "lax", "late", "grid"), None),
    Fault("interval",   2, ("strict 3", "strict 4", "both 2", "both 5"), None),
    Fault("toggle",     3, ("extra1", "extra2", "lax"), None),
)
PER_SECOND = sum(1 / r[1] for r in data.RESOURCES if r[4])  # windows


def write_script(seed, seconds):
    """[(when, fault, on, hold)], by the seed alone."""
    rng, at, script = random.Random(f"script {seed}"), 0, []
    while (at := at + rng.expovariate(1 / EVERY)) < seconds:
        fault = rng.choices(FAULTS, [f.weight for f in FAULTS])[0]
        hold = round(rng.uniform(*fault.hold), 2) if fault.hold else 0
        script.append((round(at, 2), fault.name, rng.choice(fault.on), hold))
    return script


def show(entry):
    at, name, on, hold = entry
    print(f"{at:8.2f} {name} {on}" + (f" for {hold}" if hold else ""),
          flush=True)


class Faults:
    """Each method does a fault; what it returns undoes it, if there is
    anything to undo."""

    def __init__(self, world):
        self.world, self.ways = world, {}

    def kill(self, name):
        if name == "all":  # as when a container is killed
            for pid in self.world.pipeline():
                self.send(pid, signal.SIGKILL)
            return
        pid = self.world.stage(name)
        if pid:
            self.send(pid, signal.SIGKILL)

    def freeze(self, name):
        pid = self.world.stage(name)
        if pid:
            self.send(pid, signal.SIGSTOP)
            return lambda: self.send(pid, signal.SIGCONT)
        return None

    def send(self, pid, sig):
        try:
            w.os.kill(pid, sig)
        except ProcessLookupError:
            pass

    def drain(self, sig):
        self.world.kill("adxexporter", signal.Signals["SIG" + sig])

    def server(self, name, sig):
        """Started again only when it is gone: it may take its time."""
        if not self.world.kill(name, signal.Signals["SIG" + sig]):
            return None

        def again():
            self.world.wait(20, lambda: name not in self.world.named)
            getattr(self.world, f"start_{name}")()
        return again

    def kusto(self, sig):
        return self.server("kusto", sig)

    def prometheus(self, sig):
        return self.server("prometheus", sig)

    def victoria(self, sig):
        return self.server("victoria", sig)

    def says(self, to, mode):
        """Of several at once the last one counts, and ends them all."""
        to.set(mode)
        return lambda: to.set("pass")

    def prom_says(self, mode):
        return self.says(self.world.prom, mode)

    def kusto_says(self, mode):
        return self.says(self.world.kusto, mode)

    def disk(self, _):
        """Fill the file system of the statuses to the last byte."""
        path = f"{self.world.state}/ballast"
        if not self.world.tmpfs:
            return None
        with open(path, "ab", buffering=0) as f:
            try:
                while f.write(b"x" * 4096) == 4096:
                    pass
            except OSError:
                pass
        return lambda: w.os.path.exists(path) and w.os.remove(path)

    def clock(self, seconds):
        self.world.step_clock(int(seconds))

    def change(self, name, **what):
        r = self.world.resources[name]
        vars(r).update(what)
        self.world.write_resource(r)

    def edit(self, name):
        edition = self.world.resources[name].edition + 1
        self.change(name, edition=edition, edited=self.world.clock.now())

    def interval(self, on):
        name, seconds = on.split()
        self.change(name, interval=int(seconds))

    def toggle(self, name):
        r = self.world.resources[name]
        if r.there or self.world.last.get(name):
            self.change(name, there=not r.there)
        else:
            self.change(name, there=True, since=self.world.clock.now())


def live(world, script, seconds):
    """Until the script is over and the seconds are gone."""
    faults, begun, undo = Faults(world), world.clock.elapsed(), []
    script, now = list(script), 0
    while script or undo or now < seconds:
        now = (world.clock.elapsed() - begun) / world.rate
        while script and script[0][0] <= now:
            entry = script.pop(0)
            show(entry)
            back = getattr(faults, entry[1].replace("-", "_"))(entry[2])
            if back:
                undo.append((entry[0] + entry[3], back))
        for item in [u for u in undo if u[0] <= now]:
            undo.remove(item)
            item[1]()
        world.tick()


def settle(world):
    """Everything that is due by now is delivered, nothing of it is owed."""
    world.due, before, since = world.clock.now(), None, 0
    while (left := verdict.owing(world)):
        if left != before:
            before, since = left, time.monotonic()
        if time.monotonic() - since > SETTLE:
            world.problems.append(f"not delivered in {SETTLE} s: {left}")
            return
        world.tick()


def drain(world):
    world.ending = True
    world.kill("adxexporter", signal.SIGTERM)
    if not world.wait(30, lambda: "adxexporter" not in world.named):
        world.problems.append("adxexporter does not end")


def run(args, script, seconds):
    world = w.World(tempfile.mkdtemp(prefix="chaos."), args.seed, args.rate,
                    int(seconds * args.rate))
    if not world.tmpfs:
        print("no tmpfs can be mounted here: the disk is never full")
    try:
        world.start_all()
        live(world, script, seconds)
        began = time.monotonic()
        settle(world)
        drain(world)
        print(f"settled in {time.monotonic() - began:.1f} s")
        windows, samples = verdict.check(world)
    finally:
        if world.problems:  # they are on a file system that goes
            subprocess.call(["cp", "-r", world.state,
                             f"{world.dir}/statuses"])
        world.close()
    for problem in list(dict.fromkeys(world.problems))[:40]:
        print(f"PROBLEM {problem}")
    print(f"seed {args.seed}: {windows} windows, {samples} samples, "
          f"{world.restarts} starts, {len(world.problems)} problems")
    print("faults:", ", ".join(f"{n} {k}" for k, n in sorted(
        Counter(e[1] for e in script).items())))
    for name in ("prom", "kusto"):
        print(f"answers of {name}:", ", ".join(
            f"{n} {k}" for k, n in sorted(getattr(world, name).count.items())))
    if world.problems or args.keep:
        print(f"kept: {world.dir}; again: make chaos SEED={args.seed} "
              f"N={args.n}")
    else:
        shutil.rmtree(world.dir)
    return 1 if world.problems else 0


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("-n", type=int, default=200)
    p.add_argument("-s", "--seed", default=str(random.randrange(10**6)))
    p.add_argument("-r", "--rate", type=int, default=6)
    p.add_argument("--script", action="store_true")
    p.add_argument("--keep", action="store_true")
    args = p.parse_args()
    seconds = args.n / PER_SECOND / args.rate
    script = write_script(args.seed, seconds)
    if args.script:
        for entry in script:
            show(entry)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"chaos: seed {args.seed}, {args.n} windows, "
          f"{len(script)} faults in {seconds:.0f} s", flush=True)
    return run(args, script, seconds)


sys.exit(main())
