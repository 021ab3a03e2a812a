"""The worst clients, beside one that behaves: it gets everything, memory stays bounded, and nothing is kept of them.

`./dev bench worst` measures what they cost the others; here are a few of each kind, for a moment.
"""

import subprocess
import sys
from pathlib import Path

from abusers import KINDS
from harness import EndToEnd, PATIENCE, wait_until, workflow
from streams import Follower, stream_path

MEBIBYTE = 1 << 20
COUNT = 50
SECONDS = 1


class Worst(EndToEnd):
    def abuse(self, kind, run):
        process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("abusers.py")), kind, self.server.host,
                                    str(self.server.port), stream_path(run), str(COUNT), str(SECONDS)],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline().strip(), "ready")
        return process

    def check(self, kind):
        hold, release = self.gate()
        run = self.server.run(workflow(("flood", f"{hold}; seq 1 30000")))
        self.addCleanup(release)
        self.server.wait_for(run, "running")
        memory, descriptors = self.server.memory(), self.server.descriptors()
        good = Follower(self.server, run, "websocket").attached()
        process = self.abuse(kind, run)
        release()
        self.assertEqual(good.result().seqs, list(range(1, 30_005)))
        self.assertEqual(self.server.wait_for(run)["status"], "succeeded")
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assert_memory_less(self.server.memory() - memory, 64 * MEBIBYTE)
        wait_until(lambda: self.server.descriptors() <= descriptors, "the last of them to be let go", 90)


def test_of(kind):
    return lambda self: self.check(kind)


for name in KINDS:
    setattr(Worst, f"test_clients_of_the_kind_{name.replace('-', '_')}_harm_nobody", test_of(name))
