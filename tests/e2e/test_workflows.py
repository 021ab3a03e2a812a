"""Workflows that the server keeps: over HTTP, and by the command line."""

import json

from cli_case import CliCase
from harness import workflow

WORKFLOWS = "/api/v2/workflows"


class Workflows(CliCase):
    def store(self, definition):
        return self.server.request("PUT", f"{WORKFLOWS}/{definition['name']}", definition)

    def listed(self, name):
        return next(item for item in self.server.get(WORKFLOWS, limit=1000).json()["items"] if item["name"] == name)

    def test_a_list_tells_when_each_ran_last_and_will_run_next(self):
        definition = workflow(("a", "true"), name="listed", on={"schedule": [{"cron": "0 0 1 1 *"}]})
        self.store(definition)
        item = self.listed("listed")
        self.assertEqual((item["version"], item["definition"]), (1, definition))
        self.assertEqual([(s["cron"], s["timezone"]) for s in item["schedules"]], [("0 0 1 1 *", "UTC")])
        self.assertGreater(item["schedules"][0]["nextAt"], item["updatedAt"])
        self.assertNotIn("lastRun", item)
        for _ in range(2):
            run = self.server.request("POST", f"{WORKFLOWS}/listed/runs", {}).json()["id"]
        ended = self.server.wait_for(run, "succeeded")
        last = self.listed("listed")["lastRun"]
        self.assertEqual((last["id"], last["status"], last["createdAt"]), (run, "succeeded", ended["createdAt"]))
        self.assertEqual(self.server.get(f"{WORKFLOWS}/listed").json()["lastRun"], last)

    def test_a_page_of_large_definitions_ends_early_and_says_where_the_next_begins(self):
        names = [f"large-{i}" for i in range(8)]
        for name in names:
            self.store(workflow(("a", "true"), name=name, description="x" * 900_000))
        seen, cursor, pages = [], "large", 0
        while cursor is not None and pages < 20:
            answer = self.server.get(WORKFLOWS, limit=1000, cursor=cursor)
            self.assertLess(len(answer.body), 5 << 20)
            page = answer.json()
            seen += [item["name"] for item in page["items"] if item["name"].startswith("large-")]
            cursor, pages = page["nextCursor"], pages + 1
        self.assertEqual(seen, names)
        self.assertGreater(pages, 1)
        for name in names:
            self.server.request("DELETE", f"{WORKFLOWS}/{name}")

    def test_the_command_line_stores_lists_shows_starts_and_removes(self):
        definition = workflow(("a", "echo got $INPUT_WHO"), name="kept",
                              inputs={"who": {"type": "string", "required": True}, "times": {"type": "integer"}})
        path = self.file(definition)
        for version in (1, 2):
            self.assertEqual(self.cli("workflow", "store", path).stdout, f"kept, version {version}\n")
        started = self.cli("start", "kept", "-i", "who=a b", "-i", "times=3", "--follow")
        self.assertEqual((started.returncode, "got a b" in started.stdout), (0, True), started)
        row = next(line for line in self.cli("workflow", "list").stdout.splitlines() if line.startswith("kept "))
        self.assertRegex(row, r"^kept +2 .* succeeded")
        self.assertEqual(json.loads(self.cli("workflow", "show", "kept").stdout), definition)
        shown = self.cli("workflow", "show", "kept", "--version", "1", "--json")
        self.assertEqual(json.loads(shown.stdout)["version"], 1)
        items = [json.loads(line) for line in self.cli("workflow", "list", "--json").stdout.splitlines()]
        self.assertIn("kept", [item["name"] for item in items])
        self.assertEqual(self.cli("workflow", "remove", "kept").returncode, 0)
        for args in (("workflow", "show", "kept"), ("workflow", "remove", "kept"), ("start", "kept")):
            gone = self.cli(*args)
            self.assertEqual((gone.returncode, "no workflow kept" in gone.stderr), (2, True), gone)

    def test_what_cannot_be_stored_or_started_is_told_with_its_place(self):
        path = self.file("name: bad\nsteps:\n  - id: a\n    runn: ls\n", "bad.yaml")
        refused = self.cli("workflow", "store", path)
        self.assertEqual(refused.returncode, 2, refused)
        self.assertIn("bad.yaml:4:5: /steps/0/runn", refused.stderr)
        nameless = self.cli("workflow", "store", self.file({"steps": []}))
        self.assertEqual((nameless.returncode, "/name" in nameless.stderr), (2, True), nameless)
        self.store(workflow(("a", "true"), name="choosy", inputs={"n": {"type": "integer"}}))
        for value in ("n=many", "m=1"):
            started = self.cli("start", "choosy", "-i", value)
            self.assertEqual((started.returncode, started.stdout), (2, ""), started)
        self.assertEqual(self.cli("workflow", "show", "choosy", "--version", "7").returncode, 2)
        self.assertEqual(self.cli("workflow").returncode, 2)
