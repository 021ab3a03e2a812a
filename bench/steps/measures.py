"""What is measured beside whole graphs: the disk, the rules alone, log lines, and runs of one step."""

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from steps.usage import Meter

LINE = "x" * 149 + "\n"
RUN_OF_ONE = json.dumps({"workflow": {"name": "one", "steps": [{"id": "s", "delay": "0s"}]}}).encode()


def fsync_microseconds(directory):
    """The median of one fdatasync(2) after 16 KiB over what is in the file already, as a commit in the WAL is."""
    with tempfile.TemporaryFile(dir=directory) as file:
        page = b"x" * 16_384
        for number in range(128):
            os.pwrite(file.fileno(), page, number * len(page))
        os.fsync(file.fileno())
        times = []
        for number in range(128):
            os.pwrite(file.fileno(), page, number * len(page))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return 1e6 * statistics.median(times)


def scheduler_costs(build_dir):
    return json.loads(subprocess.run([build_dir / "scheduler-cost"], capture_output=True, check=True).stdout)


def ingest(server, build_dir, directory, lines):
    """A step that prints lines, with one follower, and then the same rows by a bare INSERT: rows a second of each."""
    text = directory / "lines"
    text.write_text(LINE * lines)
    definition = json.dumps({"workflow": {"name": "lines", "steps": [{"id": "s0", "run": ["cat", str(text)]}]}})
    stream = directory / "stream"
    with open(stream, "wb") as keep:
        meter = Meter(server.pids)
        server.run_and_follow(definition.encode(), keep)
        cost = meter.cost()
    rows = directory / "rows"
    with open(stream, "rb") as seen, open(rows, "wb") as out:
        out.writelines(line for line in seen if b'"type":"step_log"' in line)
    with tempfile.TemporaryDirectory(dir=directory) as home, open(rows, "rb") as source:
        command = [build_dir / "bare-insert", Path(home) / "bare.db", server.durability]
        bare = float(subprocess.run(command, stdin=source, capture_output=True, check=True).stdout)
    ours = lines / cost.wall
    return {"rows_per_second": ours, "bare_rows_per_second": bare, "ratio": ours / bare,
            "cpu_us_a_row": 1e6 * cost.cpu / lines, "bytes_a_row": rows.stat().st_size / lines}


def lone_runs(server, at_once, count):
    """Runs of one step that only waits for nothing, by so many clients at once: a second of them, and CPU for each."""
    def submit_some():
        connection = server.connect()
        for _ in range(count // at_once):
            connection.call("POST", "/api/v2/workflows/runs", RUN_OF_ONE)
        connection.close()

    meter = Meter(server.pids)
    clients = [threading.Thread(target=submit_some) for _ in range(at_once)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    connection = server.connect()
    while connection.call("GET", "/api/v2/workflows/runs?status=running&limit=1")["items"]:
        time.sleep(0.005)
    connection.close()
    cost = meter.cost()
    return {"runs_per_second": count / cost.wall, "cpu_us_a_run": 1e6 * cost.cpu / count}
