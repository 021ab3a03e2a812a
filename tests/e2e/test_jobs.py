"""Jobs: submitted, listed, cancelled; claimed and worked on over HTTP; leases, tokens, retries, restarts."""

import concurrent.futures
import os
import re
import signal
import socket
import subprocess
import time
from urllib.parse import quote

from harness import BINARY, EndToEnd, PATIENCE, wait_until, workflow
from workers import Worker, job_of, submit_job

ULID = re.compile(r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")


def of_type(kind, **more):
    return {"type": kind, "name": f"{kind} job", **more}


class Jobs(EndToEnd):
    def test_a_job_is_created_with_201_a_location_and_what_it_is(self):
        answer = self.server.request("POST", "/api/jobs", {"name": "Task"})
        self.assertEqual(answer.status, 201, answer)
        job = answer.json()
        self.assertRegex(job["id"], ULID)
        self.assertEqual(answer.headers["location"], f"/api/jobs/{job['id']}")
        for member, value in {"name": "Task", "status": "pending", "progress": 0, "action": "", "logs": [],
                              "priority": 0, "payload": None, "attempt": 1}.items():
            self.assertEqual(job[member], value, member)
        self.assertIsInstance(job["createdAt"], int)
        self.assertEqual(job_of(self.server, job["id"]), job)

    def test_a_jobs_id_is_its_runs_and_the_run_has_that_one_step(self):
        job = submit_job(self.server, **of_type("lone"))
        run = self.server.show(job["id"])
        self.assertEqual([step["kind"] for step in run["steps"]], ["job"])
        self.assertEqual(run["steps"][0]["job"]["id"], job["id"])

    def test_every_fault_of_a_job_is_told_with_its_place_in_what_was_sent(self):
        answer = self.server.request("POST", "/api/jobs", {"name": 5, "priority": "high", "requirements": [],
                                                           "payloda": {}, "retry": {"maxAttempts": 0}})
        problem = self.assert_problem(answer, 400)
        self.assertEqual({error["pointer"] for error in problem["errors"]},
                         {"/name", "/priority", "/requirements", "/payloda", "/retry/maxAttempts"})
        self.assertTrue(any("payload" in e["message"] for e in problem["errors"] if e["pointer"] == "/payloda"))

    def test_the_same_idempotency_key_gives_the_same_job(self):
        headers = {"Idempotency-Key": "once"}
        first = submit_job(self.server, headers, **of_type("idem"))
        self.server.request("POST", "/api/jobs/cancel", {"id": first["id"]})
        self.server.wait_for(first["id"], "cancelled")
        self.assertEqual(submit_job(self.server, headers, **of_type("idem")), first)
        other = self.server.request("POST", "/api/jobs", of_type("idem", priority=1), headers)
        self.assert_problem(other, 409)
        long = self.server.request("POST", "/api/jobs", of_type("idem"), {"Idempotency-Key": "k" * 256})
        self.assert_problem(long, 400)

    def test_the_payload_arrives_as_it_was_sent_whatever_is_in_it(self):
        payload = {"text": "${{ inputs.x }} $${{ y }} ${{", "n": [1, 2.5, None, {"deep": True}], "é": "☃"}
        job = submit_job(self.server, payload=payload, **of_type("literal"))
        self.assertEqual(job["payload"], payload)
        worker = Worker(self.server, types=["literal"])
        worker.register()
        claimed = worker.claim_one()
        self.assertEqual(claimed["payload"], payload)
        worker.done(claimed)

    def test_a_job_lives_its_life(self):
        job = submit_job(self.server, payload={"scene": 7}, **of_type("life", priority=3))
        worker = Worker(self.server, types=["life"], capabilities={"gpu": True})
        worker.register()
        claimed = worker.claim_one()
        self.assertEqual((claimed["id"], claimed["type"], claimed["priority"]), (job["id"], "life", 3))
        self.assertEqual(job_of(self.server, job["id"])["status"], "assigned")
        self.assertEqual(worker.tell(claimed, "progress", progress=0.425, action="mixing").status, 200)
        self.assertEqual(worker.tell(claimed, "logs", lines=["one", {"level": "warn", "message": "two\nthree"}]).status,
                         200)
        seen = job_of(self.server, job["id"])
        self.assertEqual((seen["status"], seen["progress"], seen["action"]), ("active", 42.5, "mixing"))
        self.assertEqual(seen["logs"], ["one", "two", "three"])
        self.assertEqual(seen["workerId"], worker.name)
        worker.done(claimed, {"image": "7.png"})
        end = job_of(self.server, job["id"])
        self.assertEqual((end["status"], end["progress"], end["result"]), ("completed", 100, {"image": "7.png"}))
        self.assertLessEqual(end["createdAt"], end["assignedAt"])
        self.assertLessEqual(end["startedAt"], end["endedAt"])
        self.assertEqual(self.server.show(job["id"])["status"], "succeeded")
        types = [event["type"] for event in self.server.events(job["id"])]
        self.assertEqual(types, ["run_start", "step_start", "job_submitted", "job_assigned", "job_started",
                                 "step_progress", "step_log", "step_log", "step_log", "step_complete", "run_complete"])

    def test_jobs_go_out_by_priority_and_then_by_age(self):
        made = [submit_job(self.server, **of_type("order", priority=p))["id"] for p in (0, 5, 5, 9)]
        worker = Worker(self.server, types=["order"], concurrency=10)
        worker.register()
        claimed = worker.claim(max=10)
        self.assertEqual([job["id"] for job in claimed], [made[3], made[1], made[2], made[0]])

    def test_a_worker_gets_only_what_it_can_do(self):
        wanted = submit_job(self.server, requirements={"gpu": True, "memory": 16}, **of_type("able"))
        weak = Worker(self.server, types=["able"], capabilities={"gpu": True, "memory": 8})
        strong = Worker(self.server, types=["able"], capabilities={"gpu": True, "memory": 32})
        for worker in (weak, strong):
            worker.register()
        self.assertEqual(weak.claim(), [])
        self.assertEqual(strong.claim_one()["id"], wanted["id"])

    def test_a_claim_waits_for_a_job(self):
        worker = Worker(self.server, types=["later"])
        worker.register()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(worker.claim_one)
            time.sleep(0.2)
            job = submit_job(self.server, **of_type("later"))
            self.assertEqual(waiting.result(PATIENCE)["id"], job["id"])

    def test_a_claimer_that_hangs_up_gets_no_job(self):
        gone = Worker(self.server, types=["hang"])
        here = Worker(self.server, types=["hang"])
        for worker in (gone, here):
            worker.register()
        body = b'{"waitMs":60000}'
        with socket.create_connection((self.server.host, self.server.port)) as connection:
            connection.sendall(b"POST /api/workers/%s/claim HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n" % (gone.name.encode(), self.server.authority.encode(),
                                                                len(body)) + body)
            time.sleep(0.3)
        wait_until(lambda: self.server.connections() == 1, "the server to notice")
        job = submit_job(self.server, **of_type("hang"))
        claimed = here.claim_one()
        self.assertEqual((claimed["id"], claimed["attempt"]), (job["id"], 1))

    def test_a_stranger_and_a_wrong_token_are_refused(self):
        submit_job(self.server, **of_type("fence"))
        worker, other = Worker(self.server, types=["fence"]), Worker(self.server, types=["fence"])
        for each in (worker, other):
            each.register()
        job = worker.claim_one()
        for what, body in {"complete": {}, "fail": {"error": "x"}, "progress": {"progress": 0.5},
                           "logs": {"lines": ["x"]}, "heartbeat": {}, "release": {}}.items():
            with self.subTest(what):
                self.assert_problem(other.tell(job, what, **body), 409)
                self.assert_problem(worker.tell(job, what, token=job["token"] + 1, **body), 409)
        self.assert_problem(self.server.request("POST", "/api/workers/nobody/claim", {}), 404)
        worker.done(job)
        self.assert_problem(worker.tell(job, "complete"), 409)

    def test_a_worker_that_is_malformed_hears_all_of_it(self):
        answer = self.server.request("POST", "/api/workers/w/register",
                                     {"concurrency": 0, "types": "render", "capabilites": {}, "machineId": "a b"})
        problem = self.assert_problem(answer, 400)
        self.assertEqual({error["pointer"] for error in problem["errors"]},
                         {"/concurrency", "/types", "/capabilites", "/machineId"})
        self.assert_problem(self.server.request("POST", "/api/workers/a%20b/register", {}), 400)

    def test_a_failed_job_is_tried_again_as_its_retry_says(self):
        job = submit_job(self.server, retry={"maxAttempts": 2}, **of_type("retry"))
        worker = Worker(self.server, types=["retry"])
        worker.register()
        first = worker.claim_one()
        self.assertEqual(worker.tell(first, "fail", error="no luck").status, 200)
        second = worker.claim_one()
        self.assertEqual(second["attempt"], 2)
        self.assertGreater(second["token"], first["token"])
        self.assert_problem(worker.tell(first, "complete"), 409)
        self.assertEqual(worker.tell(second, "fail", error="again").status, 200)
        end = job_of(self.server, job["id"])
        self.assertEqual((end["status"], end["error"], end["attempt"]), ("failed", "again", 2))

    def test_a_final_failure_is_not_tried_again(self):
        job = submit_job(self.server, retry={"maxAttempts": 5}, **of_type("final"))
        worker = Worker(self.server, types=["final"])
        worker.register()
        self.assertEqual(worker.tell(worker.claim_one(), "fail", error="no such file", retryable=False).status, 200)
        self.assertEqual(job_of(self.server, job["id"])["status"], "failed")

    def test_cancelling_reaches_the_worker_and_its_late_answer_is_refused(self):
        job = submit_job(self.server, **of_type("cancel"))
        worker = Worker(self.server, types=["cancel"])
        worker.register()
        claimed = worker.claim_one()
        self.assertEqual(worker.tell(claimed, "heartbeat").json()["cancel"], False)
        answer = self.server.request("POST", "/api/jobs/cancel", {"id": job["id"]})
        self.assertEqual(answer.status, 202, answer)
        wait_until(lambda: job_of(self.server, job["id"])["status"] == "cancelled", "the job to be cancelled")
        self.assertEqual(worker.tell(claimed, "heartbeat").json()["cancel"], True)
        self.assert_problem(worker.tell(claimed, "complete"), 409)
        self.assert_problem(self.server.request("POST", "/api/jobs/cancel", {"id": job["id"]}), 409)

    def test_a_pending_job_can_be_cancelled(self):
        job = submit_job(self.server, **of_type("early"))
        self.assertEqual(self.server.request("POST", "/api/jobs/cancel", {"id": job["id"]}).status, 202)
        wait_until(lambda: job_of(self.server, job["id"])["status"] == "cancelled", "the job to be cancelled")
        self.assert_problem(self.server.request("POST", "/api/jobs/cancel", {"id": "job-123"}), 404)
        self.assert_problem(self.server.request("POST", "/api/jobs/cancel", {}), 400)

    def test_a_job_step_is_the_same_thing(self):
        run = self.server.run(workflow(
            ("before", 'echo scene=7 >> "$RUN_OUTPUT"'),
            {"id": "draw", "needs": ["before"], "job": {"type": "step", "payload": {
                "scene": "${{ steps.before.outputs.scene }}"}}},
            {"id": "after", "needs": ["draw"], "run": 'echo "got $IMAGE"',
             "env": {"IMAGE": "${{ steps.draw.outputs.image }}"}}))
        worker = Worker(self.server, types=["step"])
        worker.register()
        job = worker.claim_one()
        self.assertEqual((job["id"], job["payload"]), (f"{run}.draw", {"scene": "7"}))
        self.assertEqual((job["runId"], job["stepId"]), (run, "draw"))
        worker.tell(job, "logs", lines=["drawing"])
        worker.done(job, {"image": "7.png"})
        self.assertEqual(self.server.wait_for(run)["status"], "succeeded")
        self.assertEqual(self.server.log(run), ["drawing", "got 7.png"])
        self.assertEqual(job_of(self.server, job["id"])["status"], "completed")

    def test_jobs_of_a_matrix_step_are_named_by_their_instances(self):
        run = self.server.run(workflow({"id": "part", "matrix": {"n": [1, 2]},
                                        "job": {"type": "parts", "payload": {"n": "${{ matrix.n }}"}}}))
        worker = Worker(self.server, types=["parts"], concurrency=2)
        worker.register()
        for n in (1, 2):
            job = worker.claim_one()
            self.assertEqual((job["id"], job["payload"]), (f"{run}.part[{n - 1}]", {"n": n}))
            done = self.server.request("POST", f"/api/workers/{worker.name}/jobs/{job['id']}/complete",
                                       {"token": job["token"]})
            self.assertEqual(done.status, 200, "the brackets in its address stand for themselves")
            for path in (job["id"], quote(job["id"])):
                self.assertEqual(self.server.get(f"/api/jobs/{path}").json()["status"], "completed")
        self.assertEqual(self.server.wait_for(run)["status"], "succeeded")

    def test_jobs_are_listed_page_by_page_and_by_what_they_are(self):
        made = [submit_job(self.server, **of_type("listed"))["id"] for _ in range(5)]
        seen, cursor = [], None
        while True:
            page = self.server.get("/api/jobs", type="listed", limit=2, cursor=cursor).json()
            seen += [job["id"] for job in page["items"]]
            cursor = page["nextCursor"]
            if not cursor:
                break
        self.assertEqual(seen, made[::-1])
        self.assertEqual(len(self.server.get("/api/jobs", type="listed", status="pending").json()["items"]), 5)
        self.assertEqual(self.server.get("/api/jobs", type="listed", status="failed").json()["items"], [])
        self.assert_problem(self.server.get("/api/jobs", status="lost"), 400)
        self.assert_problem(self.server.get("/api/jobs", cursor="x"), 400)

    def test_workers_and_machines_are_shown_with_what_they_do(self):
        submit_job(self.server, **of_type("shown"))
        worker = Worker(self.server, types=["shown"], machineId="m-shown", hostname="host", concurrency=2,
                        capabilities={"gpu": "a100"})
        worker.register()
        job = worker.claim_one()
        mine = next(w for w in self.server.get("/api/workers").json()["items"] if w["id"] == worker.name)
        self.assertEqual((mine["status"], mine["currentJobs"], mine["machineId"]), ("busy", [job["id"]], "m-shown"))
        self.assertEqual((mine["capabilities"], mine["types"], mine["concurrency"]), ({"gpu": "a100"}, ["shown"], 2))
        machine = next(m for m in self.server.get("/api/machines").json()["items"] if m["id"] == "m-shown")
        self.assertEqual((machine["status"], machine["workers"], machine["hostname"]),
                         ("online", [worker.name], "host"))
        self.assertEqual(self.server.request("DELETE", f"/api/workers/{worker.name}").status, 204)
        mine = next(w for w in self.server.get("/api/workers").json()["items"] if w["id"] == worker.name)
        self.assertEqual(mine["status"], "offline")
        wait_until(lambda: job_of(self.server, job["id"])["status"] == "pending", "the job to wait again")

    def test_a_thousand_jobs_wait_and_the_server_answers(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: submit_job(self.server, **of_type("many")), range(1000)))
        self.assertEqual(self.server.get("/healthz").status, 200)
        self.assertEqual(self.server.finish(workflow(("quick", "true")))["status"], "succeeded")
        worker = Worker(self.server, types=["many"], concurrency=1000)
        worker.register()
        self.assertEqual(len({job["id"] for job in worker.claim(max=1000)}), 1000)


    def test_a_job_that_workers_keep_losing_fails_in_the_end(self):
        job = submit_job(self.server, **of_type("cursed"))
        worker = Worker(self.server, types=["cursed"])
        worker.register()
        for _ in range(11):
            self.assertEqual(worker.tell(worker.claim_one(), "release").status, 200)
        end = job_of(self.server, job["id"])
        self.assertEqual(end["status"], "failed")
        self.assertIn("lost 11 times", end["error"])


