"""A worker in Python, without a library: python3 worker.py [SERVER] [TYPE]

It "renders" scenes: reports progress, says what it does, and answers with a result.
"""

import json
import os
import re
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import quote

SERVER = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("RUNCAST_SERVER", "http://127.0.0.1:8080")
TYPE = sys.argv[2] if len(sys.argv) > 2 else "render"
NAME = re.sub(r"[^A-Za-z0-9_.:@-]", "-", f"{socket.gethostname()}-python-{os.getpid()}")


def post(path, body):
    request = urllib.request.Request(f"{SERVER}/api/workers/{NAME}{path}", json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    if os.environ.get("RUNCAST_TOKEN"):
        request.add_header("Authorization", f"Bearer {os.environ['RUNCAST_TOKEN']}")
    with urllib.request.urlopen(request, timeout=90) as answer:
        return json.load(answer)


class Stopped(Exception):
    pass


def work(job):
    def tell(what, **body):
        return post(f"/jobs/{quote(job['id'], safe='')}/{what}", {"token": job["token"], **body})

    stop = threading.Event()

    def beat():
        while not stop.wait(job["leaseMs"] / 3000):
            try:
                if tell("heartbeat")["cancel"]:
                    stop.set()
            except urllib.error.HTTPError as error:
                if error.code == 409:  # the job is another's by now
                    stop.set()
            except OSError:
                pass

    threading.Thread(target=beat, daemon=True).start()
    try:
        frames = (job["payload"] or {}).get("frames", 5)
        for frame in range(1, frames + 1):
            if stop.wait(0.1):
                raise Stopped
            tell("progress", progress=frame / frames, action=f"frame {frame} of {frames}")
        tell("logs", lines=[f"rendered {frames} frames"])
        tell("complete", result={"frames": frames})
    except Stopped:
        pass
    except urllib.error.HTTPError as error:
        if error.code != 409:
            raise
    except Exception as error:
        tell("fail", error=str(error))
    finally:
        stop.set()


def main():
    known = False
    while True:
        try:
            if not known:
                post("/register", {"hostname": socket.gethostname(), "types": [TYPE], "concurrency": 1})
            known = True
            for job in post("/claim", {"waitMs": 20_000})["jobs"]:
                work(job)
        except OSError as error:
            known = False  # the server may have been started anew
            print(error, file=sys.stderr)
            time.sleep(1)


if __name__ == "__main__":
    main()
