"""A run as a portable file: taken from one server, brought to another, checked against the rules."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

from harness import BINARY, EndToEnd, PATIENCE, steps_of, wait_until, workflow

NDJSON = {"Content-Type": "application/x-ndjson"}
IMPORT = "/api/v2/workflows/runs/import"


def chained(lines):
    """The bundle of these lines, with a trailer made as docs/api.md tells."""
    digest = b""
    for line in lines:
        digest = hashlib.sha256(digest + line + b"\n").digest()
    trailer = json.dumps({"events": len(lines) - 1, "sha256": digest.hex()}).encode()
    return b"".join(line + b"\n" for line in [*lines, trailer])


class Bundles(EndToEnd):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        definition = workflow(
            ("make", 'echo "zwölf \\"quoted\\""; echo oops >&2; echo answer=42 >> "$RUN_OUTPUT"'),
            {"id": "each", "needs": ["make"], "matrix": {"n": [1, 2, 3]}, "run": "echo $MATRIX_N"},
            {"id": "flaky", "run": '[ "$ATTEMPT" = 2 ]', "retry": {"maxAttempts": 2}},
            {"id": "wait", "delay": "50ms"}, ("bad", "exit 3"), ("after", "true", ["bad"]),
            {"id": "tidy", "needs": ["bad"], "if": "always", "run": "true"}, name="portable",
            inputs={"who": {"type": "string", "default": "me"}})
        cls.run_id = cls.server.finish(definition)["id"]
        cls.bundle = cls.server.get(f"/runs/{cls.run_id}/bundle").body

    def cli(self, *args, **env):
        return subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=PATIENCE, cwd=self.folder,
                              env={**os.environ, "RUNCAST_SERVER": self.server.url, **env})

    def save(self, name, content):
        path = Path(self.folder) / name
        path.write_bytes(content)
        return str(path)

    def test_a_bundle_is_lines_that_anybody_can_check(self):
        answer = self.server.get(f"/api/v2/workflows/runs/{self.run_id}/bundle")
        self.assertEqual((answer.status, answer.type), (200, "application/x-ndjson"))
        lines = answer.body.split(b"\n")
        self.assertEqual(lines.pop(), b"")
        head, events, trailer = json.loads(lines[0]), lines[1:-1], json.loads(lines[-1])
        self.assertEqual((head["format"], head["version"], head["runId"]), ("runcast-bundle", 1, self.run_id))
        self.assertEqual(head["definition"]["name"], "portable")
        self.assertEqual([json.loads(e) for e in events], self.server.events(self.run_id))
        self.assertEqual(chained(lines[:-1]), answer.body.replace(lines[-1], json.dumps(trailer).encode()))

    def test_an_imported_run_streams_byte_for_byte_as_it_did_at_home(self):
        other = self.own_server()
        answer = other.request("POST", IMPORT, self.bundle, NDJSON)
        self.assertEqual(answer.status, 201, answer)
        made = answer.json()
        self.assertEqual((made["id"], made["status"]), (self.run_id, "failed"))
        self.assertIsInstance(made["importedAt"], int)
        for path in (f"/runs/{self.run_id}/events?limit=1000", f"/runs/{self.run_id}/bundle",
                     f"/runs/{self.run_id}/logs?limit=1000", f"/runs/{self.run_id}/logs?level=warn"):
            self.assertEqual(other.get(path).body, self.server.get(path).body, path)
        here, there = self.server.get(f"/runs/{self.run_id}/stream"), other.get(f"/runs/{self.run_id}/stream")
        self.assertEqual(here.body.split(b"\n")[1:], there.body.split(b"\n")[1:])  # all but the log's own epoch
        home, away = self.server.show(self.run_id), other.show(self.run_id)
        away.pop("importedAt")
        self.assertEqual(home, away)

        self.assert_problem(other.request("POST", IMPORT, self.bundle, NDJSON), 409)
        self.assert_problem(other.request("POST", f"/runs/{self.run_id}/cancel"), 409)
        other.stop()
        other.start()
        self.assertEqual(other.get(f"/runs/{self.run_id}/bundle").body, self.bundle)
        again = other.request("POST", f"/runs/{self.run_id}/rerun")
        self.assertEqual(again.status, 201, again)
        self.assertEqual(steps_of(other.wait_for(again.json()["id"]))["make"]["outputs"], {"answer": "42"})

    def test_an_import_with_a_key_can_be_sent_again(self):
        other = self.own_server()
        first, second = (other.request("POST", IMPORT, self.bundle, {**NDJSON, "Idempotency-Key": "k"})
                         for _ in range(2))
        self.assertEqual((first.status, second.status), (201, 201), second)
        self.assertEqual(first.json(), second.json())

    def test_a_bundle_that_is_not_whole_is_refused(self):
        other = self.own_server()
        lines = self.bundle.split(b"\n")[:-2]
        bad = {"nothing": b"", "cut": self.bundle[:-40], "changed": self.bundle.replace(b"oops", b"oopz"),
               "a line less": chained(lines[:3] + lines[4:]), "a line twice": chained(lines[:3] + lines[2:]),
               "no end": chained(lines[:-1]), "not JSON": b"hello\n" * 5, "more behind": self.bundle + b"{}\n"}
        for what, body in bad.items():
            with self.subTest(what):
                self.assertRegex(self.assert_problem(other.request("POST", IMPORT, body, NDJSON), 400)["detail"],
                                 "line [0-9]+")
        self.assert_problem(other.request("POST", IMPORT, self.bundle, {"Content-Type": "text/plain"}), 415)
        self.assertEqual(other.get("/api/v2/workflows/runs").json()["items"], [])

    def test_a_large_bundle_goes_through_and_one_over_the_limit_does_not(self):
        run = self.server.finish(workflow(("say", "seq 1 30000"), name="large"))["id"]
        bundle = self.server.get(f"/runs/{run}/bundle").body
        self.assertGreater(len(bundle), 4 * 1024 * 1024)
        self.assertEqual(self.own_server().request("POST", IMPORT, bundle, NDJSON).status, 201)
        small = self.own_server("--max-import-bytes", str(3 * 1024 * 1024))
        self.assert_problem(small.request("POST", IMPORT, bundle, NDJSON), 413)

    def test_a_run_that_goes_on_has_no_bundle(self):
        run = self.server.run(workflow(("a", "sleep 600")))
        self.assert_problem(self.server.get(f"/runs/{run}/bundle"), 409)
        self.server.cancel(run)
        self.server.wait_for(run)
        self.assertEqual(self.server.get(f"/runs/{run}/bundle").status, 200)
        self.assert_problem(self.server.get("/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV/bundle"), 404)

    def test_the_commands_save_bring_and_check_a_run(self):
        saved = Path(self.folder) / "saved.ndjson"
        self.assertEqual(self.cli("bundle", self.run_id, "-o", str(saved)).returncode, 0)
        self.assertEqual(saved.read_bytes(), self.bundle)
        self.assertEqual(self.cli("bundle", self.run_id).stdout.encode(), self.bundle)
        self.assertEqual(self.cli("bundle", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "-o", "none").returncode, 2)
        self.assertFalse((Path(self.folder) / "none").exists() or (Path(self.folder) / "none.part").exists())
        other = self.own_server()
        ended = self.cli("import", str(saved), RUNCAST_SERVER=other.url)
        self.assertEqual((ended.returncode, ended.stdout.strip()), (0, self.run_id), ended)
        self.assertEqual(self.cli("import", str(saved), RUNCAST_SERVER=other.url).returncode, 2)
        ended = self.cli("replay", str(saved))
        self.assertEqual(ended.returncode, 0, ended)
        self.assertIn("same decisions", ended.stdout)

    def test_replay_names_the_first_decision_that_does_not_follow(self):
        lines = self.bundle.split(b"\n")[:-2]
        skipped = next(i for i, line in enumerate(lines) if b'"stepId":"after","status":"skipped"' in line)
        lines[skipped] = lines[skipped].replace(b'"skipped"', b'"cancelled"')
        ended = self.cli("replay", self.save("forged.ndjson", chained(lines)))
        self.assertEqual(ended.returncode, 1, ended)
        self.assertIn(f"seq {skipped}", ended.stdout)
        ended = self.cli("replay", "--json", self.save("forged.ndjson", chained(lines)))
        self.assertEqual(json.loads(ended.stdout)["difference"]["seq"], skipped)
        self.assertEqual(self.cli("replay", self.save("cut.ndjson", self.bundle[:500])).returncode, 2)

    def test_a_log_that_was_made_up_is_no_ground_for_a_rerun(self):
        lines = self.bundle.split(b"\n")[:-2]
        lines = [line.replace(b'"stepId":"after","status":"skipped"', b'"stepId":"after","status":"succeeded"')
                 for line in lines]
        other = self.own_server()
        self.assertEqual(other.request("POST", IMPORT, chained(lines), NDJSON).status, 201)
        problem = self.assert_problem(other.request("POST", f"/runs/{self.run_id}/rerun"), 409)
        self.assertIn("does not follow", problem["detail"])

    def test_every_kind_of_run_replays(self):
        child = workflow(("c", "true"), name="replayed-child")
        self.assertEqual(self.server.request("POST", "/api/v2/workflows", child).status, 201)
        stopped = self.server.run(workflow(("a", "sleep 600"),
                                           {"id": "z", "needs": ["a"], "if": "always", "run": "true"}))
        wait_until(lambda: steps_of(self.server.show(stopped))["a"]["status"] == "running", "the step to run")
        self.server.cancel(stopped)
        asking = self.server.run(workflow({"id": "ask", "approval": {"message": "?"}}, ("b", "true", ["ask"])))
        wait_until(lambda: steps_of(self.server.show(asking))["ask"]["status"] == "running", "the question")
        self.server.request("POST", f"/runs/{asking}/steps/ask/approve")
        runs = [stopped, asking, *(self.server.run(d) for d in (
            workflow({"id": "w", "workflow": {"name": "replayed-child"}}),
            workflow({"id": "h", "http": {"url": f"{self.server.url}/readyz"}}),
            workflow(("a", "sleep 600"), timeout="100ms"),
            workflow({"id": "t", "run": "sleep 600", "timeout": "100ms", "retry": {"maxAttempts": 2}}),
            workflow(("a", "sleep 0.1"), ("b", "true"), {"id": "c", "needs": ["b"], "if": "failure", "run": "true"},
                     schedule="layers", maxParallel=1)))]
        for run in runs:
            self.server.wait_for(run)
            file = self.save("each.ndjson", self.server.get(f"/runs/{run}/bundle").body)
            self.assertEqual(self.cli("replay", file).returncode, 0, self.cli("replay", file).stdout)
