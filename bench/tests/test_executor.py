"""The graphs as each runner is told of them, and the arithmetic of ratios and targets."""

import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import executor  # noqa: E402
from steps.graphs import GRAPHS, Graph, chained, latticed  # noqa: E402
from steps.usage import Cost, Meter  # noqa: E402

BY_NAME = {graph.name: graph for graph in GRAPHS}


def costs(*walls):
    return [Cost(wall, 2 * wall, None) for wall in walls]


class Graphs(unittest.TestCase):
    def test_a_lattice_needs_the_whole_row_above(self):
        self.assertEqual(latticed(7), [])
        self.assertEqual(latticed(23), list(range(10, 20)))

    def test_all_runners_are_told_of_the_same_edges(self):
        graph = Graph("tiny", "tiny", 3, chained)
        steps = json.loads(graph.workflow(2))["workflow"]["steps"]
        self.assertEqual([step.get("needs") for step in steps], [None, ["s0"], ["s1"]])
        self.assertEqual({tuple(step["run"]) for step in steps}, {("true",)})
        self.assertIn("build s2: step s1\n", graph.ninja_file())
        self.assertIn("s2: s1\n\t@true\n", graph.makefile())

    def test_the_graphs_have_the_sizes_that_they_say(self):
        self.assertEqual({name: graph.count for name, graph in BY_NAME.items()},
                         {"independent": 1_000, "chain": 1_000, "lattice": 1_000, "large": 10_000})


class Judging(unittest.TestCase):
    def test_ratios_are_of_the_same_repetition(self):
        self.assertEqual(executor.median_ratio(costs(2, 30, 4), costs(1, 10, 4), executor.wall), 2)

    def test_a_target_is_met_up_to_its_bound(self):
        results = {"chain": {"power": costs(1.2), "ninja": costs(1.0)}}
        self.assertTrue(all(one["met"] for one in executor.judge_ratios(results, ["power"], "ninja", 1.2)))
        self.assertFalse(any(one["met"] for one in executor.judge_ratios(results, ["power"], "ninja", 1.1)))

    def test_without_its_peer_a_runner_is_not_judged(self):
        self.assertEqual(executor.judge_ratios({"chain": {"power": costs(1)}}, ["power"], "ninja", 1.2), [])

    def test_large_graphs_are_repeated_less(self):
        self.assertEqual([executor.repetitions_of(BY_NAME[name], 5) for name in ("chain", "large")], [5, 2])


class Usage(unittest.TestCase):
    def test_a_process_costs_what_it_burns(self):
        meter = Meter([os.getpid()])
        for _ in range(200_000):
            pass
        cost = meter.cost()
        self.assertGreater(cost.own, 0)
        self.assertGreaterEqual(cost.cpu, cost.own)


if __name__ == "__main__":
    unittest.main()
