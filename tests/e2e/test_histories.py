"""What followers are told, through kills of the server, stalls and cut connections: recorded and checked.

`stream-witness` (tests/soak) is the follower, in numbers: in order, each event once, none left out, nothing changed
under a seq, filters and positions that hold.
"""

import json
import os
import random
import subprocess
import time
import unittest

from harness import BINARY, LONG, Server, workflow

WITNESS = BINARY.with_name("stream-witness")
RUNS, LINES, FOLLOWERS, KILLS, SECONDS = (4, 100_000, 40, 10, 900) if LONG else (2, 20_000, 12, 2, 100)


@unittest.skipUnless(WITNESS.is_file(), "stream-witness is not built beside the server")
class Histories(unittest.TestCase):
    def test_nobody_is_told_anything_else_whatever_is_killed_or_cut(self):
        seed = int(os.environ.get("RUNCAST_SEED", random.randrange(1 << 20)))
        chance = random.Random(seed)
        # A kill makes the attempt anew, so the log only grows; every tenth line is a warning.
        lines = f"seq 1 {LINES // 10} | awk '{{ if ($1 % 10) print; else print \"::warn::\" $1 }}'"
        step = f"for part in 1 2 3 4 5 6 7 8 9 10; do {lines}; sleep 0.2; done"
        server = Server()
        self.addCleanup(server.clean)
        server.start()
        runs = [server.run(workflow(("say", step))) for _ in range(RUNS)]
        witness = subprocess.Popen([WITNESS, str(server.port), str(SECONDS), str(FOLLOWERS), str(seed), *runs],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(witness.kill)
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.2, 2))
            server.kill()
            server.start()
        output, errors = witness.communicate(timeout=SECONDS + 60)
        print(f"\n    seed {seed}: {output.strip()}")
        self.assertEqual(witness.returncode, 0, f"seed {seed}: {output}\n{errors}")
        seen = json.loads(output)
        self.assertGreater(seen["deliveries"], RUNS * LINES * FOLLOWERS * 0.75)
        self.assertGreater(seen["resumes"], seen["followers"])
        for run in runs:
            self.assertEqual(server.show(run)["status"], "succeeded")
