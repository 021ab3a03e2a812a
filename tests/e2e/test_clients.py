"""Clients that strangers use: Python's websockets, Node's ws and eventsource, curl, a browser's EventSource."""

import asyncio
import json
import os
import shutil
import subprocess
import threading
import unittest
from pathlib import Path

from browser_case import BrowserCase
from harness import EndToEnd, PATIENCE, wait_until, workflow
from streams import follow

try:
    import websockets
except ImportError:
    websockets = None

NODE = Path(__file__).resolve().parent / "node"


class Clients(EndToEnd):
    def held(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("first", "seq 1 100; printf 'caf\\303\\251 <&>\\n'"),
                                       ("second", f"{hold}; seq 101 200; exit 2", ["first"])))
        self.addCleanup(release)
        return run, release

    @unittest.skipUnless(websockets, "python3-websockets is not installed")
    def test_python_websockets_follows_a_run_live_and_afterwards(self):
        run, release = self.held()

        async def listen(started):
            texts = []
            async with websockets.connect(f"ws://{self.server.authority}/runs/{run}/stream",
                                          open_timeout=PATIENCE) as ws:
                try:
                    while True:
                        text = await ws.recv()
                        started.set()
                        if '"seq":' in text:
                            texts.append(text)
                except websockets.ConnectionClosed:
                    return texts, ws.close_code

        async def both():
            started = asyncio.Event()
            task = asyncio.create_task(listen(started))
            await started.wait()
            release()
            return await task, await listen(asyncio.Event())

        live, again = asyncio.run(asyncio.wait_for(both(), PATIENCE))
        self.assertEqual(live, again)
        self.assertEqual(live, (follow(self.server, run).texts, 1000))

    @unittest.skipUnless(websockets, "python3-websockets is not installed")
    def test_python_websockets_offering_compression_and_pinging_is_served(self):
        run, release = self.held()

        async def listen():
            async with websockets.connect(f"ws://{self.server.authority}/runs/{run}/stream", compression="deflate",
                                          ping_interval=0.05, open_timeout=PATIENCE) as ws:
                asyncio.get_running_loop().call_later(0.5, release)
                return [text async for text in ws if '"seq":' in text]

        texts = asyncio.run(asyncio.wait_for(listen(), PATIENCE))
        self.assertEqual(texts, follow(self.server, run).texts)

    def node(self, script, *args):
        if not shutil.which("node"):
            self.skipTest("node is not installed")
        # Debian's node-ws and node-eventsource are there.
        environment = {"NODE_PATH": "/usr/share/nodejs", **os.environ}
        return subprocess.Popen(["node", str(NODE / script), self.server.url, *args], stdout=subprocess.PIPE,
                                text=True, env=environment)

    def node_follows(self, script):
        run, release = self.held()
        live = self.node(script, run)
        self.addCleanup(live.stdout.close)
        self.assertEqual(live.stdout.readline().strip(), "open")
        release()
        # Not communicate(): it would leave out what readline() has taken from the pipe beside its line.
        patience = threading.Timer(PATIENCE, live.kill)
        patience.start()
        texts = live.stdout.read().splitlines()
        patience.cancel()
        self.assertEqual(live.wait(), 0)
        again = self.node(script, run).communicate(timeout=PATIENCE)[0].splitlines()[1:]
        expected = follow(self.server, run).texts
        self.assertEqual(texts, expected)
        self.assertEqual(again, expected)

    def test_node_ws_follows_a_run_live_and_afterwards(self):
        self.node_follows("websocket.cjs")

    def test_node_eventsource_follows_a_run_live_and_afterwards_and_stops_at_the_204(self):
        self.node_follows("eventsource.cjs")

    def test_curl_follows_a_run_as_ndjson_and_as_sse(self):
        if not shutil.which("curl"):
            self.skipTest("curl is not installed")
        run, release = self.held()
        url = f"{self.server.url}/runs/{run}/stream"
        curls = [subprocess.Popen(["curl", "-sSN", "-H", f"Accept: {kind}", url], stdout=subprocess.PIPE, text=True)
                 for kind in ("application/x-ndjson", "text/event-stream")]
        release()
        ndjson, sse = (curl.communicate(timeout=PATIENCE)[0] for curl in curls)
        self.assertEqual([curl.returncode for curl in curls], [0, 0], "the body was not ended properly")
        expected = follow(self.server, run).texts
        self.assertEqual([line for line in ndjson.splitlines() if '"seq":' in line], expected)
        data = [line.removeprefix("data:").lstrip() for line in sse.splitlines() if line.startswith("data:")]
        self.assertEqual([line for line in data if '"seq":' in line], expected)


