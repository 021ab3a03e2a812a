"""Jobs at the edges: values that are deep, large or many, workers that come twice, what a restart must not change."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from harness import EndToEnd, steps_of, workflow
from peers import Client, Events, Monitor, Worker, WorkerSocket, submit
from workers import job_of, submit_job


def nested(depth):
    value = "within"
    for _ in range(depth):
        value = [value]
    return {"a": value}


class Values(EndToEnd):
    def test_what_is_nested_deeply_is_kept_and_read_again(self):
        server = self.own_server()
        worker = Worker(server, types=["deep"], capabilities=nested(55))
        job = submit(server, type="deep", payload=nested(55), requirements=nested(55))["id"]
        claimed = worker.claim()
        self.assertEqual(claimed["payload"], nested(55))
        worker.tell(claimed, "complete", result=nested(55))
        run = server.run({"name": "deep", "inputs": {"x": {"type": "object"}},
                          "steps": [{"id": "a", "delay": "1ms"}]}, {"x": nested(50)})
        server.wait_for(run)
        for _ in range(2):
            self.assertEqual(job_of(server, job)["result"], nested(55))
            self.assertEqual(server.show(run)["inputs"], {"x": nested(50)})
            self.assertEqual(server.get("/api/jobs").status, 200)
            self.assertEqual(Monitor(server).snapshot()["data"]["jobs"]["completed"][0]["result"], nested(55))
            server.stop()
            server.start()

    def test_requirements_and_capabilities_have_a_bound(self):
        many = {"tags": list(range(2000))}
        problem = self.assert_problem(self.server.request("POST", "/api/jobs", {"requirements": many}), 400)
        self.assertEqual([error["pointer"] for error in problem["errors"]], ["/requirements"])
        answer = self.server.request("POST", "/api/workers/w/register", {"capabilities": many})
        problem = self.assert_problem(answer, 400)
        self.assertEqual([error["pointer"] for error in problem["errors"]], ["/capabilities"])

    def test_pages_of_long_lines_are_bounded_and_go_on(self):
        line = "head -c 1000000 /dev/zero | tr '\\0' x; echo"
        run = self.server.finish(workflow(("a", f"for i in $(seq 20); do {line}; done")))
        for what in ("logs", "events"):
            with self.subTest(what):
                seqs, query = [], {"limit": 1000}
                while True:
                    answer = self.server.get(f"/runs/{run['id']}/{what}", **query)
                    self.assertLess(len(answer.body), 10 << 20)
                    page = answer.json()
                    seqs += [item["seq"] for item in page["items"] if len(json.dumps(item)) > 1_000_000]
                    if not page["nextCursor"]:
                        break
                    query["cursor"] = page["nextCursor"]
                self.assertEqual(len(seqs), 20)
                self.assertEqual(seqs, sorted(set(seqs)))
        text = self.server.get(f"/runs/{run['id']}/logs", {"Accept": "text/plain"}).text
        self.assertEqual([len(line) for line in text.splitlines()], [1_000_000] * 20)


class Ends(EndToEnd):
    def test_jobs_that_end_as_their_time_runs_out_end_once(self):
        steps = [{"id": f"s{i}", "timeout": "3s", "job": {"type": "late"}} for i in range(300)]
        worker = Worker(self.server, "w-late", types=["late"], concurrency=1000)
        run = self.server.run({"name": "late", "steps": steps})
        jobs = []
        while len(jobs) < 300:
            jobs += worker.post("claim", {"waitMs": 5000, "max": 1000})["jobs"]
        started = steps_of(self.server.show(run))["s0"]["startedAt"]
        time.sleep(max(0, (started + 2970) / 1000 - time.time()))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda job: self.server.request(
                "POST", f"/api/workers/w-late/jobs/{job['id']}/complete", {"token": job["token"]}), jobs))
        self.server.wait_for(run)
        ends = [e["payload"]["stepId"] for e in self.server.events(run) if e["type"] == "step_complete"]
        self.assertEqual(len(ends), len(set(ends)))
        self.assertEqual(len(ends), 300)

    def test_starts_that_are_refused_in_their_transaction_leave_no_slot_behind(self):
        server = self.own_server("--max-parallel", "2")
        body = {"workflow": workflow(("a", "true"), ("b", "true"))}
        with ThreadPoolExecutor(8) as pool:
            for key in range(8):
                headers = {"Idempotency-Key": f"key-{key}"}
                answers = list(pool.map(
                    lambda _, headers=headers: server.request("POST", "/api/v2/workflows/runs", body, headers),
                    range(8)))
                self.assertEqual({answer.status for answer in answers}, {201})
        # Both run at once, or neither ends.
        meet = f"echo x >> '{server.data}/met'; until [ $(wc -l < '{server.data}/met') = 2 ]; do sleep 0.02; done"
        self.assertEqual(server.finish(workflow(("a", meet), ("b", meet)))["status"], "succeeded")


class Views(EndToEnd):
    def test_a_job_reads_the_same_as_it_is_told(self):
        worker = Worker(self.server, "w-same", types=["same"])
        job = submit(self.server, type="same", retry={"maxAttempts": 2, "delay": "1h"})["id"]
        stream = Events(self.server, "/api/jobs/stream")
        claimed = worker.claim()
        for end, more in (("progress", {"progress": 0.5, "action": "mixing"}), ("progress", {"progress": 0.75}),
                          ("fail", {"error": "no", "retryable": True})):
            worker.tell(claimed, end, **more)
            status, progress = ("pending", 0) if end == "fail" else ("active", more["progress"] * 100)
            told = stream.until_job(job, status)
            while told["progress"] != progress:
                told = stream.until_job(job, status)
            seen = job_of(self.server, job)
            for member in ("status", "progress", "action", "workerId", "assignedAt", "startedAt"):
                self.assertEqual(seen.get(member), told.get(member), (end, member))
        stream.close()


class Connections(EndToEnd):
    def test_a_worker_that_connects_again_gets_its_jobs_on_the_new_connection(self):
        for concurrency in (1, 3):
            with self.subTest(concurrency=concurrency):
                kind = f"twice-{concurrency}"
                old = WorkerSocket(self.server, f"w-{kind}", job_types=[kind], concurrency=concurrency)
                old.say("claim")
                new = WorkerSocket(self.server, f"w-{kind}", job_types=[kind], concurrency=concurrency)
                new.say("claim")
                job = submit_job(self.server, type=kind, name=kind)
                claimed = new.until("jobs")["jobs"]
                self.assertEqual([each["id"] for each in claimed], [job["id"]])
                new.tell("complete", claimed[0], result={})
                self.assertEqual(job_of(self.server, job["id"])["status"], "completed")

    def test_a_job_may_be_named_in_any_form_and_is_followed_to_its_end(self):
        worker = Worker(self.server, "w-named", types=["named"])
        for form in (lambda job: f"{job}.job", str.lower):
            job = submit(self.server, type="named")["id"]
            client = Client(self.server)
            client.ask("subscribe_to_events", "subscribed", job_ids=[form(job)])
            worker.do(worker.claim())
            self.assertEqual(client.until("complete_job")["job_id"], job)

    def test_many_jobs_of_one_run_are_looked_back_on_at_once(self):
        run = self.server.run({"name": "many", "steps": [{"id": f"s{i}", "job": {"type": "none"}} for i in range(500)]})
        client = Client(self.server)
        jobs = [f"{run}.s{i}" for i in range(500)]
        subscribed = client.ask("subscribe_to_events", "subscribed", job_ids=jobs)
        self.assertEqual(subscribed["job_ids"], jobs)
        self.assertEqual(len([m for m in client.heard if m["type"] == "job_accepted"]), 500)
        self.server.cancel(run)


class Restarts(EndToEnd):
    def setUp(self):
        self.own = self.own_server()

    def again(self):
        self.own.stop()
        self.own.start()

    def test_a_worker_that_was_busy_when_it_came_back_is_idle_after_its_job(self):
        worker = Worker(self.own, "w-back", types=["back"])
        submit(self.own, type="back")
        job = worker.claim()
        worker.post("register", {"types": ["back"], "capabilities": {"new": True}})
        worker.tell(job, "complete", result={})
        self.again()
        state = Monitor(self.own).snapshot()["data"]
        self.assertEqual(state["workers"]["w-back"]["status"], "idle")
        self.assertEqual(state["system_stats"]["active_workers"], 0)

    def test_the_lines_of_jobs_are_there_again(self):
        worker = Worker(self.own, "w-lines", types=["lines"])
        for _ in range(2):
            submit(self.own, type="lines", retry={"maxAttempts": 2, "delay": "1h"})
        for end, more in (("complete", {}), ("fail", {"error": "no", "retryable": True})):
            job = worker.claim()
            worker.tell(job, "logs", lines=["one", "two"])
            worker.tell(job, end, **more)
        self.again()
        stream = Events(self.own, "/api/jobs/stream")
        logs = {}
        while len(logs) < 2:
            job = stream.until("job-update")["job"]
            logs[job["status"]] = job["logs"]
        stream.close()
        self.assertEqual(logs, {"completed": ["one", "two"], "pending": ["one", "two"]})

    def test_a_monitor_that_comes_back_is_told_the_figures_of_now(self):
        stream = Events(self.own, "/api/events/monitor", topics="system_stats,jobs")
        stream.until("full_state_snapshot")
        stream.close()
        for _ in range(3):
            submit(self.own, type="none")
        self.again()
        stream = Events(self.own, "/api/events/monitor", last_id=stream.last_id, topics="system_stats,jobs")
        self.assertEqual(stream.until("system_stats")["stats"]["pending_jobs"], 3)
        self.assertEqual(stream.types.count("job_submitted"), 3)
        stream.close()
