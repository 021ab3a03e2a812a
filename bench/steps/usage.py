"""CPU and memory of processes, as the kernel counts them."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What one run of a graph took, in seconds."""

    wall: float
    cpu: float  # user and system, of the runner and of every command
    own: float  # of that, the runner's


def clock_of(pid):
    """CPU seconds of a living process, all its threads, to the nanosecond."""
    return time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid(3) makes of a pid


def reaped_by(pid):
    """CPU seconds of the children that a process has waited for, and of theirs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS


def resident_bytes(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


class Meter:
    """The cost of what happens between two looks at a server and its spawn helper, which stay alive."""

    def __init__(self, pids):
        self.pids = pids
        self.began = (time.monotonic(), self.own(), self.commands())

    def own(self):
        return sum(clock_of(pid) for pid in self.pids)

    def commands(self):
        return sum(reaped_by(pid) for pid in self.pids)

    def cost(self):
        wall, own, commands = self.began
        own = self.own() - own
        return Cost(time.monotonic() - wall, own + self.commands() - commands, own)


def cost_of_command(command, directory):
    """Runs a command to its end; its children's CPU is within its own rusage, because it waits for them."""
    began = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(directory / "output"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2)])
    _, status, usage = os.wait4(pid, 0)
    wall = time.monotonic() - began
    if status:
        code = os.waitstatus_to_exitcode(status)
        raise RuntimeError(f"{' '.join(command)} ended with {code}; see {directory}/output")
    return Cost(wall, usage.ru_utime + usage.ru_stime, None)
