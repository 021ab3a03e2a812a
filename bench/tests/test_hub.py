"""The driver's arithmetic: which runs count, medians, and ratios of the same repetition."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import hub  # noqa: E402
import worst  # noqa: E402, F401 (that it can be read at all: it takes modules of two folders)
from scenarios import SCENARIOS, Target  # noqa: E402

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
RATE = BY_NAME["rate-1000"]


def report(**changes):
    seen = {"cpu_us_per_delivery": 2.0, "latency_us": {"p50": 1, "p99": 10, "p999": 20, "max": 30}, "closes": {},
            "missing": 0, "repeated": 0, "incomplete": 0, "total_deliveries": 1, "deliveries_per_second": 100_000}
    return {**seen, **changes}


def run(value, fault=None):
    return {"figures": {"cpu_us_per_delivery": value}, "shortfall": fault, "report": {}}


class Counting(unittest.TestCase):
    def test_a_run_at_its_rate_with_every_event_counts(self):
        self.assertIsNone(hub.shortfall(RATE, report()))

    def test_a_run_that_lost_events_or_clients_or_its_rate_does_not(self):
        self.assertIn("missing", hub.shortfall(RATE, report(missing=3)))
        self.assertIn("3 of 100 dropped", hub.shortfall(RATE, report(closes={"1006": 3})))
        self.assertIn("50% of the rate", hub.shortfall(RATE, report(deliveries_per_second=50_000)))

    def test_an_error_is_the_shortfall(self):
        self.assertEqual(hub.shortfall(RATE, {"error": "it did not listen"}), "it did not listen")
        self.assertEqual(hub.figures(RATE, {"error": "it did not listen"}), {})

    def test_a_burst_counts_what_was_lost(self):
        burst = BY_NAME["burst"]
        self.assertEqual(hub.figures(burst, report(total_deliveries=999_990))["deliveries_lost"], 10)


class Ratios(unittest.TestCase):
    target = Target("s", "cpu_us_per_delivery", "runcast", "raw", at_most=1.25)

    def test_the_ratio_is_the_median_of_those_within_one_repetition(self):
        results = {"s": {"runcast": [run(2), run(3), run(40)], "raw": [run(1), run(1), run(10)]}}
        self.assertEqual(hub.paired_ratio(self.target, results), 3)

    def test_a_repetition_in_which_one_of_them_failed_has_no_ratio(self):
        results = {"s": {"runcast": [run(2), run(9)], "raw": [run(1), run(1, "3 missing")]}}
        self.assertEqual(hub.paired_ratio(self.target, results), 2)
        self.assertIsNone(hub.paired_ratio(self.target, {"s": {"runcast": [run(2)]}}))

    def test_a_bound_of_one_figure_needs_no_other_peer(self):
        target = Target("s", "cpu_us_per_delivery", "runcast", "", at_most=5)
        self.assertEqual(hub.paired_ratio(target, {"s": {"runcast": [run(4), run(6), run(5)]}}), 5)


class Cells(unittest.TestCase):
    def test_a_cell_shows_the_medians_of_the_runs_that_count(self):
        scenario = BY_NAME["saturated-1"]
        self.assertEqual(hub.cell(scenario, [run(1.0), run(3.0), run(9.0, "late"), run(2.0)]), "2 µs")

    def test_a_peer_that_never_managed_cannot(self):
        self.assertEqual(hub.cell(RATE, [run(1.0, "5 missing")]), "cannot (5 missing)")
        self.assertEqual(hub.cell(RATE, []), "–")


if __name__ == "__main__":
    unittest.main()
