"""The servers that are measured: how each is built, started and found among the processes."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
LIFETIME = 90  # seconds after which every process of the bench ends by itself


class Peer:
    """A server that takes the common flags and stays in the foreground."""

    def __init__(self, name, command, note=""):
        self.name = name
        self.command = [str(part) for part in command]
        self.note = note
        self.publisher = None  # a command that publishes, where the server cannot produce by itself

    def available(self):
        return shutil.which(self.command[0]) is not None

    def start(self, port, flags, core, directory):
        command = [*self.command, "--port", str(port), "--lifetime", str(LIFETIME), *flags]
        return spawn(command, core, directory / f"{self.name}.log")

    def attach(self, port, scenario, load_core):
        """Called before the load: more flags for it."""
        return []

    def begin(self):
        """Called once all subscribers are attached."""

    def extra(self):
        """Called after the load: figures that it cannot know."""
        return {}

    def clean(self):
        """Called when all processes have ended."""


class RawTick(Peer):
    """The raw limit, sending no more often than each millisecond."""

    def start(self, port, flags, core, directory):
        return super().start(port, [*flags, "--tick-us", "1000"], core, directory)


class Node(Peer):
    """A script whose one package may come from npm or from Debian."""

    def available(self):
        home = Path(self.command[-1]).parent
        found = super().available() and (home / "hub.js").exists()
        return found and subprocess.run(["node", "-e", "require('ws')"], cwd=home, capture_output=True).returncode == 0


class Nchan(Peer):
    """nginx with nchan, from a configuration that is filled in; events are published to it over HTTP."""

    MODULES = Path("/usr/lib/nginx/modules")

    def __init__(self, name, publisher, note=""):
        super().__init__(name, ["nginx"], note)
        self.publisher = [str(publisher)]

    def available(self):
        return super().available() and (self.MODULES / "ngx_nchan_module.so").exists()

    def start(self, port, flags, core, directory):
        home = directory / "nchan"
        home.mkdir(exist_ok=True)
        text = (BENCH / "peers/nchan/nginx.conf.in").read_text()
        for name, value in {"PORT": port, "DIRECTORY": home, "MODULES": self.MODULES}.items():
            text = text.replace(f"@{name}@", str(value))
        (home / "nginx.conf").write_text(text)
        command = ["timeout", str(LIFETIME), "nginx", "-p", str(home), "-c", str(home / "nginx.conf"), "-e", "stderr"]
        return spawn(command, core, directory / "nchan.log")


def spawn(command, cores, log, stdout=None):
    """Starts a command on one core, or on a set of them; what it says goes to `log`."""
    cores = cores if isinstance(cores, set) else {cores}
    with open(log, "ab") as errors:
        return subprocess.Popen(command, stdout=stdout or errors, stderr=errors, stdin=subprocess.DEVNULL,
                                preexec_fn=lambda: os.sched_setaffinity(0, cores), text=stdout is not None)


def stop(process):
    """Ends a process that spawn() started."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not listen")


def family(pid):
    """A process and all that come from it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has ended meanwhile
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found


def build(build_dir, directory):
    """Builds all peers and the load; a peer whose tools are missing is left out, and said so."""
    cmake = ["cmake", "-S", ROOT, "--preset", "release", "-B", build_dir, "-DRUNCAST_BENCH=ON"]
    subprocess.run(cmake, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", build_dir, "--target", "bench_hub"], check=True)
    if shutil.which("go"):
        environment = dict(os.environ, GO111MODULE="off", GOFLAGS="", GOPATH="/usr/share/gocode",
                           GOCACHE=str(directory / "go-cache"))
        subprocess.run(["go", "build", "-o", directory / "go-hub", "."], cwd=BENCH / "peers/go_hub", env=environment,
                       check=True)
    if shutil.which("npm"):
        home = directory / "ws_node"
        home.mkdir(exist_ok=True)
        for name in ("hub.js", "package.json", "package-lock.json"):
            shutil.copy(BENCH / "peers/ws_node" / name, home)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=home, check=False)


def all_peers(build_dir, directory):
    from path.path import WholePath  # it builds on this module

    peers = [
        Peer("runcast", [build_dir / "runcast-hub-bench"], "this project's hub, producer in its process"),
        Peer("raw", [build_dir / "raw-epoll"], "epoll and ready-made blocks: the limit"),
        RawTick("raw-tick", [build_dir / "raw-epoll"], "the same, sending each millisecond"),
        Peer("go", [directory / "go-hub"], "gorilla/websocket, a goroutine pair and 256 slots a client"),
        Peer("beast", [build_dir / "beast-naive"], "Boost.Beast, one async_write a message"),
        Node("node", ["node", directory / "ws_node/hub.js"], "Node's ws"),
        WholePath("path", build_dir, note="runcast serve: step, database, socket"),
        WholePath("path-crash", build_dir, ["--durability", "crash"], note="the same without an fsync a commit"),
        WholePath("path-deflate", build_dir, ["--compress"], note="the same, compressing"),
        WholePath("shard-1", build_dir, ["--threads", "1"], {0, 1}, "runcast serve with one shard on both cores"),
        WholePath("shard-2", build_dir, ["--threads", "2"], {0, 1}, "the same with two"),
        Nchan("nchan", build_dir / "hub-publish", "nginx with nchan, published to over HTTP"),
    ]
    return {peer.name: peer for peer in peers}
