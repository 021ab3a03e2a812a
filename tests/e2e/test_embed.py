"""examples/embed: another program, built with the hub in it, publishes to itself and to a WebSocket."""

import os
import shutil
import subprocess
import tempfile
import unittest
from types import SimpleNamespace

from harness import LONG, PATIENCE, REPO
from websocket import WebSocket

# Where somebody has built it already; else the long set does.
BINARY = os.environ.get("RUNCAST_EMBED_BIN")
TICKS = 50


class Embed(unittest.TestCase):
    def binary(self):
        if BINARY:
            return BINARY
        if not LONG or not shutil.which("cmake") or not shutil.which("clang++-19"):
            self.skipTest("long set: RUNCAST_LONG=1, with cmake and clang++-19; or RUNCAST_EMBED_BIN")
        folder = tempfile.mkdtemp(prefix="runcast-embed-")
        self.addCleanup(shutil.rmtree, folder, True)
        configure = ["cmake", "-S", REPO / "examples/embed", "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                     "-DCMAKE_C_COMPILER=clang-19", "-DCMAKE_CXX_COMPILER=clang++-19"]
        for command in (configure, ["cmake", "--build", folder, "--target", "embed"]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=1800)
        return f"{folder}/embed"

    def test_a_program_with_the_hub_in_it_serves_what_it_sees_itself(self):
        process = subprocess.Popen([self.binary(), str(TICKS)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        word, port = process.stdout.readline().split()
        self.assertEqual(word, "listening")
        server = SimpleNamespace(host="127.0.0.1", port=int(port), authority=f"127.0.0.1:{port}")
        texts = []
        with WebSocket(server, "/") as ws:
            while (text := ws.receive()) is not None:
                texts.append(text)
            self.assertEqual(ws.close_code, 1000)
        self.assertEqual(texts, [f'{{"seq":{n},"text":"tick"}}' for n in range(1, TICKS + 1)])
        self.assertEqual(process.stdout.readline(), f"saw {TICKS} of {TICKS}\n")
        self.assertEqual(process.wait(PATIENCE), 0)
