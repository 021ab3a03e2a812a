"""The dashboard's pages of stored workflows, as a person would use them."""

import json
import time

from browser_case import FETCH, BrowserCase
from harness import wait_until, workflow

WORKFLOWS = "/api/v2/workflows"


class WorkflowPages(BrowserCase):
    def store(self, definition):
        return self.server.request("PUT", f"{WORKFLOWS}/{definition['name']}", definition)

    def press(self, page, where, text):
        page.evaluate(f"[...document.querySelectorAll({json.dumps(where + ' button')})]"
                      f".find((b) => b.textContent === {json.dumps(text)}).click(); 0")

    def fill(self, page, selector, value):
        page.evaluate(f"(() => {{ const field = document.querySelector({json.dumps(selector)});"
                      f" field.value = {json.dumps(value)}; field.dispatchEvent(new Event('input')); }})()")

    def assert_refused_once(self, page):
        """The browser logs a refusal; the page has nothing else to complain of."""
        self.assertEqual(len(page.complaints), 1, page.complaints)
        self.assertIn("400", page.complaints[0])

    def runs_of(self, name):
        return self.server.get(f"{WORKFLOWS}/runs", workflow=name).json()["items"]

    def test_the_list_tells_when_each_ran_last_and_will_run_next(self):
        minute = (time.gmtime().tm_min + 30) % 60  # so that none begins by itself meanwhile
        self.store(workflow(("a", "exit 1"), name="planned", on={"schedule": [{"cron": f"{minute} * * * *"}]}))
        page = self.page("/#/workflows")
        row = "tr[data-workflow=planned]"
        page.wait_for(f"document.querySelector('{row} .c-last')?.textContent === 'never'")
        self.assertRegex(self.text(page, f"{row} .c-next"), r"^in \d+ (min|s)$")
        self.server.request("POST", f"{WORKFLOWS}/planned/runs", {})
        page.wait_for(f"document.querySelector('{row} .pill')?.textContent === 'failed'")
        self.shot(page, "workflows")
        self.fill(page, "input[type=search]", "nothing like it")
        page.wait_for("document.querySelector('.empty').textContent === 'No workflow matches.'")
        self.assertEqual(page.complaints, [])

    def test_a_run_is_started_with_inputs_of_their_types(self):
        self.store(workflow(("a", "true"), name="typed", inputs={
            "who": {"type": "string", "required": True}, "times": {"type": "integer", "default": 2},
            "dry": {"type": "boolean"}, "tone": {"type": "string", "enum": ["plain", "loud"]},
            "targets": {"type": "array", "default": ["linux"]}}))
        page = self.page("/#/workflows/typed")
        page.wait_for("document.querySelector('.node')?.textContent.includes('run')")
        self.press(page, ".run-head", "Run")
        self.shot(page, "start-dialog")
        self.press(page, ".dialog.start", "Run")
        page.wait_for("document.querySelector('.field-row .fault').textContent !== ''", "the missing input to be told")
        self.fill(page, "#input-targets", "[1,")
        self.press(page, ".dialog.start", "Run")
        page.wait_for("[...document.querySelectorAll('.field-row .fault')].at(-1).textContent.startsWith('not JSON')")
        for field, value in (("who", "a <b>"), ("times", "3"), ("dry", "1"), ("tone", "1"), ("targets", '["mac"]')):
            self.fill(page, f"#input-{field}", value)
        self.press(page, ".dialog.start", "Run")
        page.wait_for("location.hash.startsWith('#/runs/')")
        run = self.server.show(self.runs_of("typed")[0]["id"])
        self.assertEqual(run["inputs"], {"who": "a <b>", "times": 3, "dry": False, "tone": "loud", "targets": ["mac"]})
        self.assertEqual(run["version"], 1)
        self.assert_refused_once(page)

    def test_a_workflow_is_stored_edited_and_removed(self):
        page = self.page("/#/workflows")
        page.evaluate("document.getElementById('new-run').click(); 0")
        self.fill(page, "#definition", json.dumps(workflow(("a", "true"), ("b", "true", ["ghost"]), name="made")))
        self.press(page, ".dialog", "Store")
        page.wait_for("document.querySelector('.faults').textContent.includes('ghost')", "the fault to be told")
        self.fill(page, "#definition", json.dumps(workflow(("a", "true"), ("b", "true", ["a"]), name="made")))
        self.press(page, ".dialog", "Store")
        page.wait_for("location.hash === '#/workflows/made' && document.querySelectorAll('.node').length === 2")
        self.assertIn("version 1", self.text(page, ".facts"))
        self.press(page, ".run-head", "Edit")
        edited = json.loads(page.evaluate("document.getElementById('definition').value"))
        self.fill(page, "#definition", json.dumps({**edited, "description": "now with words"}))
        self.press(page, ".dialog", "Store")
        page.wait_for("document.querySelector('.facts')?.textContent.includes('version 2')")
        self.assertIn("now with words", self.text(page, ".run-head"))
        self.shot(page, "workflow")
        self.press(page, ".run-head", "Remove")
        self.press(page, ".run-head", "Really remove?")
        page.wait_for("location.hash === '#/workflows'")
        wait_until(lambda: self.server.get(f"{WORKFLOWS}/made").status == 404, "the workflow to be gone")
        self.assert_refused_once(page)

    def test_the_times_of_a_workflow_go_on_and_one_that_has_passed_is_asked_for_again(self):
        self.store(workflow(("a", "true"), name="timely", on={"schedule": [{"cron": "0 0 1 1 *"}]}))
        page = self.page("/#/workflows/timely", before=FETCH + """const plain = setInterval, now = Date.now;
            window.setInterval = (call, ms) => plain(call, ms / 50);
            window.later = 0;
            Date.now = () => now() + later;""")
        page.wait_for("document.querySelector('.facts')?.textContent === 'version 1 · stored just now'")
        page.evaluate("window.later = 120000; 0")
        page.wait_for("document.querySelector('.facts').textContent === 'version 1 · stored 2 min ago'")
        asked = "asked.filter((url) => url.endsWith('/timely')).length"
        self.assertEqual(page.evaluate(asked), 1)
        page.evaluate("window.later = 367 * 86400000; 0")
        page.wait_for(f"{asked} > 1", "the next time to be asked for")

    def test_a_workflow_that_is_not_there_is_told(self):
        page = self.page("/#/workflows/ghost")
        page.wait_for("document.querySelector('.empty')?.textContent.includes('There is no workflow ghost.')")
