"""What the tests of the stream share: an ended run, and runs that wait to be released."""

from harness import EndToEnd, wait_until, workflow

MIXED = workflow(("build", "for i in 1 2 3 4 5; do echo line $i; echo '::progress::0.'$i; done; echo warned >&2"),
                 ("test", "printf 'caf\\303\\251 \\\"<&>\\n'; printf '\\377\\n'; exit 3", ["build"]),
                 ("ship", "echo never", ["test"]), ("lint", "seq 1 30"), name="mixed")


class StreamCase(EndToEnd):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ended = cls.server.finish(MIXED)["id"]
        cls.stored = cls.server.events(cls.ended)
        cls.last = cls.stored[-1]["seq"]

    def held(self, before="seq 1 10", after="seq 11 20"):
        """A run that says something, waits to be released, and says something more."""
        hold, release = self.gate()
        run = self.server.run(workflow(("say", f"{before}; {hold}; {after}")))
        self.addCleanup(release)
        return run, release

    def said(self, run, count):
        wait_until(lambda: len(self.server.log(run)) >= count, f"{count} lines in the log")
