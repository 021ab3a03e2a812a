#!/usr/bin/env python3
"""Measures the hub beside its peers: interleaved, several times over, medians and ratios.

Server on one core, load on another, all on 127.0.0.1. Prints a table (Markdown) and writes everything it saw as JSON.
"""

import argparse
import dataclasses
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from peers import LIFETIME, ROOT, all_peers, build, family, free_port, spawn, stop, wait_for_port
from scenarios import BYSTANDERS, OWN_ROWS, SCENARIOS, TARGETS

UNITS = {"cpu_us_per_delivery": "µs", "cpu_us_per_handshake": "µs", "p50_us": "µs", "p99_us": "µs", "p999_us": "µs",
         "p99_beyond_fsync_us": "µs", "bytes_per_connection": "B", "bytes_per_delivery": "B",
         "handshakes_per_second": "/s", "deliveries_per_second": "/s", "deliveries_lost": "lost",
         "clients_dropped": "dropped"}


def measure(peer, scenario, arguments):
    """One run of one peer: what the load reported, or {"error": why}."""
    port = free_port()
    server = peer.start(port, scenario.peer_flags(), arguments.server_core, arguments.output)
    publisher = load = None
    try:
        wait_for_port(port, server)
        servers = ",".join(str(pid) for pid in family(server.pid))
        run_flags = peer.attach(port, scenario, arguments.load_core)
        command = [arguments.build_dir / "hub-load", "--port", port, "--server", servers, "--lifetime", LIFETIME,
                   *scenario.load_flags(), *run_flags]
        log = arguments.output / "load.log"
        load = spawn([str(part) for part in command], arguments.load_core, log, subprocess.PIPE)
        line = load.stdout.readline()
        if line.strip() == "ready":
            peer.begin()
            if peer.publisher and scenario.mode != "idle":
                publishing = [*peer.publisher, "--port", str(port), "--lifetime", str(LIFETIME), *scenario.peer_flags()]
                publisher = spawn(publishing, arguments.load_core, arguments.output / "publish.log")
            line = load.stdout.readline()
        load.wait(LIFETIME)
        if not line:
            return {"error": f"the load ended with {load.returncode}; see {log}"}
        return {**json.loads(line), **peer.extra()}
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        return {"error": str(error)}
    finally:
        for process in (publisher, load, server):
            if process:
                stop(process)
        peer.clean()


def figures(scenario, report):
    """The metrics of one run; none where the peer did not do what was asked."""
    if "error" in report:
        return {}
    latency = report["latency_us"]
    expected = scenario.subscribers * scenario.messages
    known = {"cpu_us_per_delivery": report["cpu_us_per_delivery"], "p50_us": latency["p50"], "p99_us": latency["p99"],
             "p999_us": latency["p999"], "bytes_per_connection": report.get("memory", {}).get("pss_per_connection"),
             "cpu_us_per_handshake": report.get("cpu_us_per_handshake"),
             "handshakes_per_second": report.get("handshakes_per_second"),
             "deliveries_per_second": report.get("deliveries_per_second"),
             "bytes_per_delivery": report.get("payload_bytes"),
             "deliveries_lost": max(0, expected - report["total_deliveries"]),
             "clients_dropped": report["incomplete"]}
    if "fsync_us" in report:
        known["p99_beyond_fsync_us"] = latency["p99"] - report["fsync_us"]
    return {name: known[name] for name in scenario.metrics if known.get(name) is not None}


def shortfall(scenario, report):
    """Why a run does not count, or None: it was not at the asked rate, lost events, or dropped clients."""
    if "error" in report:
        return report["error"]
    if scenario.task != "receive":
        return None
    faults = []
    dropped = sum(report["closes"].values())
    if dropped:
        faults.append(f"{dropped} of {scenario.subscribers} dropped")
    if report["missing"]:
        faults.append(f"{report['missing']} missing")
    if report["repeated"]:
        faults.append(f"{report['repeated']} repeated")
    expected = scenario.expected_deliveries_per_second()
    if not dropped and expected and report["deliveries_per_second"] < 0.95 * expected:
        faults.append(f"{report['deliveries_per_second'] / expected:.0%} of the rate")
    return ", ".join(faults) or None