def end_leases_of(server, job):
    """Has the job's worker, which says nothing, lose it; who claims it then may be slow."""
    server.stop()
    server.args = ["--job-lease-ms", "100"]
    server.start()
    wait_until(lambda: job_of(server, job["id"])["status"] == "pending", "the lease to be over")
    server.stop()
    server.args = []
    server.start()


class Losses(EndToEnd):
    server_args = ("--worker-silence-ms", "700")

    def test_a_silent_worker_loses_its_job_to_another_and_its_late_answer_is_refused(self):
        server = self.own_server()
        job = submit_job(server, **of_type("silent"))
        first, second = Worker(server, types=["silent"]), Worker(server, types=["silent"])
        first.register()
        lost = first.claim_one()
        end_leases_of(server, job)
        second.register()
        claimed = second.claim_one()
        self.assertEqual((claimed["id"], claimed["attempt"]), (job["id"], 2))
        self.assertGreater(claimed["token"], lost["token"])
        self.assert_problem(first.tell(lost, "complete", result={"by": "first"}), 409)
        second.done(claimed, {"by": "second"})
        self.assertEqual(job_of(server, job["id"])["result"], {"by": "second"})
        retry = next(e for e in server.events(job["id"]) if e["type"] == "step_retry")
        self.assertEqual(retry["payload"]["reason"], "interrupted")

    def test_heartbeats_keep_a_job(self):
        server = self.own_server("--job-lease-ms", "3000")
        job = submit_job(server, **of_type("beating"))
        worker = Worker(server, types=["beating"])
        worker.register()
        claimed = worker.claim_one()
        lease_over = time.monotonic() + 3.5
        while time.monotonic() < lease_over:
            time.sleep(0.15)
            self.assertEqual(worker.tell(claimed, "heartbeat").status, 200)
        worker.done(claimed)
        self.assertEqual(job_of(server, job["id"])["attempt"], 1)

    def test_a_silent_worker_and_its_machine_go_offline(self):
        worker = Worker(self.server, types=["none"], machineId="m-silent")
        worker.register()

        def status(kind, name):
            return next(x for x in self.server.get(f"/api/{kind}").json()["items"] if x["id"] == name)["status"]

        wait_until(lambda: status("workers", worker.name) == "offline", "the worker to be offline")
        self.assertEqual(status("machines", "m-silent"), "offline")

        def back():
            worker.claim()
            return (status("workers", worker.name), status("machines", "m-silent")) == ("idle", "online")

        wait_until(back, "its word to bring it back")
        wait_until(lambda: status("workers", worker.name) == "offline", "it to be missed again")


