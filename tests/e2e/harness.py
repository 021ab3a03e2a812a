"""Starts servers and speaks HTTP to them. Knows the product only by its binary and its documented interface."""

import functools
import http.client
import json
import mmap
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from urllib.parse import quote, urlencode

REPO = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("RUNCAST_BIN", REPO / "build" / "release" / "runcast")).resolve()
LONG = os.environ.get("RUNCAST_LONG", "") not in ("", "0")
# Generous: a busy machine or a sanitizer build must not look like a fault.
PATIENCE = float(os.environ.get("RUNCAST_PATIENCE", "60"))
ENDED = ("succeeded", "failed", "cancelled")

long_only = unittest.skipUnless(LONG, "long set: RUNCAST_LONG=1")


@functools.cache
def sanitized():
    """Whether the binary holds a sanitizer, whose own memory is several times the server's."""
    with BINARY.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(content.find(symbol) >= 0 for symbol in (b"__asan_init", b"__tsan_init"))


def free_port(host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def wait_until(condition, what, timeout=None):
    """Polls until the condition gives something true, and returns that."""
    deadline = time.monotonic() + (timeout or PATIENCE)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout or PATIENCE:.0f} s in vain: {what}")
        time.sleep(0.02)


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def type(self):
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.type} {self.body[:600]!r}>"


class Server:
    """One server process on a port and a data folder of its own."""

    def __init__(self, *args, data=None, port=None, host="127.0.0.1", env=None):
        self.host = host
        self.port = port or free_port(host)
        self.owns_data = data is None
        self.data = Path(data or tempfile.mkdtemp(prefix="runcast-e2e-"))
        self.args = list(args)
        self.env = env or {}
        self.process = None
        self.output = None

    @property
    def authority(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self):
        return f"http://{self.authority}"

    def spawn(self):
        """Starts the process without waiting for it to answer."""
        if self.output is None:
            self.output = tempfile.TemporaryFile(mode="w+b")
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", self.authority, "--data", str(self.data), *self.args],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT, cwd="/",
            env={**os.environ, **self.env})
        return self

    def start(self):
        self.spawn()
        wait_until(self.ready, f"the server on {self.authority} to be ready")
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.said()}")
        try:
            return self.request("GET", "/readyz", timeout=5).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def said(self):
        """All that the process has printed."""
        # Not seek(): the process writes where the place in this file is, which both have in common.
        output = self.output.fileno()
        return os.pread(output, os.fstat(output).st_size, 0).decode("utf-8", "replace")

    def stop(self, sig=signal.SIGTERM):
        """Asks the process to end and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not end on signal {sig}:\n{self.said()[-2000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def clean(self):
        if self.process and self.process.poll() is None:
            self.kill()
        if self.owns_data:
            shutil.rmtree(self.data, ignore_errors=True)
        if self.output:
            self.output.close()
            self.output = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.clean()

    def memory(self):
        """Resident bytes of the server's own process."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the server is gone")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def connections(self):
        """How many the server has, the one that asks included."""
        samples = (line.split() for line in self.get("/metrics").text.splitlines())
        return next(int(sample[1]) for sample in samples if sample[0] == "runcast_connections")

    def request(self, method, path, body=None, headers=None, timeout=None):
        """One request on a connection of its own. A body that is not text or bytes is sent as JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout or PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path, headers=None, **query):
        return self.request("GET", with_query(path, query), headers=headers)

    def submit(self, workflow, inputs=None, headers=None):
        body = {"workflow": workflow}
        if inputs is not None:
            body["inputs"] = inputs
        return self.request("POST", "/api/v2/workflows/runs", body, headers)

    def run(self, workflow, inputs=None):
        """Starts a run and returns its id."""
        answer = self.submit(workflow, inputs)
        if answer.status != 201:
            raise AssertionError(f"a run was refused: {answer}")
        return answer.json()["id"]

    def show(self, run):
        answer = self.get(f"/api/v2/workflows/runs/{run}")
        if answer.status != 200:
            raise AssertionError(f"run {run}: {answer}")
        return answer.json()

    def wait_for(self, run, *statuses, timeout=None):
        """Waits until the run has one of the statuses (by default: has ended) and returns its document."""
        wanted = statuses or ENDED

        def look():
            document = self.show(run)
            return document if document["status"] in wanted else None

        return wait_until(look, f"run {run} to be {' or '.join(wanted)}", timeout)

    def finish(self, workflow, inputs=None, timeout=None):
        """Runs a workflow to its end and returns its document."""
        return self.wait_for(self.run(workflow, inputs), timeout=timeout)

    def cancel(self, run):
        return self.request("POST", f"/api/v2/workflows/runs/{run}/cancel")

    def events(self, run, **query):
        """Every event of the run, page by page."""
        items = []
        while True:
            answer = self.get(f"/api/v2/workflows/runs/{run}/events", limit=1000,
                              after=items[-1]["seq"] if items else query.get("after", 0))
            if answer.status != 200:
                raise AssertionError(f"events of {run}: {answer}")
            page = answer.json()["items"]
            if not page:
                return items
            items += page

    def log(self, run, step=None):
        """The messages that the steps of the run have logged."""
        return [e["payload"]["message"] for e in self.events(run)
                if e["type"] == "step_log" and step in (None, e["payload"]["stepId"])]


def with_query(path, query):
    query = {k: v for k, v in query.items() if v is not None}
    return path + ("?" + urlencode(query, quote_via=quote) if query else "")


def steps_of(document):
    """The steps of a run's document by their ids."""
    return {step["id"]: step for step in document["steps"]}


def workflow(*steps, name="e2e", **more):
    """A definition of shell steps: each is (id, command), (id, command, needs) or a whole step."""
    made = []
    for step in steps:
        if isinstance(step, tuple):
            made.append({"id": step[0], "run": step[1], **({"needs": list(step[2])} if len(step) > 2 else {})})
        else:
            made.append(step)
    return {"name": name, **more, "steps": made}


def lines(count, step="say", **more):
    """A definition of one step that prints that many numbered lines."""
    return workflow((step, f"seq 1 {count}"), **more)


def gate(folder, name="gate"):
    """A command that waits until the file is there, and the function that puts it there."""
    path = Path(folder) / f"{name}-{time.monotonic_ns()}"
    return f"while [ ! -e '{path}' ]; do sleep 0.02; done", path.touch


class EndToEnd(unittest.TestCase):
    """A test with one server for the whole class, in `cls.server`."""

    maxDiff = 2000
    server_args = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="runcast-e2e-gates-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.server = Server(*cls.server_args)
        cls.addClassCleanup(cls.server.clean)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        if code != 0:
            raise AssertionError(f"the server ended with {code}:\n{cls.server.said()[-3000:]}")

    def gate(self):
        return gate(self.folder)

    def own_server(self, *args, **more):
        """A server for this test alone, already started."""
        server = Server(*args, **more)
        self.addCleanup(server.clean)
        return server.start()

    def assert_memory_less(self, grown, bound, message=None):
        """By so many bytes the server's memory has grown; asks nothing of a sanitizer's build."""
        if not sanitized():
            self.assertLess(grown, bound, message)

    def assert_problem(self, answer, *statuses):
        """The answer is problem+json of one of the statuses, with the members that every problem has."""
        self.assertIn(answer.status, statuses, answer)
        self.assertEqual(answer.type, "application/problem+json", answer)
        problem = answer.json()
        self.assertEqual(problem["status"], answer.status, answer)
        for member in ("type", "title", "detail"):
            self.assertIsInstance(problem[member], str, answer)
        return problem
