"""Clients of jobs, workers on sockets, and the stream of all jobs."""

import contextlib
import json
import time

from harness import EndToEnd, wait_until
from peers import Client, Events, Worker, WorkerSocket, submit


class Clients(EndToEnd):
    def setUp(self):
        self.worker = Worker(self.server, "worker-1", concurrency=8)

    def client(self, name=None):
        client = Client(self.server, name)
        self.addCleanup(client.close)
        return client

    def claim(self, job):
        claimed = self.worker.claim()
        self.assertEqual(claimed["id"], job)
        return claimed

    def test_a_client_submits_and_hears_of_its_job_to_the_end(self):
        client = self.client("client-456")
        self.assertEqual(client.established["type"], "connection_established")
        self.assertEqual(client.established["message"], "Connected to server")
        client.say("submit_job", job_type="comfyui", payload={"prompt": "a cat"}, priority=5, request_id="r-1")
        accepted = client.until("job_accepted")
        self.assertEqual((accepted["status"], accepted["request_id"]), ("queued", "r-1"))
        self.assertIsInstance(accepted["timestamp"], int)
        claimed = self.claim(accepted["job_id"])
        self.assertEqual((claimed["type"], claimed["payload"], claimed["priority"]),
                         ("comfyui", {"prompt": "a cat"}, 5))
        self.worker.do(claimed, 0.5, result={"image": "cat.png"})
        complete = client.until("complete_job")
        self.assertEqual(complete["result"], {"status": "success", "data": {"image": "cat.png"}})
        self.assertEqual(client.types[1:], ["job_accepted", "job_assigned", "update_job_progress", "complete_job"])
        self.assertEqual(client.heard[2]["worker_id"], "worker-1")
        self.assertEqual(client.heard[3]["progress"], 0.5)
        self.assertEqual({m["job_id"] for m in client.heard[1:]}, {accepted["job_id"]})

    def test_a_failed_job_is_complete_job_with_its_error(self):
        client = self.client()
        job = client.submit()
        self.worker.tell(self.claim(job), "fail", error="no GPU", retryable=False)
        self.assertEqual(client.until("complete_job")["result"], {"status": "failed", "error": "no GPU"})

    def test_a_client_hears_nothing_of_other_jobs(self):
        first, second = self.client(), self.client()
        mine, other = first.submit(), second.submit()
        for job in (mine, other):
            self.worker.do(self.claim(job), 0.5)
        first.until("complete_job")
        second.until("complete_job")
        self.assertEqual({m["job_id"] for m in first.heard[1:]}, {mine})
        self.assertEqual({m["job_id"] for m in second.heard[1:]}, {other})

    def test_subscribing_to_jobs_that_others_have_submitted(self):
        client = self.client()
        job = submit(self.server)["id"]
        self.assertEqual(client.ask("subscribe_to_events", "subscribed", job_ids=[job])["job_ids"], [job])
        self.assertIn("job_accepted", client.types, "what has happened to the job before is told, too")
        claimed = self.claim(job)
        client.until("job_assigned", job_id=job)
        client.ask("unsubscribe", "unsubscribed", job_ids=[job])
        self.worker.do(claimed, 0.5)
        self.assertEqual(client.ask("get_job_status", "job_status", job_id=job)["status"], "completed")
        self.assertNotIn("complete_job", client.types)

    def test_a_job_that_is_named_twice_counts_once_and_one_that_is_not_there_not_at_all(self):
        client = self.client()
        job = submit(self.server, requirements={"wings": 2})["id"]
        followed = client.ask("subscribe_to_events", "subscribed", job_ids=["nope", job, "nope", job])
        self.assertEqual(followed["job_ids"], [job])
        self.assertEqual(client.types[1:], ["error", "job_accepted", "subscribed"])

    def test_a_job_that_has_ended_is_told_whole(self):
        job = submit(self.server)["id"]
        self.worker.do(self.claim(job), 0.5, result={"n": 1})
        client = self.client()
        client.ask("subscribe_to_events", "subscribed", job_ids=[job])
        self.assertEqual(client.types[1:], ["job_accepted", "job_assigned", "update_job_progress", "complete_job",
                                            "subscribed"])
        self.assertEqual(client.heard[4]["result"], {"status": "success", "data": {"n": 1}})

    def test_the_status_of_a_job(self):
        client = self.client()
        job = client.submit("render", priority=3)
        status = client.ask("get_job_status", "job_status", job_id=job, request_id=7)
        self.assertEqual((status["job_id"], status["status"], status["request_id"]), (job, "pending", 7))
        self.worker.do(self.claim(job))
        wait_until(lambda: client.ask("get_job_status", "job_status", job_id=job)["status"] == "completed",
                   "the job to be completed")

    def test_cancelling(self):
        client = self.client()
        job = client.submit()
        client.say("cancel_job", job_id=job)
        result = client.until("complete_job")["result"]
        self.assertEqual(result["status"], "failed")
        self.assertIn("cancel", result["error"])
        self.assertEqual(self.server.get(f"/api/jobs/{job}").json()["status"], "cancelled")

    def test_a_bad_message_gets_an_error_with_its_request_id_and_the_connection_lives(self):
        client = self.client()
        cases = [({"type": "submit_job"}, "job_type"), ({"type": "submit_job", "job_type": 7}, "job_type"),
                 ({"type": "get_job_status", "job_id": "nonsense"}, ""), ({"type": "cancel_job"}, "job_id"),
                 ({"type": "get_job_status", "job_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, ""),
                 ({"type": "subscribe_to_events", "job_ids": ["nope"]}, "nope"), ({"type": "wat"}, "submit_job"),
                 ({"type": "submit_job", "job_type": "a", "priority": "high"}, "priority")]
        for number, (message, part) in enumerate(cases):
            client.socket.send_frame(1, json.dumps({**message, "request_id": number}).encode())
            error = client.until("error", request_id=number)
            self.assertIn(part, error["message"])
        client.socket.send_frame(1, b"{not json")
        client.until("error")
        self.worker.do(self.claim(client.submit()))

    def test_thousands_of_jobs_of_one_client_are_each_told(self):
        client = self.client()
        for number in range(300):
            client.say("submit_job", job_type="many", request_id=number)
        jobs = {}
        while len(jobs) < 300:
            accepted = client.until("job_accepted")
            jobs[accepted["request_id"]] = accepted["job_id"]
        self.assertEqual(sorted(jobs), list(range(300)))
        done = 0
        while done < 300:
            claimed = self.worker.post("claim", {"types": ["many"], "max": 8, "waitMs": 1000})["jobs"]
            for job in claimed:
                self.worker.do(job)
            done += len(claimed)
        ended = set()
        while len(ended) < 300:
            ended.add(client.until("complete_job")["job_id"])
        self.assertEqual(ended, set(jobs.values()))

    def test_the_same_as_server_sent_events(self):
        jobs = [submit(self.server)["id"] for _ in range(2)]
        other = submit(self.server)["id"]
        events = Events(self.server, "/api/events/client", jobs=",".join(jobs))
        self.addCleanup(events.close)
        self.assertEqual(events.hear()["type"], "connection_established")
        for job in (*jobs, other):
            self.worker.do(self.claim(job), 0.5)
        while events.hear():
            pass
        told = [(m["type"], m["job_id"]) for _, m in events.heard[1:]]
        for job in jobs:
            self.assertEqual([kind for kind, of in told if of == job],
                             ["job_accepted", "job_assigned", "update_job_progress", "complete_job"])
        self.assertEqual({of for _, of in told}, set(jobs), "the body ends with the last of its jobs")
        for stop in range(1, len(events.heard) - 1):
            resumed = Events(self.server, "/api/events/client", jobs=",".join(jobs), last_id=events.heard[stop][0])
            while resumed.hear():
                pass
            self.assertEqual(resumed.heard[1:], events.heard[stop + 1:])
        gone = Events(self.server, "/api/events/client", jobs=",".join(jobs), last_id=events.heard[-1][0])
        self.assertEqual(gone.status, 204, "there is nothing more to come for")
        anew = Events(self.server, "/api/events/client", jobs=",".join(jobs), last_id="1000000000")
        while anew.hear():
            pass
        self.assertEqual(anew.heard[1:], events.heard[1:], "a position that was taken back is none")
        self.assert_problem(self.server.get("/api/events/client"), 400)
        self.assert_problem(self.server.get("/api/events/client", jobs="01ARZ3NDEKTSV4RRFFQ69G5FAV"), 404)


class JobStream(EndToEnd):
    def setUp(self):
        self.worker = Worker(self.server, "worker-1", concurrency=8)

    def test_one_connection_tells_all_jobs(self):
        stream = Events(self.server, "/api/jobs/stream")
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        answer = self.server.request("POST", "/api/jobs", {"name": "Task"})
        self.assertEqual(answer.status, 201)
        job = answer.json()["id"]
        first = stream.until_job(job, "pending")
        for member in ("id", "name", "status", "progress", "action", "logs", "createdAt"):
            self.assertIn(member, first)
        self.assertEqual((first["name"], first["progress"], first["logs"]), ("Task", 0, []))
        claimed = self.worker.claim()
        self.worker.tell(claimed, "logs", lines=["hello", "world"])
        for progress in (0.1, 0.5):
            self.worker.tell(claimed, "progress", progress=progress, action=f"step {progress}")
        self.worker.tell(claimed, "complete", result={"ok": 1})
        last = stream.until_job(job, "completed")
        updates = [m["job"] for _, m in stream.heard if m["job"]["id"] == job]
        states = [u["status"] for u in updates]
        self.assertEqual([s for i, s in enumerate(states) if i == 0 or states[i - 1] != s],
                         ["pending", "assigned", "active", "completed"])
        progress = [u["progress"] for u in updates]
        self.assertEqual(progress, sorted(progress))
        self.assertIn(10, progress)
        self.assertIn(50, progress)
        self.assertEqual((last["progress"], last["logs"]), (100, ["hello", "world"]))
        shown = self.server.get(f"/api/jobs/{job}").json()
        for member in ("id", "name", "status", "progress", "logs", "createdAt", "result", "workerId", "priority"):
            self.assertEqual(shown[member], last[member], member)

    def test_lines_alone_are_told_soon(self):
        job = submit(self.server)["id"]
        claimed = self.worker.claim()
        stream = Events(self.server, "/api/jobs/stream")
        self.addCleanup(stream.close)
        self.worker.tell(claimed, "logs", lines=[f"line {n}" for n in range(150)])
        while True:
            update = stream.until("job-update")["job"]
            if update["id"] == job and update["logs"]:
                break
        self.assertEqual(update["logs"], [f"line {n}" for n in range(50, 150)])
        self.worker.do(claimed)

    def test_a_stream_begins_with_every_job_that_goes_on_and_resumes_after_the_last_that_was_told(self):
        waiting = submit(self.server, type="nobody")["id"]
        stream = Events(self.server, "/api/jobs/stream")
        self.addCleanup(stream.close)
        stream.until_job(waiting, "pending")
        other = Events(self.server, "/api/jobs/stream")  # while somebody reads, the newest updates are at hand
        self.addCleanup(other.close)
        other.until_job(waiting, "pending")
        job = submit(self.server)["id"]
        stream.until_job(job, "pending")
        last = stream.last_id
        stream.close()
        self.worker.do(self.worker.claim(types=["default"]))
        resumed = Events(self.server, "/api/jobs/stream", last_id=last)
        self.addCleanup(resumed.close)
        resumed.until_job(job, "completed")
        self.assertEqual({m["job"]["id"] for _, m in resumed.heard}, {job}, "nothing is told again")
        self.server.request("POST", "/api/jobs/cancel", {"id": waiting})
        resumed.until_job(waiting, "cancelled")

    def ended_jobs(self, job_type, count):
        """Submits jobs and has them ended: every tenth fails, the others complete. Their ids, oldest first."""
        jobs = [submit(self.server, type=job_type, name=f"{job_type} {i}")["id"] for i in range(count)]
        left = count
        while left:
            for claimed in self.worker.post("claim", {"types": [job_type], "max": 8, "waitMs": 1000})["jobs"]:
                if jobs.index(claimed["id"]) % 10 == 0:
                    self.worker.tell(claimed, "logs", lines=["it", "broke"])
                    self.worker.tell(claimed, "fail", error="worn out", retryable=False)
                else:
                    self.worker.do(claimed, 0.5, result={"name": claimed["name"]})
                left -= 1
        return jobs

    def read_beginning(self, last_id=None, at_most=None):
        """What a stream tells of what was before it was opened, up to a number of messages."""
        mark = submit(self.server, type="nobody")["id"]
        with contextlib.closing(Events(self.server, "/api/jobs/stream", last_id=last_id)) as stream:
            while at_most is None or len(stream.heard) < at_most:
                if stream.hear()["job"]["id"] == mark:
                    break
            self.server.request("POST", "/api/jobs/cancel", {"id": mark})
            wait_until(lambda: self.server.get(f"/api/jobs/{mark}").json()["status"] == "cancelled", "the mark's end")
            return stream.last_id, [message["job"] for _, message in stream.heard]

    def test_who_was_away_for_long_hears_of_every_job_that_ended_meanwhile(self):
        last, _ = self.read_beginning()
        jobs = self.ended_jobs("away", 250)
        _, told = self.read_beginning(last)
        ends = {job["id"]: job for job in told if job["status"] in ("completed", "failed")}
        self.assertEqual([job for job in jobs if job not in ends], [])
        for job in (jobs[0], jobs[1], jobs[-1]):  # the first ones are long out of the newest hundred
            shown = self.server.get(f"/api/jobs/{job}").json()
            del shown["payload"]
            self.assertEqual({**ends[job], "updatedAt": None}, {**shown, "updatedAt": None})

    def test_who_is_cut_off_while_it_is_told_the_beginning_misses_no_end(self):
        last, _ = self.read_beginning()
        jobs = set(self.ended_jobs("cut", 130))
        told = []
        while not jobs <= {job["id"] for job in told if job["status"] in ("completed", "failed")}:
            self.assertLess(len(told), 10_000, "it does not come forward")
            last, piece = self.read_beginning(last, at_most=40)
            told += piece

    def test_who_has_heard_of_no_job_yet_has_a_position_too(self):
        server = self.own_server()
        stream = Events(server, "/api/jobs/stream")
        self.addCleanup(stream.close)
        self.assertIsNone(stream.last_id)
        stream.block()  # the first comment
        self.assertIsNotNone(stream.last_id)
        stream.close()
        worker = Worker(server, "worker-1", concurrency=8)
        jobs = {submit(server)["id"] for _ in range(110)}
        for _ in jobs:
            worker.tell(worker.claim(), "complete", result={})
        back = Events(server, "/api/jobs/stream", last_id=stream.last_id)
        self.addCleanup(back.close)
        while not jobs <= {message["job"]["id"] for _, message in back.heard}:
            self.assertIsNotNone(back.hear())

    def test_a_newcomer_who_is_cut_off_at_once_misses_no_end_either(self):
        waiting = [submit(self.server, type="newcomer")["id"] for _ in range(120)]
        last, seen = self.read_beginning(at_most=60)
        self.assertTrue(last and seen)
        for job in waiting:
            self.server.request("POST", "/api/jobs/cancel", {"id": job})
        _, told = self.read_beginning(last)
        self.assertEqual(set(waiting) - {job["id"] for job in told if job["status"] == "cancelled"}, set())

    def test_a_hundred_jobs_at_once(self):
        stream = Events(self.server, "/api/jobs/stream")
        self.addCleanup(stream.close)
        jobs = {submit(self.server, type="crowd")["id"] for _ in range(100)}
        left = len(jobs)
        while left:
            for claimed in self.worker.post("claim", {"types": ["crowd"], "max": 8, "waitMs": 1000})["jobs"]:
                self.worker.do(claimed)
                left -= 1
        ended = set()
        while not jobs <= ended:
            update = stream.until("job-update")["job"]
            if update["status"] == "completed":
                ended.add(update["id"])


class WorkersOnSockets(EndToEnd):
    def worker(self, name="socket-1", **intro):
        worker = WorkerSocket(self.server, name, **intro)
        self.addCleanup(worker.close)
        return worker

    def test_a_worker_takes_a_job_and_does_it(self):
        worker = self.worker(machine_id="m1", capabilities={"gpu": True}, job_types=["render"], concurrency=2)
        self.assertGreater(worker.registered["lease_ms"], 0)
        worker.say("claim")
        job = submit(self.server, type="render", payload={"a": 1}, requirements={"gpu": True})
        claimed = worker.until("jobs")["jobs"][0]
        self.assertEqual((claimed["id"], claimed["payload"], claimed["job_type"]), (job["id"], {"a": 1}, "render"))
        worker.tell("progress", claimed, progress=0.5, action="painting")
        worker.tell("logs", claimed, lines=["one", {"level": "error", "message": "two"}])
        self.assertFalse(worker.ask("heartbeat", "heartbeat_ack", job_id=claimed["id"],
                                    token=claimed["token"])["cancel"])
        worker.tell("complete", claimed, result={"done": True})
        shown = self.server.get(f"/api/jobs/{job['id']}").json()
        self.assertEqual((shown["status"], shown["result"], shown["logs"]),
                         ("completed", {"done": True}, ["one", "two"]))

    def test_a_claim_with_a_wait_comes_back_empty(self):
        worker = self.worker("socket-2", job_types=["nothing"])
        self.assertEqual(worker.claim(wait_ms=50), [])

    def test_a_late_answer_is_refused(self):
        worker = self.worker("socket-3", job_types=["late"])
        submit(self.server, type="late")
        claimed = worker.claim()[0]
        worker.say("complete", job_id=claimed["id"], token=claimed["token"] + 1, result={})
        self.assertEqual(worker.until("error")["code"], "conflict")
        worker.tell("complete", claimed)

    def test_a_cancel_reaches_the_worker(self):
        worker = self.worker("socket-4", job_types=["long"])
        job = submit(self.server, type="long")["id"]
        claimed = worker.claim()[0]
        self.server.request("POST", "/api/jobs/cancel", {"id": job})
        order = worker.until("cancel_job")
        self.assertEqual((order["job_id"], order["token"]), (job, claimed["token"]))
        worker.say("complete", job_id=job, token=claimed["token"], result={})
        self.assertEqual(worker.until("error")["code"], "conflict")

    def test_a_worker_that_comes_back_takes_its_job_up(self):
        worker = self.worker("socket-5", job_types=["again"])
        submit(self.server, type="again")
        claimed = worker.claim()[0]
        worker.close()
        back = self.worker("socket-5", job_types=["again"])
        self.assertEqual([job["id"] for job in back.registered["jobs"]], [claimed["id"]])
        back.tell("complete", claimed)

    def test_the_newest_connection_speaks_for_a_worker(self):
        old = self.worker("socket-6")
        new = self.worker("socket-6")
        old.say("claim")
        while old.hear():
            pass
        self.assertEqual(old.socket.close_code, 1008)
        self.assertEqual(new.claim(wait_ms=10), [])

    def test_bad_messages_get_errors(self):
        worker = self.worker("socket-7")
        for message in ({"type": "clam"}, {"type": "complete"}, {"type": "progress", "job_id": "x", "token": 1},
                        {"type": "register", "concurrency": 0}):
            worker.socket.send_frame(1, json.dumps({**message, "request_id": "q"}).encode())
            self.assertEqual(worker.until("error")["request_id"], "q")
        self.assertEqual(worker.claim(wait_ms=1), [])
