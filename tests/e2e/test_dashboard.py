"""The dashboard in headless Chromium, as a person would use it."""

import json

from browser_case import BrowserCase
from harness import PATIENCE, REPO, lines, steps_of, wait_until, workflow


class Dashboard(BrowserCase):
    def status_of(self, page, step):
        return page.evaluate(f"document.querySelector('.node[title={json.dumps(step)}]')?.dataset.status")

    def test_the_list_shows_runs_and_follows_their_statuses(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("a", hold), name="watched"))
        page = self.page()
        page.wait_for("document.querySelector('.runs tbody tr')?.dataset.status === 'running'")
        self.assertIn("watched", self.text(page, ".runs tbody"))
        release()
        page.wait_for("document.querySelector('.runs tbody tr').dataset.status === 'succeeded'")
        self.assertIn(run, self.text(page, ".runs tbody"))
        self.choose(page, "failed")
        page.wait_for(f"!document.querySelector('.runs tbody').textContent.includes('{run}')",
                      "other runs to be hidden")
        self.assertEqual(page.complaints, [])

    def test_the_list_is_told_of_runs_and_does_not_wait_for_the_time_to_ask(self):
        page = self.page(before="""const plain = setTimeout;
            window.setTimeout = (call, ms) => ms > 1000 ? 0 : plain(call, ms);""")
        page.wait_for("document.getElementById('link-state').textContent === 'live'")
        hold, release = self.gate()
        run = self.server.run(workflow(("a", hold), name="told"))
        status = f"[...document.querySelectorAll('.runs tbody tr')].find((r) => r.textContent.includes('{run}'))" \
                 "?.dataset.status"
        page.wait_for(f"{status} === 'running'")
        release()
        page.wait_for(f"{status} === 'succeeded'")
        self.assertEqual(page.complaints, [])

    def test_the_list_asks_where_it_cannot_be_told(self):
        page = self.page(before="window.WebSocket = class { close() {} }")
        page.wait_for("document.getElementById('link-state').textContent === 'live'")
        run = self.server.run(workflow(("a", "true"), name="asked"))
        page.wait_for(f"document.querySelector('.runs tbody').textContent.includes('{run}')")

    def test_a_run_shows_its_steps_and_its_log_live_until_it_ends(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("build", "echo built; echo '::progress::0.5 half'; " + hold),
                                       ("unit", "echo tested; exit 3", ["build"]), ("ship", "true", ["unit"])))
        page = self.page(f"/#/runs/{run}")
        page.wait_for("document.querySelectorAll('.line').length === 1", "the first line")
        wait_until(lambda: self.status_of(page, "build") == "running", "the step to be shown as running")
        page.wait_for("document.querySelector('.node-bar').style.width === '50%'", "its progress")
        self.shot(page, "run-live")
        release()
        page.wait_for("document.querySelector('h1 .pill').textContent === 'failed'")
        self.assertEqual([self.status_of(page, s) for s in ("build", "unit", "ship")],
                         ["succeeded", "failed", "skipped"])
        self.wait_for_lines(page, ["built", "tested"])
        self.assertEqual(page.complaints, [])

    def test_a_step_and_a_level_and_a_word_filter_the_log(self):
        run = self.server.finish(workflow(("a", "seq 1 30; echo 'bad <i>' >&2"), ("b", "echo only b", ["a"])))["id"]
        page = self.page(f"/#/runs/{run}")
        shown = "[...document.querySelectorAll('.line-text')].map((l) => l.textContent).join('|')"
        page.wait_for(f"{shown}.includes('only b')")
        page.evaluate("document.querySelector('.node[title=b]').click(); 0")
        page.wait_for(f"{shown} === 'only b'")
        self.assertIn("succeeded", self.text(page, ".detail"))
        page.evaluate("document.querySelector('.node[title=b]').click(); 0")
        page.evaluate("""(() => { const level = document.querySelectorAll('.log-pane select')[1];
                          level.value = 'warn'; level.dispatchEvent(new Event('change')); })()""")
        page.wait_for(f"{shown} === 'bad <i>'")
        page.evaluate("""(() => { const level = document.querySelectorAll('.log-pane select')[1];
                          level.value = ''; level.dispatchEvent(new Event('change')); })()""")
        page.key("/", "/")
        self.assertEqual(page.evaluate("document.activeElement.type"), "search")
        page.call("Input.insertText", text="29")
        page.wait_for(f"{shown} === '29'")
        self.assertEqual(self.text(page, ".line mark"), "29")

    def test_hostile_text_stays_text(self):
        hostile = "<img src=x onerror=alert(1)><script>window.pwned=1</script>"
        run = self.server.finish(workflow({"id": "a", "name": hostile,
                                           "run": f"echo '{hostile}'; echo \"x={hostile}\" > $RUN_OUTPUT"}))
        page = self.page(f"/#/runs/{run['id']}")
        page.wait_for("document.querySelectorAll('.line').length === 1")
        page.evaluate("document.querySelector('.node').click(); 0")
        page.wait_for("!document.querySelector('.detail').hidden")
        self.assertEqual(self.text(page, ".line-text"), hostile)
        self.assertIn(hostile, self.text(page, ".detail"))
        self.assertEqual(page.evaluate("document.querySelectorAll('main img, main script').length"), 0)
        self.assertIsNone(page.evaluate("window.pwned ?? null"))

    def test_a_run_is_cancelled_by_its_button(self):
        run = self.server.run(workflow(("a", "sleep 600")))
        page = self.page(f"/#/runs/{run}")
        find = "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Cancel' && !b.hidden)"
        page.wait_for(f"Boolean({find})")
        page.evaluate(f"{find}.click(); 0")
        page.wait_for("document.querySelector('h1 .pill').textContent === 'cancelled'")
        self.assertEqual(self.server.show(run)["status"], "cancelled")

    def test_a_step_that_waits_for_a_person_is_decided_by_the_buttons(self):
        for button, status in (("Approve", "succeeded"), ("Reject", "failed")):
            run = self.server.run(workflow({"id": "gate", "approval": {"message": "Ship <it>?"}},
                                           ("after", "true", ["gate"])))
            page = self.page(f"/#/runs/{run}")
            page.wait_for("document.body.innerText.includes('Ship <it>?')", "the question")
            page.evaluate("document.querySelector('.approval input').value = 'as agreed'")
            self.shot(page, "approval")
            page.evaluate(f"[...document.querySelectorAll('.approval button')]"
                          f".find((b) => b.textContent === '{button}').click(); 0")
            page.wait_for("document.querySelector('.approvals').hidden", "the question to go")
            self.assertEqual(self.server.wait_for(run)["status"], status)
            decided = next(e for e in self.server.events(run) if e["type"] == "approval_decided")
            self.assertEqual((decided["payload"]["approved"], decided["payload"]["comment"]),
                             (button == "Approve", "as agreed"))
            self.assertEqual(page.complaints, [])

    def test_a_failed_run_is_repeated_from_what_failed(self):
        run = self.server.finish(workflow(("a", "true"), ("b", "false", ["a"])))["id"]
        page = self.page(f"/#/runs/{run}")
        again = "[...document.querySelectorAll('.run-head button')].find((b) => b.textContent === 'Rerun failed')"
        page.wait_for(f"{again} && !{again}.hidden", "the button")
        page.evaluate(f"{again}.click(); 0")
        page.wait_for(f"location.hash.length > 10 && !location.hash.includes('{run}')", "the new run's page")
        other = page.evaluate("location.hash").rsplit("/", 1)[1]
        self.assertEqual(self.server.wait_for(other)["status"], "failed")
        starts = [e["payload"]["stepId"] for e in self.server.events(other) if e["type"] == "step_start"]
        self.assertEqual(starts, ["b"])

    def test_a_definition_is_submitted_and_its_faults_are_shown_at_their_lines(self):
        page = self.page()
        page.evaluate("document.getElementById('new-run').click(); 0")

        def write(definition):
            page.evaluate("""(() => { const area = document.getElementById('definition');
                              area.value = %s; area.dispatchEvent(new Event('input')); })()""" % json.dumps(definition))

        write('{\n "name": "x",\n "steps": [\n  {"id": "a", "run": "true", "timout": 5}\n ]\n}')
        page.wait_for("document.querySelectorAll('.faults li').length === 1", "the fault")
        fault = self.text(page, ".faults li")
        for text in ("line 4", "/steps/0/timout", "timeout"):
            self.assertIn(text, fault)
        self.shot(page, "faults")
        page.evaluate("document.querySelector('.fault-place').click(); 0")
        self.assertEqual(page.evaluate("""(() => { const area = document.getElementById('definition');
                                           return area.value.slice(area.selectionStart, area.selectionEnd); })()"""),
                         "5")
        write('{\n "name": tru,\n "steps": []\n}')
        page.wait_for("document.querySelector('.faults li')?.textContent.includes('not JSON')")
        self.assertIn("line 2", self.text(page, ".faults li"))
        write(json.dumps(workflow(("a", "echo from the page"), name="from-the-page")))
        page.wait_for("document.querySelector('.verdict').textContent.startsWith('1 step')")
        page.evaluate("document.querySelector('.dialog form').requestSubmit(); 0")
        page.wait_for("document.querySelector('h1 .pill')?.textContent === 'succeeded'")
        self.wait_for_lines(page, ["from the page"])

    def test_lines_that_come_while_the_log_is_read_and_the_run_ends_are_shown(self):
        hold, release = self.gate()
        run = self.server.run(workflow(("a", f"{hold}; echo late")))
        page = self.page(f"/#/runs/{run}", before="""
            const really = window.fetch;
            window.fetch = async (url, options) => {
              const answer = await really(url, options);
              if (String(url).includes('/logs?')) await (window.firstRead ??= new Promise((go) => (window.go = go)));
              return answer;
            };""")
        page.wait_for("Boolean(window.go)", "the log to be read, without a line")
        release()
        page.wait_for("document.querySelector('h1 .pill')?.textContent === 'succeeded'")
        page.evaluate("window.go(); 0")
        self.wait_for_lines(page, ["late"])

    def test_the_page_reconnects_by_itself_after_the_server_was_killed(self):
        server = self.own_server()
        hold, release = self.gate()
        run = server.run(workflow(("a", "echo before"), ("b", f"{hold}; echo after", ["a"])))
        page = self.page(f"/#/runs/{run}", server)
        page.wait_for("document.querySelectorAll('.line').length === 1")
        wait_until(lambda: steps_of(server.show(run))["a"]["status"] == "succeeded", "a step that is not run again")
        server.kill()
        page.wait_for("document.getElementById('link-state').textContent.startsWith('reconnecting')")
        release()
        server.start()
        page.wait_for("document.querySelector('h1 .pill').textContent === 'succeeded'")
        self.wait_for_lines(page, ["before", "after"])

    def test_a_log_of_a_million_lines_is_shown_with_few_elements_and_read_backwards(self):
        run = self.server.run(lines(1_000_000))
        page = self.page(f"/#/runs/{run}")
        self.server.wait_for(run, timeout=180)
        page.wait_for("[...document.querySelectorAll('.line-text')].some((l) => l.textContent === '1000000')")
        self.assertLess(page.evaluate("document.querySelectorAll('.line').length"), 200)
        page.evaluate("document.querySelector('.log').scrollTop = 0; 0")
        page.wait_for("document.querySelector('.log-canvas').offsetHeight > 500 * 20", "earlier lines to be loaded")
        self.assertLess(page.evaluate("document.querySelectorAll('.line').length"), 200)
        page.call("HeapProfiler.collectGarbage")  # which otherwise comes when there is time for it
        self.assertLess(page.evaluate("performance.memory.usedJSHeapSize"), 100 << 20)
        numbers = "[...document.querySelectorAll('.line')].sort((a, b) => a.offsetTop - b.offsetTop)" \
                  ".map((l) => Number(l.querySelector('.line-text').textContent))"
        seen = page.evaluate(numbers)
        self.assertEqual(seen, list(range(seen[0], seen[0] + len(seen))))

    def test_everything_fits_a_phone_and_the_dark(self):
        definition = json.loads((REPO / "examples" / "eager.json").read_text())
        run = self.server.run(definition)
        for name, more in (("light", {}), ("dark", {"scheme": "dark"}), ("phone", {"width": 390, "height": 844})):
            for place, path in (("list", "/"), ("run", f"/#/runs/{run}")):
                with self.subTest(name, place=place):
                    page = self.page(path, **more)
                    page.wait_for("!!document.querySelector('.runs tbody tr, .line')")
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
                    self.shot(page, f"{place}-{name}")
                    self.assertEqual(page.complaints, [])

    def test_every_control_has_a_name_and_can_be_reached_by_the_keyboard(self):
        run = self.server.finish(workflow(("a", "seq 1 5"), ("b", "true", ["a"])))["id"]
        page = self.page(f"/#/runs/{run}")
        page.wait_for("!!document.querySelector('.line')")
        nameless = page.evaluate("""[...document.querySelectorAll('button, input, select, textarea, [tabindex="0"]')]
            .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length))
            .map((e) => e.outerHTML)""")
        self.assertEqual(nameless, [])
        reached = set()
        for _ in range(16):
            page.key("Tab")
            reached.add(page.evaluate("document.activeElement.className || document.activeElement.tagName"))
        self.assertTrue({"node", "log", "SELECT"} <= {r.split()[0] for r in reached}, reached)

    def test_a_run_of_a_thousand_steps_is_shown(self):
        steps = [(f"s{i}", "true", [f"s{i - 50}"] if i >= 50 else []) for i in range(1000)]
        run = self.server.finish(workflow(*steps), timeout=PATIENCE * 2)["id"]
        page = self.page(f"/#/runs/{run}")
        page.wait_for("document.querySelectorAll('.dot[data-status=succeeded]').length === 1000")
        self.shot(page, "thousand")

    def test_an_unknown_run_is_told(self):
        page = self.page("/#/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV")
        page.wait_for("document.querySelector('.empty')?.textContent.includes('no run')")
