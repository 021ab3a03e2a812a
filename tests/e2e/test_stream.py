"""The run stream: what it says, in three forms, to one client and to many."""

import time

from harness import long_only
from stream_case import StreamCase
from streams import FORMS, Follower, follow, stream_path
from websocket import WebSocket


class Stream(StreamCase):
    def test_every_form_carries_the_same_texts_live_and_afterwards_and_they_are_the_stored_ones(self):
        run, release = self.held()
        live = {form: Follower(self.server, run, form).attached() for form in FORMS}
        short = Follower(self.server, run, "ndjson", short=True).attached()
        release()
        texts = {form: follower.result().texts for form, follower in live.items()}
        texts["short"] = short.result().texts
        for form in FORMS:
            texts[form + " afterwards"] = follow(self.server, run, form).texts
        first = texts["websocket"]
        for name, got in texts.items():
            self.assertEqual(got, first, name)
        page = self.server.get(f"/runs/{run}/events", limit=1000).text
        for text in first:
            self.assertIn(text, page)

    def test_a_finished_run_is_told_from_first_event_to_run_complete(self):
        for form in FORMS:
            with self.subTest(form):
                got = follow(self.server, self.ended, form)
                self.assertEqual(got.events, self.stored)
                self.assertTrue(got.whole)
                self.assertEqual(got.types[-1], "run_complete")
                if form == "websocket":
                    self.assertEqual(got.close_code, 1000)

    def test_an_event_is_compact_json_in_one_line_with_the_contract_s_members_in_order(self):
        for text in follow(self.server, self.ended).texts:
            self.assertNotIn("\n", text)
            self.assertRegex(text, r'^\{"type":"[a-z_]+","runId":"[0-9A-Z]{26}","seq":\d+,"id":\d+,"timestamp":\d{13},'
                                   r'"payload":\{.*\}\}$')

    def test_the_payloads_are_those_of_the_contract(self):
        by_type = {}
        for event in self.stored:
            by_type.setdefault(event["type"], []).append(event["payload"])
        start = by_type["run_start"][0]
        self.assertEqual(start["workflow"], "mixed")
        self.assertEqual(start["layers"], [["build", "lint"], ["test"], ["ship"]])
        self.assertIsInstance(start["version"], int)
        self.assertEqual(start["inputs"], {})
        self.assertIsInstance(start["startedBy"], str)
        build = next(p for p in by_type["step_start"] if p["stepId"] == "build")
        self.assertEqual((build["kind"], build["layer"], build["attempt"]), ("run", 0, 1))
        self.assertIsInstance(build["name"], str)
        ends = {p["stepId"]: p for p in by_type["step_complete"]}
        self.assertEqual({k: v["status"] for k, v in ends.items()},
                         {"build": "succeeded", "lint": "succeeded", "test": "failed", "ship": "skipped"})
        self.assertEqual(ends["test"]["exitCode"], 3)
        self.assertIsInstance(ends["test"]["durationMs"], int)
        end = by_type["run_complete"][0]
        self.assertEqual((end["status"], end["lastSeq"]), ("failed", self.last))
        self.assertIsInstance(end["durationMs"], int)

    def test_stream_open_of_a_running_run_says_running(self):
        run, release = self.held()
        self.said(run, 10)
        got = follow(self.server, run, until=lambda message: True)
        self.assertEqual(got.open["status"], "running")
        self.assertGreaterEqual(got.open["lastSeq"], 12)
        release()

    def test_the_answer_has_its_form_s_media_type_and_is_not_cached(self):
        sse, ndjson = follow(self.server, self.ended, "sse"), follow(self.server, self.ended, "ndjson")
        self.assertEqual(sse.headers["content-type"].split(";")[0], "text/event-stream")
        self.assertEqual(ndjson.headers["content-type"].split(";")[0], "application/x-ndjson")
        for got in (sse, ndjson):
            self.assertIn("no-", got.headers.get("cache-control", ""))

    def test_sse_events_are_unnamed_with_EPOCH_SEQ_as_id(self):
        got = follow(self.server, self.ended, "sse")
        self.assertEqual(set(got.names), {None})
        self.assertEqual(got.ids, [f"{got.open['epoch']}:{seq}" for seq in got.seqs])

    def test_several_clients_on_one_run_get_the_same_texts(self):
        run, release = self.held("seq 1 100", "seq 101 1000")
        followers = [Follower(self.server, run, FORMS[i % 3]).attached() for i in range(30)]
        release()
        texts = [follower.result().texts for follower in followers]
        self.assertEqual(len(texts[0]), self.server.show(run).get("lastSeq", len(texts[0])))
        for got in texts:
            self.assertEqual(got, texts[0])

    def test_a_client_of_one_run_gets_nothing_of_another(self):
        one, release_one = self.held("echo one", "echo one")
        two, release_two = self.held("echo two", "echo two")
        followers = [Follower(self.server, run, "websocket").attached() for run in (one, two)]
        release_one()
        release_two()
        for follower, run in zip(followers, (one, two)):
            self.assertEqual({e["runId"] for e in follower.result().events}, {run})

    def test_bad_queries_are_refused_with_400_in_every_form(self):
        for query in ({"after": "x"}, {"after": "-1"}, {"after": ""}, {"tail": "x"}, {"tail": "-1"}, {"level": "loud"},
                      {"after": "99999999999999999999999"}):
            for form in FORMS:
                with self.subTest(form, **query):
                    self.assertEqual(follow(self.server, self.ended, form, **query).status, 400)

    def test_a_stream_asked_for_without_a_form_neither_hangs_nor_breaks(self):
        for accept in (None, "*/*", "text/html", "application/json", "text/event-stream;q=0", ";;;,,,"):
            with self.subTest(accept):
                answer = self.server.get(stream_path(self.ended), {"Accept": accept} if accept else None)
                self.assertIn(answer.status, (200, 400, 406))

    def test_the_form_that_is_preferred_is_given(self):
        for accept, form in {
            "application/json, text/event-stream": "text/event-stream",
            "*/*, text/event-stream": "text/event-stream",
            "text/event-stream;q=0.5, application/x-ndjson": "application/x-ndjson",
            "text/html,application/xhtml+xml,*/*;q=0.8": "application/x-ndjson",
            "text/event-stream;q=0, */*": "application/x-ndjson",
        }.items():
            with self.subTest(accept):
                self.assertEqual(self.server.get(stream_path(self.ended), {"Accept": accept}).type, form)
        self.assertEqual(self.server.get(stream_path(self.ended), {"Accept": "text/event-stream;q=0"}).status, 406)

    @long_only
    def test_a_quiet_stream_is_kept_alive_in_every_form(self):
        run, release = self.held()
        followers = {form: Follower(self.server, run, form) for form in ("sse", "ndjson")}
        with WebSocket(self.server, stream_path(run), timeout=90) as ws:
            begin = time.monotonic()
            while time.monotonic() - begin < 58:
                time.sleep(1)
            release()
            while ws.receive() is not None:
                pass
            self.assertGreaterEqual(ws.pings, 1)
        for form, follower in followers.items():
            self.assertGreaterEqual(follower.result().comments, 3, form)
