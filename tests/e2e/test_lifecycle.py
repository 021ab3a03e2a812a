"""The server's end and its return: SIGTERM, SIGKILL, restart, and clients that resume across them."""

import random
import signal
import time

from harness import EndToEnd, Server, gate, long_only, steps_of, wait_until, workflow
from streams import FORMS, Follower, follow, stream_path
from websocket import WebSocket


class Lifecycle(EndToEnd):
    def test_sigterm_and_sigint_end_the_server_cleanly(self):
        for sig in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(sig.name):
                server = self.own_server()
                server.run(workflow(("a", "sleep 600")))
                self.assertEqual(server.stop(sig), 0, server.said())

    def test_sigterm_closes_websockets_with_1001_and_ends_the_other_forms(self):
        server = self.own_server()
        run = server.run(workflow(("a", "echo hello; sleep 600")))
        followers = {form: Follower(server, run, form).attached() for form in FORMS}
        self.assertEqual(server.stop(), 0, server.said())
        self.assertEqual(followers["websocket"].result().close_code, 1001)
        for form in ("sse", "ndjson"):
            self.assertNotIn("run_complete", followers[form].result().types, form)

    def test_sigterm_with_a_client_that_reads_nothing_still_ends(self):
        server = self.own_server()
        run = server.run(workflow(("a", "seq 1 300000; sleep 600")))
        with WebSocket(server, stream_path(run), receive_buffer=4096):
            wait_until(lambda: server.show(run).get("lastSeq", 10 ** 9) > 100_000, "much to be said")
            self.assertEqual(server.stop(), 0, server.said())

    def test_a_run_that_a_sigterm_interrupted_goes_on_after_the_restart(self):
        server = self.own_server()
        hold, release = gate(self.folder)
        run = server.run(workflow(("a", f"echo begun; {hold}; echo done"), ("b", "echo after", ["a"])))
        wait_until(lambda: server.log(run) == ["begun"], "the step to begin")
        self.assertEqual(server.stop(), 0)
        release()
        server.start()
        self.assertEqual(server.wait_for(run)["status"], "succeeded")
        self.assertEqual(server.log(run)[-2:], ["done", "after"])

    def test_after_kill_9_a_client_resumes_without_gap_duplicate_or_rewriting_and_the_run_goes_on(self):
        for form in FORMS:
            with self.subTest(form):
                server = self.own_server()
                hold, release = gate(self.folder)
                run = server.run(workflow(("first", "seq 1 500"),
                                          ("held", f"seq 501 600; {hold}; echo released", ["first"]),
                                          ("last", "echo last", ["held"])))
                follower = Follower(server, run, form).attached()
                wait_until(lambda: len(server.log(run)) >= 600, "600 lines")
                server.kill()
                try:
                    follower.result()
                except OSError:
                    pass
                seen = follower.transcript.texts
                epoch = follower.transcript.open["epoch"]
                release()
                server.start()
                got = follow(server, run, form, after=len(seen), epoch=epoch)
                self.assertEqual(got.gaps, [])
                whole = seen + got.texts
                self.assertEqual(whole, follow(server, run, form).texts)
                events = server.events(run)
                self.assertEqual([e["seq"] for e in events], list(range(1, len(whole) + 1)))
                self.assertEqual(events[-1]["payload"]["status"], "succeeded")
                retries = [e["payload"] for e in events if e["type"] == "step_retry"]
                self.assertEqual([(r["stepId"], r["reason"]) for r in retries], [("held", "interrupted")])
                starts = [e["payload"]["stepId"] for e in events if e["type"] == "step_start"]
                self.assertEqual(starts, ["first", "held", "held", "last"])

    def test_an_interrupted_step_that_must_not_run_twice_fails(self):
        server = self.own_server()
        step = {"id": "once", "run": "echo begun; sleep 600", "onInterrupt": "fail"}
        run = server.run(workflow(step, ("next", "echo never", ["once"])))
        wait_until(lambda: server.log(run) == ["begun"], "the step to begin")
        server.kill()
        server.start()
        document = server.wait_for(run)
        self.assertEqual(document["status"], "failed")
        self.assertEqual({k: v["status"] for k, v in steps_of(document).items()}, {"once": "failed", "next": "skipped"})
        self.assertEqual(server.log(run), ["begun"])

    def test_an_interrupted_attempt_is_not_counted_against_maxAttempts(self):
        server = self.own_server()
        hold, release = gate(self.folder)
        step = {"id": "a", "run": f"echo begun; {hold}; exit 1", "retry": {"maxAttempts": 2, "delay": "10ms"}}
        run = server.run(workflow(step))
        wait_until(lambda: server.log(run) == ["begun"], "the step to begin")
        server.kill()
        release()
        server.start()
        self.assertEqual(server.wait_for(run)["status"], "failed")
        reasons = [e["payload"]["reason"] for e in server.events(run) if e["type"] == "step_retry"]
        self.assertEqual(reasons, ["interrupted", "failed"])
        self.assertEqual(server.log(run), ["begun"] * 3)

    def test_a_delay_that_a_crash_cut_off_still_ends(self):
        server = self.own_server()
        run = server.run(workflow({"id": "wait", "delay": "2s"}, ("after", "echo after", ["wait"])))
        wait_until(lambda: steps_of(server.show(run))["wait"]["status"] == "running", "the delay to begin")
        server.kill()
        server.start()
        self.assertEqual(server.wait_for(run)["status"], "succeeded")
        self.assertEqual(server.log(run), ["after"])

    def test_what_has_ended_is_the_same_after_a_restart_byte_for_byte(self):
        server = self.own_server()
        run = server.finish(workflow(("a", "seq 1 200; exit 4")))["id"]
        before = follow(server, run).texts, server.get(f"/runs/{run}/logs").body, server.show(run)
        server.stop()
        server.start()
        self.assertEqual((follow(server, run).texts, server.get(f"/runs/{run}/logs").body, server.show(run)), before)

    def test_ids_go_on_growing_after_a_restart(self):
        server = self.own_server()
        first = server.events(server.finish(workflow(("a", "seq 1 50")))["id"])
        server.kill()
        server.start()
        second = server.events(server.finish(workflow(("a", "seq 1 50")))["id"])
        self.assertGreater(second[0]["id"], first[-1]["id"])

    def test_a_cancel_that_was_answered_holds_across_a_kill(self):
        server = self.own_server()
        run = server.run(workflow(("a", "trap '' TERM; sleep 600")))
        server.wait_for(run, "running")
        self.assertIn(server.cancel(run).status, (200, 202))
        server.kill()
        server.start()
        self.assertEqual(server.wait_for(run)["status"], "cancelled")

    def test_a_run_that_was_answered_201_is_there_after_a_kill(self):
        server = self.own_server()
        runs = []
        for _ in range(5):
            runs.append(server.run(workflow(("a", "echo here"))))
            server.kill()
            server.start()
        for run in runs:
            self.assertEqual(server.wait_for(run)["status"], "succeeded")
            self.assertEqual(server.log(run)[-1], "here")

    @long_only
    def test_forty_kills_at_random_moments_leave_every_log_whole_and_every_run_ended(self):
        server = Server()
        self.addCleanup(server.clean)
        chance = random.Random(20240607)
        definition = workflow(("a", "for i in $(seq 1 40); do echo a$i; sleep 0.02; done"), ("b", "seq 1 2000", ["a"]),
                              {"id": "c", "delay": "300ms", "needs": ["a"]}, ("d", "echo d", ["b", "c"]))
        seen = {}
        for _ in range(40):
            server.start()
            if len(seen) < 60:
                for _ in range(3):
                    seen[server.run(definition)] = []
            followers = {run: Follower(server, run, chance.choice(FORMS), after=len(texts))
                         for run, texts in seen.items() if not texts or '"run_complete"' not in texts[-1]}
            time.sleep(chance.uniform(0.05, 1.5))
            server.kill()
            for run, follower in followers.items():
                try:
                    follower.result()
                except (OSError, ValueError):
                    pass
                self.assertEqual(follower.transcript.gaps, [])
                seen[run] += follower.transcript.texts
        server.start()
        for run, texts in seen.items():
            self.assertEqual(server.wait_for(run)["status"], "succeeded")
            stored = follow(server, run).texts
            self.assertEqual(texts, stored[:len(texts)], "what was seen has changed")
            events = server.events(run)
            self.assertEqual([e["seq"] for e in events], list(range(1, len(events) + 1)))
            ends = [e["payload"]["stepId"] for e in events if e["type"] == "step_complete"]
            self.assertEqual(sorted(ends), ["a", "b", "c", "d"])
