"""Attach at any time, resume, filter: no gap, no duplicate, no silent hole."""

import time

from harness import long_only, wait_until, workflow
from stream_case import StreamCase
from streams import FORMS, Follower, follow


class Resume(StreamCase):
    def test_stream_open_comes_first_and_tells_the_position(self):
        for form in FORMS:
            with self.subTest(form):
                opened = follow(self.server, self.ended, form).open
                self.assertEqual({k: opened[k] for k in ("type", "runId", "firstSeq", "lastSeq", "status")},
                                 {"type": "stream_open", "runId": self.ended, "firstSeq": 1, "lastSeq": self.last,
                                  "status": "failed"})
                self.assertTrue(str(opened["epoch"]))
                self.assertNotIn("seq", opened)

    def test_after_N_gives_everything_after_N_and_nothing_else(self):
        for form in FORMS:
            with self.subTest(form):
                for after in (0, 1, 7, self.last - 1):
                    self.assertEqual(follow(self.server, self.ended, form, after=after).events, self.stored[after:])

    def test_tail_N_gives_the_last_N_events(self):
        for form in FORMS:
            with self.subTest(form):
                for tail in (1, 5, self.last, self.last + 1000):
                    self.assertEqual(follow(self.server, self.ended, form, tail=tail).events, self.stored[-tail:])

    def test_a_client_that_attaches_in_the_middle_gets_history_and_live_without_a_seam(self):
        run, release = self.held("seq 1 300", "seq 301 900")
        self.said(run, 300)
        followers = [Follower(self.server, run, form, after=after).attached()
                     for form in FORMS for after in (0, 5, 250)]
        release()
        self.server.wait_for(run)
        stored = self.server.events(run)
        for follower, after in zip(followers, [0, 5, 250] * 3):
            self.assertEqual(follower.result().events, stored[after:])

    def test_clients_that_attach_while_lines_fly_each_see_every_event_once(self):
        hold, release = self.gate()
        self.addCleanup(release)
        run = self.server.run(workflow(("say", hold.replace("do sleep", "do seq 1 40; sleep"))))
        position = lambda: self.server.show(run).get("lastSeq", 0)  # noqa: E731
        followers = []
        for _ in range(10):
            told = position()
            wait_until(lambda: position() > told, "more lines")
            followers += [Follower(self.server, run, form) for form in FORMS]
        for follower in followers:
            follower.attached()
        release()
        self.server.wait_for(run)
        stored = self.server.events(run)
        for follower in followers:
            self.assertEqual(follower.result().events, stored)

    def test_tail_0_on_a_running_run_gives_only_what_comes(self):
        run, release = self.held()
        self.said(run, 10)
        before = self.server.events(run)[-1]["seq"]
        follower = Follower(self.server, run, "websocket", tail=0).attached()
        release()
        self.assertEqual(follower.result().seqs[0], before + 1)

    def test_Last_Event_ID_resumes_and_goes_before_after_and_tail(self):
        epoch = follow(self.server, self.ended, "sse").open["epoch"]
        for value in (f"{epoch}:7", "7"):
            for query in ({}, {"after": 2}, {"tail": 1}):
                with self.subTest(value=value, **query):
                    got = follow(self.server, self.ended, "sse", {"Last-Event-ID": value}, **query)
                    self.assertEqual(got.events, self.stored[7:])
                    self.assertEqual(got.gaps, [])

    def test_a_client_that_resumes_at_each_seq_in_turn_misses_nothing(self):
        texts, after = [], 0
        while True:
            got = follow(self.server, self.ended, after=after, until=lambda m: "seq" in m)
            texts += got.texts
            after = got.seqs[-1]
            if got.types[-1] == "run_complete":
                break
        self.assertEqual(texts, follow(self.server, self.ended).texts)

    def test_an_epoch_that_no_longer_holds_is_told_as_a_gap_and_served_from_firstSeq(self):
        for form in FORMS:
            with self.subTest(form):
                got = follow(self.server, self.ended, form, after=5, epoch="not-the-epoch")
                self.assertEqual([(g["reason"], g["firstSeq"]) for g in got.gaps], [("epoch", 1)])
                self.assertEqual(got.events, self.stored)
        got = follow(self.server, self.ended, "sse", {"Last-Event-ID": "not-the-epoch:5"})
        self.assertEqual([(g["reason"], g["firstSeq"]) for g in got.gaps], [("epoch", 1)])
        self.assertEqual(got.events, self.stored)

    def test_the_epoch_that_holds_is_no_gap(self):
        epoch = follow(self.server, self.ended).open["epoch"]
        got = follow(self.server, self.ended, after=5, epoch=epoch)
        self.assertEqual((got.gaps, got.events), ([], self.stored[5:]))

    def test_a_position_past_the_end_is_told_as_a_gap_and_served_from_firstSeq(self):
        for form in FORMS:
            with self.subTest(form):
                for after in (self.last + 1, self.last + 1000, 2 ** 53, 2 ** 63 - 1):
                    got = follow(self.server, self.ended, form, after=after)
                    self.assertEqual([(g["reason"], g["firstSeq"]) for g in got.gaps], [("future", 1)], after)
                    self.assertEqual(got.events, self.stored)

    def test_a_position_past_the_end_of_a_running_run_is_no_silent_wait(self):
        run, release = self.held()
        self.said(run, 10)
        got = follow(self.server, run, "ndjson", after=100_000, until=lambda m: m.get("seq") == 1)
        self.assertEqual([g["reason"] for g in got.gaps], ["future"])
        release()

    def test_who_comes_back_to_an_ended_run_with_its_last_seq_gets_204_or_the_close(self):
        for form in ("sse", "ndjson"):
            got = follow(self.server, self.ended, form, after=self.last)
            self.assertEqual((got.status, got.body), (204, b""), form)
        epoch = follow(self.server, self.ended).open["epoch"]
        got = follow(self.server, self.ended, "sse", {"Last-Event-ID": f"{epoch}:{self.last}"})
        self.assertEqual(got.status, 204)
        got = follow(self.server, self.ended, "websocket", after=self.last)
        self.assertEqual((got.open["lastSeq"], got.texts, got.close_code), (self.last, [], 1000))

    def test_filters_keep_seq_and_always_pass_run_complete(self):
        def expected(keep):
            return [e for e in self.stored if keep(e) or e["type"] == "run_complete"]

        cases = [
            ({"types": "step_log"}, lambda e: e["type"] == "step_log"),
            ({"types": "step_start,step_complete"}, lambda e: e["type"] in ("step_start", "step_complete")),
            ({"step": "build"}, lambda e: e["payload"].get("stepId") == "build"),
            ({"types": "step_log", "step": "build", "level": "warn"},
             lambda e: e["type"] == "step_log" and e["payload"]["stepId"] == "build"
             and e["payload"]["level"] in ("warn", "error")),
            ({"types": "no_such_type"}, lambda e: False),
        ]
        for query, keep in cases:
            for form in FORMS:
                with self.subTest(form, **query):
                    self.assertEqual(follow(self.server, self.ended, form, **query).events, expected(keep))

    def test_a_filtered_live_stream_sees_what_a_filtered_replay_sees(self):
        run, release = self.held("seq 1 20; echo bad >&2", "seq 21 40; echo '::error::worse'")
        live = [Follower(self.server, run, form, types="step_log", level="warn").attached() for form in FORMS]
        release()
        texts = [follower.result().texts for follower in live]
        again = follow(self.server, run, types="step_log", level="warn").texts
        self.assertEqual(len(again), 3)
        self.assertEqual(texts, [again] * 3)

    def test_before_the_close_a_filtered_client_is_told_its_position(self):
        for form in FORMS:
            with self.subTest(form):
                got = follow(self.server, self.ended, form, types="step_start")
                self.assertEqual(got.types[-1], "run_complete")
                self.assertEqual(got.positions[-1:], [self.last])

    def test_a_bad_Last_Event_ID_never_hangs_and_never_skips(self):
        for value in ("x", "x:y", ":", "-5", "a:b:c", "9" * 40, "epoch:"):
            with self.subTest(value):
                got = follow(self.server, self.ended, "sse", {"Last-Event-ID": value})
                if got.status == 200:
                    self.assertEqual(got.events, self.stored)
                else:
                    self.assertEqual(got.status, 400)

    def test_an_event_source_s_reconnect_header_with_the_text_of_the_last_id_is_understood(self):
        got = follow(self.server, self.ended, "sse", until=lambda m: m.get("seq") == 9)
        rest = follow(self.server, self.ended, "sse", {"Last-Event-ID": got.ids[-1]})
        self.assertEqual(got.texts + rest.texts, follow(self.server, self.ended).texts)

    @long_only
    def test_a_quiet_filtered_stream_is_told_its_position(self):
        run, release = self.held()
        followers = {form: Follower(self.server, run, form, types="step_start") for form in FORMS}
        time.sleep(35)
        release()
        for form, follower in followers.items():
            self.assertTrue(follower.result().positions, form)
