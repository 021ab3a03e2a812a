"""Workers as somebody would write them from the documentation: over HTTP, with nothing but the standard library."""

import itertools
from urllib.parse import quote

_names = itertools.count(1)


class Worker:
    def __init__(self, server, name=None, **intro):
        self.server = server
        self.name = name or f"worker-{next(_names)}"
        self.intro = intro

    def post(self, path, body=None):
        return self.server.request("POST", f"/api/workers/{quote(self.name, safe='')}{path}", body or {})

    def register(self):
        answer = self.post("/register", self.intro)
        assert answer.status == 200, answer
        return answer.json()

    def claim(self, wait_ms=0, **more):
        answer = self.post("/claim", {"waitMs": wait_ms, **more})
        assert answer.status == 200, answer
        return answer.json()["jobs"]

    def claim_one(self, wait_ms=20_000, **more):
        jobs = self.claim(wait_ms, **more)
        assert len(jobs) == 1, jobs
        return jobs[0]

    def tell(self, job, what, token=None, **body):
        return self.post(f"/jobs/{quote(job['id'], safe='')}/{what}", {"token": token or job["token"], **body})

    def done(self, job, result=None):
        answer = self.tell(job, "complete", result=result or {})
        assert answer.status == 200, answer


def submit_job(server, headers=None, **job):
    answer = server.request("POST", "/api/jobs", job, headers)
    assert answer.status == 201, answer
    return answer.json()


def job_of(server, job_id):
    answer = server.get(f"/api/jobs/{quote(job_id, safe='')}")
    assert answer.status == 200, answer
    return answer.json()
