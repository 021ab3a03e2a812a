"""The programs that run a graph: ours in both durabilities, and those that are compared with it."""

import shutil
import tempfile
from pathlib import Path

from steps.usage import Meter, cost_of_command

PARALLEL = 2


class BuildTool:
    """ninja or make, on a file in a new directory: with nothing built and no log of earlier runs."""

    def __init__(self, name, file, describe, directory):
        self.name = name
        self.file = file
        self.describe = describe
        self.directory = directory

    def available(self):
        return shutil.which(self.name) is not None

    def run(self, graph):
        home = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=self.directory))
        try:
            (home / self.file).write_text(self.describe(graph))
            return cost_of_command([self.name, "-C", str(home), "-j", str(PARALLEL)], home)
        finally:
            shutil.rmtree(home, ignore_errors=True)


class Runcast:
    """A server that stays up; each run of a graph is one run of a workflow, stored, and streamed to one follower."""

    def __init__(self, name, server):
        self.name = name
        self.server = server

    def available(self):
        return True

    def run(self, graph):
        definition = graph.workflow(PARALLEL)
        meter = Meter(self.server.pids)
        events = self.server.run_and_follow(definition)
        cost = meter.cost()
        if events != 2 * graph.count + 2:
            raise RuntimeError(f"{graph.name}: {events} events")
        return cost


def build_tools(directory):
    tools = [BuildTool("ninja", "build.ninja", lambda graph: graph.ninja_file(), directory),
             BuildTool("make", "Makefile", lambda graph: graph.makefile(), directory)]
    return [tool for tool in tools if tool.available()]
