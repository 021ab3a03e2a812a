"""What tests of the command line share."""

import json
import os
import subprocess

from harness import BINARY, EndToEnd, PATIENCE
from relay import Relay


class CliCase(EndToEnd):
    def cli(self, *args, stdin=None, server=None, env=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RUNCAST_")}
        environment.update({"RUNCAST_SERVER": (server or self.server).url, **(env or {})})
        return subprocess.run([BINARY, *args], input=stdin, capture_output=True, text=True, env=environment,
                              timeout=PATIENCE, cwd=self.folder)

    def start(self, *args, server=None):
        process = subprocess.Popen([BINARY, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "RUNCAST_SERVER": (server or self.server).url})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def relay(self, *fates):
        relay = Relay(self.server, *fates)
        self.addCleanup(relay.close)
        return relay

    def file(self, definition, name="definition.json"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(definition if isinstance(definition, str) else json.dumps(definition))
        return path

    def newest(self):
        return self.server.get("/api/v2/workflows/runs", limit=1).json()["items"][0]
