"""What starts runs without a person: webhooks and schedules."""

import hashlib
import hmac
import json
import time
from pathlib import Path

from harness import EndToEnd, long_only, wait_until, workflow

SECRET = "it-is-a-secret-to-everybody"


def signature(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Webhooks(EndToEnd):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        secrets = Path(cls.folder) / "secrets"
        secrets.mkdir()
        (secrets / "HOOK").write_text(SECRET + "\n")
        (secrets / "HOOK").chmod(0o600)
        cls.server.stop()
        cls.server.args = ["--secrets", str(secrets)]
        cls.server.start()
        on = {"webhook": {"secret": "HOOK", "payloadInput": "payload"}}
        for name, more in (("hooked", {"on": on}), ("unhooked", {}),
                           ("secretless", {"on": {"webhook": {"secret": "NOBODY_HAS_IT"}}}),
                           ("custom", {"on": {"webhook": {"secret": "HOOK", "header": "X-My-Sign"}}})):
            inputs = {"inputs": {"payload": {"type": "object"}}} if name == "hooked" else {}
            answer = cls.server.request("POST", "/api/v2/workflows", workflow(
                ("say", 'echo "got ${INPUT_PAYLOAD:-nothing}"'), name=name, **inputs, **more))
            assert answer.status == 201, answer

    def deliver(self, body, name="hooked", sign=SECRET, header="X-Hub-Signature-256", **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        if sign:
            headers[header] = signature(body, sign)
        return self.server.request("POST", f"/api/v2/workflows/{name}/webhook", body, headers)

    def test_a_signed_body_starts_a_run_and_becomes_its_input(self):
        answer = self.deliver({"ref": "refs/heads/main"}, X_GitHub_Delivery="11-22")
        self.assertEqual(answer.status, 201, answer)
        run = answer.json()
        self.assertEqual(answer.headers["location"], f"/api/v2/workflows/runs/{run['id']}")
        self.assertEqual(run["startedBy"], "webhook 11-22")
        self.assertEqual(self.server.wait_for(run["id"])["inputs"], {"payload": {"ref": "refs/heads/main"}})
        self.assertEqual(self.server.log(run["id"]), ['got {"ref":"refs/heads/main"}'])

    def test_a_body_that_is_not_signed_with_the_secret_starts_nothing(self):
        before = self.server.get("/api/v2/workflows/runs", workflow="hooked", limit=1000).json()["items"]
        good = signature(b'{"a":1}')
        for headers in ({}, {"X-Hub-Signature-256": signature(b'{"a":1}', "guess")},
                        {"X-Hub-Signature-256": signature(b'{"a":2}')}, {"X-Hub-Signature-256": good[:-1]},
                        {"X-Hub-Signature-256": good + "0"}, {"X-Hub-Signature-256": "sha1=" + good[7:]},
                        {"X-Hub-Signature-256": "sha256=" + "zz" * 32}, {"X-Hub-Signature": good}):
            with self.subTest(headers):
                answer = self.server.request("POST", "/api/v2/workflows/hooked/webhook", b'{"a":1}',
                                             {"Content-Type": "application/json", **headers})
                self.assert_problem(answer, 401)
        after = self.server.get("/api/v2/workflows/runs", workflow="hooked", limit=1000).json()["items"]
        self.assertEqual(len(before), len(after))

    def test_a_bare_digest_and_another_header_do_too(self):
        body = b'{"x":1}'
        answer = self.server.request("POST", "/api/v2/workflows/custom/webhook", body,
                                     {"Content-Type": "application/json", "X-My-Sign": signature(body)[7:].upper()})
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.json()["startedBy"], "webhook")

    def test_a_delivery_that_comes_again_starts_no_second_run(self):
        first = self.deliver({"n": 1}, X_GitHub_Delivery="again")
        self.assertEqual(self.deliver({"n": 1}, X_GitHub_Delivery="again").json()["id"], first.json()["id"])
        self.assertNotEqual(self.deliver({"n": 1}, X_GitHub_Delivery="other").json()["id"], first.json()["id"])
        self.assert_problem(self.deliver({"n": 2}, X_GitHub_Delivery="again"), 409)

    def test_what_is_no_delivery_is_told_so(self):
        self.assert_problem(self.deliver({}, name="unhooked"), 404)
        self.assert_problem(self.deliver({}, name="nowhere"), 404)
        self.assert_problem(self.deliver({}, name="secretless"), 503)
        self.assert_problem(self.deliver(b"payload=%7B%7D", Content_Type="application/x-www-form-urlencoded"), 415)
        self.assert_problem(self.deliver(b"{nonsense"), 400)
        self.assert_problem(self.deliver(b"[1]"), 400)
        self.assert_problem(self.deliver(b" " * (2 * 1024 * 1024 + 1)), 413)
        self.assertEqual(self.server.get("/api/v2/workflows/hooked/webhook").status, 405)
        ping = self.deliver({"zen": "Design for failure."}, X_GitHub_Event="ping")
        self.assertEqual((ping.status, ping.json()), (200, {"status": "pong"}))

    def test_a_page_of_a_foreign_origin_cannot_deliver(self):
        self.assert_problem(self.deliver({}, Origin="http://evil.example"), 403)


class Schedules(EndToEnd):
    def test_a_faulty_schedule_is_refused_with_its_place(self):
        answer = self.server.request("POST", "/api/v2/workflows", workflow(
            ("a", "true"), name="bad", on={"schedule": [{"cron": "0 25 * * *", "timezone": "Mars/Olympus"}]}))
        problem = self.assert_problem(answer, 400)
        self.assertEqual([e["pointer"] for e in problem["errors"]], ["/on/schedule/0/cron", "/on/schedule/0/timezone"])

    def test_a_workflow_tells_when_it_starts_next(self):
        self.server.request("POST", "/api/v2/workflows", workflow(("a", "true"), name="yearly", on={"schedule": [
            {"cron": "0 5 1 7 *", "timezone": "Europe/Berlin"}]}))
        line, = self.server.get("/api/v2/workflows/yearly").json()["schedules"]
        self.assertEqual((line["cron"], line["timezone"]), ("0 5 1 7 *", "Europe/Berlin"))
        self.assertEqual(time.gmtime(line["nextAt"] / 1000)[1:5], (7, 1, 3, 0))
        self.assertGreater(line["nextAt"], time.time() * 1000)

    def test_a_definition_with_triggers_can_be_started_by_hand_too(self):
        made = self.server.finish(workflow(("a", "true"), on={"schedule": [{"cron": "0 5 * * *"}]}))
        self.assertEqual((made["status"], made["startedBy"]), ("succeeded", "api"))

    @long_only
    def test_a_stored_workflow_starts_each_minute_and_once_across_kills(self):
        server = self.own_server()
        answer = server.request("POST", "/api/v2/workflows", workflow(
            ("a", "true"), name="tick", on={"schedule": [{"cron": "* * * * *"}]}))
        self.assertEqual(answer.status, 201, answer)
        runs = lambda: server.get("/api/v2/workflows/runs", workflow="tick").json()["items"]
        wait_until(runs, "the minute to be over", 75)
        self.assertEqual(runs()[0]["startedBy"], "schedule * * * * *")
        for _ in range(3):
            server.kill()
            server.start()
        time.sleep(5)
        self.assertEqual(len(runs()), 1)
        self.assertEqual(server.request("DELETE", "/api/v2/workflows/tick").status, 204)
        time.sleep(62)
        self.assertEqual(len(runs()), 1)