def rounded(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def cell(scenario, runs):
    """A table's cell: the medians of the runs that count, or why none does."""
    good = [run["figures"] for run in runs if not run["shortfall"]]
    if not good:
        return f"cannot ({runs[0]['shortfall']})" if runs else "–"
    parts = []
    for metric in scenario.metrics:
        values = [run[metric] for run in good if metric in run]
        if values and metric != "p50_us":
            parts.append(f"{metric.removesuffix('_us') + ' ' if metric.startswith('p9') else ''}"
                         f"{rounded(statistics.median(values))} {UNITS[metric]}")
    return "; ".join(parts)


def table(results, peers):
    lines = ["| subscribers × mode | " + " | ".join(peers) + " |", "| --- |" + " --- |" * len(peers)]
    for scenario in SCENARIOS:
        if scenario.name in results:
            cells = [cell(scenario, results[scenario.name].get(peer, [])) for peer in peers]
            lines.append(f"| {scenario.label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def paired_ratio(target, results):
    """The median over the repetitions of one peer's figure divided by the other's."""
    runs = results.get(target.scenario, {})
    ratios = []
    for index, over in enumerate(runs.get(target.over, [])):
        value = over["figures"].get(target.metric)
        if value is None or over["shortfall"]:
            continue
        if not target.under:
            ratios.append(value)
            continue
        under = runs.get(target.under, [])[index:index + 1]
        if under and under[0]["figures"].get(target.metric) and not under[0]["shortfall"]:
            ratios.append(value / under[0]["figures"][target.metric])
    return statistics.median(ratios) if ratios else None


def judge(results):
    """Each target with its ratio, or without where it was not measured."""
    verdicts = []
    for target in TARGETS:
        ratio = paired_ratio(target, results)
        if ratio is not None:
            bound = f"≤ {target.at_most}" if target.at_most else f"≥ {target.at_least}"
            what = f"{target.over} / {target.under}" if target.under else target.over
            verdicts.append({"scenario": target.scenario, "metric": target.metric, "of": what, "ratio": ratio,
                             "bound": bound, "met": target.met(ratio)})
    return verdicts


def arguments_of(peers_known):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default="", help=f"comma-separated, of {', '.join(peers_known)}; all by default")
    parser.add_argument("--scenarios", default="", help="comma-separated; all by default")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--quick", action="store_true",
                        help="one short repetition of the peers that a target names; under three minutes")
    parser.add_argument("--build-dir", type=Path, default=ROOT / "build/release")
    parser.add_argument("--output", type=Path, default=ROOT / "build/bench", help="where the JSON and the logs go")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--load-core", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repetitions = 1
    arguments.output.mkdir(parents=True, exist_ok=True)
    return arguments


def chosen(all_of_them, names):
    if not names:
        return list(all_of_them)
    unknown = set(names.split(",")) - set(all_of_them)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there is {', '.join(all_of_them)}")
    return names.split(",")


def run_all(scenarios, peers, arguments):
    """results[scenario][peer] is a list with one entry for each repetition; the order of peers turns each time."""
    results = {scenario.name: {} for scenario in scenarios}
    for repetition in range(arguments.repetitions):
        for scenario in scenarios:
            turn = repetition % len(peers)
            for peer in [*peers[turn:], *peers[:turn]]:
                only_elsewhere = peer.name in OWN_ROWS and peer.name not in scenario.variants
                if peer.name in BYSTANDERS and (arguments.quick or repetition % 3 > 0) and len(peers) > len(BYSTANDERS):
                    continue
                if only_elsewhere or peer.name in scenario.without or scenario.only and peer.name not in scenario.only:
                    continue
                report = measure(peer, scenario, arguments)
                entry = {"figures": figures(scenario, report), "shortfall": shortfall(scenario, report),
                         "report": report}
                results[scenario.name].setdefault(peer.name, []).append(entry)
                print(f"{repetition + 1}/{arguments.repetitions} {scenario.name:20} {peer.name:9} "
                      f"{cell(scenario, [entry])}", file=sys.stderr, flush=True)
    return results


def machine():
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "kernel": platform.release(), "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def main():
    own = ["runcast", "raw", "raw-tick", *sorted(OWN_ROWS - {"raw-tick"})]
    arguments = arguments_of([*own, "go", "beast", "node", "nchan"])
    if not arguments.no_build:
        build(arguments.build_dir, arguments.output)
    known = all_peers(arguments.build_dir, arguments.output)
    peers = [known[name] for name in chosen(known, arguments.peers)]
    for peer in peers:
        if not peer.available():
            print(f"{peer.name} is left out: {' '.join(peer.command)} cannot be run here", file=sys.stderr)
    peers = [peer for peer in peers if peer.available()]
    by_name = {scenario.name: scenario for scenario in SCENARIOS}
    scenarios = [by_name[name] for name in chosen(by_name, arguments.scenarios)]
    if arguments.quick:
        scenarios = [dataclasses.replace(scenario, seconds=1.0, warmup=0.3) for scenario in scenarios]

    results = run_all(scenarios, peers, arguments)
    verdicts = judge(results)
    print(table(results, [peer.name for peer in peers]))
    print()
    for verdict in verdicts:
        print(f"{'met   ' if verdict['met'] else 'missed'} {verdict['scenario']:20} {verdict['metric']:22} "
              f"{verdict['of']:14} {rounded(verdict['ratio'])} {verdict['bound']}")
    document = {"machine": machine(), "repetitions": arguments.repetitions, "targets": verdicts, "results": results}
    (arguments.output / "hub.json").write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
