"""The dashboard's pages of jobs and workers in headless Chromium: a monitor that a person looks at."""

import json

from browser_case import BrowserCase
from harness import wait_until, workflow
from peers import Client, Worker, submit

# The page's heartbeat would take half a minute.
QUICK_BEAT = """(() => { const real = window.setTimeout;
                window.setTimeout = (f, ms, ...more) => real(f, ms === 30000 ? 500 : ms, ...more); })();"""
# One message of those that name `window.unheard` never arrives.
DEAF = QUICK_BEAT + """(() => { const Real = WebSocket;
    window.asked = [];
    window.WebSocket = class extends Real {
      send(text) { window.asked.push(JSON.parse(text).type); super.send(text); }
      set onmessage(take) {
        super.onmessage = take && ((event) => {
          if (window.unheard && event.data.includes(window.unheard) && !event.data.includes('resync_data')) return;
          take(event);
        });
      }
    }; })();"""
NO_SOCKETS = """window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 0); } close() {} };"""


class SystemPage(BrowserCase):
    def page(self, path="/#/jobs", server=None, live=True, **more):
        page = super().page(path, server, **more)
        if live:
            page.wait_for("document.getElementById('link-state').textContent === 'live'")
        return page

    def status_of(self, page, job):
        return page.evaluate(f"document.querySelector('tr[data-job={json.dumps(job)}]')?.dataset.status")

    def text_of(self, page, job, cell):
        return page.evaluate(f"document.querySelector('tr[data-job={json.dumps(job)}] {cell}')?.textContent ?? ''")

    def wait_for_status(self, page, job, status):
        wait_until(lambda: self.status_of(page, job) == status, f"the job to be shown as {status}")

    def figure(self, page, name):
        text = page.evaluate(f"""[...document.querySelectorAll('.figures div')]
            .find((d) => d.querySelector('dt').textContent === '{name}').querySelector('dd').textContent""")
        return int(text.replace(",", "")) if text[0].isdigit() else None

    @staticmethod
    def busy(page):
        """Seconds that the page's tasks have taken."""
        metrics = page.call("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    def test_a_job_is_shown_from_its_submission_to_its_end(self):
        page = self.page()
        worker = Worker(self.server, "painter-1", types=["paint"])
        job = submit(self.server, name="A picture", type="paint", priority=5)["id"]
        self.wait_for_status(page, job, "pending")
        self.assertIn("A picture", self.text_of(page, job, ".c-name"))
        self.assertEqual(self.text_of(page, job, ".c-priority"), "5")
        claimed = worker.claim()
        self.wait_for_status(page, job, "assigned")
        self.assertEqual(self.text_of(page, job, ".c-worker"), "painter-1")
        worker.tell(claimed, "progress", progress=0.4, action="mixing <b>colours</b>")
        wait_until(lambda: self.text_of(page, job, ".c-progress") == "40 % · mixing <b>colours</b>", "its progress")
        self.assertEqual(page.evaluate(f"document.querySelector('tr[data-job=\"{job}\"] progress').value"), 0.4)
        completed = self.figure(page, "Completed")
        worker.tell(claimed, "complete", result={})
        self.wait_for_status(page, job, "completed")
        wait_until(lambda: self.figure(page, "Completed") == completed + 1, "the figure to grow")
        self.assertEqual(page.complaints, [])

    def test_a_page_that_is_opened_later_shows_the_same(self):
        worker = Worker(self.server, "late-1", types=["late"])
        jobs = [submit(self.server, name=f"late {i}", type="late")["id"] for i in range(4)]
        first = worker.claim()
        worker.tell(first, "progress", progress=0.25, action="half way to half")
        worker.tell(first, "fail", error="no paint left", retryable=False)
        second = worker.claim()
        worker.tell(second, "progress", progress=0.5, action="there")
        self.server.request("POST", "/api/jobs/cancel", {"id": jobs[3]})
        page = self.page()
        self.wait_for_status(page, jobs[0], "failed")
        self.assertEqual(self.text_of(page, jobs[0], ".c-progress"), "no paint left")
        self.assertEqual(self.text_of(page, jobs[1], ".c-progress"), "50 % · there")
        self.assertEqual(self.status_of(page, jobs[2]), "pending")
        self.choose(page, "cancelled")
        self.wait_for_status(page, jobs[3], "cancelled")
        worker.tell(second, "complete", result={})
        self.server.request("POST", "/api/jobs/cancel", {"id": jobs[2]})

    def test_filters_choose(self):
        jobs = {t: submit(self.server, name=f"named {t}", type=t)["id"] for t in ("sort-a", "sort-b")}
        page = self.page()
        shown = "[...document.querySelectorAll('tr[data-job] .row-open')].map((b) => b.textContent)"
        self.wait_for_status(page, jobs["sort-b"], "pending")
        self.choose(page, "failed")
        wait_until(lambda: self.status_of(page, jobs["sort-a"]) is None, "it to be hidden")
        self.choose(page, "pending")
        self.wait_for_status(page, jobs["sort-a"], "pending")
        page.evaluate("""(() => { const types = document.querySelector('select[aria-label=Type]');
                          types.value = 'sort-a'; types.dispatchEvent(new Event('change')); })()""")
        wait_until(lambda: page.evaluate(shown) == ["named sort-a"], "one type alone")
        page.key("/", "/")
        page.call("Input.insertText", text="NO SUCH")
        page.wait_for("!document.querySelector('.empty').hidden && document.querySelector('.empty').textContent === "
                      "'No job matches.'")
        for job in jobs.values():
            self.server.request("POST", "/api/jobs/cancel", {"id": job})

    def test_a_job_is_cancelled_by_its_button(self):
        job = submit(self.server, type="never")["id"]
        page = self.page()
        self.wait_for_status(page, job, "pending")
        page.evaluate(f"document.querySelector('tr[data-job=\"{job}\"] .c-stop button').click(); 0")
        self.wait_for_status(page, job, "cancelled")
        self.assertEqual(self.server.get(f"/api/jobs/{job}").json()["status"], "cancelled")
        self.assertTrue(page.evaluate(f"document.querySelector('tr[data-job=\"{job}\"] .c-stop button').hidden"))

    def test_an_opened_job_shows_its_lines_as_they_come_and_leads_to_its_run(self):
        worker = Worker(self.server, "talker-1", types=["talk"])
        run = self.server.run(workflow({"id": "speak", "job": {"type": "talk", "payload": {"words": 3}}}))
        claimed = worker.claim()
        worker.tell(claimed, "logs", lines=["one", "two <i>"])
        page = self.page()
        self.wait_for_status(page, claimed["id"], "active")
        page.evaluate(f"document.querySelector('tr[data-job=\"{claimed['id']}\"] .row-open').focus(); 0")
        page.key("Enter", "\r")
        lines = "[...document.querySelectorAll('.job-log .line-text')].map((l) => l.textContent)"
        wait_until(lambda: page.evaluate(lines) == ["one", "two <i>"], "its lines")
        worker.tell(claimed, "logs", lines=["three"])
        wait_until(lambda: page.evaluate(lines) == ["one", "two <i>", "three"], "the line that came")
        page.wait_for("document.querySelector('.job-facts').textContent.includes('{\"words\":3}')", "its payload")
        self.assertEqual(page.evaluate("document.querySelector('.job-facts a').hash"), f"#/runs/{run}")
        self.assertEqual(page.evaluate("document.querySelectorAll('[aria-expanded=true]').length"), 1)
        worker.tell(claimed, "complete", result={"said": "all"})
        page.wait_for("document.querySelector('.job-facts').textContent.includes('{\"said\":\"all\"}')")
        self.shot(page, "job-open")
        page.evaluate("document.querySelector('[aria-expanded=true]').click(); 0")
        page.wait_for("!document.querySelector('.job-detail')", "it to be closed")
        self.assertEqual(page.complaints, [])

    def test_a_result_that_is_told_after_the_end_is_shown(self):
        job = submit(self.server, type="never")["id"]
        page = self.page()
        facts = page.evaluate(f"""import('./job-detail.js').then(({{JobDetail}}) => {{
            const detail = new JobDetail({{id: '{job}'}}, 1);
            detail.update({{id: '{job}', status: 'completed'}}, false);
            detail.update({{id: '{job}', status: 'completed', result: {{late: true}}}}, false);
            return detail.facts.textContent; }})""", wait=True)
        self.assertIn('{"late":true}', facts)

    def test_workers_are_shown_by_their_machines_until_they_go(self):
        page = self.page("/#/workers")
        worker = Worker(self.server, "w-seen", machineId="m-seen", hostname="north", types=["dig"], concurrency=2,
                        capabilities={"gpu": True, "memory": 32})
        row = "document.querySelector('tr[data-worker=w-seen]')"
        page.wait_for(f"{row}?.dataset.status === 'idle'")
        self.assertIn("north", page.evaluate("document.querySelector('tbody[data-machine=m-seen] th').textContent"))
        self.assertEqual(page.evaluate(f"{row}.querySelector('.c-takes').textContent"), "dig · gpu, memory: 32")
        submit(self.server, name="a hole", type="dig")
        claimed = worker.claim()
        page.wait_for(f"{row}.dataset.status === 'busy'")
        page.wait_for(f"{row}.querySelector('.c-has').textContent === '1 of 2: a hole'")
        worker.tell(claimed, "complete", result={})
        page.wait_for(f"{row}.dataset.status === 'idle'")
        self.server.request("DELETE", "/api/workers/w-seen")
        page.wait_for(f"!{row} || {row}.dataset.status === 'offline'", "it to be gone")
        page.evaluate("document.querySelector('.places a[href=\"#/jobs\"]').click(); 0")
        page.wait_for("document.querySelector('h1').textContent === 'Jobs'")
        self.assertEqual(page.complaints, [])

    def test_ten_thousand_waiting_jobs_are_shown_with_few_elements(self):
        server = self.own_server()
        page = self.page(server=server)
        client = Client(server)
        self.addCleanup(client.close)
        for i in range(10_000):
            client.say("submit_job", job_type="crowd", name=f"job {i}")
        for _ in range(10_000):
            client.until("job_accepted")
        wait_until(lambda: self.figure(page, "Pending") == 10_000, "all of them to be counted")
        page.wait_for("document.querySelector('.rest').textContent === 'The first 100 are shown; 9,900 more match.'")
        worker = Worker(server, "busy-1", types=["busy"])
        submit(server, name="the one", type="busy")
        claimed = worker.claim()
        worker.tell(claimed, "progress", progress=0.75, action="unimpressed")
        wait_until(lambda: self.text_of(page, claimed["id"], ".c-progress") == "75 % · unimpressed", "its progress")
        self.assertLess(page.evaluate("document.querySelectorAll('*').length"), 4000)
        self.shot(page, "jobs-10000")
        again = self.page(server=server)
        wait_until(lambda: self.figure(again, "Pending") == 10_000, "a page that comes later to show them")
        again.evaluate("[...document.querySelectorAll('button')].find((b) => b.textContent === 'More').click(); 0")
        again.wait_for("document.querySelectorAll('tr[data-job]').length === 200")
        # What a person does is answered: all tasks of the page's own together take less than this, on a slow machine
        # too. By the processor's time, as others may want the processor.
        again.call("Performance.enable", timeDomain="threadTicks")
        before = self.busy(again)
        again.evaluate("""document.querySelectorAll('.chip')[2].click();
            new Promise((done) => setTimeout(done, 2000))""", wait=True)
        self.assertLess(self.busy(again) - before, 1)
        self.assertEqual(page.complaints + again.complaints, [])

    def test_what_is_not_connected_is_shown_as_that_and_catches_up_by_itself(self):
        server = self.own_server()
        worker = Worker(server, "steady-1", types=["steady"])
        jobs = [submit(server, name=f"steady {i}", type="steady")["id"] for i in range(3)]
        claimed = worker.claim()
        page = self.page(server=server)
        self.wait_for_status(page, claimed["id"], "assigned")
        self.assertTrue(page.evaluate("document.querySelector('.away').hidden"))
        server.kill()
        page.wait_for("!document.querySelector('.away').hidden", "the page to say that it is not connected")
        self.assertIn("Not connected", page.evaluate("document.querySelector('.away').textContent"))
        self.assertTrue(page.evaluate("document.querySelector('main').classList.contains('stale')"))
        self.shot(page, "jobs-away")
        server.start()
        server.request("POST", "/api/jobs/cancel", {"id": jobs[2]})
        worker.tell(claimed, "complete", result={})
        page.wait_for("document.getElementById('link-state').textContent === 'live'")
        self.assertTrue(page.evaluate("document.querySelector('.away').hidden"))
        self.wait_for_status(page, jobs[0], "completed")
        self.wait_for_status(page, jobs[1], "pending")
        self.wait_for_status(page, jobs[2], "cancelled")
        names = ("Active", "Pending", "Completed", "Cancelled")
        wait_until(lambda: [self.figure(page, name) for name in names] == [0, 1, 1, 1], "the figures to be those")

    def test_an_event_that_was_lost_is_noticed_and_asked_for(self):
        page = self.page(before=DEAF)
        worker = Worker(self.server, "heard-1", types=["heard"])
        job = submit(self.server, type="heard")["id"]
        self.wait_for_status(page, job, "pending")
        page.evaluate(f"window.unheard = {json.dumps(job)}; 0")
        worker.do(worker.claim(), 0.5)
        self.wait_for_status(page, job, "completed")
        asked = page.evaluate("window.asked")
        self.assertIn("heartbeat", asked)
        self.assertIn("resync_request", asked)

    def test_without_a_socket_it_polls(self):
        before = submit(self.server, type="polled")["id"]
        page = self.page(before=NO_SOCKETS, live=False)
        page.wait_for("document.getElementById('link-state').textContent.startsWith('asking')", "the page to poll")
        self.wait_for_status(page, before, "pending")
        worker = Worker(self.server, "polled-1", types=["polled"])
        worker.do(worker.claim(), 0.5)
        self.wait_for_status(page, before, "completed")
        self.assertFalse(page.evaluate("document.querySelector('main').classList.contains('stale')"))
        self.assertEqual(page.complaints, [])

    def test_they_fit_a_phone_and_the_dark(self):
        server = self.own_server()
        for name, more in (("light", {}), ("dark", {"scheme": "dark"}), ("phone", {"width": 390, "height": 844})):
            page = self.page(server=server, **more)
            page.wait_for("document.querySelector('.empty')?.textContent.startsWith('No job yet')")
            self.shot(page, f"jobs-empty-{name}")
        worker = Worker(server, "render-north-1", machineId="north", hostname="north.example",
                        types=["render", "encode"], capabilities={"gpu": True, "memory": 32}, concurrency=4)
        Worker(server, "any-1", machineId="south", capabilities={})
        for i in range(12):
            submit(server, name=f"Scene {i} of a film with a rather long name", type="render", priority=i % 4)
        for i in range(5):
            claimed = worker.claim() if i < 4 else None
            if claimed and i < 2:
                worker.tell(claimed, "progress", progress=0.3 + i / 4, action="mixing what was rendered " * (i * 4 + 1))
            if i == 2:
                worker.tell(claimed, "fail", error="the disk is full", retryable=False)
            if i == 3:
                worker.do(claimed)
        for name, more in (("light", {}), ("dark", {"scheme": "dark"}), ("phone", {"width": 390, "height": 844})):
            for place in ("jobs", "workers"):
                with self.subTest(name, place=place):
                    page = self.page(f"/#/{place}", server=server, **more)
                    page.wait_for("!!document.querySelector('tr[data-job], tr[data-worker]')")
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
                    nameless = page.evaluate("""[...document.querySelectorAll('button, input, select, progress')]
                        .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length))
                        .map((e) => e.outerHTML)""")
                    self.assertEqual(nameless, [])
                    self.shot(page, f"{place}-{name}")
                    self.assertEqual(page.complaints, [])
