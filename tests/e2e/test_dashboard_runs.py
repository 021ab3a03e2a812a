"""The page of a run while much happens to it: what somebody does there is kept."""

from browser_case import FETCH, SLOW, TAB, BrowserCase
from harness import workflow

SOON = """(() => { const plain = window.setTimeout;
    window.setTimeout = (call, ms) => plain(call, ms === 2000 ? 50 : ms); })();"""
STATUS = "document.querySelector('h1 .pill')?.textContent"


class RunPages(BrowserCase):
    def test_a_matrix_that_unfolds_is_drawn_once_and_leaves_what_was_chosen(self):
        hold, release = self.gate()
        matrix = {"id": "m", "run": "true", "needs": ["a"], "matrix": {"n": list(range(12))}}
        run = self.server.run(workflow(("a", hold), matrix))
        page = self.page(f"/#/runs/{run}", before="""const replace = Element.prototype.replaceChildren;
            window.drawn = 0;
            Element.prototype.replaceChildren = function (...more) {
              if (this.matches('.graph')) window.drawn += 1;
              return replace.apply(this, more);
            };""")
        page.wait_for("document.querySelectorAll('.node').length === 2")
        page.evaluate("document.querySelector('.node[title=a]').focus(); document.activeElement.click(); drawn = 0; 0")
        release()
        page.wait_for(f"{STATUS} === 'succeeded'")
        self.assertEqual(page.evaluate("document.querySelectorAll('.node[data-status=succeeded]').length"), 14)
        self.assertLess(page.evaluate("drawn"), 6)
        self.assertEqual(page.evaluate("document.querySelector('.node.selected')?.title"), "a")
        self.assertEqual(page.evaluate("document.activeElement.title"), "a")

    def test_a_log_whose_reading_was_refused_once_is_shown(self):
        run = self.server.finish(workflow(("a", "echo one")))["id"]
        page = self.page(f"/#/runs/{run}", before=SOON + FETCH + """let refused = 0;
            window.answerWith = (url) => url.includes('/logs') && refused++ < 2 && new Response('{}', { status: 429 });
            """)
        self.wait_for_lines(page, ["one"])
        self.assertEqual(page.evaluate("document.querySelectorAll('.toast').length"), 1)

    def test_a_stream_that_was_refused_leaves_the_reader_of_the_log_where_he_is(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("a", f"seq 1 400; {hold}; echo more; sleep 600")))
        page = self.page(f"/#/runs/{run}", before=SOON + TAB)
        page.wait_for("document.querySelector('.log-canvas')?.style.height === '8000px'", "all lines")
        page.evaluate("document.querySelector('.log').scrollTop = 4000; 0")
        page.wait_for("!document.querySelector('.log-pane .button.on')", "the log to be followed no longer")
        page.evaluate("""(() => { const stream = streams.findLast((s) => s.url.includes('step_log'));
                          stream.close(); stream.onerror(); })()""")
        release()
        page.wait_for("document.querySelector('.log-canvas').style.height === '8020px'", "the line that came")
        self.assertEqual(page.evaluate("document.querySelector('.log').scrollTop"), 4000)
        self.server.cancel(run)

    def test_a_line_is_opened_by_the_keys(self):
        run = self.server.finish(workflow(("a", "echo one; echo two; echo three")))["id"]
        page = self.page(f"/#/runs/{run}")
        self.wait_for_lines(page, ["one", "two", "three"])
        page.evaluate("document.querySelector('.log').focus(); 0")
        for key in ("ArrowUp", "ArrowUp", "Enter"):
            page.key(key)
        self.assertEqual(self.text(page, ".line.current .line-text"), "two")
        self.assertEqual(self.text(page, ".line-detail pre"), "two")

    def test_a_second_click_starts_no_second_run(self):
        run = self.server.finish(workflow(("a", "false"), name="twice"))["id"]
        for button in ("Run again", "Rerun failed"):
            page = self.page(f"/#/runs/{run}", before=SLOW + "window.slow = (url, method) => method === 'POST';")
            self.click(page, button)
            page.evaluate(f"""[...document.querySelectorAll('button')]
                .find((b) => b.textContent === '{button}').click(); go(); 0""")
            page.wait_for(f"location.hash.length > 10 && !location.hash.includes('{run}')", "the new run's page")
        runs = self.server.get("/api/v2/workflows/runs", workflow="twice").json()["items"]
        self.assertEqual(len(runs), 3)

    def test_a_comment_that_is_being_written_keeps_the_focus_when_another_step_waits(self):
        hold, release = self.gate()
        ask = {"approval": {"message": "Ship it?"}}
        run = self.server.run(workflow({"id": "one", **ask}, ("a", hold), {"id": "two", "needs": ["a"], **ask}))
        page = self.page(f"/#/runs/{run}")
        page.wait_for("document.querySelectorAll('.approval').length === 1")
        page.evaluate("document.querySelector('.approval input').focus(); 0")
        page.call("Input.insertText", text="looks")
        release()
        page.wait_for("document.querySelectorAll('.approval').length === 2")
        page.call("Input.insertText", text=" good")
        self.assertEqual(page.evaluate("document.activeElement.value"), "looks good")
        self.server.cancel(run)

    def test_a_search_that_was_typed_just_before_the_page_was_left_asks_for_nothing(self):
        run = self.server.finish(workflow(("a", "echo one")))["id"]
        page = self.page(f"/#/runs/{run}", before=FETCH)
        self.wait_for_lines(page, ["one"])
        page.evaluate("""(() => { const plain = setTimeout;
            window.setTimeout = (call) => (window.typed = call);
            document.querySelector('.log-pane input').dispatchEvent(new Event('input'));
            window.setTimeout = plain;
            location.hash = '#/workflows'; })()""")
        page.wait_for("document.title.startsWith('Workflows')")
        page.evaluate("window.asked = []; typed(); 0")
        self.assertEqual(page.evaluate("asked.filter((url) => url.includes('/logs'))"), [])

    def test_a_cancel_that_is_answered_late_leaves_the_next_page_its_title(self):
        run = self.server.run(workflow(("a", "sleep 600")))
        page = self.page(f"/#/runs/{run}", before=SLOW + "window.slow = (url) => url.endsWith('/cancel');")
        self.click(page, "Cancel")
        page.wait_for("held === 1")
        page.evaluate("location.hash = '#/workflows'; 0")
        page.wait_for("document.title.startsWith('Workflows')")
        page.evaluate("go(); new Promise((done) => setTimeout(done, 100))", wait=True)
        self.assertTrue(page.evaluate("document.title").startswith("Workflows"))

    def test_the_content_is_skipped_to_without_leaving_the_page(self):
        run = self.server.finish(workflow(("a", "echo one")))["id"]
        page = self.page(f"/#/runs/{run}")
        self.wait_for_lines(page, ["one"])
        page.key("Tab")
        page.key("Enter", "\r")
        page.wait_for("document.activeElement.id === 'main'")
        self.assertEqual(page.evaluate("location.hash"), f"#/runs/{run}")
