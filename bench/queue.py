#!/usr/bin/env python3
"""Jobs a second and their latency, beside BullMQ and graphile-worker: ./dev bench queue

Every client is a Node program with submitters and a worker in it; the servers are this project's, Debian's Redis and
Debian's PostgreSQL, each on 127.0.0.1 and a data folder of its own. All rows are measured in turn, as often as asked,
and their medians compared; what was seen goes to build/bench/queue.json.
"""

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PLACE = REPO / "build" / "bench" / "queue"
BINARY = REPO / "build" / "release" / "runcast"
LIMIT = 240  # seconds for one measurement


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process):
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} does not listen")


class Server:
    """A process with a folder of its own; `where` is what the client is told."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.port = free_port()
        self.where = str(self.port)
        self.process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        **self.options())
        wait_for_port(self.port, self.process)
        self.prepare()

    def options(self):
        return {}

    def prepare(self):
        pass

    def cpu_seconds(self):
        """User and system time of the process and of those that it started."""
        family, ticks = {self.process.pid}, 0
        stats = [Path(entry, "stat") for entry in os.scandir("/proc") if entry.name.isdigit()]
        for stat in sorted(stats, key=lambda path: int(path.parent.name)):
            try:
                pid, fields = int(stat.parent.name), stat.read_text().rsplit(")", 1)[1].split()
            except OSError:  # it has ended meanwhile
                continue
            if int(fields[1]) in family:
                family.add(pid)
            if pid in family:
                ticks += sum(map(int, fields[11:15]))  # with those of children that have ended
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Runcast(Server):
    client = "runcast.mjs"
    durability = "power"

    def command(self):
        return [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", self.folder / "data",
                "--durability", self.durability]

    def prepare(self):
        self.seen = 0
        self.follower = threading.Thread(target=self.follow, daemon=True)
        self.follower.start()

    def follow(self):
        """One that follows every job, as a dashboard does."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/jobs/stream", timeout=LIMIT) as stream:
                while stream.read1(1 << 16):
                    self.seen += 1
        except (OSError, http.client.HTTPException):  # the server was stopped
            pass


class RuncastHttp(Runcast):
    client = "runcast-http.mjs"


class RuncastCrash(Runcast):
    durability = "crash"


class RuncastCrashHttp(RuncastHttp):
    durability = "crash"


class Redis(Server):
    client = "bullmq.mjs"
    fsync = "always"

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", self.folder, "--save", "",
                "--appendonly", "yes", "--appendfsync", self.fsync]


class RedisEverysec(Redis):
    fsync = "everysec"


class Postgres(Server):
    client = "graphile.mjs"
    commit = "on"

    def __init__(self, folder):
        self.binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        shutil.chown(folder, "postgres")
        self.as_postgres(self.binaries / "initdb", "--auth=trust", "--username=postgres", "-D", Path(folder) / "data")
        super().__init__(folder)
        self.where = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def as_postgres(self, *command):
        subprocess.run(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def command(self):
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", self.binaries / "postgres",
                "-D", self.folder / "data", "-p", str(self.port), "-k", "", "-c", "listen_addresses=127.0.0.1",
                "-c", f"synchronous_commit={self.commit}", "-c", "max_connections=100"]

    def options(self):
        return {"cwd": "/"}


class PostgresAsync(Postgres):
    commit = "off"


ROWS = {
    "runcast, power": Runcast,
    "runcast over HTTP, power": RuncastHttp,
    "BullMQ, appendfsync always": Redis,
    "graphile-worker, synchronous_commit on": Postgres,
    "runcast, crash": RuncastCrash,
    "runcast over HTTP, crash": RuncastCrashHttp,
    "BullMQ, appendfsync everysec": RedisEverysec,
    "graphile-worker, synchronous_commit off": PostgresAsync,
}


def measure(kind, concurrency, jobs):
    folder = tempfile.mkdtemp(prefix="runcast-bench-queue-")
    server = None
    try:
        server = kind(folder)
        begun = server.cpu_seconds()
        ended = subprocess.run(["node", PLACE / kind.client, server.where, str(concurrency), str(jobs)],
                               capture_output=True, text=True, timeout=LIMIT, cwd=PLACE)
        if ended.returncode != 0:
            raise RuntimeError(f"{kind.client}: {ended.stderr[-600:]}")
        result = json.loads(ended.stdout)
        result["server"] = (server.cpu_seconds() - begun) * 1e6 / (jobs + result["warmup"])
        return result
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def install():
    PLACE.mkdir(parents=True, exist_ok=True)
    for path in (REPO / "bench" / "queue").iterdir():
        shutil.copy(path, PLACE)
    if not (PLACE / "node_modules").exists():
        subprocess.run(["npm", "install", "--no-package-lock", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"],
                       cwd=PLACE, check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=3000, help="a measurement, at concurrency 32; a quarter at 1")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--concurrency", type=int, nargs="*", default=[1, 32])
    parser.add_argument("--only", help="rows whose name holds this")
    options = parser.parse_args()
    install()
    rows = {name: kind for name, kind in ROWS.items() if not options.only or options.only in name}
    seen = {(name, c): [] for name in rows for c in options.concurrency}
    for _ in range(options.repetitions):
        for name, concurrency in seen:
            jobs = options.jobs if concurrency > 1 else options.jobs // 4
            result = measure(rows[name], concurrency, jobs)
            seen[name, concurrency].append({**result, "load": os.getloadavg()[0]})
            print(f"{name}, {concurrency}: {result['rate']:.0f} jobs/s, {result['server']:.0f} + "
                  f"{result['client']:.0f} µs", file=sys.stderr, flush=True)
    print(f"\n{'':42} {'concurrency':>11} {'jobs/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'server µs':>10} {'client µs':>10}")
    for (name, concurrency), results in seen.items():
        middle = {key: statistics.median(r[key] for r in results) for key in ("rate", "p50", "p99", "server", "client")}
        print(f"{name:42} {concurrency:>11} {middle['rate']:>9.0f} {middle['p50']:>8.2f} {middle['p99']:>8.2f} "
              f"{middle['server']:>10.0f} {middle['client']:>10.0f}")
    out = REPO / "build" / "bench" / "queue.json"
    out.write_text(json.dumps([{"row": n, "concurrency": c, "runs": r} for (n, c), r in seen.items()], indent=1))


if __name__ == "__main__":
    main()
