#!/usr/bin/python3
"""Runs the end-to-end tests: run.py [-v] [PATTERN ...]; a pattern is a part of a file's or a test's name.

RUNCAST_BIN is the binary to test (build/release/runcast), RUNCAST_LONG=1 adds the long set, RUNCAST_PATIENCE is how
many seconds a test waits for anything (60). The exit code is 0 only if every test that ran has passed. Where the binary
holds a sanitizer, a test fails too by what a server, worker or command that it started was reported for.
"""

import os
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def sentence(test):
    return getattr(test, "_testMethodName", str(test)).removeprefix("test_").replace("_", " ")


class Sanitizers:
    """What the sanitizers report of any process, which would often be lost: most servers end by SIGKILL."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="runcast-sanitizers-"))
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):
            options = [os.environ.get(name), f"log_path={self.folder}/report"]
            os.environ[name] = ":".join(filter(None, options))

    def take(self):
        """The reports since the last call."""
        texts = []
        for file in sorted(self.folder.iterdir()):
            texts.append(file.read_text(errors="replace"))
            file.unlink()
        return "\n".join(texts)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Report(unittest.TestResult):
    def __init__(self, sanitizers):
        super().__init__()
        self.sanitizers = sanitizers
        self.passed = 0
        self.module = None
        self.started = 0.0

    def startTest(self, test):
        super().startTest(test)
        module = type(test).__module__
        if module != self.module:
            print(f"\n{module}", flush=True)
            self.module = module
        self.started = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self.heed_sanitizers(test)

    def heed_sanitizers(self, test):
        """Whether a sanitizer has reported something, which then is this test's failure."""
        said = self.sanitizers.take()
        if said:
            self.failures.append((test, said))
            self.say("FAIL", test, ": a sanitizer reported something")
        return bool(said)

    def say(self, word, test, more=""):
        print(f"  {word:5} {sentence(test)} ({time.monotonic() - self.started:.2f} s){more}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        if not self.heed_sanitizers(test):
            self.passed += 1
            self.say("ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say("skip", test, f": {reason}")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.say("FAIL", test)

    def addError(self, test, error):
        super().addError(test, error)
        self.say("ERROR", test)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            self.say("FAIL", test, f" {subtest._subDescription()}")


def select(suite, patterns):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from select(test, patterns)
        else:
            name = f"{type(test).__module__}.{type(test).__name__} {sentence(test)} {test.id()}"
            if not patterns or any(p in name for p in patterns):
                yield test


def main():
    from harness import BINARY

    if not BINARY.is_file():
        print(f"no binary at {BINARY}: build it first, or name it in RUNCAST_BIN", file=sys.stderr)
        return 2
    patterns = [a for a in sys.argv[1:] if not a.startswith("-")]
    found = unittest.defaultTestLoader.discover(str(HERE), "test_*.py", top_level_dir=str(HERE))
    tests = list(select(found, patterns))
    if not tests:
        print(f"no test matches {' '.join(patterns)}", file=sys.stderr)
        return 2
    sanitizers = Sanitizers()
    report = Report(sanitizers)
    start = time.monotonic()
    unittest.TestSuite(tests).run(report)
    report.heed_sanitizers("the servers that several tests shared")
    sanitizers.close()
    bad = report.failures + report.errors
    for test, trace in bad:
        print(f"\n--- {test.id() if hasattr(test, 'id') else test}\n{trace}")
    print(f"\n{report.passed} passed, {len(bad)} failed, {len(report.skipped)} skipped"
          f" in {time.monotonic() - start:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
