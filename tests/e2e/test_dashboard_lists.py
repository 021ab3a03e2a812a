"""The dashboard's list of runs where there are more of them than a page of it shows."""

import json

from browser_case import FETCH, SLOW, TAB, BrowserCase
from harness import wait_until, workflow

# The newest page has two runs.
SHORT = """(() => { const really = window.fetch;
    const short = (url) => (/[/]runs([?]|$)/.test(url) && !url.includes('cursor=')
                            ? `${url}${url.includes('?') ? '&' : '?'}limit=2` : url);
    window.fetch = (url, options) => really(options.method === 'GET' ? short(url) : url, options);
  })();"""
OFTEN = """(() => { const plain = window.setTimeout;
    window.setTimeout = (call, ms) => plain(call, ms === 4000 ? 50 : ms); })();"""


class RunLists(BrowserCase):
    def setUp(self):
        self.own = self.own_server("--max-runs", "100")

    def runs(self, names, command="true"):
        made = [self.own.run(workflow(("a", command), name=name)) for name in names]
        return [self.own.wait_for(run)["id"] for run in made]

    def waiting_runs(self, count):
        gate = {"id": "a", "approval": {"message": "Go on?"}}
        return [self.own.run(workflow(gate, name=f"waiting-{i}")) for i in range(count)]

    def list(self, before):
        page = self.page("/", self.own, before=SHORT + before)
        page.wait_for("document.getElementById('link-state').textContent === 'live'")
        return page

    def wait_for_names(self, page, names):
        shown = "[...document.querySelectorAll('.runs tbody .c-name')].map((cell) => cell.textContent)"
        wait_until(lambda: page.evaluate(shown) == list(names), f"the list to show {names}")

    def test_runs_that_came_while_nobody_looked_are_all_there_among_the_earlier_ones(self):
        self.runs("abc")
        page = self.list(TAB)
        self.wait_for_names(page, "cb")
        self.click(page, "Earlier runs")
        self.wait_for_names(page, "cba")
        page.evaluate("hide(true); 0")
        self.runs("def")
        page.evaluate("hide(false); 0")
        self.wait_for_names(page, "fe")
        self.click(page, "Earlier runs")
        self.wait_for_names(page, "fedcba")

    def test_earlier_runs_that_come_after_another_filter_was_chosen_are_not_shown(self):
        self.runs(["bad"], "false")
        self.runs("abc")
        page = self.list(SLOW)
        self.wait_for_names(page, "cb")
        page.evaluate("window.slow = (url) => url.includes('cursor='); 0")
        self.click(page, "Earlier runs")
        page.wait_for("held === 1")
        self.choose(page, "failed")
        self.wait_for_names(page, ["bad"])
        page.evaluate("go(); 0")
        self.runs(["worse"], "false")
        self.wait_for_names(page, ["worse", "bad"])

    def test_all_that_goes_on_below_the_newest_page_is_followed(self):
        runs = self.waiting_runs(25)
        self.runs("ab")
        page = self.list(OFTEN)
        self.click(page, "Earlier runs")
        row = f"[...document.querySelectorAll('.runs tbody tr')].find((r) => r.textContent.includes('{runs[0]}'))"
        page.wait_for(f"{row}?.dataset.status === 'running'")
        self.own.cancel(runs[0])
        page.wait_for(f"{row}.dataset.status === 'cancelled'")

    def test_a_run_that_was_removed_does_not_keep_the_list_from_being_read(self):
        [removed] = self.waiting_runs(1)
        page = self.list(OFTEN + FETCH)
        self.wait_for_names(page, ["waiting-0"])
        page.evaluate("""window.answerWith = (url) => url.includes(%s) && new Response('{}', { status: 404 }); 0"""
                      % json.dumps(removed))
        self.runs("ab")
        self.wait_for_names(page, "ba")
        page.wait_for("document.getElementById('link-state').textContent === 'live'")

    def test_a_list_that_could_not_be_read_is_not_called_empty(self):
        for place in ("", "#/workflows"):
            page = self.page(f"/{place}", self.own, before=FETCH + """
                window.answerWith = (url) => url.includes('/workflows') && new Response('{}', { status: 503 });""")
            page.wait_for("document.getElementById('link-state').textContent.startsWith('reconnecting')")
            self.assertTrue(page.evaluate("document.querySelector('.empty').hidden"))

    def test_text_of_a_row_can_be_marked_without_opening_its_run(self):
        self.runs("a")
        page = self.list("")
        self.wait_for_names(page, "a")
        page.evaluate("""(() => { const id = document.querySelector('.c-id code');
                          getSelection().selectAllChildren(id); id.click(); })()""")
        self.assertEqual(page.evaluate("location.hash"), "")
