"""A runcast server, what is asked of it, and a follower that checks what it is sent."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from peers import family, free_port, stop, wait_for_port

SEQ = re.compile(rb',"seq":(\d+),')


class Connection:
    """Plain HTTP/1.1 over one socket; a client in Python should cost as little as it can."""

    def __init__(self, port):
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.left = b""

    def send(self, method, path, body=b"", accept="application/json"):
        head = (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept: {accept}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        self.socket.sendall(head.encode() + body)

    def more(self):
        received = self.socket.recv(1 << 20)
        if not received:
            raise RuntimeError("the server closed the connection")
        self.left += received

    def head(self):
        while b"\r\n\r\n" not in self.left:
            self.more()
        head, _, self.left = self.left.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), head.lower()

    def answer(self):
        """The status and the body of an answer that bears its length."""
        status, head = self.head()
        length = int(re.search(rb"content-length: *(\d+)", head).group(1))
        while len(self.left) < length:
            self.more()
        body, self.left = self.left[:length], self.left[length:]
        return status, body

    def call(self, method, path, body=b""):
        self.send(method, path, body)
        status, answer = self.answer()
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer[:300]!r}")
        return json.loads(answer)

    def follow(self, run, keep=None):
        """Reads a run's stream as NDJSON to its end: the number of its events. `keep` takes all bytes of it."""
        self.send("GET", f"/runs/{run}/stream", accept="application/x-ndjson")
        status, _ = self.head()
        if status != 200:
            raise RuntimeError(f"the stream of {run}: {status}")
        seen = 0
        while True:
            end = self.left.rfind(b"\n") + 1
            complete, self.left = self.left[:end], self.left[end:]
            for seq in SEQ.findall(complete):
                seen += 1
                if int(seq) != seen:
                    raise RuntimeError(f"the stream of {run} has {int(seq)} where {seen} should be")
            if keep:
                keep.write(complete)
            if b'"type":"run_complete"' in complete:
                check_end(run, complete, seen)
                return seen
            self.more()

    def close(self):
        self.socket.close()


def check_end(run, text, seen):
    line = next(line for line in text.splitlines() if b'"type":"run_complete"' in line)
    payload = json.loads(line)["payload"]
    if payload["status"] != "succeeded" or payload["lastSeq"] != seen:
        raise RuntimeError(f"{run} ended as {payload} after {seen} events")


class Server:
    """A server process with a database of its own, on the disk that `directory` is on."""

    def __init__(self, binary, durability, directory, arguments=()):
        self.durability = durability
        self.data = Path(tempfile.mkdtemp(prefix=f"server-{durability}-", dir=directory))
        self.port = free_port()
        command = [binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data", self.data,
                   "--durability", durability, *arguments]
        with open(self.data / "output", "wb") as output:
            self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output)
        wait_for_port(self.port, self.process)
        self.pids = self.wait_for_helper()

    def wait_for_helper(self):
        for _ in range(100):
            if len(pids := family(self.process.pid)) > 1:
                return pids
            time.sleep(0.05)
        raise RuntimeError("the server has no spawn helper")

    def connect(self):
        return Connection(self.port)

    def submit(self, definition):
        connection = self.connect()
        run = connection.call("POST", "/api/v2/workflows/runs", definition)["id"]
        connection.close()
        return run

    def run_and_follow(self, definition, keep=None):
        """From a definition's submission until its follower has read the run's end; the number of events."""
        connection = self.connect()
        run = connection.call("POST", "/api/v2/workflows/runs", definition)["id"]
        seen = connection.follow(run, keep)
        connection.close()
        return seen

    def stop(self):
        stop(self.process)
        shutil.rmtree(self.data, ignore_errors=True)
