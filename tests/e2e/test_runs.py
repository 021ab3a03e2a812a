"""Runs over HTTP: starting, showing, listing, cancelling, events and health."""

import concurrent.futures
import re

from harness import EndToEnd, PATIENCE, lines, steps_of, wait_until, workflow

ULID = re.compile(r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")
UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


class Runs(EndToEnd):
    def test_a_run_is_created_with_201_a_location_and_its_id(self):
        answer = self.server.submit(workflow(("hello", "echo hello"), name="greeting"))
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.type, "application/json")
        made = answer.json()
        self.assertRegex(made["id"], ULID)
        self.assertEqual(made["workflow"], "greeting")
        self.assertIn(made["status"], ("pending", "running", "succeeded"))
        location = answer.headers["location"]
        self.assertTrue(location.endswith(f"/runs/{made['id']}"), location)
        path = location.removeprefix(self.server.url)
        self.assertEqual(self.server.get(path).json()["id"], made["id"])

    def test_a_finished_run_shows_each_step_with_status_attempt_times_and_exit_code(self):
        document = self.server.finish(workflow(("good", "exit 0"), ("bad", "exit 7"), ("after", "true", ["bad"])))
        self.assertEqual(document["status"], "failed")
        steps = steps_of(document)
        self.assertEqual({k: v["status"] for k, v in steps.items()},
                         {"good": "succeeded", "bad": "failed", "after": "skipped"})
        self.assertEqual(steps["good"]["exitCode"], 0)
        self.assertEqual(steps["bad"]["exitCode"], 7)
        self.assertEqual(steps["bad"]["attempt"], 1)
        self.assertNotIn("exitCode", {k: v for k, v in steps["after"].items() if v is not None})

    def test_short_and_long_addresses_show_the_same_run(self):
        run = self.server.run(workflow(("hello", "echo hello")))
        self.server.wait_for(run)
        for tail in ("", "/logs", "/events"):
            short, long = self.server.get(f"/runs/{run}{tail}"), self.server.get(f"/api/v2/workflows/runs/{run}{tail}")
            self.assertEqual((short.status, short.body), (200, long.body), tail)

    def test_an_unknown_run_is_404_at_every_address_of_a_run(self):
        for base in ("/runs/", "/api/v2/workflows/runs/"):
            for tail in ("", "/logs", "/events", "/stream"):
                with self.subTest(base + tail):
                    self.assert_problem(self.server.get(base + UNKNOWN + tail), 404)
            self.assert_problem(self.server.request("POST", f"{base}{UNKNOWN}/cancel"), 404)

    def test_a_name_that_is_no_run_id_is_refused_like_an_unknown_run(self):
        for name in ("x", "0", "01arz3ndektsv4rrffq69g5fa", "%2e%2e", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "a" * 500, "%00"):
            with self.subTest(name[:30]):
                self.assert_problem(self.server.get(f"/api/v2/workflows/runs/{name}/events"), 404, 400)

    def test_runs_are_listed_newest_first_and_every_one_once_across_pages(self):
        made = [self.server.run(workflow(("hello", "true"), name="paged")) for _ in range(7)]
        seen, cursor, pages = [], None, 0
        while True:
            answer = self.server.get("/api/v2/workflows/runs", workflow="paged", limit=3, cursor=cursor)
            self.assertEqual(answer.status, 200, answer)
            page = answer.json()
            self.assertLessEqual(len(page["items"]), 3)
            seen += [item["id"] for item in page["items"]]
            pages += 1
            self.assertLess(pages, 10)
            # What is started while somebody pages must not push anything onto a second page.
            self.server.run(workflow(("hello", "true"), name="paged"))
            cursor = page["nextCursor"]
            if cursor is None:
                break
        self.assertEqual(seen, sorted(made, reverse=True))

    def test_the_list_filters_by_workflow_status_and_time(self):
        good = self.server.finish(workflow(("a", "true"), name="filtered"))
        bad = self.server.finish(workflow(("a", "false"), name="filtered"))

        def ids(**query):
            answer = self.server.get("/api/v2/workflows/runs", **query)
            self.assertEqual(answer.status, 200, answer)
            return {item["id"] for item in answer.json()["items"]}

        self.assertEqual(ids(workflow="filtered"), {good["id"], bad["id"]})
        self.assertEqual(ids(workflow="filtered", status="failed"), {bad["id"]})
        self.assertEqual(ids(workflow="nobody"), set())
        start = self.server.events(bad["id"])[0]["timestamp"]
        self.assertEqual(ids(workflow="filtered", since=start + 60_000), set())
        self.assertEqual(ids(workflow="filtered", until=1000), set())
        self.assertEqual(ids(workflow="filtered", since=1000, until=start + 60_000), {good["id"], bad["id"]})
        self.assertEqual(ids(workflow="filtered", since="2025-11-20T23:59:12.123Z"), {good["id"], bad["id"]})

    def test_a_bad_list_query_is_400(self):
        for query in ({"limit": "0"}, {"limit": "-1"}, {"limit": "x"}, {"limit": "99999999999999999999"},
                      {"status": "sleeping"}, {"cursor": "%%%"}, {"since": "yesterday"}):
            with self.subTest(str(query)):
                self.assert_problem(self.server.get("/api/v2/workflows/runs", **query), 400)

    def test_the_same_idempotency_key_gives_the_same_answer_and_one_run(self):
        body = workflow(("hello", "true"), name="once")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.server.submit(body, headers={"Idempotency-Key": "k-1"}), range(8)))
        self.assertEqual({a.status for a in answers}, {201}, answers)
        self.assertEqual(len({a.json()["id"] for a in answers}), 1)
        other = self.server.submit(body, headers={"Idempotency-Key": "k-2"})
        self.assertNotEqual(other.json()["id"], answers[0].json()["id"])
        listed = self.server.get("/api/v2/workflows/runs", workflow="once").json()["items"]
        self.assertEqual(len(listed), 2)
        self.server.wait_for(answers[0].json()["id"])
        late = self.server.submit(body, headers={"Idempotency-Key": "k-1"})
        self.assertEqual({a.text for a in [*answers, late]}, {late.text})

    def test_an_idempotency_key_is_remembered_across_a_restart(self):
        server = self.own_server()
        body = workflow(("hello", "true"))
        first = server.submit(body, headers={"Idempotency-Key": "durable"}).text
        server.kill()
        server.start()
        self.assertEqual(server.submit(body, headers={"Idempotency-Key": "durable"}).text, first)

    def test_a_cancelled_run_ends_as_cancelled_and_its_waiting_steps_never_start(self):
        run = self.server.run(workflow(("wait", "sleep 600"), ("never", "echo never", ["wait"])))
        self.server.wait_for(run, "running")
        self.assertIn(self.server.cancel(run).status, (200, 202))
        document = self.server.wait_for(run)
        self.assertEqual(document["status"], "cancelled")
        steps = steps_of(document)
        self.assertEqual(steps["wait"]["status"], "cancelled")
        self.assertIn(steps["never"]["status"], ("cancelled", "skipped"))
        self.assertEqual(self.server.log(run, "never"), [])

    def test_cancelling_an_ended_run_changes_nothing(self):
        run = self.server.finish(workflow(("hello", "true")))["id"]
        before = self.server.events(run)
        self.assertIn(self.server.cancel(run).status, (200, 202, 409))
        self.assertEqual(self.server.events(run), before)
        self.assertEqual(self.server.show(run)["status"], "succeeded")

    def test_the_event_log_starts_at_1_has_no_gap_and_ends_with_run_complete(self):
        run = self.server.finish(workflow(("a", "seq 1 50"), ("b", "seq 1 50"), ("c", "echo c", ["a", "b"])))["id"]
        events = self.server.events(run)
        self.assertEqual([e["seq"] for e in events], list(range(1, len(events) + 1)))
        self.assertEqual(events[0]["type"], "run_start")
        self.assertEqual(events[0]["payload"]["layers"], [["a", "b"], ["c"]])
        self.assertEqual(events[-1]["type"], "run_complete")
        self.assertEqual(events[-1]["payload"]["lastSeq"], len(events))
        self.assertEqual({e["runId"] for e in events}, {run})
        times = [e["timestamp"] for e in events]
        self.assertEqual(times, sorted(times), "time goes back within a log")
        ids = [e["id"] for e in events]
        self.assertEqual(ids, sorted(set(ids)), "ids grow with seq")

    def test_events_come_page_by_page(self):
        run = self.server.finish(lines(100))["id"]
        first = self.server.get(f"/api/v2/workflows/runs/{run}/events", limit=10).json()
        self.assertEqual([e["seq"] for e in first["items"]], list(range(1, 11)))
        self.assertIsNotNone(first["nextCursor"])
        second = self.server.get(f"/api/v2/workflows/runs/{run}/events", after=10, limit=10).json()
        self.assertEqual([e["seq"] for e in second["items"]], list(range(11, 21)))
        by_cursor = self.server.get(f"/api/v2/workflows/runs/{run}/events", cursor=first["nextCursor"], limit=10).json()
        self.assertEqual(by_cursor["items"], second["items"])
        self.assertEqual(len(self.server.get(f"/api/v2/workflows/runs/{run}/events").json()["items"]), 50)

    def test_what_starts_a_step_comes_before_its_output_and_what_ends_it_after(self):
        run = self.server.finish(workflow(("a", "seq 1 20"), ("b", "seq 1 20"), ("c", "seq 1 20", ["a"])))["id"]
        state = {}
        for event in self.server.events(run):
            step = event["payload"].get("stepId")
            if event["type"] == "step_start":
                self.assertNotIn(step, state)
                state[step] = "running"
            elif event["type"] == "step_log":
                self.assertEqual(state.get(step), "running", event)
            elif event["type"] == "step_complete":
                self.assertEqual(state.get(step), "running", event)
                state[step] = "ended"
        self.assertEqual(state, {"a": "ended", "b": "ended", "c": "ended"})

    def test_eager_steps_start_as_soon_as_their_needs_have_ended(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("slow", hold), ("quick", "true"), ("next", "echo next", ["quick"])))
        wait_until(lambda: steps_of(self.server.show(run))["next"]["status"] == "succeeded",
                   "the next step to end while the slow one is still held")
        release()
        self.assertEqual(self.server.wait_for(run)["status"], "succeeded")

    def test_layers_hold_a_barrier_between_them(self):
        run = self.server.finish(workflow(("slow", "sleep 0.5"), ("quick", "true"), ("next", "echo next", ["quick"]),
                                          schedule="layers"))["id"]
        order = [(e["type"], e["payload"].get("stepId")) for e in self.server.events(run)]
        self.assertLess(order.index(("step_complete", "slow")), order.index(("step_start", "next")))

    def test_no_more_than_maxParallel_steps_run_at_once(self):
        run = self.server.finish(workflow(*[(f"s{i}", "sleep 0.05") for i in range(12)], maxParallel=3))["id"]
        running, most = 0, 0
        for event in self.server.events(run):
            running += {"step_start": 1, "step_complete": -1}.get(event["type"], 0)
            most = max(most, running)
        self.assertEqual((running, most), (0, 3))

    def test_twenty_runs_at_once_keep_their_logs_apart_and_whole(self):
        runs = {i: self.server.run(workflow(("say", f"for i in $(seq 1 200); do echo run-{i}-line-$i; done"),
                                            name=f"parallel-{i}")) for i in range(20)}
        ids = []
        for i, run in runs.items():
            self.assertEqual(self.server.wait_for(run)["status"], "succeeded")
            self.assertEqual(self.server.log(run), [f"run-{i}-line-{n}" for n in range(1, 201)])
            ids += [e["id"] for e in self.server.events(run)]
        self.assertEqual(len(ids), len(set(ids)), "an id is the server's, not the run's")

    def test_a_run_of_a_thousand_steps_ends_with_each_step_run_once(self):
        steps = [(f"s{i}", "true", [f"s{i - 10}"] if i >= 10 else []) for i in range(1000)]
        run = self.server.finish(workflow(*steps), timeout=PATIENCE * 2)
        self.assertEqual(run["status"], "succeeded")
        starts = [e["payload"]["stepId"] for e in self.server.events(run["id"]) if e["type"] == "step_start"]
        self.assertEqual(len(starts), 1000)
        self.assertEqual(len(set(starts)), 1000)

    def test_healthz_and_readyz_answer_200(self):
        for path in ("/healthz", "/readyz"):
            self.assertEqual(self.server.get(path).status, 200, path)

    def test_two_servers_know_nothing_of_each_other(self):
        other = self.own_server()
        run = self.server.run(workflow(("hello", "true")))
        self.assertEqual(other.get(f"/runs/{run}").status, 404)
        self.assertEqual(self.server.get(f"/runs/{run}").status, 200)
