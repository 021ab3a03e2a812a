"""Who may connect from where, and what two servers may share."""

import os
import signal
import socket
import stat
import subprocess

from harness import BINARY, EndToEnd, PATIENCE, Server, free_port, workflow
from raw import Raw, request_text
from streams import stream_path
from websocket import WebSocket

RUNS = "/api/v2/workflows/runs"


class Host(EndToEnd):
    def ask(self, target="/healthz", host=None, extra=""):
        lines = f"Host: {host}\r\n" if host is not None else ""
        with Raw(self.server) as raw:
            answer = raw.send(f"GET {target} HTTP/1.1\r\n{lines}{extra}\r\n".encode("latin-1")).receive()
            return answer and answer[0]

    def test_loopback_names_are_taken_with_any_port_and_in_any_case(self):
        port = self.server.port
        for host in (f"127.0.0.1:{port}", "127.0.0.1", f"localhost:{port}", "LocalHost", f"[::1]:{port}", "[::1]",
                     "localhost:1"):
            with self.subTest(host):
                self.assertEqual(self.ask(host=host), 200)

    def test_a_foreign_host_is_refused_on_every_route(self):
        run = self.server.run(workflow(("a", "true")))
        for target in ("/", "/healthz", RUNS, f"/runs/{run}/stream", f"/runs/{run}/logs", "/nowhere"):
            with self.subTest(target):
                self.assertIn(self.ask(target, "evil.example"), (400, 403, 421))

    def test_hosts_that_only_look_like_loopback_are_refused(self):
        for host in ("127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "evil.localhost.example",
                     "evil@127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1,evil.example", "evil.example/127.0.0.1",
                     "[::2]",
                     "10.0.0.1", "0.0.0.0", "", "[", "[::1", ":80", "127.0.0.1:port", "localhost ", "a" * 5000):
            with self.subTest(host[:40]):
                expected = (200,) if host == "localhost " else (400, 403, 421)
                self.assertIn(self.ask(host=host), expected)

    def test_a_request_without_host_or_with_two_is_400(self):
        self.assertEqual(self.ask(), 400)
        self.assertIn(self.ask(host="localhost", extra="Host: localhost\r\n"), (400, 403, 421))
        self.assertIn(self.ask(host="localhost", extra="Host: evil.example\r\n"), (400, 403, 421))

    def test_an_absolute_target_is_checked_too(self):
        self.assertIn(self.ask("http://evil.example/healthz", self.server.authority), (400, 403, 404, 421))

    def test_a_foreign_host_is_refused_before_an_upgrade(self):
        run = self.server.run(workflow(("a", "true")))
        with WebSocket(self.server, stream_path(run), {"Host": "evil.example"}) as ws:
            self.assertIn(ws.status, (400, 403, 421))

    def test_a_name_given_with_host_is_taken(self):
        server = self.own_server("--host", "runs.example")
        for host, expected in (("runs.example", (200,)), (f"RUNS.example:{server.port}", (200,)),
                               ("localhost", (200,)), ("other.example", (400, 403, 421))):
            with Raw(server) as raw:
                got = raw.send(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).receive()[0]
            self.assertIn(got, expected, host)


class Origin(EndToEnd):
    def post(self, origin, path=RUNS):
        headers = {"Origin": origin} if origin is not None else {}
        return self.server.request("POST", path, {"workflow": workflow(("a", "true"))}, headers)

    def test_a_state_change_from_the_server_s_own_page_or_from_no_page_is_taken(self):
        for origin in (None, self.server.url):
            self.assertEqual(self.post(origin).status, 201, origin)

    def test_a_state_change_from_a_foreign_page_is_403_and_changes_nothing(self):
        count = len(self.server.get(RUNS).json()["items"])
        for origin in ("http://evil.example", "https://evil.example", "null", "http://127.0.0.1.evil.example",
                       f"http://evil.example:{self.server.port}", "file://", "", "chrome-extension://abc",
                       f"http://127.0.0.1:{self.server.port + 1}", f"http://127.0.0.1:{self.server.port}.evil.example",
                       f"{self.server.url}, http://evil.example", f"http://127.0.0.1@evil.example:{self.server.port}"):
            with self.subTest(origin):
                self.assertEqual(self.post(origin).status, 403)
        self.assertEqual(len(self.server.get(RUNS).json()["items"]), count)

    def test_a_foreign_page_cannot_cancel(self):
        run = self.server.run(workflow(("a", "sleep 600")))
        answer = self.server.request("POST", f"/runs/{run}/cancel", headers={"Origin": "http://evil.example"})
        self.assertEqual(answer.status, 403)
        self.assertIn(self.server.show(run)["status"], ("pending", "running"))
        self.server.cancel(run)
        self.server.wait_for(run)

    def test_an_upgrade_from_a_foreign_page_is_403(self):
        run = self.server.run(workflow(("a", "true")))
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{self.server.port + 1}"):
            with self.subTest(origin), WebSocket(self.server, stream_path(run), {"Origin": origin}) as ws:
                self.assertEqual(ws.status, 403)
        for origin in (self.server.url, None):
            with WebSocket(self.server, stream_path(run), {"Origin": origin}) as ws:
                self.assertEqual(ws.status, 101)


