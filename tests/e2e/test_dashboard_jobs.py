"""One job that is opened in the dashboard's table, and the jobs that are asked for beside the newest."""

import json

from browser_case import FETCH, TAB, BrowserCase
from peers import Worker, submit


class OpenedJobs(BrowserCase):
    def row(self, job):
        return f"document.querySelector('tr[data-job={json.dumps(job['id'])}]')"

    def open(self, job, **more):
        page = self.page("/#/jobs", **more)
        page.wait_for(f"Boolean({self.row(job)})", "the job")
        page.evaluate(f"{self.row(job)}.querySelector('.row-open').click(); 0")
        page.wait_for("!!document.querySelector('.job-facts a')")
        return page

    def test_it_takes_no_lines_while_its_tab_is_hidden(self):
        worker = Worker(self.server, "unseen-1", types=["unseen"])
        submit(self.server, type="unseen")
        job = worker.claim()
        worker.tell(job, "logs", lines=["one"])
        page = self.open(job, before=TAB)
        self.wait_for_lines(page, ["one"])
        page.evaluate("hide(true); 0")
        self.assertFalse(page.evaluate("streams.some((s) => s.readyState !== EventSource.CLOSED)"))
        worker.tell(job, "logs", lines=["two"])
        page.evaluate("hide(false); 0")
        self.wait_for_lines(page, ["one", "two"])
        worker.tell(job, "complete", result={})

    def test_it_shows_the_attempt_that_goes_on(self):
        worker = Worker(self.server, "again-1", types=["again"])
        submit(self.server, type="again", retry={"maxAttempts": 2, "delay": 0})
        job = worker.claim()
        page = self.open(job)
        facts = "document.querySelector('.job-facts').textContent"
        page.wait_for(f"{facts}.includes('Attempt1')")
        worker.tell(job, "fail", error="not yet")
        job = worker.claim()
        page.wait_for(f"{facts}.includes('Attempt2')")
        worker.tell(job, "complete", result={})
        page.wait_for(f"{facts}.includes('Ended') && {facts}.includes('Attempt2')")

    def test_its_end_leaves_the_reader_of_its_log_where_he_is(self):
        worker = Worker(self.server, "long-1", types=["long"])
        submit(self.server, type="long")
        job = worker.claim()
        worker.tell(job, "logs", lines=[f"line {i}" for i in range(400)])
        page = self.open(job)
        page.wait_for("document.querySelector('.log')?.scrollTop > 5000", "the log's end")
        page.evaluate("document.querySelector('.log').scrollTop = 4000; 0")
        page.wait_for("[...document.querySelectorAll('.line-text')].some((l) => l.textContent === 'line 200')")
        worker.tell(job, "complete", result={})
        page.wait_for("document.querySelector('.job-facts').textContent.includes('Ended')")
        page.evaluate("new Promise((done) => setTimeout(done, 100))", wait=True)
        self.assertEqual(page.evaluate("document.querySelector('.log').scrollTop"), 4000)

    def test_it_stays_open_however_many_end_after_it(self):
        page = self.page("/#/jobs")
        shown = page.evaluate("""import('./job-selection.js').then(({ selectJobs }) => {
            const jobs = ['old', 'newer', 'newest'].map((id, i) => [id, { id, name: id, completed_at: i }]);
            const state = { live: new Map(), ended: new Map([['completed', new Map(jobs)]]) };
            const filter = { status: 'completed', type: '', text: '' };
            return selectJobs(state, filter, 1, 'old').jobs.map((job) => job.id); })""", wait=True)
        self.assertEqual(shown, ["newest", "old"])

    def test_earlier_ones_of_one_type_are_asked_for_whatever_is_known_of_all(self):
        job = submit(self.server, type="rare")
        self.server.request("POST", "/api/jobs/cancel", {"id": job["id"]})
        live = submit(self.server, type="rare")
        page = self.page("/#/jobs", before=FETCH)
        page.wait_for(f"Boolean({self.row(live)})")
        self.choose(page, "cancelled")
        page.wait_for(f"Boolean({self.row(job)})")
        page.evaluate("""(() => { const types = document.querySelector('select[aria-label=Type]');
                          types.value = 'rare'; types.dispatchEvent(new Event('change')); })()""")
        self.assertTrue(page.evaluate("asked.some((url) => url.includes('status=cancelled&type=rare'))"))
        self.server.request("POST", "/api/jobs/cancel", {"id": live["id"]})
