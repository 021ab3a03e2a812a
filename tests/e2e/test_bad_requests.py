"""A table of mean requests: each is refused or ignored, none is answered 5xx, none harms the server."""

import itertools
import json

from harness import EndToEnd, workflow
from raw import Raw, request_text

RUNS = "/api/v2/workflows/runs"
VALIDATE = "/api/v2/workflows/validate"
UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
JSON = {"Content-Type": "application/json"}
NUMBERS = ["", "-1", "x", "1.5", "1e3", "0x10", " 1", "1 ", "+1", "99999999999999999999", "-9223372036854775809",
           "%00", "٣", "NaN"]
TEXTS = ["", "%", "%zz", "%00", "%ff", "a" * 9000, "' OR 1=1 --", "../../etc/passwd", "<script>", "\\", "*", "(((",
         "[a-", "%F0%9F%91%8B"]


def bodies():
    good = workflow(("a", "true"))
    yield from (b"", b"null", b"true", b"0", b'""', b"[]", b"{}", b"{", b"}", b"\xff", b"\x00" * 100, b"[" * 5000,
                b"{}" * 3)
    for value in (None, True, 0, -1, 1.5, "", "x", [], {}, [[]], [None], {"": None}):
        yield json.dumps({"workflow": value}).encode()
        yield json.dumps({"workflow": {**good, "steps": value}}).encode()
        yield json.dumps({"workflow": good, "inputs": [value]}).encode()
    for key in ("id", "name", "run", "needs", "env", "timeout", "retry", "continueOnError", "if", "matrix", "delay",
                "http", "job", "workflow", "approval", "workingDirectory", "shell", "onInterrupt"):
        for value in (None, -1, 1e308, [{}], {"x": [1]}):
            bad = {"id": "a", "run": "true", key: value}
            yield json.dumps({"workflow": {"name": "x", "steps": [bad]}}).encode()
    yield json.dumps({"workflow": {"name": "x" * 100_000, "steps": []}}).encode()
    yield json.dumps({"workflow": good, "inputs": {"k" * 10_000: "v"}}).encode()
    yield b'{"workflow":{"name":"x","name":"y","steps":[{"id":"a","id":"b","run":"true"}]}}'
    yield b'{"workflow":{"name":"x","steps":[{"id":"a","run":["true","\\u0000"]}]}}'
    yield b'{"workflow":{"name":"x","steps":[{"id":"a","run":"true\\u0000false"}]}}'
    yield b'{"workflow":{"name":"x","env":{"A=B":"c","":"d"},"steps":[{"id":"a","run":"true"}]}}'
    yield b'{"workflow":{"name":"x","env":{"A":"b\\u0000c"},"steps":[{"id":"a","run":"true"}]}}'


def paths(run):
    for base in (f"/runs/{run}", f"{RUNS}/{run}"):
        for tail, key in (("/events", "after"), ("/events", "limit"), ("/logs", "after"), ("/logs", "before"),
                          ("/logs", "tail"), ("/logs", "limit"), ("/stream", "after"), ("/stream", "tail")):
            for value in NUMBERS:
                yield f"{base}{tail}?{key}={value}"
    for key, value in itertools.product(("q", "step", "level", "cursor", "unknown", ""), TEXTS):
        yield f"/runs/{run}/logs?{key}={value}"
    for key, value in itertools.product(("types", "step", "level", "epoch"), TEXTS):
        yield f"/runs/{run}/stream?{key}={value}"
    for key, value in itertools.product(("workflow", "status", "since", "until", "limit", "cursor"), TEXTS):
        yield f"{RUNS}?{key}={value}"
    yield from (f"/runs/{value}" for value in TEXTS)
    yield from (f"/runs/{run}/{value}" for value in TEXTS)
    yield from (f"/runs/{run}/logs?{'&'.join('q=1' for _ in range(1000))}", f"/runs/{run}/logs?&&&==&=",
                f"/runs/{run}/?", f"/runs/{run}//events", "/?", "/#x", "/*", "/.", "/..", "/./.", "/%2f", "/\\", "/;",
                "/runs/;a=b")


