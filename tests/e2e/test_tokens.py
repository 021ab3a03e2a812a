"""Tokens: made and revoked beside the server, asked for by every route, cookies and sign-in for browsers."""

import contextlib
import http.client
import json
import sqlite3
import subprocess
import time
import unittest
from urllib.parse import urlencode

from browser_case import BrowserCase
from harness import BINARY, EndToEnd, PATIENCE, Server, free_port, wait_until, workflow
from raw import Raw, request_text
from streams import stream_path
from websocket import WebSocket

RUNS = "/api/v2/workflows/runs"


def token(data, *args):
    return subprocess.run([BINARY, "token", *args, "--data", str(data)], capture_output=True, text=True,
                          timeout=PATIENCE)


def bearer(value):
    return {"Authorization": f"Bearer {value}"}


class Guarded(EndToEnd):
    """A server with a token of each scope."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokens = {scope: cls.make(scope, "--name", scope) for scope in ("read", "submit", "work", "admin")}
        cls.take_effect()

    @classmethod
    def make(cls, scope, *args):
        made = token(cls.server.data, "create", "--scope", scope, *args)
        assert made.returncode == 0, made
        return made.stdout.strip()

    @classmethod
    def take_effect(cls):
        wait_until(lambda: cls.server.get(RUNS).status == 401, "the tokens to take effect")
        wait_until(lambda: cls.server.get(RUNS, bearer(cls.tokens["admin"])).status == 200, "the last of them too")

    def submit(self, scope, definition):
        return self.server.submit(definition, headers=bearer(self.tokens[scope]))


class Tokens(Guarded):
    def test_every_route_asks_for_one_but_the_probes_and_the_sign_in(self):
        run = self.submit("submit", workflow(("a", "true"))).json()["id"]
        for target in (RUNS, f"/runs/{run}", f"/runs/{run}/stream", f"/runs/{run}/logs", f"/runs/{run}/events",
                       "/api/v2/workflows", "/", "/nowhere", "/api/v2/session"):
            with self.subTest(target):
                self.assert_problem(self.server.get(target), 401)
                self.assertIn("bearer", self.server.get(target).headers["www-authenticate"].lower())
                self.assertEqual(self.server.get(target, bearer("rc_" + "0" * 64)).status, 401)
        for target in ("/healthz", "/readyz", "/sign-in", "/style.css"):
            with self.subTest(target):
                self.assertEqual(self.server.get(target).status, 200)
        self.assert_problem(self.server.submit(workflow(("a", "true"))), 401)

    def test_a_scope_that_is_missing_is_403(self):
        job = {"workflow": workflow(("a", "true"))}
        for scope, method, path, body, status in (
                ("read", "GET", RUNS, None, 200), ("read", "POST", RUNS, job, 403),
                ("read", "POST", "/api/v2/workflows/validate", job["workflow"], 200),
                ("submit", "POST", RUNS, job, 201), ("submit", "GET", RUNS, None, 403),
                ("work", "GET", RUNS, None, 403), ("work", "POST", RUNS, job, 403),
                ("submit", "DELETE", "/api/v2/workflows/none", None, 403),
                ("admin", "GET", RUNS, None, 200), ("admin", "POST", RUNS, job, 201),
                ("admin", "DELETE", "/api/v2/workflows/none", None, 404)):
            with self.subTest(f"{scope} {method} {path}"):
                answer = self.server.request(method, path, body, bearer(self.tokens[scope]))
                self.assertEqual(answer.status, status, answer)
                if status == 403:
                    self.assertIn("insufficient_scope", answer.headers["www-authenticate"])

    def test_who_has_no_token_is_refused_before_the_body_is_read(self):
        for headers in ({"Content-Length": str(1 << 20)}, {"Transfer-Encoding": "chunked"},
                        {"Content-Length": "10", "Expect": "100-continue"}):
            with self.subTest(str(headers)), Raw(self.server) as raw:
                raw.send(request_text(self.server, "POST", RUNS, {"Content-Type": "application/json", **headers}))
                self.assertEqual(raw.receive()[0], 401)

    def test_who_has_no_token_does_not_keep_others_from_importing(self):
        target = f"{RUNS}/import"
        ndjson = {"Content-Type": "application/x-ndjson"}
        with Raw(self.server) as raw:
            head = request_text(self.server, "POST", target, {**ndjson, "Content-Length": str(20 << 20)})
            raw.send(head + b"{" * 1000)
            large = b"{" * (3 << 20)
            answer = self.server.request("POST", target, large, {**ndjson, **bearer(self.tokens["admin"])})
            self.assert_problem(answer, 400)

    def test_a_small_body_of_a_refused_request_leaves_the_connection_usable(self):
        with Raw(self.server) as raw:
            for _ in range(3):
                raw.send(request_text(self.server, "POST", RUNS, {"Content-Type": "application/json"}, b"{}" * 1000))
                self.assertEqual(raw.receive()[0], 401)
            raw.send(request_text(self.server, "GET", "/healthz"))
            self.assertEqual(raw.receive()[0], 200)

    def test_a_refused_upgrade_is_plain_http(self):
        run = self.submit("submit", workflow(("a", "true"))).json()["id"]
        for headers, status in (({}, 401), (bearer("rc_wrong"), 401), (bearer(self.tokens["work"]), 403),
                                (bearer(self.tokens["read"]), 101),
                                ({"Cookie": f"runcast_token={self.tokens['read']}"}, 101)):
            with WebSocket(self.server, stream_path(run), headers) as ws:
                self.assertEqual(ws.status, status)

    def test_a_run_records_the_token_s_name(self):
        run = self.submit("submit", workflow(("a", "true"))).json()["id"]
        admin = bearer(self.tokens["admin"])
        wait_until(lambda: self.server.get(f"{RUNS}/{run}", admin).json()["status"] == "succeeded", "the run to end")
        first = self.server.get(f"/runs/{run}/events", admin).json()["items"][0]
        self.assertEqual(first["payload"]["startedBy"], "submit")

    def test_a_revoked_token_ends_its_streams_and_nobody_else_s(self):
        hold, release = self.gate()
        self.addCleanup(release)
        run = self.submit("submit", workflow(("a", hold))).json()["id"]
        brief = self.make("read", "--name", "brief")
        wait_until(lambda: self.server.get(RUNS, bearer(brief)).status == 200, "the new token")
        with WebSocket(self.server, stream_path(run), bearer(brief)) as ended, \
                WebSocket(self.server, stream_path(run), bearer(self.tokens["read"])) as kept:
            self.assertEqual((ended.status, kept.status), (101, 101))
            self.assertEqual(token(self.server.data, "revoke", "brief").returncode, 0)
            while ended.receive() is not None:
                pass
            self.assertEqual(ended.close_code, 1008)
            release()
            while kept.receive() is not None:
                pass
            self.assertEqual(kept.close_code, 1000)
        self.assertEqual(self.server.get(RUNS, bearer(brief)).status, 401)

    def test_a_token_ends_with_its_time(self):
        brief = self.make("read", "--name", "short", "--expires", "1h")
        wait_until(lambda: self.server.get(RUNS, bearer(brief)).status == 200, "the token to take effect")
        with contextlib.closing(sqlite3.connect(self.server.data / "tokens.db", PATIENCE)) as tokens, tokens:
            tokens.execute("UPDATE tokens SET expires = ? WHERE name = 'short'", [int(time.time() * 1000) + 2000])
        wait_until(lambda: self.server.get(RUNS, bearer(brief)).status == 401, "the token's end")

    def test_tokens_are_listed_without_what_they_are(self):
        listed = token(self.server.data, "list", "--json")
        self.assertEqual(listed.returncode, 0, listed)
        names = {item["name"]: item for item in json.loads(listed.stdout)["items"]}
        self.assertEqual(names["read"]["scopes"], "read")
        for value in self.tokens.values():
            self.assertNotIn(value, listed.stdout)
            for file in self.server.data.iterdir():
                if file.is_file():
                    self.assertNotIn(value.encode(), file.read_bytes(), file)

    def test_bad_use_ends_with_2_and_a_word(self):
        for args in (["create", "--scope", "reed"], ["create", "--name", "read"], ["create", "--expires", "soon"],
                     ["revoke", "nobody"], ["create", "--name", "two words"]):
            with self.subTest(" ".join(args)):
                ended = token(self.server.data, *args)
                self.assertEqual(ended.returncode, 2, ended)
                self.assertTrue(ended.stderr.strip())

    def test_the_command_line_sends_its_token(self):
        for env, code in (({}, 2), ({"RUNCAST_TOKEN": self.tokens["admin"]}, 0)):
            ended = subprocess.run([BINARY, "runs", "--server", self.server.url], capture_output=True, text=True,
                                   timeout=PATIENCE, env={"PATH": "/usr/bin:/bin", **env})
            self.assertEqual(ended.returncode, code, ended)


class SignIn(Guarded):
    def post(self, path, fields, headers=None):
        return self.server.request("POST", path, urlencode(fields),
                                   {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def test_a_token_becomes_a_cookie_that_no_script_can_read(self):
        answer = self.post("/sign-in", {"token": f" {self.tokens['admin']} "}, {"Origin": self.server.url})
        self.assertEqual((answer.status, answer.headers["location"]), (303, "/"))
        cookie = answer.headers["set-cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(part, cookie)
        pair = {"Cookie": cookie.split(";")[0]}
        self.assertEqual(self.server.get("/", pair).status, 200)
        self.assertEqual(self.server.get("/api/v2/session", pair).json(),
                         {"name": "admin", "scopes": "admin", "signedIn": True})
        out = self.post("/sign-out", {}, pair)
        self.assertEqual(out.status, 303)
        self.assertIn("Max-Age=0", out.headers["set-cookie"])

    def test_a_wrong_token_is_told_so(self):
        for fields in ({"token": "rc_wrong"}, {"token": ""}, {}, {"token": "<script>"}):
            answer = self.post("/sign-in", fields)
            self.assertEqual((answer.status, answer.type), (401, "text/html"), answer)
            self.assertIn("not known", answer.text)
            self.assertNotIn("<script>", answer.text)

    def test_a_foreign_page_cannot_sign_in(self):
        answer = self.post("/sign-in", {"token": self.tokens["admin"]}, {"Origin": "http://evil.example"})
        self.assertEqual(answer.status, 403)

    def test_the_dashboard_s_visitor_is_sent_to_sign_in(self):
        answer = self.server.get("/", {"Accept": "text/html"})
        self.assertEqual((answer.status, answer.headers["location"]), (303, "/sign-in"))


class SignInInABrowser(Guarded, BrowserCase):
    @staticmethod
    def evaluated(page, expression):
        try:
            return page.evaluate(expression)
        except AssertionError:
            return None  # the page is just being left

    def test_a_person_signs_in_with_a_browser_and_follows_a_run(self):
        run = self.submit("submit", workflow(("a", "echo signed in"))).json()["id"]
        page = self.page(f"/#/runs/{run}")
        page.wait_for("!!document.querySelector('#token')", "the form")
        page.evaluate(f"document.querySelector('#token').value = '{self.tokens['admin']}';"
                 "document.querySelector('form').requestSubmit()")
        wait_until(lambda: self.evaluated(page, "location.pathname === '/' && !!document.querySelector('#main *')"),
                   "the dashboard")
        page.evaluate(f"location.hash = '#/runs/{run}'")
        page.wait_for("document.body.innerText.includes('signed in')", "the run's log")


class Public(unittest.TestCase):
    """Beyond loopback."""

    def test_no_server_listens_beyond_loopback_without_a_token(self):
        server = Server("--shutdown-ms", "100")
        self.addCleanup(server.clean)
        address = f"0.0.0.0:{free_port()}"
        refused = subprocess.run([BINARY, "serve", "--listen", address, "--data", str(server.data / "new")],
                                 capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(refused.returncode, 2, refused)
        self.assertIn("runcast token create", refused.stderr)
        self.assertFalse((server.data / "new").exists())
        made = token(server.data, "create", "--scope", "admin").stdout.strip()
        server.host, server.args = "0.0.0.0", ["--host", "localhost"]
        server.spawn()
        server.host = "127.0.0.1"
        wait_until(server.ready, "the server to be ready")
        self.assertEqual(server.get(RUNS).status, 401)
        self.assertEqual(server.get(RUNS, bearer(made)).status, 200)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(token(server.data, "revoke", json.loads(
            token(server.data, "list", "--json").stdout)["items"][0]["id"]).returncode, 0)
        refused = subprocess.run([BINARY, "serve", "--listen", address, "--data", str(server.data)],
                                 capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(refused.returncode, 2, refused)
