"""What else a server may hold while it runs a graph: many clients, and many runs that wait."""

import json
import resource
import socket

from steps.usage import resident_bytes

STEPS = 10_000  # of each waiting run, the server's bound
MOST_RUNS = 60


def waiting_run():
    gate = {"id": "gate", "approval": {"message": "wait"}}
    rest = [{"id": f"s{number}", "run": ["true"], "needs": ["gate"]} for number in range(STEPS - 1)]
    return json.dumps({"workflow": {"name": "waiting", "steps": [gate, *rest]}}).encode()


def may_open(descriptors):
    """Raises the limit on open files as far as it may; whether there is room for so many in one process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard >= descriptors


class Crowd:
    """Followers of a run that waits, and so many waiting runs that the server has `resident` bytes in memory."""

    def __init__(self, server, clients, resident):
        self.runs = 0
        self.sockets = []
        before = resident_bytes(server.process.pid)
        definition = waiting_run()
        run = None
        while self.runs < MOST_RUNS and (run is None or resident_bytes(server.process.pid) < resident):
            run = server.submit(definition)
            self.runs += 1
        self.bytes_a_step = (resident_bytes(server.process.pid) - before) / (self.runs * STEPS)
        request = (f"GET /runs/{run}/stream HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                   "Accept: application/x-ndjson\r\n\r\n").encode()
        for _ in range(clients):
            client = socket.create_connection(("127.0.0.1", server.port), 60)
            client.sendall(request)
            self.sockets.append(client)
        for client in self.sockets:
            if not client.recv(4096).startswith(b"HTTP/1.1 200"):
                raise RuntimeError("a follower was refused")
        self.resident = resident_bytes(server.process.pid)

    def leave(self):
        for client in self.sockets:
            client.close()