class Restarts(EndToEnd):
    def test_jobs_survive_the_servers_death_and_stay_in_their_workers_hands(self):
        for how in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(how):
                server = self.own_server()
                waiting = submit_job(server, **of_type("waits", priority=7))
                held = submit_job(server, **of_type("held"))
                worker = Worker(server, types=["held"], capabilities={"gpu": True})
                worker.register()
                claimed = worker.claim_one()
                worker.tell(claimed, "progress", progress=0.5)
                server.stop(how)
                server.start()
                self.assertEqual(job_of(server, waiting["id"])["status"], "pending")
                self.assertEqual(job_of(server, held["id"])["status"], "active")
                self.assertEqual(worker.tell(claimed, "heartbeat").json()["cancel"], False)
                self.assertEqual([job["token"] for job in worker.register()["jobs"]], [claimed["token"]])
                worker.done(claimed, {"after": "restart"})
                self.assertEqual(job_of(server, held["id"])["result"], {"after": "restart"})
                types = [event["type"] for event in server.events(held["id"])]
                self.assertEqual(types.count("job_started"), 1, types)
                other = Worker(server, types=["waits"])
                other.register()
                self.assertEqual(other.claim_one()["id"], waiting["id"])


class WorkerCommand(EndToEnd):
    """`runcast worker`."""

    def start(self, kind, script, *args, server=None):
        process = subprocess.Popen([BINARY, "worker", "--server", (server or self.server).url, "--type", kind, *args,
                                    "--", "/bin/sh", "-c", script],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

        def end():
            if process.poll() is None:
                process.kill()
            process.communicate()

        self.addCleanup(end)
        return process

    def ended(self, job, *statuses, server=None):
        def look():
            seen = job_of(server or self.server, job["id"])
            return seen if seen["status"] in (statuses or ("completed", "failed", "cancelled")) else None

        return wait_until(look, f"job {job['id']} to end")

    def test_it_runs_a_command_for_each_job_and_passes_on_what_it_says(self):
        job = submit_job(self.server, payload={"n": 4}, **of_type("cmd"))
        self.start("cmd", 'cat; echo; echo "$JOB_TYPE $ATTEMPT"; echo oops >&2; echo "::error::bad"; '
                          'echo "::progress::0.4 half way"; echo answer=42 >> "$RUN_OUTPUT"')
        end = self.ended(job)
        self.assertEqual((end["status"], end["result"]), ("completed", {"answer": "42"}))
        self.assertEqual(sorted(end["logs"]), sorted(['{"n":4}', "cmd 1", "oops", "bad"]))
        levels = {e["payload"]["message"]: e["payload"]["level"] for e in self.server.events(job["id"])
                  if e["type"] == "step_log"}
        self.assertEqual((levels["oops"], levels["bad"], levels["cmd 1"]), ("warn", "error", "info"))
        self.assertEqual(end["action"], "half way")

    def test_all_that_a_fast_command_says_is_stored(self):
        job = submit_job(self.server, **of_type("fast"))
        self.start("fast", "seq 1 50000; yes '' | head -n 20000")
        self.ended(job, "completed")
        self.assertEqual(self.server.log(job["id"]), [*map(str, range(1, 50001)), *[""] * 20000])

    def test_a_result_that_the_server_refuses_fails_the_job_once(self):
        job = submit_job(self.server, **of_type("huge"))
        escaped = r"head -c 600000 /dev/zero | tr '\0' '\1'"
        self.start("huge", f'(printf x=; {escaped}) >> "$RUN_OUTPUT"')
        end = self.ended(job)
        self.assertEqual((end["status"], end["error"], end["attempt"]), ("failed", "the server refused the result", 1))

    def test_a_failing_command_fails_the_job(self):
        job = submit_job(self.server, **of_type("bad"))
        self.start("bad", "exit 3")
        end = self.ended(job)
        self.assertEqual((end["status"], end["error"]), ("failed", "exited with code 3"))

    def test_it_works_on_several_at_once(self):
        jobs = [submit_job(self.server, **of_type("par")) for _ in range(4)]
        gate, open_gate = self.gate()
        self.start("par", gate, "--concurrency", "4")
        for job in jobs:
            self.ended(job, "active")
        open_gate()
        for job in jobs:
            self.assertEqual(self.ended(job)["status"], "completed")

    def test_a_cancelled_jobs_command_is_killed_with_all_its_processes(self):
        server = self.own_server("--job-lease-ms", "1500")  # the worker hears of it with its next heartbeat
        job = submit_job(server, **of_type("kill"))
        mark = f"{self.folder}/alive-{time.monotonic_ns()}"
        self.start("kill", f"(while :; do date +%s%N > {mark}; sleep 0.05; done) & sleep 1000", server=server)
        self.ended(job, "active", server=server)
        wait_until(lambda: os.path.exists(mark), "the command to have begun")
        server.request("POST", "/api/jobs/cancel", {"id": job["id"]})
        self.ended(job, "cancelled", server=server)

        def still():
            before = open(mark).read()
            time.sleep(0.5)
            return open(mark).read() == before

        wait_until(still, "the command's processes to be gone")

    def test_a_killed_workers_job_goes_to_another(self):
        server = self.own_server()
        job = submit_job(server, **of_type("lost"))
        gate, open_gate = self.gate()
        first = self.start("lost", gate, "--id", "first", server=server)
        self.ended(job, "active", server=server)
        first.kill()
        first.wait()
        open_gate()
        end_leases_of(server, job)
        self.start("lost", "true", "--id", "second", server=server)
        end = self.ended(job, server=server)
        self.assertEqual((end["status"], end["workerId"], end["attempt"]), ("completed", "second", 2))

    def test_sigterm_lets_it_finish_and_leave(self):
        job = submit_job(self.server, **of_type("term"))
        gate, open_gate = self.gate()
        worker = self.start("term", gate, "--id", "polite")
        self.ended(job, "active")
        worker.terminate()
        time.sleep(0.3)
        open_gate()
        self.assertEqual(worker.wait(PATIENCE), 0)
        self.assertEqual(self.ended(job)["status"], "completed")
        workers = {w["id"]: w for w in self.server.get("/api/workers").json()["items"]}
        self.assertEqual(workers["polite"]["status"], "offline")

    def test_it_outlives_a_restart_of_the_server(self):
        server = self.own_server("--job-lease-ms", "10000")
        job = submit_job(server, **of_type("away"))
        gate, open_gate = self.gate()
        process = subprocess.Popen([BINARY, "worker", "--server", server.url, "--type", "away", "--", "/bin/sh", "-c",
                                    f"{gate}; echo done"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        wait_until(lambda: job_of(server, job["id"])["status"] == "active", "the job to be active")
        server.kill()
        open_gate()
        time.sleep(0.5)
        server.start()
        wait_until(lambda: job_of(server, job["id"])["status"] == "completed", "the job to be completed")
        end = job_of(server, job["id"])
        self.assertEqual((end["attempt"], end["logs"]), (1, ["done"]))

    def test_bad_use_is_told(self):
        for args in (["--", "true"], ["--type", "t"], ["--type", "t", "--concurrency", "0", "--", "true"]):
            with self.subTest(args):
                ended = subprocess.run([BINARY, "worker", *args], capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual(ended.returncode, 2, ended)
        ended = subprocess.run([BINARY, "worker", "--server", "127.0.0.1:1", "--retry-for", "0s", "--type", "t", "--",
                                "true"], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(ended.returncode, 3, ended)
