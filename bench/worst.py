#!/usr/bin/env python3
"""What crowds and the worst clients cost a live run's followers: `runcast serve`, one server core, one load core.

Ten followers of a run of a thousand lines a second are measured alone and beside a disturbance, in turn, several times;
their p99 beside it is divided by their p99 alone. The disturbance runs on the load's core when nobody else wants it, so
that what is seen is mostly the server's doing. Prints a table and writes JSON.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests/e2e"))  # last: both folders have a peers.py

from abusers import KINDS  # noqa: E402
from hub import machine  # noqa: E402
from path.path import WholePath, call, start_run  # noqa: E402
from peers import ROOT, build, family, free_port, spawn, stop, wait_for_port  # noqa: E402

ABUSERS = ROOT / "tests/e2e/abusers.py"
MANY, FEW = 10_000, 100  # of those that wait; of those that are busy
WAITING = {"never-reads", "byte-a-second", "half-request", "slow-request"}
PATIENCE = 120
LOW = ["chrt", "--idle", "0"]  # a disturbance runs when nobody else wants the core
MEBIBYTE = 1 << 20


class Scene:
    """A server, and followers of a live run that are measured."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.peer = WholePath("path", arguments.build_dir, lifetime=arguments.lifetime)
        self.start()

    def start(self):
        self.port = free_port()
        self.server = self.peer.start(self.port, [], self.arguments.server_core, self.arguments.output)
        self.listening()

    def listening(self):
        wait_for_port(self.port, self.server)
        self.pids = family(self.server.pid)

    def restart(self):
        """kill -9 of the server alone; then as before, on the same port and data."""
        os.kill(self.pids[1], signal.SIGKILL)  # the first is timeout(1)
        self.server.wait(PATIENCE)
        self.server = self.peer.restart(self.port, self.arguments.server_core, self.arguments.output)
        self.listening()

    def end(self):
        stop(self.server)
        self.peer.clean()

    def emit(self, *flags):
        gate = Path(self.peer.data) / f"gate-{time.monotonic_ns()}"
        command = [self.peer.emit, gate, self.arguments.load_core, "--port", 1, "--lifetime", self.arguments.lifetime]
        run, _ = start_run(self.port, [*command, *flags])
        gate.touch()
        return run

    def last_seq(self, run):
        return self.show(run)["lastSeq"]

    def show(self, run):
        return call(self.port, f"/runs/{run}")

    def load(self, run, after, *flags, low=False):
        command = [self.arguments.build_dir / "hub-load", "--port", self.port, "--server", self.pids[1],
                   "--after", after, "--path", f"/runs/{run}/stream?after={after}",
                   "--lifetime", self.arguments.lifetime, *flags]
        log = self.arguments.output / "load.log"
        command = [str(part) for part in ([*LOW, *command] if low else command)]
        return spawn(command, self.arguments.load_core, log, subprocess.PIPE)

    def p99(self, run):
        load = self.load(run, self.last_seq(run), "--subscribers", 10, "--warmup", 0.5, "--seconds",
                         self.arguments.seconds)
        output = load.communicate(timeout=PATIENCE)[0].splitlines()
        report = json.loads(output[-1])
        if report["missing"] or report["repeated"] or report["closes"] or not report["deliveries"]:
            raise RuntimeError(f"a follower was harmed: {report}")
        return report["latency_us"]["p99"]

    def status(self, name):
        for line in Path(f"/proc/{self.pids[1]}/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
        return 0

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pids[1]}/fd"))

    def read_bytes(self):
        """What the server has read of its files so far, from the page cache or the disk."""
        text = Path(f"/proc/{self.pids[1]}/io").read_text()
        return int(text.split("rchar:")[1].split()[0])


def abuse(scene, kind, run):
    count = MANY if kind in WAITING else FEW
    command = [*LOW, sys.executable, ABUSERS, kind, "127.0.0.1", scene.port, f"/runs/{run}/stream", count,
               scene.arguments.lifetime]
    process = spawn([str(part) for part in command], scene.arguments.load_core, scene.arguments.output / "abusers.log",
                    subprocess.PIPE)
    process.stdout.readline()
    time.sleep(1)
    return process


