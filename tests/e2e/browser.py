"""Headless Chromium, driven over its DevTools socket."""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

from harness import PATIENCE, wait_until
from websocket import WebSocket

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
         "--remote-debugging-port=0", "--hide-scrollbars"]


class Browser:
    @staticmethod
    def available():
        return shutil.which("chromium") is not None

    def __init__(self):
        self.profile = Path(tempfile.mkdtemp(prefix="runcast-e2e-chromium-"))
        self.process = subprocess.Popen(["chromium", *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        announced = self.profile / "DevToolsActivePort"
        wait_until(lambda: announced.exists() and announced.read_text().count("\n"), "chromium to listen")
        self.port = int(announced.read_text().splitlines()[0])

    def page(self, url, width=1280, height=800, scheme="light", before=None):
        """`before`: a script that runs before those of the page."""
        made = urllib.request.Request(f"http://127.0.0.1:{self.port}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(made, timeout=PATIENCE) as answer:
            target = json.load(answer)
        page = Page(self.port, target)
        page.call("Page.enable")
        page.call("Runtime.enable")
        page.call("Log.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        if before:
            page.call("Page.addScriptToEvaluateOnNewDocument", source=before)
        page.go(url)
        return page

    def close(self):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        with contextlib.suppress(ProcessLookupError):  # of its own processes some may outlive it
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


class Page:
    def __init__(self, port, target):
        address = SimpleNamespace(host="127.0.0.1", port=port, authority=f"127.0.0.1:{port}")
        self.port, self.target = port, target["id"]
        self.socket = WebSocket(address, f"/devtools/page/{target['id']}")
        self.last = 0
        self.complaints = []  # errors that the page threw or the browser logged

    def call(self, method, **params):
        self.last += 1
        self.socket.send_frame(1, json.dumps({"id": self.last, "method": method, "params": params}).encode())
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = json.loads(self.socket.receive())
            if message.get("id") == self.last:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)
        raise AssertionError(f"{method} was not answered")

    def note(self, message):
        if message.get("method") == "Runtime.exceptionThrown":
            details = message["params"]["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif message.get("method") == "Log.entryAdded" and message["params"]["entry"]["level"] == "error":
            self.complaints.append(message["params"]["entry"]["text"])

    def go(self, url):
        result = self.call("Page.navigate", url=url)
        if "errorText" in result:
            raise AssertionError(f"{url}: {result['errorText']}")
        wait_until(lambda: self.evaluate("document.readyState") == "complete", f"{url} to be loaded")

    def evaluate(self, expression, wait=False):
        """The expression's value, as JSON carries it; with `wait`, that of the promise it gives."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=wait, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise AssertionError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def wait_for(self, expression, what=None):
        return wait_until(lambda: self.evaluate(expression), what or expression)

    def key(self, key, text=None):
        """Presses and releases one key, by its DOM name."""
        for kind in ("keyDown", "keyUp"):
            more = {"text": text} if text and kind == "keyDown" else {}
            codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, "End": 35, "Home": 36}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=codes.get(key, 0), **more)

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(path).write_bytes(base64.b64decode(data))

    def close(self):
        self.socket.close()
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/json/close/{self.target}", timeout=PATIENCE).close()