# Each in front of a good Host line.
REQUEST_LINES = [
    "GET", "GET /", "GET / HTTP/9.9", "GET / HTTP/2.0", "GET / HTTP/1.x", "GET / http/1.1", "GET  /  HTTP/1.1",
    " GET / HTTP/1.1", "G\x00T / HTTP/1.1", "GET /\x00 HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /é HTTP/1.1",
    "BREW /healthz HTTP/1.1", "M" * 5000 + " / HTTP/1.1", "GET healthz HTTP/1.1", "GET * HTTP/1.1",
    "OPTIONS * HTTP/1.1", "CONNECT example.org:443 HTTP/1.1", "TRACE / HTTP/1.1", "GET http:// HTTP/1.1",
    "GET ?q HTTP/1.1",
]
# Each behind a good request line and Host, with what follows the empty line.
FIELDS = [
    ("No colon here", ""), (": no name", ""), ("Na me: x", ""), ("X: \x00", ""), ("X: a\rb", ""), (" folded", ""),
    ("X : y", ""), ("X: é", ""), ("Content-Length: x", ""), ("Content-Length: -1", ""), ("Content-Length: 5", "hello"),
    ("Content-Length: 1\r\nContent-Length: 2", "ab"), ("Content-Length: 1, 1", "a"), ("Content-Length: 0x1", "a"),
    ("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), ("Transfer-Encoding: gzip", ""),
    ("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), ("Transfer-Encoding: chunked", "zz\r\n\r\n"),
    ("Transfer-Encoding: chunked", "-1\r\n\r\n"), ("Transfer-Encoding: chunked", "f" * 18 + "\r\n\r\n"),
    ("Transfer-Encoding: chunked", "1\r\nab\r\n0\r\n\r\n"), ("Transfer-Encoding:\x0bchunked", "0\r\n\r\n"),
    ("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk", ""),
    ("Upgrade: websocket\r\nConnection: Upgrade", ""), ("Expect: the-unexpected", ""), ("Range: bytes=0-", ""),
    ("Accept-Encoding: " + "gzip," * 1000, ""), ("Connection: " + "x," * 500, ""), ("Cookie: " + "a=b; " * 800, ""),
    ("Authorization: Bearer ", ""), ("Authorization: Basic !!!", ""), ("If-None-Match: *", ""),
]


def malformed(server):
    """Whole connections' worth of bytes that are no proper request."""
    host = f"Host: {server.authority}\r\n"
    yield from (f"{line}\r\n{host}\r\n".encode("latin-1") for line in REQUEST_LINES)
    yield from (f"GET /healthz HTTP/1.1\r\n{host}{field}\r\n\r\n{rest}".encode("latin-1") for field, rest in FIELDS)
    yield from (b"\r\n\r\n", b"\n\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200))  # a TLS hello
    yield bytes(range(256)) * 8
    yield b"\xff" * 4096


def handshakes(server, run):
    """WebSocket handshakes with something wrong in them."""
    good = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13"}
    target = f"/runs/{run}/stream"
    for key, values in (("Sec-WebSocket-Key", [None, "", "short", "x" * 1000]),
                        ("Sec-WebSocket-Version", [None, "8", "x", "14"]),
                        ("Connection", [None, "close", "keep-alive"]), ("Upgrade", [None, "h2c", ""])):
        for value in values:
            yield request_text(server, "GET", target, {**good, key: value})
    yield request_text(server, "POST", target, good)
    yield request_text(server, "GET", target, {**good, "Content-Length": "3"}, b"abc")
    yield request_text(server, "GET", target,
                       {**good, "Sec-WebSocket-Extensions": "permessage-deflate; x=" + "y" * 3000})
    yield request_text(server, "GET", target, {**good, "Sec-WebSocket-Protocol": ",,,"})
    yield request_text(server, "GET", "/healthz", good)
    yield request_text(server, "GET", "/nowhere", good)
    yield request_text(server, "GET", target, good).replace(b"HTTP/1.1", b"HTTP/1.0")


class BadRequests(EndToEnd):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_id = cls.server.finish(workflow(("a", "seq 1 5")))["id"]

    def refused(self, data, allowed=range(200, 500)):
        """Sends the bytes; every answer that comes back is no server error, and the connection ends or goes on."""
        with Raw(self.server) as raw:
            try:
                raw.send(data)
                raw.half_close()
            except OSError:
                pass
            statuses = []
            try:
                while len(statuses) < 5 and (answer := raw.receive(head=data.startswith(b"HEAD"))):
                    statuses.append(answer[0])
                    if answer[0] == 101:
                        break
            except ConnectionError:
                pass
            for status in statuses:
                self.assertTrue(status in allowed or status in (100, 101), f"{status} for {data[:300]!r}")
            return statuses

    def tearDown(self):
        self.assertEqual(self.server.get("/healthz").status, 200)

    def test_no_query_makes_a_server_error(self):
        for path in paths(self.run_id):
            with self.subTest(path[:100]):
                self.assertTrue(self.refused(request_text(self.server, "GET", path.encode().decode("latin-1"),
                                                          {"Accept": "application/x-ndjson"})), "no answer at all")

    def test_no_body_makes_a_server_error(self):
        for path in (RUNS, VALIDATE, f"/runs/{self.run_id}/cancel", f"/runs/{UNKNOWN}/cancel"):
            for body in bodies():
                with self.subTest(path, body=body[:100]):
                    self.assertTrue(self.refused(request_text(self.server, "POST", path,
                                                              {**JSON, "Content-Length": str(len(body))}, body)))

    def test_no_method_on_any_route_makes_a_server_error(self):
        routes = ["/", "/healthz", "/readyz", RUNS, VALIDATE, f"/runs/{self.run_id}", f"/runs/{self.run_id}/logs",
                  f"/runs/{self.run_id}/events", f"/runs/{self.run_id}/stream", f"/runs/{self.run_id}/cancel",
                  f"/runs/{UNKNOWN}", "/nowhere"]
        for method, route in itertools.product(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
                                                "PROPFIND", "get", "BREW"), routes):
            with self.subTest(f"{method} {route}"):
                self.assertTrue(self.refused(request_text(self.server, method, route)))

    def test_no_malformed_request_makes_a_server_error(self):
        for data in malformed(self.server):
            with self.subTest(data[:80]):
                self.refused(data)

    def test_no_broken_handshake_makes_a_server_error(self):
        for data in handshakes(self.server, self.run_id):
            with self.subTest(data[:400]):
                self.refused(data)

    def test_a_request_cut_off_at_any_byte_harms_nothing(self):
        whole = request_text(self.server, "POST", RUNS, JSON,
                             json.dumps({"workflow": workflow(("a", "true"))}).encode())
        for cut in range(0, len(whole), 7):
            self.refused(whole[:cut])

    def test_the_server_said_nothing_of_a_crash_or_a_leak(self):
        for word in ("AddressSanitizer", "ThreadSanitizer", "runtime error", "terminate called"):
            self.assertNotIn(word, self.server.said())
