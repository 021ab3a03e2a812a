"""The graphs of steps that are run, and how each runner is told of one."""

import json
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Graph:
    """Steps 0 … count-1, each with those that it needs, all of them the program `true`."""

    name: str
    label: str
    count: int
    needs: Callable  # of a step's number: the numbers of those that it waits for

    def workflow(self, parallel):
        steps = []
        for number in range(self.count):
            step = {"id": f"s{number}", "run": ["true"]}
            if needed := self.needs(number):
                step["needs"] = [f"s{other}" for other in needed]
            steps.append(step)
        return json.dumps({"workflow": {"name": "bench", "maxParallel": parallel, "steps": steps}}).encode()

    def ninja_file(self):
        lines = ["rule step", "  command = true"]
        for number in range(self.count):
            lines.append(f"build s{number}: step " + " ".join(f"s{other}" for other in self.needs(number)))
        lines.append("build all: phony " + " ".join(f"s{number}" for number in range(self.count)))
        return "\n".join([*lines, "default all", ""])

    def makefile(self):
        names = " ".join(f"s{number}" for number in range(self.count))
        lines = [f".PHONY: all {names}", f"all: {names}"]
        for number in range(self.count):
            lines += [f"s{number}: " + " ".join(f"s{other}" for other in self.needs(number)), "\t@true"]
        return "\n".join([*lines, ""])


def alone(_):
    return []


def chained(number):
    return [number - 1] if number else []


def latticed(number):
    row = number // 10
    return list(range(10 * row - 10, 10 * row)) if row else []


GRAPHS = [
    Graph("independent", "1,000 independent", 1_000, alone),
    Graph("chain", "a chain of 1,000", 1_000, chained),
    Graph("lattice", "a lattice, 10 wide, 100 deep", 1_000, latticed),
    Graph("large", "10,000 independent", 10_000, alone),
]
