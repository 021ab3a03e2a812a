"""Each workflow in examples/ ends the way its README says."""

import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path

from harness import EndToEnd, PATIENCE, REPO, steps_of, wait_until, workflow

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

    def test_job_is_done_by_either_example_worker(self):
        for command in (["node", "worker.mjs"], [sys.executable, "worker.py"]):
            with self.subTest(command[-1]):
                worker = subprocess.Popen([*command, self.server.url], cwd=EXAMPLES / "workers",
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                try:
                    run = self.finish("job")
                finally:
                    worker.kill()
                    worker.wait()
                self.assertEqual(run["status"], "succeeded")
                self.assertEqual(self.server.log(run["id"]), ["rendered 5 frames", "packing 5 frames"])

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

    def test_matrix_from_outputs_checks_every_part(self):
        run = self.finish("matrix-from-outputs")
        self.assertEqual(run["status"], "succeeded", self.server.log(run["id"]))
        self.assertEqual(self.server.log(run["id"], "sum"), ['sizes: ["4","3","2"]'])

    def test_conditions_decide(self):
        status = lambda run: {k: v["status"] for k, v in steps_of(run).items()}
        self.assertEqual(status(self.finish("conditions")), {"test": "succeeded", "publish": "succeeded",
                         "nightly": "skipped", "explain": "skipped", "tidy": "succeeded"})
        self.assertEqual(status(self.finish("conditions", {"tests": 0})), {"test": "failed", "publish": "skipped",
                         "nightly": "skipped", "explain": "succeeded", "tidy": "succeeded"})

    def test_rerun_does_the_failed_step_again(self):
        flag = Path(self.folder) / "flag"
        run = self.finish("rerun", {"flag": str(flag)})
        self.assertEqual(run["status"], "failed")
        flag.touch()
        rerun = self.server.request("POST", f"/runs/{run['id']}/rerun", {"from": "failed"}).json()
        again = self.server.wait_for(rerun["id"])
        answer = steps_of(run)["expensive"]["outputs"]["answer"]
        self.assertEqual(self.server.log(again["id"]), [f"published {answer}"])

    def test_concurrency_lets_one_run_at_a_time(self):
        example = self.load("concurrency")
        hold, release = self.gate()
        self.addCleanup(release)
        self.server.run(workflow(("hold", hold), concurrency=example["concurrency"]))
        runs = [self.server.run(example) for _ in range(2)]
        self.assertEqual([self.server.show(run)["status"] for run in runs], ["pending"] * 2)
        release()
        first, second = (self.server.wait_for(run) for run in runs)
        self.assertLessEqual(first["endedAt"], second["startedAt"])

    def with_secret(self, name, value):
        """A server that has this one secret."""
        folder = Path(self.folder) / name
        folder.mkdir()
        (folder / name).write_text(value)
        (folder / name).chmod(0o600)
        return self.own_server("--secrets", str(folder))

    def test_secrets_are_used_and_not_shown(self):
        server = self.with_secret("DEPLOY_TOKEN", "s3cret-token")
        run = server.finish(self.load("secrets"))
        self.assertEqual((run["status"], server.log(run["id"])), ("succeeded", ["deploying with the token ***"]))

    def test_schedule_can_be_stored_and_started_by_hand(self):
        stored = self.server.request("POST", "/api/v2/workflows", self.load("schedule"))
        self.assertEqual(stored.status, 201, stored)
        run = self.server.request("POST", "/api/v2/workflows/schedule/runs", {"inputs": {"depth": "full"}}).json()
        self.server.wait_for(run["id"])
        self.assertEqual(self.server.log(run["id"]), ["a full backup"])

    def test_webhook_is_started_by_a_signed_request(self):
        server = self.with_secret("WEBHOOK_SECRET", "between us")
        self.assertEqual(server.request("POST", "/api/v2/workflows", self.load("webhook")).status, 201)
        body = b'{"ref":"refs/tags/v1"}'
        digest = hmac.new(b"between us", body, hashlib.sha256).hexdigest()
        answer = server.request("POST", "/api/v2/workflows/webhook/webhook", body,
                                {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"})
        self.assertEqual(answer.status, 201, answer)
        server.wait_for(answer.json()["id"])
        self.assertEqual(server.log(answer.json()["id"]), ["pushed: refs/tags/v1", "a tag: released"])

    def test_every_example_has_its_line_in_the_readme(self):
        readme = (EXAMPLES / "README.md").read_text()
        for path in EXAMPLES.iterdir():
            if path.suffix in (".json", ".yaml"):
                self.assertIn(f"[{path.name}]({path.name})", readme)

