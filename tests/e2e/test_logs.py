"""The step logs from the database, and what becomes of a command's output."""

from harness import EndToEnd, lines, workflow


class Logs(EndToEnd):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.levels = cls.server.finish(workflow(
            ("quiet", "echo '::debug::d'; echo '::info::i'; echo plain; echo err >&2; sleep 0.1; echo '::warn::w'; "
                      "echo '::error::e'"),
            ("other", "echo 'a 100% sure_thing'; echo 'a 100 sure thing'", ["quiet"])))["id"]
        cls.numbers = cls.server.finish(lines(500))["id"]

    def logs(self, run, headers=None, **query):
        answer = self.server.get(f"/api/v2/workflows/runs/{run}/logs", headers, **query)
        self.assertEqual(answer.status, 200, answer)
        return answer

    def items(self, run, **query):
        return self.logs(run, **query).json()["items"]

    def messages(self, run, **query):
        return [item["message"] for item in self.items(run, **query)]

    def test_an_item_has_seq_stepId_level_message_and_timestamp_like_its_event(self):
        items = self.items(self.levels)
        events = [e for e in self.server.events(self.levels) if e["type"] == "step_log"]
        self.assertEqual(len(items), len(events))
        for item, event in zip(items, events):
            self.assertEqual(item["seq"], event["seq"])
            for member in ("stepId", "level", "message", "timestamp"):
                self.assertEqual(item[member], event["payload"][member])

    def test_stdout_is_info_stderr_is_warn_and_a_marked_line_has_its_own_level(self):
        found = {item["message"]: item["level"] for item in self.items(self.levels, step="quiet")}
        self.assertEqual(found, {"d": "debug", "i": "info", "plain": "info", "err": "warn", "w": "warn", "e": "error"})

    def test_level_is_a_minimum(self):
        order = ["debug", "info", "warn", "error"]
        rank = {"d": 0, "i": 1, "plain": 1, "err": 2, "w": 2, "e": 3}
        for level in order:
            with self.subTest(level):
                found = set(self.messages(self.levels, step="quiet", level=level))
                self.assertEqual(found, {m for m, n in rank.items() if n >= order.index(level)})

    def test_a_step_filter_gives_that_step_alone(self):
        self.assertEqual(self.messages(self.levels, step="other"), ["a 100% sure_thing", "a 100 sure thing"])
        self.assertEqual(self.messages(self.levels, step="nobody"), [])

    def test_q_finds_text_and_takes_no_character_for_a_pattern(self):
        self.assertEqual(self.messages(self.levels, q="100%"), ["a 100% sure_thing"])
        self.assertEqual(self.messages(self.levels, q="e_t"), ["a 100% sure_thing"])
        self.assertEqual(self.messages(self.levels, q="sure"), ["a 100% sure_thing", "a 100 sure thing"])
        self.assertEqual(self.messages(self.levels, q="'; drop table events; --"), [])

    def test_after_before_tail_and_limit_cut_the_range(self):
        every = self.items(self.numbers, limit=1000)
        self.assertEqual([i["message"] for i in every], [str(n) for n in range(1, 501)])
        seq = {item["message"]: item["seq"] for item in every}
        self.assertEqual(self.messages(self.numbers, tail=3), ["498", "499", "500"])
        self.assertEqual(self.messages(self.numbers, after=seq["100"], limit=2), ["101", "102"])
        self.assertEqual(self.messages(self.numbers, after=seq["100"], before=seq["103"]), ["101", "102"])
        self.assertEqual(len(self.items(self.numbers)), 50)

    def test_before_with_a_limit_gives_the_lines_just_before(self):
        seq = {item["message"]: item["seq"] for item in self.items(self.numbers, limit=1000)}
        self.assertEqual(self.messages(self.numbers, before=seq["400"], tail=3), ["397", "398", "399"])

    def test_cursors_lead_through_every_line_once(self):
        seen, cursor = [], None
        while True:
            page = self.logs(self.numbers, limit=64, cursor=cursor).json()
            seen += [int(item["message"]) for item in page["items"]]
            cursor = page["nextCursor"]
            if cursor is None:
                break
        self.assertEqual(seen, list(range(1, 501)))

    def test_a_cursor_goes_on_whatever_the_first_page_was_asked_with(self):
        first = self.logs(self.numbers, limit=3, after=20).json()
        second = self.logs(self.numbers, limit=3, after=20, cursor=first["nextCursor"]).json()
        self.assertEqual([i["seq"] for i in first["items"] + second["items"]], list(range(21, 27)))
        events = f"/runs/{self.numbers}/events"
        first = self.server.get(events, limit=3, after=20).json()
        second = self.server.get(events, limit=3, after=20, cursor=first["nextCursor"]).json()
        self.assertEqual([i["seq"] for i in first["items"] + second["items"]], list(range(21, 27)))

    def test_plain_text_gives_the_bare_lines_all_of_them(self):
        answer = self.logs(self.numbers, {"Accept": "text/plain"})
        self.assertEqual(answer.type, "text/plain")
        self.assertEqual(answer.text, "".join(f"{n}\n" for n in range(1, 501)))
        few = self.logs(self.levels, {"Accept": "text/plain"}, level="error")
        self.assertEqual(few.text, "e\n")
        for accept in ("application/json, text/plain, */*", "text/plain;q=0"):
            self.assertEqual(self.logs(self.numbers, {"Accept": accept}).type, "application/json", accept)

    def test_bad_queries_are_400(self):
        for query in ({"level": "loud"}, {"after": "x"}, {"after": "-1"}, {"before": "1e3"}, {"limit": "0"},
                      {"tail": "-5"}, {"tail": "many"}, {"after": "18446744073709551616"}):
            with self.subTest(str(query)):
                self.assert_problem(self.server.get(f"/runs/{self.numbers}/logs", **query), 400)

    def output(self, command, **more):
        run = self.server.finish(workflow({"id": "a", "run": command, **more}))
        return self.server.events(run["id"])

    def said(self, command):
        return [e["payload"]["message"] for e in self.output(command) if e["type"] == "step_log"]

    def test_output_that_is_not_utf8_gets_the_replacement_character(self):
        said = self.said(r"printf 'a\377b\n'; printf '\303\251\n'; printf 'cut \342\202'")
        self.assertEqual(said[:2], ["a\ufffdb", "é"])
        self.assertTrue(said[2].startswith("cut \ufffd"), said)

    def test_hostile_text_comes_back_as_it_was(self):
        text = r"""<script>alert(1)</script>\n"quoted\\"\n\001\033[31mred\n\t tab\n\360\237\221\213\n"""
        said = self.said(f"printf '{text}'")
        self.assertEqual(said, ["<script>alert(1)</script>", '"quoted\\"', "\x01\x1b[31mred", "\t tab", "👋"])

    def test_empty_lines_and_a_last_line_without_its_end_are_lines(self):
        self.assertEqual(self.said(r"printf 'one\n\nthree'"), ["one", "", "three"])
        self.assertEqual(self.said("true"), [])

    def test_a_nul_byte_in_the_output_is_kept(self):
        self.assertEqual(self.said(r"printf 'a\000b\n'"), ["a\x00b"])

    def test_a_line_over_a_mebibyte_is_cut_there_and_marked(self):
        logs = [e["payload"] for e in self.output("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo next")
                if e["type"] == "step_log"]
        self.assertEqual(len(logs), 2, [len(p["message"]) for p in logs])
        self.assertEqual(logs[0]["message"].rstrip("…"), "x" * (1 << 20))
        self.assertTrue(logs[0]["truncated"])
        self.assertEqual(logs[1]["message"], "next")

    def test_progress_lines_become_progress_events_and_no_log_lines(self):
        events = self.output("echo '::progress::0.25 a quarter'; echo '::progress::1'")
        progress = [e["payload"] for e in events if e["type"] == "step_progress"]
        self.assertEqual([p["progress"] for p in progress], [0.25, 1])
        self.assertEqual(progress[0]["text"], "a quarter")
        self.assertEqual([e for e in events if e["type"] == "step_log"], [])

    def test_a_progress_that_is_no_number_never_breaks_the_run(self):
        for value in ("x", "", "nan", "inf", "-1", "7", "1e999", "0x1p3"):
            with self.subTest(value):
                events = self.output(f"echo '::progress::{value}'")
                self.assertEqual(events[-1]["payload"]["status"], "succeeded")
                for event in events:
                    if event["type"] == "step_progress":
                        self.assertTrue(0 <= event["payload"]["progress"] <= 1, event)

    def test_outputs_are_name_value_lines_or_a_json_object(self):
        events = self.output('printf "a=1\\nb=two words\\nc=x=y\\n" > "$RUN_OUTPUT"')
        self.assertEqual(events[-2]["payload"]["outputs"], {"a": "1", "b": "two words", "c": "x=y"})
        events = self.output("echo '{\"n\": 5, \"list\": [1, 2], \"ok\": true}' > \"$RUN_OUTPUT\"")
        self.assertEqual(events[-2]["payload"]["outputs"], {"n": 5, "list": [1, 2], "ok": True})