class Start(EndToEnd):
    def serve(self, *args):
        return subprocess.run([BINARY, "serve", *args], capture_output=True, text=True, timeout=PATIENCE)

    def test_an_address_that_is_not_loopback_is_refused_with_a_clear_message(self):
        for address in ("0.0.0.0", "192.0.2.1", "[::]", "8.8.8.8"):
            with self.subTest(address):
                ended = self.serve("--listen", f"{address}:{free_port()}", "--data", f"{self.folder}/refused")
                self.assertNotIn(ended.returncode, (0, -signal.SIGSEGV, -signal.SIGABRT))
                self.assertIn("loopback", (ended.stdout + ended.stderr).lower())

    def test_ipv6_loopback_serves(self):
        try:
            port = free_port("::1")
        except OSError:
            self.skipTest("no IPv6 here")
        server = self.own_server(host="::1", port=port)
        self.assertEqual(server.finish(workflow(("a", "true")))["status"], "succeeded")

    def test_a_port_in_use_is_told_and_not_fought_over(self):
        ended = self.serve("--listen", self.server.authority, "--data", f"{self.folder}/port")
        self.assertNotEqual(ended.returncode, 0)
        self.assertIn(str(self.server.port), ended.stdout + ended.stderr)
        self.assertEqual(self.server.get("/healthz").status, 200)

    def test_a_data_folder_is_locked_against_a_second_server(self):
        ended = self.serve("--listen", f"127.0.0.1:{free_port()}", "--data", str(self.server.data))
        self.assertNotIn(ended.returncode, (0, -signal.SIGSEGV, -signal.SIGABRT))
        self.assertTrue((ended.stdout + ended.stderr).strip())
        self.assertEqual(self.server.finish(workflow(("a", "true")))["status"], "succeeded")

    def test_the_data_folder_and_what_is_in_it_is_private_to_its_user(self):
        server = self.own_server(data=f"{self.folder}/fresh")
        server.finish(workflow(("a", "echo secret > file")))
        self.assertEqual(stat.S_IMODE(os.stat(server.data).st_mode), 0o700)
        server.stop()

    def test_bad_arguments_end_with_2_and_a_word(self):
        for args in (["--listen", "nonsense"], ["--listen", "127.0.0.1:99999"], ["--durability", "perhaps"],
                     ["--bogus"],
                     ["--listen", "127.0.0.1:"], ["extra"]):
            with self.subTest(" ".join(args)):
                ended = self.serve("--data", f"{self.folder}/bad", *args)
                self.assertEqual(ended.returncode, 2, ended)
                self.assertTrue(ended.stderr.strip())

    def test_a_data_folder_that_cannot_be_made_is_told(self):
        ended = self.serve("--listen", f"127.0.0.1:{free_port()}", "--data", "/proc/nowhere/runcast")
        self.assertNotIn(ended.returncode, (0, -signal.SIGSEGV, -signal.SIGABRT))
        self.assertIn("/proc/nowhere", ended.stderr + ended.stdout)

    def test_a_database_that_is_none_is_refused_and_left_alone(self):
        folder = f"{self.folder}/garbage"
        server = Server(data=folder)
        self.addCleanup(server.clean)
        server.start().stop()
        databases = [p for p in server.data.iterdir() if p.read_bytes()[:6] == b"SQLite"]
        self.assertEqual(len(databases), 1, list(server.data.iterdir()))
        for rest in server.data.glob(databases[0].name + "-*"):
            rest.unlink()
        databases[0].write_bytes(b"not a database at all" * 1000)
        ended = self.serve("--listen", f"127.0.0.1:{free_port()}", "--data", folder)
        self.assertNotIn(ended.returncode, (0, -signal.SIGSEGV, -signal.SIGABRT))
        self.assertEqual(databases[0].read_bytes(), b"not a database at all" * 1000)

    def test_the_socket_is_listening_on_the_loopback_address_alone(self):
        local = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split()[1] for line in table if line.split()[3] == "0A"]
        mine = [row for row in rows if row.endswith(f":{self.server.port:04X}")]
        self.assertEqual(mine, [f"{local}:{self.server.port:04X}"])

    def test_a_request_is_served_while_many_idle_connections_are_open(self):
        idle = [Raw(self.server) for _ in range(300)]
        with Raw(self.server) as raw:
            self.assertEqual(raw.send(request_text(self.server, "GET", "/healthz")).receive()[0], 200)
        for raw in idle:
            raw.close()
