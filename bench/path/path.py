"""The whole path as a peer: a step's line, through the database, to the socket. `runcast serve` as users start it."""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers import LIFETIME, Peer, spawn  # noqa: E402

RUNS = "/api/v2/workflows/runs"


def call(port, path, body=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode() if body else None,
                                     {"Content-Type": "application/json"} if body else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def start_run(port, command, wait=15):
    """Starts a run of one step and gives its id and the seq of its newest event, once the step runs."""
    workflow = {"name": "bench", "steps": [{"id": "build", "run": [str(part) for part in command]}]}
    run = call(port, RUNS, {"workflow": workflow})["id"]
    end = time.monotonic() + wait
    while time.monotonic() < end:
        events = call(port, f"{RUNS}/{run}/events?limit=10")["items"]
        if any(event["type"] == "step_start" for event in events):
            return run, events[-1]["seq"]
        time.sleep(0.02)
    raise RuntimeError("the step did not start")


def fsync_us(directory, times=200):
    """The median of what an appended page and an fsync cost in that directory, in microseconds."""
    path = Path(directory) / "fsync"
    spent = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(times):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            spent.append((time.perf_counter() - began) * 1e6)
    path.unlink()
    return statistics.median(spent)


class WholePath(Peer):
    """A server with a database and a run whose step prints the events."""

    def __init__(self, name, build_dir, flags=(), cores=None, note="", lifetime=LIFETIME):
        super().__init__(name, [build_dir / "runcast"], note)
        self.emit = build_dir / "hub-emit"
        self.flags = list(flags)
        self.cores = cores
        self.lifetime = lifetime
        self.data = None

    def start(self, port, flags, core, directory):
        self.data = tempfile.mkdtemp(prefix="runcast-bench-")
        return self.restart(port, core, directory)

    def restart(self, port, core, directory):
        command = [*self.command, "serve", "--listen", f"127.0.0.1:{port}", "--data", self.data,
                   "--step-level", "error", "--shutdown-ms", "0", *self.flags]
        return spawn(["timeout", "--kill-after=5", str(self.lifetime), *command], self.cores or core,
                     directory / f"{self.name}.log")

    def attach(self, port, scenario, load_core):
        """What the load needs to know beside the scenario's flags: the run, and what came before its first line."""
        gate = Path(self.data) / "gate"
        flags = scenario.peer_flags()
        run, seq = start_run(port, [self.emit, gate, load_core, "--port", port, "--lifetime", LIFETIME, *flags])
        return ["--path", f"/runs/{run}/stream?after={seq}", "--after", str(seq)]

    def begin(self):
        (Path(self.data) / "gate").touch()

    def extra(self):
        return {"fsync_us": fsync_us(self.data)}

    def clean(self):
        shutil.rmtree(self.data, ignore_errors=True)
