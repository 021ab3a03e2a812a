"""Clients, monitors and workers as their protocols are written down, on the plainest sockets there are."""

import http.client
import itertools
import json
import time

from harness import PATIENCE, with_query
from websocket import WebSocket


class Peer:
    """A WebSocket of JSON messages. What it was sent is in `heard`."""

    def __init__(self, server, path, headers=None):
        self.socket = WebSocket(server, path, headers)
        assert self.socket.status == 101, (self.socket.status, self.socket.body)
        self.heard = []

    def say(self, type, **members):
        self.socket.send_frame(1, json.dumps({"type": type, **members}).encode())

    def hear(self):
        """The next message, or None after the close."""
        text = self.socket.receive()
        if text is None:
            return None
        message = json.loads(text)
        self.heard.append(message)
        return message

    def until(self, type, **members):
        """Listens until such a message comes, and returns it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            message = self.hear()
            assert message is not None, f"the connection ended before {type}; heard {self.types}"
            if message["type"] == type and all(message.get(k) == v for k, v in members.items()):
                return message
        raise AssertionError(f"no {type} {members} in {PATIENCE:.0f} s; heard {self.types}")

    def ask(self, type, answer, **members):
        self.say(type, **members)
        return self.until(answer)

    @property
    def types(self):
        return [message["type"] for message in self.heard]

    def close(self):
        self.socket.close()


class Monitor(Peer):
    def __init__(self, server, monitor="monitor-1", headers=None):
        super().__init__(server, f"/ws/monitor/{monitor}", headers)
        self.monitor = monitor
        self.connected = self.hear()

    def snapshot(self):
        return self.ask("monitor_connect", "full_state_snapshot", monitor_id=self.monitor, request_full_state=True,
                        timestamp=now())

    def subscribe(self, *topics, **filters):
        more = {"filters": filters} if filters else {}
        self.say("subscribe", monitor_id=self.monitor, topics=list(topics), **more)

    def take_up(self, *topics, **filters):
        """A snapshot, and a subscription from its event on, as the seed's client does it."""
        snapshot = self.snapshot()
        self.subscribe(*(topics or ("workers", "machines", "jobs", "runs", "system_stats")), **filters)
        return snapshot

    def beat(self, **more):
        """A heartbeat and its answer: everything that was sent before has been heard then."""
        return self.ask("heartbeat", "heartbeat_ack", monitor_id=self.monitor, timestamp=now(), **more)


class Client(Peer):
    numbers = itertools.count(1)

    def __init__(self, server, client=None, headers=None):
        super().__init__(server, f"/ws/client/{client or f'client-{next(self.numbers)}'}", headers)
        self.established = self.hear()

    def submit(self, job_type="task", **more):
        """Submits a job and returns its id."""
        return self.ask("submit_job", "job_accepted", job_type=job_type, **more)["job_id"]


class WorkerSocket(Peer):
    def __init__(self, server, worker, **intro):
        super().__init__(server, f"/ws/worker/{worker}")
        self.established = self.hear()
        self.registered = self.ask("register", "registered", **intro)

    def claim(self, **more):
        return self.ask("claim", "jobs", **more)["jobs"]

    def tell(self, type, job, **members):
        return self.ask(type, "ack", job_id=job["id"], token=job["token"], **members)


class Worker:
    """A worker over HTTP."""

    def __init__(self, server, worker="worker-1", **intro):
        self.server = server
        self.worker = worker
        self.registered = self.post("register", intro)

    def post(self, path, body=None, status=200):
        answer = self.server.request("POST", f"/api/workers/{self.worker}/{path}", body if body is not None else {})
        assert answer.status in (status, 204), answer
        return answer.json() if answer.body else None

    def claim(self, wait=5000, **more):
        """One job, or None."""
        jobs = self.post("claim", {"waitMs": wait, **more})["jobs"]
        return jobs[0] if jobs else None

    def tell(self, job, what, **body):
        return self.post(f"jobs/{job['id']}/{what}", {"token": job["token"], **body})

    def do(self, job, *progress, result=None):
        """Reports progress and completes the job."""
        for value in progress:
            self.tell(job, "progress", progress=value, action=f"at {value}")
        self.tell(job, "complete", result=result if result is not None else {"ok": True})


class Events:
    """A body of server-sent events. What came is in `heard`: (id, message)."""

    def __init__(self, server, path, last_id=None, headers=None, **query):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
        fields = {"Accept": "text/event-stream", **(headers or {})}
        if last_id is not None:
            fields["Last-Event-ID"] = str(last_id)
        self.connection.request("GET", with_query(path, query), headers=fields)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.heard = []
        self.last_id = None

    def block(self):
        """The lines up to the next empty one; none at the end. An id is kept, whether there is a message or not."""
        lines = []
        while (line := self.answer.readline().decode().rstrip("\r\n")):
            lines.append(line)
            if line.startswith("id:"):
                self.last_id = line[3:].strip()
        return lines

    def hear(self):
        """The next message, or None at the body's end."""
        deadline = time.monotonic() + PATIENCE  # comments come for ever
        while lines := self.block():
            assert time.monotonic() < deadline, f"no message in {PATIENCE:.0f} s; heard {self.types}"
            data = [line[5:].lstrip() for line in lines if line.startswith("data:")]
            if not data:
                continue
            message = json.loads("\n".join(data))
            self.heard.append((self.last_id if any(line.startswith("id:") for line in lines) else None, message))
            return message
        return None

    def until(self, type, **members):
        while True:
            message = self.hear()
            assert message is not None, f"the body ended before {type}; heard {self.types}"
            if message["type"] == type and all(message.get(k) == v for k, v in members.items()):
                return message

    def until_job(self, job, status):
        while True:
            update = self.until("job-update")["job"]
            if update["id"] == job and update["status"] == status:
                return update

    @property
    def types(self):
        return [message["type"] for _, message in self.heard]

    def close(self):
        self.answer.close()  # it has the socket, too
        self.connection.close()


def submit(server, **body):
    """Submits a job over HTTP and returns its document."""
    answer = server.request("POST", "/api/jobs", {"name": "Task", **body})
    assert answer.status == 201, answer
    return answer.json()


def now():
    return int(time.time() * 1000)
