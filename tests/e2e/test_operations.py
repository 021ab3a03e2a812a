"""Probes, metrics, the API's description, other origins, bounds on connections and rates."""

import contextlib
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import time

from harness import BINARY, EndToEnd, PATIENCE, Server, gate, steps_of, wait_until, workflow
from peers import Client, Events, Monitor, WorkerSocket
from raw import Raw, request_text
from streams import stream_path
from websocket import WebSocket

RUNS = "/api/v2/workflows/runs"
SAMPLE = re.compile(r'^([a-z_]+)(\{.*\})? (\S+)$')


def metrics(server, headers=None):
    """Every sample by its name and labels; fails where the text is not as Prometheus wants it."""
    answer = server.get("/metrics", headers)
    assert answer.status == 200 and answer.type == "text/plain", answer
    samples, announced = {}, set()
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in announced, f"{name} comes twice"
            announced.add(name)
        elif not line.startswith("#"):
            match = SAMPLE.match(line)
            assert match and match[1] in announced, line
            assert match[1] + (match[2] or "") not in samples, line
            samples[match[1] + (match[2] or "")] = float(match[3])
    return samples


class Probes(EndToEnd):
    def test_it_is_ready_while_it_serves(self):
        self.assertEqual(self.server.get("/readyz").json(), {"status": "ready"})
        self.assertEqual(self.server.get("/healthz").json(), {"status": "ok"})

    def test_it_is_not_ready_while_its_helper_is_gone(self):
        server = self.own_server()
        children = f"/proc/{server.process.pid}/task/{server.process.pid}/children"

        def helpers():
            found = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True)
            return [int(pid) for pid in found.stdout.split()]

        self.assertTrue(os.path.exists(children))
        seen = set()
        deadline = time.monotonic() + PATIENCE
        while 503 not in seen and time.monotonic() < deadline:  # each helper that dies young is followed a second later
            for pid in helpers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            seen.add(server.get("/readyz").status)
        self.assertIn(503, seen)
        wait_until(lambda: server.get("/readyz").status == 200, "another helper")
        self.assertEqual(server.finish(workflow(("a", "true")))["status"], "succeeded")

    def test_another_program_s_lock_makes_writers_wait_and_ends_nothing(self):
        server = self.own_server()
        begin, go = gate(self.folder, "begin")
        end, release = gate(self.folder, "end")
        run = server.run(workflow(("a", f"{begin}; seq 1 2000; {end}; echo end")))
        wait_until(lambda: steps_of(server.show(run))["a"]["status"] == "running", "the step to wait")
        other = sqlite3.connect(server.data / "runcast.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        go()
        wait_until(lambda: server.get("/readyz").status == 503, "the server to be shut out")
        other.execute("ROLLBACK")
        other.close()
        release()
        wait_until(lambda: server.get("/readyz").status == 200, "the server to write again")
        self.assertEqual(server.wait_for(run)["status"], "succeeded")
        self.assertEqual(server.log(run), [str(n) for n in range(1, 2001)] + ["end"])
        self.assertGreater(metrics(server)["runcast_database_busy_total"], 0)


class Metrics(EndToEnd):
    def test_they_count_what_happens(self):
        before = metrics(self.server)
        hold, release = self.gate()
        run = self.server.run(workflow(("a", f"seq 1 100; {hold}")))
        with WebSocket(self.server, stream_path(run)) as follower:
            follower.receive()
            wait_until(lambda: metrics(self.server)['runcast_followers{form="websocket"}'] == 1, "the follower")
            during = metrics(self.server)
            self.assertEqual(during['runcast_runs{status="running"}'], 1)
            release()
            while follower.receive() is not None:
                pass
        self.server.wait_for(run)
        after = wait_until(lambda: (m := metrics(self.server))['runcast_followers{form="websocket"}'] == 0 and m,
                           "the follower to be gone")
        grown = {name: value - before.get(name, 0) for name, value in after.items()}
        self.assertEqual(grown['runcast_events_total{type="step_log"}'], 100)
        self.assertEqual(grown['runcast_events_total{type="run_complete"}'], 1)
        self.assertEqual(grown['runcast_runs{status="succeeded"}'], 1)
        self.assertEqual(grown["runcast_deliveries_total"], 104)
        self.assertGreater(grown["runcast_delivered_bytes_total"], 104 * 100)
        self.assertGreater(grown["runcast_commits_total"], 0)
        started = 'runcast_http_requests_total{method="POST",route="/api/v2/workflows/runs",code="201"}'
        self.assertEqual(grown[started], 1)
        followed = [value for name, value in grown.items() if 'stream",code="101"' in name]
        self.assertEqual(sum(followed), 1)
        for name in ("process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total",
                     "runcast_wal_bytes", "runcast_database_bytes", "runcast_connections"):
            self.assertGreater(after[name], 0, name)

    def test_they_tell_of_the_queue_and_of_those_who_talk(self):
        before = metrics(self.server)
        monitor, client = Monitor(self.server), Client(self.server)
        worker = WorkerSocket(self.server, "w1", job_types=["dig"], concurrency=3)
        streams = Events(self.server, "/api/jobs/stream"), Events(self.server, "/api/events/monitor")
        for _ in range(3):
            client.submit("dig")
        client.submit("nobody")
        first, _ = worker.claim(max=2)
        worker.ask("heartbeat", "heartbeat_ack")
        worker.tell("complete", first)
        worker.tell("fail", worker.claim()[0], error="stone", retryable=False)
        waiting = client.submit("nobody")
        client.say("cancel_job", job_id=waiting)
        client.until("complete_job", job_id=waiting)
        monitor.take_up()
        monitor.ask("resync_request", "resync_data", last_event_id=1)

        def told(*names):
            now = metrics(self.server)
            return [now[name] - before[name] for name in names]

        queue = [f'runcast_jobs{{status="{status}"}}' for status in ("pending", "assigned", "active")]
        ended = [f'runcast_jobs_ended_total{{status="{status}"}}' for status in ("completed", "failed", "cancelled")]
        workers = [f'runcast_workers{{status="{status}"}}' for status in ("idle", "busy")]
        wait_until(lambda: told(*queue, *ended, *workers) == [1, 1, 0, 1, 1, 1, 0, 1], "all of them to be counted")
        peers = [f'runcast_conversations{{kind="{peer}"}}' for peer in ("monitor", "client", "worker", "jobs")]
        self.assertEqual(told(*peers), [2, 1, 1, 1])
        self.assertEqual(told('runcast_conversations_resumed_total{kind="monitor"}',
                              'runcast_conversations_anew_total{kind="monitor"}'), [1, 0])
        for conversation in (monitor, client, worker, *streams):
            conversation.close()
        wait_until(lambda: told(*peers) == [0, 0, 0, 0], "all of them to be gone")

    def test_no_label_is_an_id(self):
        run = self.server.run(workflow(("a", "true")))
        self.server.wait_for(run)
        self.server.get("/nowhere/" + run)
        self.assertNotIn(run, self.server.get("/metrics").text)

    def test_the_description_is_openapi(self):
        document = self.server.get("/openapi.json").json()
        self.assertTrue(document["openapi"].startswith("3.1"))
        self.assertIn("/api/v2/workflows/runs/{runId}/stream", document["paths"])


class Cors(EndToEnd):
    server_args = ("--origin", "https://pages.example")
    PAGE = {"Origin": "https://pages.example"}

    def test_a_listed_page_may_read_write_and_follow(self):
        asked = self.server.request("OPTIONS", RUNS, headers={**self.PAGE, "Access-Control-Request-Method": "POST",
                                                              "Access-Control-Request-Headers": "content-type"})
        self.assertEqual(asked.status, 204)
        self.assertEqual(asked.headers["access-control-allow-origin"], "https://pages.example")
        self.assertIn("POST", asked.headers["access-control-allow-methods"])
        self.assertIn("content-type", asked.headers["access-control-allow-headers"].lower())
        made = self.server.submit(workflow(("a", "true")), headers=self.PAGE)
        self.assertEqual((made.status, made.headers["access-control-allow-origin"]), (201, "https://pages.example"))
        run = made.json()["id"]
        self.server.wait_for(run)
        stream = self.server.get(f"/runs/{run}/stream", {**self.PAGE, "Accept": "text/event-stream"})
        self.assertEqual((stream.status, stream.headers["access-control-allow-origin"]), (200, "https://pages.example"))
        self.assertIn("run_complete", stream.text)
        logs = self.server.get(f"/runs/{run}/logs", {**self.PAGE, "Accept": "text/plain"})
        self.assertEqual(logs.headers["access-control-allow-origin"], "https://pages.example")
        with WebSocket(self.server, stream_path(run), self.PAGE) as ws:
            self.assertEqual(ws.status, 101)

    def test_other_pages_may_not(self):
        for origin in ("https://evil.example", "null", "http://pages.example", "https://pages.example:444"):
            headers = {"Origin": origin}
            asked = self.server.request("OPTIONS", RUNS, headers={**headers, "Access-Control-Request-Method": "POST"})
            self.assertNotIn("access-control-allow-origin", asked.headers)
            self.assertEqual(self.server.submit(workflow(("a", "true")), headers=headers).status, 403)
            self.assertNotIn("access-control-allow-origin", self.server.get(RUNS, headers).headers)

    def test_what_is_no_origin_is_refused_at_start(self):
        for origin in ("*", "null", "pages.example", "https://pages.example/path"):
            ended = subprocess.run([BINARY, "serve", "--listen", "127.0.0.1:0", "--data", f"{self.folder}/none",
                                    "--origin", origin], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(ended.returncode, 2, ended)


class Bounds(EndToEnd):
    server_args = ("--max-connections", "20")

    def test_who_finds_no_place_is_told_so_and_harms_nobody(self):
        hold, release = self.gate()
        self.addCleanup(release)
        run = self.server.run(workflow(("a", f"{hold}; echo still here")))
        with WebSocket(self.server, stream_path(run)) as follower:
            follower.receive()
            idle = [Raw(self.server) for _ in range(19)]
            for raw in idle:
                raw.send(request_text(self.server, "GET", "/healthz"))
                self.assertEqual(raw.receive()[0], 200)
            for _ in range(30):
                with Raw(self.server) as raw:
                    try:
                        answer = raw.send(request_text(self.server, "GET", "/healthz")).receive()
                    except OSError:
                        continue
                    self.assertIn(answer and answer[0], (503, None))
            with Raw(self.server) as raw:
                status, headers, _ = raw.send(request_text(self.server, "GET", "/healthz")).receive()
                self.assertEqual((status, headers["retry-after"]), (503, "1"))
            for raw in idle:
                raw.close()
            wait_until(lambda: self.server.get("/healthz").status == 200, "a place to be free")
            release()
            said = []
            while (text := follower.receive()) is not None:
                said.append(text)
            self.assertTrue(any("still here" in text for text in said))

    def test_a_server_without_descriptors_left_survives(self):
        server = Server()
        self.addCleanup(server.clean)
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, limit[1]))
        try:
            server.spawn()
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (256, 256))
            wait_until(server.ready, "the server to be ready")
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            crowd = [socket.create_connection((server.host, server.port)) for _ in range(400)]
            time.sleep(0.3)
            for one in crowd:
                one.close()
            wait_until(server.ready, "the server to serve again")
            self.assertEqual(server.finish(workflow(("a", "true")))["status"], "succeeded")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)

    def test_a_token_that_asks_too_often_gets_429_before_an_upgrade_too(self):
        server = self.own_server("--rate", "1", "--burst", "5")
        run = server.run(workflow(("a", "true")))
        for _ in range(50):
            self.assertEqual(server.get("/healthz").status, 200)  # without tokens this machine has no bound
        made = subprocess.run([BINARY, "token", "create", "--scope", "read", "--data", server.data],
                              capture_output=True, text=True, timeout=PATIENCE).stdout.strip()
        wait_until(lambda: server.get(RUNS).status == 401, "the token to take effect")
        headers = {"Authorization": f"Bearer {made}"}
        begun, answers = time.monotonic(), []
        wait_until(lambda: answers.append(server.get(RUNS, headers)) or answers[-1].status == 429, "it to be too much")
        self.assertEqual(answers[0].status, 200)
        self.assertLessEqual(len(answers) - 1, 5 + time.monotonic() - begun)
        refused = answers[-1]
        self.assertGreaterEqual(int(refused.headers["retry-after"]), 1)
        self.assert_problem(refused, 429)

        def upgrade():
            with WebSocket(server, stream_path(run), headers) as ws:
                return ws.status

        wait_until(lambda: upgrade() == 429, "an upgrade to be refused")
