"""What is measured: the rows of the table, and what the hub must reach in them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scenario:
    name: str
    label: str
    task: str  # what the load does: receive, drain, idle or handshake
    subscribers: int = 1
    runs: int = 1
    mode: str = "idle"  # how the peer produces
    rate: int = 0
    messages: int = 0
    seconds: float = 2.0  # of the window that is measured
    warmup: float = 0.5  # before it
    metrics: tuple = ("cpu_us_per_delivery",)
    variants: tuple = ()  # peers of OWN_ROWS that this row has
    only: tuple = ()  # where not empty: the peers that take part
    deflate: bool = False  # whether the load offers permessage-deflate
    without: tuple = field(default_factory=tuple)  # peers that cannot take part

    def peer_flags(self):
        flags = ["--mode", self.mode, "--subscribers", self.subscribers, "--runs", self.runs]
        if self.mode in ("saturated", "rate"):
            flags += ["--seconds", self.seconds + 2 * self.warmup + 1]
        if self.mode == "rate":
            flags += ["--rate", self.rate]
        if self.mode == "burst":
            flags += ["--messages", self.messages]
        return [str(flag) for flag in flags]

    def load_flags(self):
        flags = ["--task", self.task, "--subscribers", self.subscribers, "--runs", self.runs]
        flags += ["--seconds", self.seconds, "--warmup", self.warmup]
        if self.task == "drain":
            flags += ["--messages", self.messages]
        if self.deflate:
            flags += ["--deflate"]
        return [str(flag) for flag in flags]

    def expected_deliveries_per_second(self):
        return self.rate * self.subscribers / self.runs if self.mode == "rate" else 0


PATH = ("path", "path-crash")
OWN_ROWS = {"raw-tick", "shard-1", "shard-2", "path-deflate", *PATH}  # peers that take part only where a row names them
BYSTANDERS = {"beast", "node", "nchan"}  # no target names them: they take part in every third repetition
CPU_AND_TAIL = ("cpu_us_per_delivery", "p50_us", "p99_us", "p999_us")

SCENARIOS = [
    Scenario("saturated-1", "1 × saturated", "receive", 1, mode="saturated"),
    Scenario("saturated-100", "100 × saturated", "receive", 100, mode="saturated", variants=PATH),
    Scenario("saturated-1000", "1,000 × saturated", "receive", 1000, mode="saturated", variants=PATH),
    Scenario("saturated-1000-100", "1,000 over 100 runs × saturated", "receive", 1000, 100, mode="saturated"),
    Scenario("rate-1000", "100 × 1,000 events/s", "receive", 100, mode="rate", rate=1000,
             metrics=(*CPU_AND_TAIL, "p99_beyond_fsync_us"), variants=PATH),
    Scenario("rate-10000", "100 × 10,000 events/s", "receive", 100, mode="rate", rate=10000, metrics=CPU_AND_TAIL,
             variants=("raw-tick",)),
    Scenario("rate-5000-100", "100 runs × 10, 5,000 events/s", "receive", 1000, 100, mode="rate", rate=5000,
             metrics=CPU_AND_TAIL),
    Scenario("burst", "100 × a burst of 10,000 events", "drain", 100, mode="burst", messages=10000,
             metrics=("deliveries_lost", "clients_dropped", "cpu_us_per_delivery"), without=("nchan",)),
    Scenario("shards", "100 × saturated, whole path, one shard and two", "receive", 100, mode="saturated",
             metrics=("cpu_us_per_delivery", "deliveries_per_second"), variants=("shard-1", "shard-2"),
             only=("shard-1", "shard-2")),
    Scenario("deflate", "100 × 200 lines/s, whole path, plain and compressed", "receive", 100, mode="rate", rate=200,
             metrics=("cpu_us_per_delivery", "bytes_per_delivery"), variants=("path", "path-deflate"),
             only=("path", "path-deflate"), deflate=True),
    Scenario("idle", "10,000 idle: memory a connection", "idle", 10000, metrics=("bytes_per_connection",),
             variants=("path",)),
    Scenario("handshakes", "handshakes", "handshake", metrics=("cpu_us_per_handshake", "handshakes_per_second")),
]


@dataclass(frozen=True)
class Target:
    """A bound on a ratio of two peers' figures, both of one repetition."""

    scenario: str
    metric: str
    over: str  # the peer that is divided
    under: str  # the peer that it is divided by; empty: the figure itself is bounded
    at_most: float = 0
    at_least: float = 0

    def met(self, ratio):
        return ratio <= self.at_most if self.at_most else ratio >= self.at_least


def _cpu(scenario, over, under, **bound):
    return Target(scenario, "cpu_us_per_delivery", over, under, **bound)


TARGETS = [
    *[_cpu(name, "runcast", "raw", at_most=1.25)
      for name in ("saturated-1", "saturated-100", "saturated-1000", "saturated-1000-100")],
    _cpu("saturated-1", "go", "runcast", at_least=25),
    *[_cpu(name, "go", "runcast", at_least=40) for name in ("saturated-100", "saturated-1000", "saturated-1000-100")],
    *[_cpu(name, "go", "path", at_least=10) for name in ("saturated-100", "saturated-1000")],
    Target("rate-1000", "p99_beyond_fsync_us", "path", "", at_most=2000),
    _cpu("rate-1000", "runcast", "raw", at_most=1.15),
    Target("rate-1000", "p99_us", "runcast", "raw", at_most=1.3),
    _cpu("rate-10000", "runcast", "raw", at_most=0.6),
    Target("rate-10000", "p99_us", "runcast", "raw", at_most=1.3),
    Target("rate-5000-100", "p99_us", "runcast", "raw", at_most=2.5),
    *[Target("idle", "bytes_per_connection", name, "", at_most=5 * 1024) for name in ("runcast", "path")],
    Target("handshakes", "cpu_us_per_handshake", "runcast", "raw", at_most=1.25),
]
