"""Each workflow in examples/ ends the way its README says."""

import json

from harness import EndToEnd, PATIENCE, REPO, steps_of, wait_until

EXAMPLES = REPO / "examples"


class Examples(EndToEnd):
    def load(self, name):
        return json.loads((EXAMPLES / f"{name}.json").read_text())

    def finish(self, name, inputs=None):
        return self.server.finish(self.load(name), inputs, timeout=PATIENCE * 2)

    def order(self, run):
        return [(e["type"], e["payload"].get("stepId")) for e in self.server.events(run["id"])]

    def test_build_and_test_builds_tests_and_packs(self):
        run = self.finish("build-and-test")
        self.assertEqual(run["status"], "succeeded", self.server.log(run["id"]))
        steps = steps_of(run)
        self.assertEqual(len(steps), 14)
        self.assertEqual(steps["compare"]["outputs"], {"primes": "1229", "largest": "9973"})
        self.assertRegex(steps["package"]["outputs"]["sha256"], "^[0-9a-f]{64}$")
        self.assertIn("ok 50847534 primes below 10^9", self.server.log(run["id"], "test-O2"))

    def test_layers_waits_at_its_barrier_and_eager_does_not(self):
        order = self.order(self.finish("layers"))
        self.assertLess(order.index(("step_complete", "fetch_b")), order.index(("step_start", "parse_a")))
        order = self.order(self.finish("eager"))
        self.assertLess(order.index(("step_start", "parse_a")), order.index(("step_complete", "fetch_b")))

    def test_continue_on_error_publishes_and_does_not_upload(self):
        run = self.finish("continue-on-error")
        self.assertEqual({k: v["status"] for k, v in steps_of(run).items()},
                         {"spelling": "failed", "publish": "succeeded", "sign": "failed", "upload": "skipped"})
        self.assertEqual(run["status"], "failed")

    def test_timeout_fails_the_stuck_step_alone(self):
        run = self.finish("timeout")
        self.assertEqual({k: v["status"] for k, v in steps_of(run).items()}, {"stuck": "failed", "fine": "succeeded"})

    def test_retry_succeeds_at_the_third_attempt(self):
        run = self.finish("retry")
        self.assertEqual((run["status"], steps_of(run)["flaky"]["attempt"]), ("succeeded", 3))

    def test_delay_settles(self):
        self.assertEqual(self.finish("delay")["status"], "succeeded")

    def test_cleanup_diagnoses_and_cleans_up_after_the_failure(self):
        run = self.finish("cleanup")
        self.assertEqual({k: v["status"] for k, v in steps_of(run).items()},
                         {"start": "succeeded", "check": "failed", "announce": "skipped", "diagnose": "succeeded",
                          "stop": "succeeded"})
        self.assertEqual(run["status"], "failed")

    def test_inputs_greets(self):
        run = self.finish("inputs", {"name": "you", "tone": "loud"})
        self.assertEqual(self.server.log(run["id"], "greet"), ["HELLO, YOU!"])
        self.assertEqual(self.server.log(run["id"], "argv"), ["no shell here: $HOME stays as it is; `this` too"])

    def test_outputs_are_handed_on(self):
        run = self.finish("outputs")
        self.assertEqual(self.server.log(run["id"], "announce"), ["version 4.2 has 128 lines"])

    def test_big_log_keeps_a_million_lines_in_order_beside_the_trickle(self):
        run = self.server.run(self.load("big-log"))
        self.assertEqual(self.server.wait_for(run, timeout=PATIENCE * 3)["status"], "succeeded")
        flood = self.server.get(f"/runs/{run}/logs", {"Accept": "text/plain"}, step="flood").body
        self.assertEqual(flood, b"".join(b"%d\n" % n for n in range(1, 1_000_001)))
        self.assertEqual(len(self.server.get(f"/runs/{run}/logs", step="trickle").json()["items"]), 10)

    def test_matrix_runs_every_pair_of_its_values(self):
        run = self.finish("matrix")
        self.assertEqual(run["status"], "succeeded")
        said = [m for m in self.server.log(run["id"]) if m.startswith("part")]
        self.assertEqual(sorted(said), [f"part {p}, {m}" for p in (1, 2, 3) for m in ("full", "quick")])

    def test_http_asks_the_server_itself(self):
        if self.server.submit(self.load("http"), {"server": "http://127.0.0.1:1"}).status == 400:
            self.skipTest("this server does not run http steps")
        self.assertEqual(self.finish("http", {"server": self.server.url})["status"], "succeeded")

    def test_approval_waits_for_the_word(self):
        run = self.server.run(self.load("approval"))
        wait_until(lambda: steps_of(self.server.show(run))["gate"]["status"] == "running", "the gate to be reached")
        self.assertEqual(self.server.log(run), ["built"])
        self.assertIn(self.server.request("POST", f"/runs/{run}/steps/gate/approve").status, (200, 202))
        self.assertEqual(self.server.wait_for(run)["status"], "succeeded")
        self.assertEqual(self.server.log(run), ["built", "shipped"])

    def test_child_runs_the_stored_workflow(self):
        self.assertEqual(self.server.request("POST", "/api/v2/workflows", self.load("inputs")).status, 201)
        self.assertEqual(self.finish("child")["status"], "succeeded")

    def test_every_example_has_its_line_in_the_readme(self):
        readme = (EXAMPLES / "README.md").read_text()
        for path in EXAMPLES.iterdir():
            if path.suffix in (".json", ".yaml"):
                self.assertIn(f"[{path.name}]({path.name})", readme)

