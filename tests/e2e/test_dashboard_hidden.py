"""The dashboard in a tab that nobody looks at: it takes nothing from the server, and nothing is missing afterwards."""

from browser_case import SLOW, TAB, BrowserCase
from harness import wait_until, workflow

STREAMING = "streams.some((s) => s.readyState !== EventSource.CLOSED)"


class HiddenTabs(BrowserCase):
    def test_a_log_goes_on_where_its_tab_was_hidden_between_a_line_and_its_frame(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("a", f"echo one; {hold}; echo two; sleep 600")))
        page = self.page(f"/#/runs/{run}", before=TAB + """const frame = window.requestAnimationFrame;
            window.late = [];
            window.requestAnimationFrame = (draw) => (window.delayed ? late.push(draw) : frame(draw));""")
        self.wait_for_lines(page, ["one"])
        page.evaluate("window.delayed = true; 0")
        release()
        page.wait_for("late.length === 1", "the line")
        page.evaluate("hide(true); window.delayed = false; late.forEach((draw) => draw()); hide(false); 0")
        self.wait_for_lines(page, ["one", "two"])
        self.server.cancel(run)

    def test_a_run_that_is_opened_in_a_hidden_tab_is_named_there_and_followed_when_it_is_seen(self):
        run = self.server.run(workflow(("a", "echo one; sleep 600"), name="unseen"))
        page = self.page(f"/#/runs/{run}", before=TAB + "hide(true);")
        page.wait_for("document.title.startsWith('unseen')")
        self.assertEqual(page.evaluate("streams.length"), 0)
        page.evaluate("hide(false); 0")
        self.wait_for_lines(page, ["one"])
        self.assertTrue(page.evaluate(STREAMING))
        page.evaluate("hide(true); 0")
        self.assertFalse(page.evaluate(STREAMING))
        self.server.cancel(run)

    def test_a_log_that_is_read_while_its_tab_is_hidden_is_not_followed(self):
        run = self.server.run(workflow(("a", "echo one; sleep 600")))
        wait_until(lambda: self.server.log(run), "the line")
        page = self.page(f"/#/runs/{run}", before=TAB + SLOW + "window.slow = (url) => url.includes('/logs');")
        page.wait_for("held === 1", "the log to be read")
        page.evaluate("hide(true); go(); 0")
        self.wait_for_lines(page, ["one"])
        self.assertFalse(page.evaluate(STREAMING))
        self.server.cancel(run)

    def test_a_list_in_a_hidden_tab_is_read_as_soon_as_it_is_seen(self):
        page = self.page(before=TAB + SLOW + """const plain = setTimeout;
            window.setTimeout = (call, ms) => ms > 1000 ? 0 : plain(call, ms);
            window.slow = (url) => url.includes('/runs');
            hide(true);""")
        self.assertNotIn("/runs", str(page.evaluate("asked")))
        page.evaluate("hide(false); 0")
        page.wait_for("held === 1", "the list to be read")
        page.evaluate("hide(true); 0")
        run = self.server.finish(workflow(("a", "true")))["id"]
        page.evaluate("hide(false); go(); 0")
        page.wait_for(f"document.querySelector('.runs tbody').textContent.includes('{run}')")
