"""Monitors and clients that strangers have written: Python's websockets, Node's ws and eventsource, a browser."""

import asyncio
import json
import os
import shutil
import subprocess
import threading
import unittest
from pathlib import Path

from browser_case import BrowserCase
from harness import EndToEnd, PATIENCE
from peers import Worker, submit
from wire import Wire

try:
    import websockets
except ImportError:
    websockets = None

NODE = Path(__file__).resolve().parent / "node"


class ForeignPeers(EndToEnd):
    def setUp(self):
        self.worker = Worker(self.server, "worker-1", concurrency=4)

    def node(self, script, *args, url=None):
        if not shutil.which("node"):
            self.skipTest("node is not installed")
        environment = {"NODE_PATH": "/usr/share/nodejs", **os.environ}
        process = subprocess.Popen(["node", str(NODE / script), url or self.server.url, *args], stdout=subprocess.PIPE,
                                   text=True, env=environment)
        patience = threading.Timer(PATIENCE, process.kill)
        patience.start()
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(patience.cancel)
        self.addCleanup(process.stdout.close)
        return process

    def test_node_ws_is_a_monitor(self):
        monitor = self.node("monitor.cjs")
        self.assertEqual(monitor.stdout.readline().strip(), "ready")
        job = submit(self.server, type="watched")["id"]
        self.worker.do(self.worker.claim(types=["watched"]), 0.5)
        told = monitor.stdout.read().splitlines()
        self.assertEqual(monitor.wait(), 0)
        self.assertEqual([line.split()[0] for line in told if line.endswith(job)][:8],
                         ["job_submitted", "job_assigned", "job_status_changed", "job_status_changed", "job_progress",
                          "update_job_progress", "job_status_changed", "job_completed"])

    def test_node_ws_is_a_client(self):
        client = self.node("client.cjs")
        self.worker.do(self.worker.claim(wait=20_000, types=["node"]), 0.5)
        self.assertEqual(client.stdout.read().splitlines(),
                         ["connection_established", "job_accepted", "job_assigned", "update_job_progress",
                          "complete_job"])
        self.assertEqual(client.wait(), 0)

    def test_node_eventsource_follows_all_jobs(self):
        stream = self.node("jobs.cjs", "From Node")
        self.assertEqual(stream.stdout.readline().strip(), "open")
        submit(self.server, name="From Node", type="streamed")
        self.worker.do(self.worker.claim(types=["streamed"]), 0.1, 0.5)
        self.assertEqual(stream.stdout.read().splitlines(),
                         ["pending 0", "assigned 0", "active 0", "active 10", "active 50", "completed 100"])

    def test_node_eventsource_that_was_cut_off_hears_of_every_end(self):
        server = self.own_server()
        worker = Worker(server, "worker-1")

        def end_jobs(name, count):
            for i in range(count):
                submit(server, name=f"{name} {i}")
                worker.tell(worker.claim(), "complete", result={})

        with Wire(server) as wire:
            stream = self.node("ends.cjs", "the last", url=wire.url)
            self.assertEqual(stream.stdout.readline().strip(), "open")
            end_jobs("before", 5)
            told = [stream.stdout.readline().strip() for _ in range(5)]
            self.assertEqual(told, [f"before {i} completed" for i in range(5)])
            wire.cut()
            end_jobs("meanwhile", 220)
            wire.mend()
            self.assertEqual(stream.stdout.readline().strip(), "open")
            end_jobs("the last", 1)
            told = stream.stdout.read().splitlines()
            self.assertEqual(sorted(told), sorted([f"meanwhile {i} completed" for i in range(220)]
                                                  + ["the last 0 completed"]))
            self.assertEqual(stream.wait(), 0)

    @unittest.skipUnless(websockets, "python3-websockets is not installed")
    def test_python_websockets_is_a_monitor_and_a_client(self):
        async def talk():
            base = f"ws://{self.server.authority}/ws"
            async with (websockets.connect(f"{base}/monitor/py", open_timeout=PATIENCE) as monitor,
                        websockets.connect(f"{base}/client/py", open_timeout=PATIENCE) as ws):
                self.assertEqual(json.loads(await monitor.recv())["type"], "connected")
                await monitor.send(json.dumps({"type": "monitor_connect", "monitor_id": "py"}))
                self.assertEqual(json.loads(await monitor.recv())["type"], "full_state_snapshot")
                await monitor.send(json.dumps({"type": "subscribe", "topics": ["jobs"]}))
                self.assertEqual(json.loads(await ws.recv())["type"], "connection_established")
                await ws.send(json.dumps({"type": "submit_job", "job_type": "py"}))
                accepted = json.loads(await ws.recv())
                self.assertEqual(accepted["type"], "job_accepted")
                await asyncio.to_thread(lambda: self.worker.do(self.worker.claim(types=["py"]), 0.5))
                kinds = []
                while "complete_job" not in kinds:
                    kinds.append(json.loads(await ws.recv())["type"])
                self.assertEqual(kinds, ["job_assigned", "update_job_progress", "complete_job"])
                seen = []
                while "complete_job" not in seen:
                    message = json.loads(await monitor.recv())
                    self.assertEqual(message["job_id"], accepted["job_id"])
                    seen.append(message["type"])
                self.assertEqual(seen[0], "job_submitted")

        asyncio.run(asyncio.wait_for(talk(), PATIENCE))


class InABrowser(BrowserCase):
    def test_a_browsers_eventsource_follows_all_jobs_and_the_monitors_events(self):
        script = """() => new Promise((resolve) => {
          const seen = {jobs: [], monitor: []};
          const jobs = new EventSource('/api/jobs/stream');
          const monitor = new EventSource('/api/events/monitor?topics=jobs');
          jobs.onmessage = ({data}) => {
            const {job} = JSON.parse(data);
            if (job.name !== 'From the browser') return;
            seen.jobs.push(job.status);
            endSoon();
          };
          let submitted = false;
          const end = () => {
            jobs.close();
            monitor.close();
            resolve(seen);
          };
          // A while after both, so that what is told twice is seen.
          const endSoon = () => {
            if (seen.jobs.length === 1 && seen.monitor.includes('job_submitted')) setTimeout(end, 500);
          };
          monitor.onmessage = async ({data}) => {
            const message = JSON.parse(data);
            seen.monitor.push(message.type);
            endSoon();
            if (!submitted) {
              submitted = true;
              await fetch('/api/jobs', {method: 'POST', headers: {'Content-Type': 'application/json'},
                                        body: JSON.stringify({name: 'From the browser', type: 'browser'})});
            }
          };
        })"""
        seen = self.page("/healthz").evaluate(f"({script})()", wait=True)
        self.assertEqual(seen["jobs"], ["pending"])
        self.assertEqual(seen["monitor"][:2], ["full_state_snapshot", "job_submitted"])
