#!/usr/bin/env python3
"""Measures the executor beside ninja and make on the same graphs: interleaved, several times over, medians and ratios.

Ours is the whole server: each run is submitted over HTTP, every event is stored, and one follower reads all of them and
checks their seq. Prints tables (Markdown) and the targets, and writes everything it saw as JSON.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from peers import ROOT  # noqa: E402
from steps import measures  # noqa: E402
from steps.crowd import Crowd, may_open  # noqa: E402
from steps.graphs import GRAPHS  # noqa: E402
from steps.runners import PARALLEL, Runcast, build_tools  # noqa: E402
from steps.server import Server  # noqa: E402

CLIENTS = 10_000
RESIDENT = 200 << 20
# Everybody looks for `true` along the same short path.
PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BESIDE_NINJA, BESIDE_QUIET, OF_BARE_INSERT = 1.2, 1.2, 0.7
MOST_US_A_STEP, MOST_BYTES_A_STEP = 100, 1024


def arguments_of():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions and log lines: within 90 s")
    parser.add_argument("--repetitions", type=int, help="of each graph of 1,000 steps (5; quick: 2)")
    parser.add_argument("--graphs", default="", help="comma-separated; all by default")
    parser.add_argument("--only-graphs", action="store_true", help="nothing but the graphs: no crowd, log lines, …")
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build/release")
    parser.add_argument("--binary", type=Path, help="another server than the build's")
    parser.add_argument("--output", type=Path, default=ROOT / "build/bench", help="where the JSON and the databases go")
    parser.add_argument("--no-build", action="store_true")
    arguments = parser.parse_args()
    arguments.repetitions = arguments.repetitions or (2 if arguments.quick else 5)
    arguments.binary = (arguments.binary or arguments.build_dir / "runcast").resolve()
    arguments.output.mkdir(parents=True, exist_ok=True)
    known = {graph.name: graph for graph in GRAPHS}
    names = arguments.graphs.split(",") if arguments.graphs else list(known)
    if unknown := set(names) - set(known):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there is {', '.join(known)}")
    arguments.graphs = [known[name] for name in names]
    return arguments


def build(build_dir):
    cmake = ["cmake", "-S", ROOT, "--preset", "release", "-B", build_dir, "-DRUNCAST_BENCH=ON"]
    subprocess.run(cmake, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", build_dir, "--target", "bench_executor"], check=True, stdout=sys.stderr)


def repetitions_of(graph, asked):
    return asked if graph.count <= 1_000 else max(1, asked // 2)


def run_graphs(graphs, runners, asked):
    """results[graph][runner] is a list of costs, one for each repetition; the order of runners turns each time."""
    results = {graph.name: {runner.name: [] for runner in runners} for graph in graphs}
    for graph in graphs:
        for repetition in range(repetitions_of(graph, asked)):
            turn = repetition % len(runners)
            for runner in [*runners[turn:], *runners[:turn]]:
                cost = runner.run(graph)
                results[graph.name][runner.name].append(cost)
                print(f"{graph.name:12} {repetition + 1} {runner.name:14} {cost.wall:.3f} s, CPU {cost.cpu:.3f} s",
                      file=sys.stderr, flush=True)
    return results


def median_ratio(over, under, of):
    """Of the same repetition, so that what else the machine did is in both."""
    return statistics.median(of(a) / of(b) for a, b in zip(over, under))


def wall(cost):
    return cost.wall


def cpu(cost):
    return cost.cpu


def cell(costs, base):
    text = f"{statistics.median(map(wall, costs)):.2f} s, {statistics.median(map(cpu, costs)):.2f} s"
    if costs is base:
        return text
    return f"{text} ({median_ratio(costs, base, wall):.2f}, {median_ratio(costs, base, cpu):.2f})"


def table(results, graphs, first):
    """Wall and CPU of each runner, and in brackets their ratios to those of the runner `first`."""
    runners = list(next(iter(results.values())))
    lines = ["| wall, CPU | " + " | ".join(runners) + " |", "| --- |" + " --- |" * len(runners)]
    for graph in graphs:
        costs = results[graph.name]
        lines.append(f"| {graph.label} | " + " | ".join(cell(costs[name], costs[first]) for name in runners) + " |")
    return "\n".join(lines)


def verdict(what, value, bound, met):
    return {"what": what, "value": value, "bound": bound, "met": met}


def judge_ratios(results, names, under, bound):
    verdicts = []
    for graph, costs in results.items():
        for name in names:
            for what, of in (("wall", wall), ("CPU", cpu)):
                if costs.get(under):
                    ratio = median_ratio(costs[name], costs[under], of)
                    verdicts.append(verdict(f"{graph}: {what}, {name} / {under}", ratio, f"≤ {bound}", ratio <= bound))
    return verdicts


def judge_scheduler(costs):
    worst = max(costs, key=lambda cost: cost["us_a_step"])
    largest = max(costs, key=lambda cost: cost["bytes_a_step"])
    return [verdict(f"scheduler: µs a step at worst ({worst['shape']}, {worst['steps']})", worst["us_a_step"],
                    f"< {MOST_US_A_STEP}", worst["us_a_step"] < MOST_US_A_STEP),
            verdict(f"scheduler: bytes a waiting step at worst ({largest['shape']}, {largest['steps']})",
                    largest["bytes_a_step"], f"< {MOST_BYTES_A_STEP}", largest["bytes_a_step"] < MOST_BYTES_A_STEP)]


def judge_ingest(results):
    verdicts = []
    for durability, runs in results.items():
        ratio = statistics.median(run["ratio"] for run in runs)
        verdicts.append(verdict(f"log lines: {durability} / bare INSERT", ratio, f"≥ {OF_BARE_INSERT}",
                                ratio >= OF_BARE_INSERT))
    return verdicts


def measure_crowd(arguments, servers):
    if not may_open(CLIENTS + 500):
        print(f"the crowd is left out: no process may open {CLIENTS} sockets here", file=sys.stderr)
        return None
    server = Server(arguments.binary, "power", arguments.work)
    servers.append(server)
    crowd = Crowd(server, CLIENTS, RESIDENT)
    try:
        runners = [Runcast("power", servers[0]), Runcast("power, crowded", server)]
        graphs = [graph for graph in arguments.graphs if graph.count <= 1_000]
        results = run_graphs(graphs, runners, arguments.repetitions)
    finally:
        crowd.leave()
    said = (f"Crowded: {CLIENTS:,} followers connected, {crowd.resident >> 20} MiB resident ({crowd.runs} waiting runs "
            f"of 10,000 steps; {crowd.bytes_a_step:.0f} resident bytes a step, its definition included).")
    return {"results": results, "graphs": graphs, "said": said}


def measure_details(arguments, servers):
    lines = 50_000 if arguments.quick else 200_000
    runs = 320 if arguments.quick else 960
    ingested, lone = {}, {}
    for server in servers:
        ingested[server.durability] = [measures.ingest(server, arguments.build_dir, arguments.work, lines)
                                       for _ in range(arguments.repetitions)]
        lone[server.durability] = {at_once: measures.lone_runs(server, at_once, runs) for at_once in (1, 32)}
    return {"scheduler": measures.scheduler_costs(arguments.build_dir), "ingest": ingested, "lone_runs": lone}


def print_details(details):
    print("\n| the rules alone | steps | µs a step | heap bytes a waiting step |\n| --- | --- | --- | --- |")
    for cost in details["scheduler"]:
        print(f"| {cost['shape']} | {cost['steps']:,} | {cost['us_a_step']:.2f} | {cost['bytes_a_step']:.0f} |")
    print("\n| log lines | rows/s | bare INSERT, rows/s | ratio | µs of CPU a row |\n| --- | --- | --- | --- | --- |")
    for durability, runs in details["ingest"].items():
        ours, bare, ratio, row = (statistics.median(run[name] for run in runs) for name in
                                  ("rows_per_second", "bare_rows_per_second", "ratio", "cpu_us_a_row"))
        print(f"| {durability}, {runs[0]['bytes_a_row']:.0f} bytes a row | {ours:,.0f} | {bare:,.0f} | {ratio:.2f} | "
              f"{row:.1f} |")
    print("\n| runs of one step | clients | runs/s | µs of CPU a run |\n| --- | --- | --- | --- |")
    for durability, by_clients in details["lone_runs"].items():
        for clients, run in by_clients.items():
            print(f"| {durability} | {clients} | {run['runs_per_second']:,.0f} | {run['cpu_us_a_run']:,.0f} |")


def machine(directory):
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg(),
            "fdatasync_us": measures.fsync_microseconds(directory),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def measure(arguments):
    """All of it, printed as it comes; what is written as JSON."""
    servers = []
    document = {"machine": machine(arguments.work), "parallel": PARALLEL, "repetitions": arguments.repetitions}
    try:
        servers += [Server(arguments.binary, durability, arguments.work) for durability in ("power", "crash")]
        ours = [Runcast(server.durability, server) for server in servers]
        results = run_graphs(arguments.graphs, [*build_tools(arguments.work), *ours], arguments.repetitions)
        print(table(results, arguments.graphs, next(iter(next(iter(results.values()))))))
        verdicts = judge_ratios(results, ("power", "crash"), "ninja", BESIDE_NINJA)
        document["graphs"] = results
        if not arguments.only_graphs:
            if crowded := measure_crowd(arguments, servers):
                print("\n" + crowded["said"] + "\n\n" + table(crowded["results"], crowded["graphs"], "power"))
                verdicts += judge_ratios(crowded["results"], ("power, crowded",), "power", BESIDE_QUIET)
                document["crowd"] = {"said": crowded["said"], "graphs": crowded["results"]}
            document.update(details := measure_details(arguments, servers[:2]))
            print_details(details)
            verdicts += judge_scheduler(details["scheduler"]) + judge_ingest(details["ingest"])
    finally:
        for server in servers:
            server.stop()
    document["machine"]["load_after"] = os.getloadavg()
    document["targets"] = verdicts
    return document


def main():
    arguments = arguments_of()
    if not arguments.no_build:
        build(arguments.build_dir)
    os.environ["PATH"] = PLAIN_PATH
    arguments.work = Path(tempfile.mkdtemp(prefix="executor-", dir=arguments.output))
    try:
        document = measure(arguments)
    finally:
        shutil.rmtree(arguments.work, ignore_errors=True)
    seen = document["machine"]
    print(f"\nLoad average {seen['load'][0]:.1f} before and {seen['load_after'][0]:.1f} after, "
          f"on {seen['cores']} cores; an fdatasync of 16 KiB takes {seen['fdatasync_us']:.0f} µs (median).\n")
    for target in document["targets"]:
        print(f"{'met   ' if target['met'] else 'missed'} {target['what']:60} {target['value']:.2f} {target['bound']}")
    (arguments.output / "executor.json").write_text(json.dumps(document, indent=1, default=asdict))


if __name__ == "__main__":
    main()
