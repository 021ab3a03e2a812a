#!/usr/bin/python3
"""Runs the end-to-end tests: run.py [-v] [PATTERN ...]; a pattern is a part of a file's or a test's name.

RUNCAST_BIN is the binary to test (build/release/runcast), RUNCAST_LONG=1 adds the long set, RUNCAST_PATIENCE is how
many seconds a test waits for anything (60). The exit code is 0 only if every test that ran has passed.
"""

import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def sentence(test):
    return getattr(test, "_testMethodName", str(test)).removeprefix("test_").replace("_", " ")


class Report(unittest.TestResult):
    def __init__(self):
        super().__init__()
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

    def say(self, word, test, more=""):
        print(f"  {word:5} {sentence(test)} ({time.monotonic() - self.started:.2f} s){more}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
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
    report = Report()
    start = time.monotonic()
    unittest.TestSuite(tests).run(report)
    bad = report.failures + report.errors
    for test, trace in bad:
        print(f"\n--- {test.id() if hasattr(test, 'id') else test}\n{trace}")
    print(f"\n{report.passed} passed, {len(bad)} failed, {len(report.skipped)} skipped"
          f" in {time.monotonic() - start:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
