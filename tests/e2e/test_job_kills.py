"""Jobs under fire: the server and workers are killed at random moments, and each job ends once all the same.

RUNCAST_KILL_SECONDS says for how long (6; 600 in the long set), RUNCAST_SEED repeats what was drawn.
"""

import collections
import http.client
import os
import random
import subprocess
import threading
import time

from harness import BINARY, EndToEnd, LONG, wait_until
from workers import Worker, job_of

SECONDS = float(os.environ.get("RUNCAST_KILL_SECONDS", "600" if LONG else "6"))
LEASE_MS = 700


class HttpWorker(threading.Thread):
    """Works until told to end; now and then it drops a job on the floor, as if it had died with it."""

    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.worker = Worker(server, f"http-{seed}", types=["fire"], concurrency=4)
        self.random = random.Random(seed)
        self.ending = threading.Event()
        self.accepted = []  # (job id, nonce) of completions that the server took

    def run(self):
        known = False
        while not self.ending.is_set():
            try:
                if not known:
                    self.worker.register()
                known = True
                for job in self.worker.claim(wait_ms=500, max=self.random.randint(1, 3)):
                    self.work(job)
            except (OSError, http.client.HTTPException, AssertionError):
                known = False  # the server is away, or new
                time.sleep(0.05)

    def work(self, job):
        time.sleep(self.random.random() * 0.05)
        if self.random.random() < 0.1:
            return
        if self.random.random() < 0.5:
            self.worker.tell(job, "progress", progress=self.random.random(), action="working")
        if self.random.random() < 0.05:
            time.sleep(2 * LEASE_MS / 1000)  # silent for too long, and then back
        nonce = f"{self.worker.name}-{self.random.random()}"
        if self.worker.tell(job, "complete", result={"nonce": nonce}).status == 200:
            self.accepted.append((job["id"], nonce))


class UnderFire(EndToEnd):
    server_args = ("--job-lease-ms", str(LEASE_MS), "--shutdown-ms", "100")

    def setUp(self):
        self.seed = int(os.environ.get("RUNCAST_SEED", random.randrange(1 << 30)))
        self.random = random.Random(self.seed)
        self.commands = []
        self.ids = []
        self.kills = collections.Counter()
        self.addCleanup(lambda: [self.end(process) for process in self.commands])

    def end(self, process):
        process.kill()
        process.wait()

    def start_command(self):
        script = ('sleep 0.0$((RANDOM % 9)); echo "::progress::0.5 half"; '
                  'echo "nonce=command-$$-$(date +%N)" >> "$RUN_OUTPUT"')
        self.commands.append(subprocess.Popen(
            [BINARY, "worker", "--server", self.server.url, "--type", "fire", "--concurrency", "3", "--",
             "/bin/bash", "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def submit(self, number):
        """With a key of its own, so that it may be said again: a killed server may have taken it."""
        try:
            answer = self.server.request("POST", "/api/jobs", {"type": "fire", "name": f"job {number}"},
                                         {"Idempotency-Key": f"{self.seed}-{number}"}, timeout=5)
        except (OSError, http.client.HTTPException):
            return None
        return answer.json()["id"] if answer.status == 201 else None

    def submit_until(self, deadline):
        draw = random.Random(self.seed)
        while time.monotonic() < deadline:
            number = len(self.ids)
            self.ids.append(wait_until(lambda: self.submit(number), f"job {number} to be taken"))
            time.sleep(draw.random() * 0.1)

    def kill_something(self):
        what = self.random.choice(("server", "worker"))
        self.kills[what] += 1
        if what == "server":
            self.server.kill()
            time.sleep(self.random.random() * 0.2)
            self.server.start()
        else:
            victim = self.commands.pop(self.random.randrange(len(self.commands)))
            self.end(victim)
            self.start_command()

    def test_each_job_ends_once_none_is_lost_and_none_is_completed_by_two(self):
        for _ in range(2):
            self.start_command()
        workers = [HttpWorker(self.server, seed) for seed in range(3)]
        for worker in workers:
            worker.start()
        deadline = time.monotonic() + SECONDS
        submitting = threading.Thread(target=self.submit_until, args=(deadline,), daemon=True)
        submitting.start()
        while time.monotonic() < deadline:
            time.sleep(self.random.random() * 0.6)
            self.kill_something()
        submitting.join()
        for job in self.ids:
            wait_until(lambda: job_of(self.server, job)["status"] == "completed",
                       f"job {job} to be completed (seed {self.seed})")
        for worker in workers:
            worker.ending.set()
            worker.join()
        self.check_outcomes([entry for worker in workers for entry in worker.accepted])
        if LONG:
            print(f"  in {SECONDS:.0f} s: {len(self.ids)} jobs, {self.kills['server']} servers and"
                  f" {self.kills['worker']} workers killed, {self.assigned} attempts", flush=True)

    def check_outcomes(self, accepted):
        self.assertEqual(len(set(self.ids)), len(self.ids), f"seed {self.seed}")
        self.assigned = 0
        acknowledged = collections.Counter(job for job, _ in accepted)
        self.assertEqual([job for job, times in acknowledged.items() if times > 1], [], f"seed {self.seed}")
        nonces = dict(accepted)
        for job in self.ids:
            events = self.server.events(job)
            types = collections.Counter(event["type"] for event in events)
            self.assertEqual((types["step_complete"], types["run_complete"]), (1, 1), (self.seed, job))
            self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)), (self.seed, job))
            attempts = [e["payload"]["attempt"] for e in events if e["type"] == "job_assigned"]
            self.assertEqual(attempts, sorted(set(attempts)), (self.seed, job))
            self.assigned += len(attempts)
            result = job_of(self.server, job)["result"]
            if job in nonces:
                self.assertEqual(result["nonce"], nonces[job], (self.seed, job))
