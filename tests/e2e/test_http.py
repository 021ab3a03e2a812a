"""HTTP/1.1 as it is spoken: methods, keep-alive, pipelining, bodies, limits."""

import json
import socket
import threading
import time

from harness import EndToEnd, long_only, wait_until, workflow
from raw import Raw, request_text

RUNS = "/api/v2/workflows/runs"
GOOD = json.dumps({"workflow": workflow(("a", "true"))}).encode()
JSON = {"Content-Type": "application/json"}


class Http(EndToEnd):
    def raw(self, **more):
        raw = Raw(self.server, **more)
        self.addCleanup(raw.close)
        return raw

    def send(self, method, target, headers=None, body=b""):
        return self.raw().send(request_text(self.server, method, target, headers, body)).receive(method == "HEAD")

    def test_a_method_that_a_route_does_not_know_is_405_with_allow(self):
        run = self.server.run(workflow(("a", "true")))
        for path, wrong, allowed in ((RUNS, "DELETE", {"GET", "POST"}), (RUNS, "PUT", {"GET", "POST"}),
                                     (f"/runs/{run}", "PATCH", {"GET"}), (f"/runs/{run}/cancel", "GET", {"POST"}),
                                     (f"/runs/{run}/stream", "POST", {"GET"}), (f"/runs/{run}/logs", "DELETE", {"GET"}),
                                     ("/api/v2/workflows/validate", "PATCH", {"POST"}), ("/healthz", "POST", {"GET"})):
            with self.subTest(f"{wrong} {path}"):
                answer = self.server.request(wrong, path, b"" if wrong != "GET" else None)
                self.assert_problem(answer, 405)
                self.assertLessEqual(allowed, {m.strip() for m in answer.headers["allow"].split(",")})

    def test_an_unknown_path_is_404_as_a_problem(self):
        for path in ("/api", "/api/v3/workflows/runs", "/runs", "/favicon.icon", "/healthz/x", "//",
                     "/api/v2/workflows/runs/",
                     "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/web/index.html%00"):
            with self.subTest(path):
                status, headers, body = self.send("GET", path)
                self.assertIn(status, (400, 404))
                self.assertEqual(headers["content-type"], "application/problem+json")
                self.assertEqual(json.loads(body)["status"], status)

    def test_a_body_that_is_not_json_by_its_type_is_415(self):
        for path in (RUNS, "/api/v2/workflows/validate"):
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "jason",
                         "application/jsonx", "text/html", ""):
                with self.subTest(path, kind=kind):
                    self.assert_problem(self.server.request("POST", path, GOOD, {"Content-Type": kind}), 415)

    def test_json_with_parameters_and_in_capitals_is_json(self):
        for kind in ("application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"):
            answer = self.server.request("POST", RUNS, GOOD, {"Content-Type": kind})
            self.assertEqual(answer.status, 201, answer)

    def test_a_body_that_is_no_json_is_400(self):
        for body in (b"", b" ", b"{", b'{"workflow":', b"nul", b"{'a':1}", b'{"a":1,}', b"[1 2]", b"\xff\xfe",
                     b'"\xc3"',
                     b'{"a":"\xed\xa0\x80"}', b"\xef\xbb\xbf{}x", b"{} {}", b"NaN", b"[" * 100_000, b'{"a":' * 50_000,
                     b'{"workflow":{"name":"\\ud800"}}', b"1e999999", b"\x00", b'{"a":"\x01"}', b"-", b"01"):
            for path in (RUNS, "/api/v2/workflows/validate"):
                with self.subTest(path, body=body[:30]):
                    self.assert_problem(self.server.request("POST", path, body, JSON), 400, 422)

    def test_a_body_over_the_limit_is_413_before_it_is_sent(self):
        for length in (100 << 20, 1 << 40, 2 ** 63, 2 ** 64 - 1):
            with self.subTest(length):
                raw = self.raw().send(request_text(self.server, "POST", RUNS, {**JSON, "Content-Length": str(length)}))
                status, headers, body = raw.receive()
                self.assertIn(status, (413, 400) if length >= 2 ** 63 else (413,))
                self.assertEqual(headers["content-type"], "application/problem+json")

    def test_a_chunked_body_without_end_is_cut_off_with_413(self):
        raw = self.raw().send(request_text(self.server, "POST", RUNS, {**JSON, "Transfer-Encoding": "chunked"}))
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        sent = 0
        try:
            while sent < 256 << 20:
                raw.send(chunk)
                sent += len(chunk)
        except OSError:
            pass
        self.assertLess(sent, 64 << 20, "the server swallowed it all")
        answer = raw.receive()
        self.assertIn(answer and answer[0], (413, None))

    def test_a_chunked_body_is_taken(self):
        half = len(GOOD) // 2
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (GOOD[:half], GOOD[half:])) + b"0\r\n\r\n"
        self.assertEqual(self.send("POST", RUNS, {**JSON, "Transfer-Encoding": "chunked"}, body)[0], 201)

    def test_expect_100_continue_is_answered_before_the_body(self):
        raw = self.raw().send(request_text(self.server, "POST", RUNS, {**JSON, "Expect": "100-continue",
                                                                       "Content-Length": str(len(GOOD))}))
        first = raw.receive()
        if first[0] == 100:
            first = raw.send(GOOD).receive()
        self.assertEqual(first[0], 201)

    def test_a_header_that_is_too_big_is_refused(self):
        for target, headers in (("/healthz", {"X-Big": "x" * 200_000}), ("/healthz?" + "q" * 100_000, {}),
                                ("/healthz", {f"X-{i}": "y" * 100 for i in range(3000)})):
            raw = self.raw()
            try:
                raw.send(request_text(self.server, "GET", target, headers))
            except OSError:
                pass
            answer = raw.receive()
            self.assertIn(answer and answer[0], (400, 414, 431, None))

    def test_a_connection_is_kept_for_further_requests(self):
        raw = self.raw()
        for _ in range(50):
            self.assertEqual(raw.send(request_text(self.server, "GET", "/healthz")).receive()[0], 200)
        self.assertEqual(raw.send(request_text(self.server, "GET", "/nowhere")).receive()[0], 404)
        self.assertEqual(raw.send(request_text(self.server, "POST", RUNS, JSON, b"{")).receive()[0], 400)
        self.assertEqual(raw.send(request_text(self.server, "POST", RUNS, JSON, GOOD)).receive()[0], 201)

    def test_connection_close_and_http_1_0_end_the_connection_after_the_answer(self):
        raw = self.raw().send(request_text(self.server, "GET", "/healthz", {"Connection": "close"}))
        self.assertEqual(raw.receive()[0], 200)
        self.assertTrue(raw.ended())
        raw = self.raw().send(f"GET /healthz HTTP/1.0\r\nHost: {self.server.authority}\r\n\r\n".encode())
        self.assertEqual(raw.receive()[0], 200)
        self.assertTrue(raw.ended())

    def test_pipelined_requests_are_answered_in_order(self):
        texts = [request_text(self.server, "GET", "/healthz"), request_text(self.server, "GET", "/nowhere"),
                 request_text(self.server, "POST", RUNS, JSON, GOOD), request_text(self.server, "HEAD", "/healthz"),
                 request_text(self.server, "GET", "/readyz")]
        raw = self.raw().send(b"".join(texts))
        got = [raw.receive()[0] for _ in range(3)] + [raw.receive(head=True)[0], raw.receive()[0]]
        self.assertEqual(got, [200, 404, 201, 200, 200])

    def test_a_request_that_comes_byte_by_byte_is_answered(self):
        raw = self.raw()
        for byte in request_text(self.server, "POST", RUNS, JSON, GOOD):
            raw.send(bytes([byte]))
        self.assertEqual(raw.receive()[0], 201)

    def test_head_is_get_without_a_body(self):
        run = self.server.finish(workflow(("a", "true")))["id"]
        for path in ("/healthz", RUNS, f"/runs/{run}", f"/runs/{run}/logs", "/"):
            with self.subTest(path):
                raw = self.raw().send(request_text(self.server, "HEAD", path))
                self.assertEqual(raw.receive(head=True)[0], 200)
                self.assertEqual(raw.send(request_text(self.server, "GET", "/healthz")).receive()[0], 200)

    def test_head_of_a_stream_does_not_hang(self):
        run = self.server.finish(workflow(("a", "true")))["id"]
        for accept in ("text/event-stream", "application/x-ndjson"):
            answer = self.raw().send(request_text(self.server, "HEAD", f"/runs/{run}/stream", {"Accept": accept}))
            status, headers, body = answer.receive(head=True)
            self.assertIn(status, (200, 204, 405))
            self.assertNotIn("content-length", headers, "GET has none either")

    def test_percent_encoding_is_undone_once(self):
        run = self.server.finish(workflow(("a", "echo 'x y+z'; echo 'x%20y'")))["id"]
        for query, expected in (("q=x%20y%2Bz", ["x y+z"]), ("q=x%2520y", ["x%20y"]), ("q=%78%20", ["x y+z"])):
            with self.subTest(query):
                answer = self.server.get(f"/runs/{run}/logs?{query}")
                self.assertEqual([i["message"] for i in answer.json()["items"]], expected)
        self.assertEqual(self.server.get(f"/runs/%{ord(run[0]):02x}{run[1:]}").json()["id"], run)
        for broken in ("%", "%4", "%zz", "%00", "%ff%fe"):
            self.assertLess(self.server.get(f"/runs/{run}/logs?q={broken}").status, 500)
            self.assertLess(self.server.get(f"/runs/{broken}").status, 500)

    def test_every_refusal_is_problem_json_with_all_its_members(self):
        for method, path in (("GET", "/nowhere"), ("DELETE", RUNS), ("GET", f"{RUNS}/x"), ("GET", f"{RUNS}?limit=x")):
            answer = self.server.request(method, path)
            self.assert_problem(answer, 400, 404, 405)

    def test_a_client_that_goes_away_in_the_middle_of_its_request_is_forgotten(self):
        before = self.server.descriptors()
        for _ in range(50):
            raw = Raw(self.server)
            raw.send(request_text(self.server, "POST", RUNS, {**JSON, "Content-Length": "1000"}, b"{"))
            raw.close()
        wait_until(lambda: self.server.descriptors() <= before + 5, "the descriptors to be closed")

    def test_clients_that_reset_their_streams_leave_no_descriptor_behind(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("a", hold)))
        self.server.wait_for(run, "running")
        before = self.server.descriptors()
        for accept in ("text/event-stream", "application/x-ndjson") * 20:
            raw = Raw(self.server).send(request_text(self.server, "GET", f"/runs/{run}/stream", {"Accept": accept}))
            raw.file.readline()
            raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            raw.close()
        wait_until(lambda: self.server.descriptors() <= before + 3, "the descriptors to be closed")
        release()

    def test_the_security_headers_are_set_on_pages_and_json(self):
        for path in ("/", RUNS):
            self.assertEqual(self.server.get(path).headers.get("x-content-type-options"), "nosniff", path)
        policy = self.server.get("/").headers.get("content-security-policy", "")
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)

    def test_a_foreign_page_is_given_no_right_to_read(self):
        answer = self.server.get(RUNS, {"Origin": "http://evil.example"})
        self.assertNotIn("access-control-allow-origin", answer.headers)

    @long_only
    def test_requests_and_handshakes_that_are_never_finished_are_closed(self):
        halves = [b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: " + self.server.authority.encode() + b"\r\n",
                  request_text(self.server, "POST", RUNS, {**JSON, "Content-Length": "1000"}, b"{"),
                  request_text(self.server, "GET", "/healthz")]
        raws = [Raw(self.server, timeout=180).send(half) for half in halves]
        dripping = Raw(self.server, timeout=180)

        def drip():
            try:
                dripping.send(b"GET /healthz HTTP/1.1\r\n")
                for i in range(170):
                    dripping.send(b"X-%d: y\r\n" % i)
                    time.sleep(1)
            except OSError:
                pass

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        for half, raw in zip(halves + [b"dripping"], raws + [dripping]):
            with self.subTest(half[:30]), raw:
                while (answer := raw.receive()) is not None:
                    self.assertLess(answer[0], 500)
                self.assertTrue(raw.ended())
