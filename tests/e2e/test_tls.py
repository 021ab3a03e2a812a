"""TLS: HTTPS and wss with other people's clients, bad handshakes, renewed certificates."""

import asyncio
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import unittest
from pathlib import Path

from harness import BINARY, EndToEnd, PATIENCE, Response, Server, wait_until, workflow

try:
    import websockets
except ImportError:
    websockets = None

NODE = Path(__file__).resolve().parent / "node"


def certificate(folder, name):
    """A certificate for this machine that vouches for itself, with its key."""
    cert, key = f"{folder}/{name}.crt", f"{folder}/{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                    "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=PATIENCE)
    return cert, key


class SecureServer(Server):
    cert = None

    @property
    def url(self):
        return f"https://{self.authority}"

    def trust(self):
        return ssl.create_default_context(cafile=self.cert)

    def request(self, method, path, body=None, headers=None, timeout=None):
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=timeout or PATIENCE,
                                                 context=self.trust())
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(EndToEnd):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cert, cls.key = certificate(cls.folder, "first")
        cls.plain, cls.server = cls.server, SecureServer("--tls-cert", cls.cert, "--tls-key", cls.key)
        cls.server.cert = cls.cert
        cls.addClassCleanup(cls.server.clean)
        cls.server.start()
        cls.plain.stop()

    def cli(self, *args, **env):
        return subprocess.run([BINARY, *args, "--server", self.server.url], capture_output=True, text=True,
                              timeout=PATIENCE, env={"PATH": "/usr/bin:/bin", **env})

    def context(self):
        return self.server.trust()

    def test_a_run_starts_and_ends_over_https(self):
        document = self.server.finish(workflow(("a", "echo secret")))
        self.assertEqual(document["status"], "succeeded")
        self.assertEqual(self.server.log(document["id"]), ["secret"])

    def test_many_requests_share_a_connection(self):
        connection = http.client.HTTPSConnection(self.server.host, self.server.port, context=self.context())
        for _ in range(20):
            connection.request("GET", "/healthz")
            self.assertEqual(connection.getresponse().read(), b'{"status":"ok"}')
        connection.close()

    def test_a_large_body_and_a_long_log_pass_whole(self):
        big = workflow(("a", "seq 1 60000"), description="x" * 700_000)
        document = self.server.finish(big)
        text = self.server.get(f"/runs/{document['id']}/logs", {"Accept": "text/plain"}).text
        self.assertEqual(text.splitlines(), [str(n) for n in range(1, 60001)])

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl_streams(self):
        run = self.server.run(workflow(("a", "seq 1 5000")))
        out = subprocess.run(["curl", "-sN", "--cacert", self.cert, f"{self.server.url}/runs/{run}/stream"],
                             capture_output=True, text=True, timeout=PATIENCE)
        events = [json.loads(line) for line in out.stdout.splitlines() if line]
        seqs = [event["seq"] for event in events if "seq" in event]
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
        self.assertEqual(events[-1]["type"], "run_complete")

    @unittest.skipUnless(websockets, "python3-websockets is not installed")
    def test_python_websockets_follows_over_wss_slowly_and_misses_nothing(self):
        run = self.server.run(workflow(("a", "for i in $(seq 1 3000); do printf '%01000d\\n' $i; done")))

        async def listen():
            seqs = []
            async with websockets.connect(f"wss://{self.server.authority}/runs/{run}/stream", ssl=self.context(),
                                          max_queue=4, open_timeout=PATIENCE) as ws:
                await asyncio.sleep(1)
                try:
                    while True:
                        event = json.loads(await ws.recv())
                        if "seq" in event:
                            seqs.append(event["seq"])
                except websockets.ConnectionClosed:
                    return seqs, ws.close_code

        seqs, code = asyncio.run(asyncio.wait_for(listen(), PATIENCE))
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))
        self.assertGreater(len(seqs), 3000)
        self.assertEqual(code, 1000)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_node_follows_over_wss(self):
        run = self.server.run(workflow(("a", "seq 1 100")))
        script = ("const WebSocket = require('ws'); const ws = new WebSocket(process.argv[1]); let n = 0;"
                  "ws.on('message', () => n++); ws.on('close', (code) => console.log(code, n > 100));"
                  "ws.on('error', (e) => { console.log(e.message); });")
        out = subprocess.run(["node", "-e", script, f"wss://{self.server.authority}/runs/{run}/stream"], cwd=NODE,
                             capture_output=True, text=True, timeout=PATIENCE,
                             env={"NODE_PATH": "/usr/share/nodejs", **os.environ, "NODE_EXTRA_CA_CERTS": self.cert})
        if "Cannot find module" in out.stderr:
            self.skipTest("ws is not installed")
        self.assertEqual(out.stdout.strip(), "1000 true", out)

    def test_the_command_line_follows_and_verifies(self):
        file = Path(self.folder) / "hello.json"
        file.write_text(json.dumps(workflow(("a", "echo hello"))))
        followed = self.cli("submit", "--follow", str(file), "--ca", self.cert)
        self.assertEqual(followed.returncode, 0, followed)
        self.assertIn("hello", followed.stdout)
        self.assertEqual(self.cli("runs", RUNCAST_CA=self.cert).returncode, 0)
        distrusted = self.cli("runs")
        self.assertEqual(distrusted.returncode, 3, distrusted)
        self.assertIn("certificate", distrusted.stderr)

    def test_old_tls_is_refused(self):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        with socket.create_connection((self.server.host, self.server.port), timeout=PATIENCE) as raw:
            with self.assertRaises((ssl.SSLError, OSError)):
                old.wrap_socket(raw)

    def test_alpn_is_http_1_1(self):
        for offered, chosen in ((["h2", "http/1.1"], "http/1.1"), (["h2"], None)):
            context = self.context()
            context.set_alpn_protocols(offered)
            with socket.create_connection((self.server.host, self.server.port), timeout=PATIENCE) as raw, \
                    context.wrap_socket(raw, server_hostname="localhost") as secure:
                self.assertEqual(secure.selected_alpn_protocol(), chosen)

    def test_who_speaks_no_tls_or_nothing_harms_nobody(self):
        silent = [socket.create_connection((self.server.host, self.server.port)) for _ in range(50)]
        for words in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 4000,
                      b"\0" * 100):
            with socket.create_connection((self.server.host, self.server.port), timeout=PATIENCE) as raw:
                raw.sendall(words)
                try:
                    raw.shutdown(socket.SHUT_WR)
                    while raw.recv(4096):
                        pass
                except OSError:
                    pass  # the server may have closed already
        self.assertEqual(self.server.get("/healthz").status, 200)
        for raw in silent:
            raw.close()

    def test_a_cookie_is_for_tls_only(self):
        server = SecureServer("--tls-cert", self.cert, "--tls-key", self.key)
        server.cert = self.cert
        self.addCleanup(server.clean)
        made = subprocess.run([BINARY, "token", "create", "--data", server.data], capture_output=True, text=True,
                              timeout=PATIENCE).stdout.strip()
        server.start()
        answer = server.request("POST", "/sign-in", f"token={made}",
                                {"Content-Type": "application/x-www-form-urlencoded", "Origin": server.url})
        self.assertEqual(answer.status, 303)
        self.assertIn("Secure", answer.headers["set-cookie"])

    def test_a_renewed_certificate_is_taken_at_sighup_and_a_broken_one_is_not(self):
        cert, key = certificate(self.folder, "renewed")
        server = SecureServer("--tls-cert", cert, "--tls-key", key)
        server.cert = cert
        self.addCleanup(server.clean)
        server.start()
        run = server.run(workflow(("a", "sleep 600")))
        before = ssl.get_server_certificate((server.host, server.port))
        other_cert, other_key = certificate(self.folder, "other")
        shutil.copy(other_key, key)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "the old certificate stays" in server.said(), "the complaint")
        self.assertEqual(ssl.get_server_certificate((server.host, server.port)), before)
        shutil.copy(other_cert, cert)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: ssl.get_server_certificate((server.host, server.port)) != before, "the new certificate")
        self.assertEqual(server.show(run)["status"], "running")
        server.cancel(run)

    def test_files_that_do_not_belong_together_are_refused_at_start(self):
        _, other_key = certificate(self.folder, "stranger")
        for args in (["--tls-cert", self.cert], ["--tls-cert", self.cert, "--tls-key", other_key],
                     ["--tls-cert", "/nowhere", "--tls-key", self.key],
                     ["--tls-cert", self.key, "--tls-key", self.key]):
            with self.subTest(" ".join(args)):
                ended = subprocess.run([BINARY, "serve", "--data", f"{self.folder}/none", "--listen", "127.0.0.1:0",
                                        *args], capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual(ended.returncode, 2, ended)
                self.assertFalse(Path(f"{self.folder}/none").exists())
