"""Monitors: snapshot, subscriptions, filters, heartbeat, resync; on a WebSocket, as server-sent events, by polling."""

import json

from harness import EndToEnd, wait_until
from peers import Events, Monitor, Peer, Worker, submit


def of_job(messages, job):
    return [m for m in messages if m.get("job_id") == job]


class Monitors(EndToEnd):
    def setUp(self):
        self.worker = Worker(self.server, "worker-1", machineId="machine-1", types=["render", "task"], concurrency=4)

    def monitor(self, name="monitor-1"):
        monitor = Monitor(self.server, name)
        self.addCleanup(monitor.close)
        return monitor

    def work(self, job_type="task", *progress, fail=None, **more):
        """A job that is submitted, worked on and ended; its id."""
        job = submit(self.server, type=job_type, **more)["id"]
        claimed = self.worker.claim(types=[job_type])
        self.assertEqual(claimed["id"], job)
        if fail:
            self.worker.tell(claimed, "progress", progress=0.1)
            self.worker.tell(claimed, "fail", error=fail, retryable=False)
        else:
            self.worker.do(claimed, *progress)
        return job

    def test_a_monitor_is_greeted_and_given_the_whole_state(self):
        monitor = self.monitor("monitor-123")
        self.assertEqual(monitor.connected["type"], "connected")
        self.assertIsInstance(monitor.connected["timestamp"], int)
        done = self.work()
        waiting = submit(self.server, type="nobody", priority=7, requirements={"gpu": True})
        snapshot = monitor.snapshot()  # all that was answered before is in it
        data = snapshot["data"]
        self.assertIsInstance(snapshot["event_id"], int)
        self.assertIsInstance(snapshot["timestamp"], int)
        worker = data["workers"]["worker-1"]
        self.assertEqual(worker["id"], "worker-1")
        self.assertRegex(worker["connected_at"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
        self.assertIn("capabilities", worker)
        self.assertIn("machine-1", [m["machine_id"] for m in data["machines"]])
        self.assertEqual(set(data["jobs"]), {"pending", "active", "completed", "failed"})
        job = next(j for j in data["jobs"]["pending"] if j["id"] == waiting["id"])
        self.assertEqual((job["job_type"], job["status"], job["priority"]), ("nobody", "pending", 7))
        self.assertIsInstance(job["created_at"], int)
        self.assertIn(done, [j["id"] for j in data["jobs"]["completed"]])
        for member in ("total_workers", "active_workers", "total_jobs", "pending_jobs", "active_jobs",
                       "completed_jobs", "failed_jobs"):
            self.assertIsInstance(data["system_stats"][member], int)
        self.server.request("POST", "/api/jobs/cancel", {"id": waiting["id"]})

    def test_every_event_of_a_job_is_told_with_the_seeds_members(self):
        monitor = self.monitor()
        monitor.take_up()
        job = self.work("render", 0.25, 0.5, priority=5)
        monitor.until("complete_job", job_id=job)
        told = of_job(monitor.heard, job)
        self.assertEqual([m["type"] for m in told],
                         ["job_submitted", "job_assigned", "job_status_changed", "job_status_changed",
                          "job_progress", "update_job_progress", "job_progress", "update_job_progress",
                          "job_status_changed", "job_completed", "complete_job"])
        submitted, assigned = told[0], told[1]
        self.assertEqual(submitted["job_data"]["job_type"], "render")
        self.assertEqual(submitted["job_data"]["status"], "pending")
        self.assertEqual(submitted["job_data"]["priority"], 5)
        self.assertIsInstance(submitted["job_data"]["created_at"], int)
        self.assertEqual((assigned["old_status"], assigned["new_status"], assigned["worker_id"]),
                         ("pending", "assigned", "worker-1"))
        self.assertIsInstance(assigned["assigned_at"], int)
        changes = [(m["old_status"], m["new_status"]) for m in told if m["type"] == "job_status_changed"]
        self.assertEqual(changes, [("pending", "assigned"), ("assigned", "active"), ("active", "completed")])
        progress = [m["progress"] for m in told if m["type"] == "job_progress"]
        self.assertEqual(progress, [0.25, 0.5])
        self.assertEqual(progress, [m["progress"] for m in told if m["type"] == "update_job_progress"])
        completed = told[-2]
        self.assertEqual((completed["result"], completed["worker_id"]), ({"ok": True}, "worker-1"))
        self.assertIsInstance(completed["completed_at"], int)
        self.assertEqual(told[-1]["result"], {"ok": True})
        for message in told:
            self.assertIsInstance(message["event_id"], int)
            self.assertIsInstance(message["timestamp"], int)
        ids = [m["event_id"] for m in told]
        self.assertEqual(ids, sorted(ids))
        self.assertEqual(told[4]["event_id"], told[5]["event_id"], "two messages of one event share its id")

    def test_a_failed_job_is_told_as_failed(self):
        monitor = self.monitor()
        monitor.take_up()
        job = self.work(fail="out of memory")
        failed = monitor.until("job_failed", job_id=job)
        self.assertEqual((failed["error"], failed["worker_id"]), ("out of memory", "worker-1"))
        self.assertIsInstance(failed["failed_at"], int)

    def test_workers_and_machines_are_told_of(self):
        monitor = self.monitor()
        monitor.take_up("workers", "machines")
        worker = Worker(self.server, "worker-new", machineId="machine-new", capabilities={"gpu": 2}, concurrency=2)
        machine = monitor.until("machine_registered", machine_id="machine-new")
        self.assertIsInstance(machine["event_id"], int)
        connected = monitor.until("worker_connected", worker_id="worker-new")
        self.assertEqual(connected["worker_data"]["id"], "worker-new")
        self.assertEqual(connected["worker_data"]["capabilities"], {"gpu": 2})
        self.assertIsInstance(connected["worker_data"]["connected_at"], str)
        job = submit(self.server, type="for-the-new-one")
        claimed = worker.claim(types=["for-the-new-one"])
        self.assertEqual(claimed["id"], job["id"])
        busy = monitor.until("worker_status_changed", worker_id="worker-new")
        self.assertEqual((busy["old_status"], busy["new_status"], busy["current_job_id"]),
                         ("idle", "busy", job["id"]))
        worker.do(claimed)
        monitor.until("worker_status_changed", worker_id="worker-new", new_status="idle")
        self.assertFalse([m for m in monitor.heard if m["type"].startswith("job_")], "only the topics asked for")

    def test_stats_and_runs_are_told_of(self):
        monitor = self.monitor()
        before = monitor.take_up("system_stats", "runs")["data"]["system_stats"]
        job = self.work()
        start = monitor.until("run_start", run_id=job)
        self.assertIsInstance(start["event_id"], int)
        self.assertEqual(monitor.until("run_complete", run_id=job)["status"], "succeeded")
        stats = [m["stats"] for m in monitor.heard if m["type"] == "system_stats"]
        while not stats or stats[-1]["completed_jobs"] <= before["completed_jobs"]:
            stats.append(monitor.until("system_stats")["stats"])
        self.assertEqual(stats[-1]["completed_jobs"], before["completed_jobs"] + 1)
        self.assertEqual(stats[-1]["total_jobs"], before["total_jobs"] + 1)

    def test_topics_and_filters_choose(self):
        progress, status, types, workers, priority = (self.monitor(f"m{i}") for i in range(5))
        progress.take_up("jobs:progress")
        status.take_up("jobs:status")
        types.take_up("jobs", job_types=["render"])
        workers.take_up("jobs", worker_ids=["nobody"])
        priority.take_up("jobs", priority_range=[5, 10])
        low = self.work("task", 0.5, priority=1)
        high = self.work("render", 0.5, priority=7)
        for monitor, last in ((progress, "update_job_progress"), (status, "job_status_changed"),
                              (types, "job_completed"), (workers, "job_submitted"), (priority, "job_completed")):
            wait_until(lambda m=monitor, t=last: m.beat() and self.heard_of(m, high, t), "it to have heard all")
        self.assertEqual({m["type"] for m in of_job(progress.heard, high)}, {"job_progress", "update_job_progress"})
        self.assertEqual({m["type"] for m in of_job(status.heard, high)}, {"job_status_changed"})
        self.assertEqual(of_job(types.heard, low), [])
        self.assertIn("job_completed", [m["type"] for m in of_job(types.heard, high)])
        self.assertEqual({m["type"] for m in of_job(workers.heard, high)}, {"job_submitted"},
                         "a message that names no worker is not concerned")
        self.assertEqual(of_job(priority.heard, low), [])
        self.assertIn("job_completed", [m["type"] for m in of_job(priority.heard, high)])

    def heard_of(self, monitor, job, message_type):
        return any(m["type"] == message_type for m in of_job(monitor.heard, job))

    def test_monitor_subscribe_with_subscriptions_is_the_same(self):
        monitor = self.monitor()
        monitor.snapshot()
        monitor.say("monitor_subscribe", monitor_id="monitor-1", subscriptions=["workers", "jobs", "system_stats"],
                    timestamp=1)
        job = self.work()
        monitor.until("job_completed", job_id=job)

    def test_what_happens_between_snapshot_and_subscription_is_told_once(self):
        monitor = self.monitor()
        snapshot = monitor.snapshot()
        first = self.work()
        monitor.subscribe("jobs")
        second = self.work()
        monitor.until("complete_job", job_id=second)
        monitor.subscribe("jobs", "workers")  # a later one goes on where the connection stands
        third = self.work()
        monitor.until("complete_job", job_id=third)
        for job in (first, second, third):
            told = [m["type"] for m in of_job(monitor.heard, job)]
            self.assertEqual(told.count("job_submitted"), 1)
            self.assertEqual(told.count("job_completed"), 1)
        self.assertTrue(all(m["event_id"] > snapshot["event_id"] for m in monitor.heard
                            if m["type"].startswith("job_")))

    def test_a_heartbeat_is_answered(self):
        monitor = self.monitor("monitor-7")
        ack = monitor.beat()
        self.assertEqual(ack["monitor_id"], "monitor-7")
        self.assertIsInstance(ack["server_timestamp"], int)
        monitor.take_up("jobs")
        first = monitor.beat()
        self.assertEqual(first["events_missed"], 0)
        job = self.work()
        monitor.until("complete_job", job_id=job)
        events = [m["event_id"] for m in of_job(monitor.heard, job)]
        self.assertEqual(monitor.beat(last_event_id=events[-1])["events_missed"], 0)
        self.assertGreater(monitor.beat(last_event_id=events[0])["events_missed"], 0)

    def test_a_monitor_that_looks_back_gets_what_it_missed(self):
        monitor = self.monitor()
        snapshot = monitor.take_up("jobs")
        job = self.work("task", 0.5)
        monitor.until("complete_job", job_id=job)
        live = of_job(monitor.heard, job)
        for more in ({"last_event_id": snapshot["event_id"]}, {"last_event_timestamp": live[0]["timestamp"]}):
            data = monitor.ask("resync_request", "resync_data", monitor_id="monitor-1", topics=["jobs"], **more)
            self.assertFalse(data["has_more"])
            self.assertEqual(of_job(data["events"], job), live, more)
            self.assertIsInstance(data["timestamp"], int)
        middle = live[3]["event_id"]
        data = monitor.ask("resync_request", "resync_data", monitor_id="monitor-1", topics=["jobs"],
                           last_event_id=middle)
        self.assertEqual(of_job(data["events"], job), [m for m in live if m["event_id"] > middle])

    def test_a_monitor_that_comes_back_goes_on_where_it_was(self):
        first = self.monitor()
        last = first.take_up("jobs")["event_id"]
        first.close()
        job = self.work()
        second = self.monitor()
        data = second.ask("resync_request", "resync_data", monitor_id="monitor-1", last_event_id=last, topics=["jobs"])
        self.assertIn("job_completed", [m["type"] for m in of_job(data["events"], job)])
        second.subscribe("jobs")
        after = self.work()
        second.until("complete_job", job_id=after)
        self.assertEqual(of_job([m for m in second.heard if m["type"] != "resync_data"], job), [], "told twice")

    def test_who_knows_what_a_restored_backup_has_taken_back_begins_anew(self):
        monitor = self.monitor()
        known = monitor.snapshot()["event_id"]
        monitor.close()
        back = self.monitor()
        snapshot = back.ask("resync_request", "full_state_snapshot", monitor_id="monitor-1",
                            last_event_id=known + 10_000, topics=["jobs"])
        self.assertLess(snapshot["event_id"], known + 10_000)
        back.subscribe("jobs")
        back.until("complete_job", job_id=self.work())
        self.assertNotIn("resync_data", back.types)
        page = self.server.get("/api/events", after=known + 10_000).json()
        self.assertEqual((page["items"], page["hasMore"]), ([], False))
        self.assertLess(page["lastEventId"], known + 10_000)

    def test_many_missed_events_come_in_pieces(self):
        monitor = self.monitor()
        last = monitor.take_up("jobs")["event_id"]
        ids = [submit(self.server, type="crowd")["id"] for _ in range(600)]
        wait_until(lambda: monitor.until("job_submitted")["job_id"] == ids[-1], "the last one to be told")
        monitor.say("resync_request", monitor_id="monitor-1", last_event_id=last, topics=["jobs"])
        pieces = []
        while not pieces or pieces[-1]["has_more"]:
            pieces.append(monitor.until("resync_data"))
        self.assertGreater(len(pieces), 1)
        self.assertTrue(all(len(piece["events"]) <= 500 for piece in pieces))
        told = [m["job_id"] for piece in pieces for m in piece["events"] if m["type"] == "job_submitted"]
        self.assertEqual([job for job in told if job in set(ids)], ids)
        for job in ids:
            self.server.request("POST", "/api/jobs/cancel", {"id": job})

    def test_a_bad_message_is_answered_with_what_is_wrong_and_the_connection_lives(self):
        monitor = self.monitor()
        for text in (b"{", b"[]", b'{"type":"nonsense"}', b'{"type":"subscribe","topics":["jbos"]}',
                     b'{"type":"subscribe","topics":7}', b'{"type":"resync_request"}', b"\x00"):
            monitor.socket.send_frame(1, text)
            self.assertIsInstance(monitor.until("error")["message"], str)
        monitor.socket.send_frame(1, b'{"type":"subscribe","topics":["job"]}')
        self.assertIn("did you mean", monitor.until("error")["message"])
        self.assertEqual(monitor.beat()["monitor_id"], "monitor-1")

    def test_the_same_as_server_sent_events_snapshot_first(self):
        events = Events(self.server, "/api/events/monitor", topics="jobs,workers")
        self.addCleanup(events.close)
        self.assertEqual(events.status, 200)
        snapshot = events.hear()
        self.assertEqual(snapshot["type"], "full_state_snapshot")
        self.assertEqual(events.last_id, str(snapshot["event_id"]))
        job = self.work("task", 0.5)
        events.until("complete_job", job_id=job)
        self.assertNotIn("system_stats", events.types)
        full = [m for _, m in events.heard[1:]]
        for stop in range(1, len(events.heard)):  # from every one of them on, each message comes once
            resumed = Events(self.server, "/api/events/monitor", topics="jobs,workers", last_id=events.heard[stop][0])
            rest = [resumed.hear() for _ in range(len(full) - stop)]
            resumed.close()
            self.assertEqual(full[stop:], rest)

    def test_the_same_by_polling(self):
        after = self.server.get("/api/events", after=0, limit=1000).json()
        while after["hasMore"]:
            after = self.server.get("/api/events", after=after["lastEventId"], limit=1000).json()
        last = after["lastEventId"]
        monitor = self.monitor()
        monitor.take_up("jobs")
        job = self.work("task", 0.5)
        monitor.until("complete_job", job_id=job)
        polled = []
        while True:
            answer = self.server.get("/api/events", after=last, limit=3, topics="jobs")
            self.assertEqual(answer.status, 200, answer)
            page = answer.json()
            polled += page["items"]
            last = page["lastEventId"]
            if not page["hasMore"]:
                self.assertIsNone(page["nextCursor"])
                break
        self.assertEqual(of_job(polled, job), of_job(monitor.heard, job))
        self.assert_problem(self.server.get("/api/events", topics="nonsense"), 400)
        self.assert_problem(self.server.get("/api/events", after="x"), 400)

    def test_a_restart_loses_no_state_and_no_event(self):
        server = self.own_server()
        worker = Worker(server, "w1", machineId="m1", concurrency=3)
        done = submit(server, type="task")["id"]
        worker.do(worker.claim(), 0.5)
        active = submit(server, type="task")["id"]
        worker.tell(worker.claim(), "progress", progress=0.25, action="painting")
        pending = submit(server, type="other")["id"]
        before = Monitor(server).snapshot()
        self.assertEqual([j["id"] for j in before["data"]["jobs"]["pending"]], [pending])
        server.kill()
        server.start()
        again = Monitor(server)
        after = again.snapshot()
        self.assertEqual(before["data"]["jobs"], after["data"]["jobs"])
        for member in ("total_jobs", "pending_jobs", "active_jobs", "completed_jobs", "failed_jobs"):
            self.assertEqual(before["data"]["system_stats"][member], after["data"]["system_stats"][member])
        self.assertEqual([j["id"] for j in after["data"]["jobs"]["completed"]], [done])
        self.assertEqual([(j["id"], j["progress"]) for j in after["data"]["jobs"]["active"]], [(active, 0.25)])
        data = again.ask("resync_request", "resync_data", last_event_id=0, topics=["jobs"])
        self.assertIn("job_completed", [m["type"] for m in of_job(data["events"], done)])

    def test_a_monitor_needs_no_id_and_plain_http_is_refused(self):
        peer = Peer(self.server, "/ws/monitor")
        self.addCleanup(peer.close)
        self.assertEqual(peer.hear()["type"], "connected")
        self.assert_problem(self.server.get("/ws/monitor/m1"), 426)
        self.assertEqual(self.server.request("HEAD", "/api/events/monitor").status, 200)

    def test_the_server_says_1001_when_it_goes(self):
        server = self.own_server()
        monitor = Monitor(server)
        monitor.take_up()
        events = Events(server, "/api/events/monitor")
        events.until("full_state_snapshot")
        self.assertEqual(server.stop(), 0)
        while monitor.hear():
            pass
        self.assertEqual(monitor.socket.close_code, 1001)