class InABrowser(BrowserCase):
    LISTEN = """(run) => new Promise((resolve, reject) => {
      const texts = [], ids = [];
      let opened = null, errors = 0;
      const source = new EventSource(`/runs/${run}/stream`);
      source.addEventListener('stream_open', (event) => { opened = event.data; window.listening = true; });
      source.onmessage = (event) => { texts.push(event.data); ids.push(event.lastEventId); };
      source.onerror = () => {
        errors += 1;
        if (source.readyState === EventSource.CLOSED) resolve({texts, ids, opened, errors});
        else if (errors > 50) { source.close(); reject(new Error('never closed: ' + texts.length)); }
      };
    })"""

    def test_event_source_on_a_page_of_the_server_follows_a_run_reconnects_by_itself_and_stops_at_the_204(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("a", f"seq 1 50; {hold}; seq 51 100; printf 'caf\\303\\251 <&>\\n'")))
        page = self.page()
        page.evaluate(f"window.result = ({self.LISTEN})({json.dumps(run)}); 0")
        wait_until(lambda: page.evaluate("window.listening === true"), "the page to listen")
        release()
        got = page.evaluate("window.result", wait=True)
        self.assertEqual(got["texts"], follow(self.server, run).texts)
        epoch = json.loads(got["opened"])["epoch"]
        self.assertEqual(got["ids"], [f"{epoch}:{n}" for n in range(1, len(got["texts"]) + 1)])

    def test_event_source_resumes_by_itself_when_the_server_is_killed_and_comes_back(self):
        server = self.own_server()
        hold, release = self.gate()
        run = server.run(workflow(("a", "seq 1 50"), ("b", f"{hold}; seq 51 100", ["a"])))
        page = self.page(server=server)
        page.evaluate(f"window.result = ({self.LISTEN})({json.dumps(run)}); 0")
        wait_until(lambda: page.evaluate("window.listening === true"), "the page to listen")
        wait_until(lambda: len(server.log(run)) == 50, "50 lines")
        server.kill()
        release()
        server.start()
        got = page.evaluate("window.result", wait=True)
        self.assertEqual(got["texts"], follow(server, run).texts)

    def test_a_page_of_another_origin_can_neither_read_nor_start_nor_listen(self):
        foreign = self.own_server()
        page = self.page("/healthz", foreign)
        run = self.server.run(workflow(("a", "true")))
        count = len(self.server.get("/api/v2/workflows/runs", limit=1000).json()["items"])
        outcome = page.evaluate("""(async (base, run) => {
          const tried = async (what) => { try { return await what(); } catch (error) { return 'refused'; } };
          const body = JSON.stringify({workflow: {name: 'x', steps: [{id: 'a', run: 'true'}]}});
          return {
            read: await tried(async () => (await fetch(`${base}/runs/${run}`)).status),
            start: await tried(async () => (await fetch(`${base}/api/v2/workflows/runs`,
                {method: 'POST', headers: {'Content-Type': 'application/json'}, body})).status),
            simple: await tried(async () => (await fetch(`${base}/api/v2/workflows/runs`,
                {method: 'POST', mode: 'no-cors', body})).type),
            socket: await new Promise((resolve) => {
              const socket = new WebSocket(`${base.replace('http', 'ws')}/runs/${run}/stream`);
              socket.onopen = () => resolve('open');
              socket.onerror = () => resolve('refused');
            }),
          };
        })(%s, %s)""" % (json.dumps(self.server.url), json.dumps(run)), wait=True)
        self.assertEqual((outcome["read"], outcome["start"], outcome["socket"]), ("refused",) * 3)
        self.assertEqual(len(self.server.get("/api/v2/workflows/runs", limit=1000).json()["items"]), count)