def paired(scene, run, disturb, row):
    """Fills `row` with the medians alone and beside the disturbance, and what the server kept of it."""
    alone, beside = [], []
    memory, descriptors = scene.status("VmRSS:"), scene.descriptors()
    peak = memory
    for _ in range(scene.arguments.repetitions):
        alone.append(scene.p99(run))
        process = disturb()
        beside.append(scene.p99(run))
        peak = max(peak, scene.status("VmRSS:"))
        row["beside_descriptors"] = scene.descriptors()
        stop(process)
    row.update(alone_p99_us=statistics.median(alone), beside_p99_us=statistics.median(beside),
               ratio=statistics.median(b / a for a, b in zip(alone, beside)), memory_mib=(peak - memory) / MEBIBYTE)
    time.sleep(1)
    row["descriptors_kept"] = scene.descriptors() - descriptors


def worst(scene, live, kinds, table):
    flood = scene.emit("--mode", "burst", "--messages", 100_000)
    ended(scene, flood)
    for kind in kinds:
        paired(scene, live, lambda: abuse(scene, kind, flood), table.setdefault(kind, {}))
        show(kind, table[kind])


def ended(scene, run):
    end = time.monotonic() + PATIENCE
    while scene.show(run)["status"] in ("pending", "running"):
        if time.monotonic() > end:
            raise RuntimeError("the run did not end")
        time.sleep(0.1)
    return scene.show(run)["lastSeq"]


def catch_up(scene, live, table):
    """A thousand clients attach at once to a finished run of a million lines."""
    lines = scene.arguments.catch_up_lines
    run = scene.emit("--mode", "burst", "--messages", lines)
    last = ended(scene, run)
    before = scene.read_bytes()
    scene.load(run, 0, "--task", "drain", "--subscribers", 1, "--messages", last).communicate(timeout=PATIENCE)
    once = scene.read_bytes() - before
    row = table.setdefault(f"1,000 catch up on {lines:,} lines", {})
    before = scene.read_bytes()
    loads = []

    def disturb():
        loads.append(scene.load(run, 0, "--task", "drain", "--subscribers", 1000, "--messages", last, low=True))
        time.sleep(1)
        return loads[-1]

    paired(scene, live, disturb, row)
    row["read_of_one_reading"] = (scene.read_bytes() - before) / once / len(loads)
    show("catch-up", row)


def storm(scene, table):
    """Ten thousand clients of a server that was killed come back within seconds, each a thousand events behind."""
    run = scene.emit("--mode", "burst", "--messages", 20_000)
    last = ended(scene, run)
    scene.restart()
    memory = scene.status("VmRSS:")
    began = time.monotonic()
    load = scene.load(run, last - 1000, "--task", "drain", "--subscribers", 10_000, "--messages", last,
                      "--in-flight", 512)
    load.stdout.readline()
    attached = time.monotonic() - began
    report = json.loads(load.communicate(timeout=PATIENCE)[0].splitlines()[-1])
    table["10,000 resume after kill -9"] = row = {
        "attached_s": attached, "all_served_s": time.monotonic() - began, "deliveries": report["total_deliveries"],
        "missing": report["missing"], "repeated": report["repeated"], "incomplete": report["incomplete"],
        "memory_mib": (scene.status("VmHWM:") - memory) / MEBIBYTE}
    show("storm", row)


def show(name, row):
    print(f"{name:32} " + ", ".join(f"{key} {value:,.2f}" for key, value in row.items()), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help=f"comma-separated, of catch-up, storm, {', '.join(KINDS)}")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--catch-up-lines", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="one repetition, short; under three minutes")
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build/release")
    parser.add_argument("--output", type=Path, default=ROOT / "build/bench", help="where the JSON and the logs go")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    parser.add_argument("--lifetime", type=int, default=900, help="seconds after which every process ends by itself")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repetitions, arguments.seconds, arguments.catch_up_lines = 1, 1.5, 200_000
    arguments.output.mkdir(parents=True, exist_ok=True)
    if not arguments.no_build:
        build(arguments.build_dir, arguments.output)
    names = arguments.only.split(",") if arguments.only else ["catch-up", "storm", *KINDS]
    table = {}
    scene = Scene(arguments)
    try:
        if "storm" in names:
            storm(scene, table)
        live = scene.emit("--mode", "rate", "--rate", 1000, "--seconds", arguments.lifetime)
        if "catch-up" in names:
            catch_up(scene, live, table)
        worst(scene, live, [kind for kind in KINDS if kind in names], table)
    finally:
        scene.end()
        document = {"machine": machine(), "repetitions": arguments.repetitions, "rows": table}
        (arguments.output / "worst.json").write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
