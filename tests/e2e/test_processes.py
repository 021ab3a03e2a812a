"""Steps as processes: their surroundings, their fates, and that none outlives what started it."""

import itertools
import os
from pathlib import Path

from harness import EndToEnd, steps_of, wait_until, workflow

_numbers = itertools.count(os.getpid() % 10_000 * 1000 + 10_000_000)


def unique_sleep():
    """A duration that no other process sleeps for, by which its sleepers are found."""
    return str(next(_numbers))


def sleepers(duration):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if entry.joinpath("cmdline").read_bytes().split(b"\0")[:2] == [b"sleep", duration.encode()]:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


class Processes(EndToEnd):
    def end_of(self, command, **more):
        """The step_complete payload and the log of a run of one step."""
        run = self.server.finish(workflow({"id": "a", "run": command, **more}))["id"]
        events = self.server.events(run)
        end = next(e["payload"] for e in events if e["type"] == "step_complete")
        return end, self.server.log(run)

    def gone(self, duration):
        wait_until(lambda: not sleepers(duration), f"every `sleep {duration}` to be gone")

    def test_an_exit_code_and_a_signal_are_reported_as_what_they_are(self):
        end, _ = self.end_of("exit 7")
        self.assertEqual((end["status"], end["exitCode"], end.get("signal")), ("failed", 7, None))
        end, _ = self.end_of("kill -9 $$")
        self.assertEqual((end["status"], end.get("exitCode"), end["signal"]), ("failed", None, "SIGKILL"))
        end, _ = self.end_of("kill -SEGV $$")
        self.assertEqual(end["signal"], "SIGSEGV")
        end, _ = self.end_of("true")
        self.assertEqual((end["status"], end["exitCode"]), ("succeeded", 0))

    def test_an_array_touches_no_shell(self):
        end, log = self.end_of(["printf", "%s\\n", "$HOME", "`id`", "a b", "*", "; echo x", ""])
        self.assertEqual((end["status"], log), ("succeeded", ["$HOME", "`id`", "a b", "*", "; echo x", ""]))

    def test_a_command_that_is_not_there_fails_with_its_name(self):
        end, _ = self.end_of(["/no/such/command"])
        self.assertEqual(end["status"], "failed")
        self.assertIn("/no/such/command", end["error"])
        end, _ = self.end_of(["/etc/passwd"])
        self.assertEqual(end["status"], "failed")

    def test_a_working_directory_is_used_and_one_that_is_not_there_fails_the_step(self):
        end, log = self.end_of("pwd", workingDirectory="/usr")
        self.assertEqual(log, ["/usr"])
        end, _ = self.end_of("pwd", workingDirectory="/no/such/folder")
        self.assertEqual(end["status"], "failed")
        self.assertIn("/no/such/folder", end["error"])

    def test_the_steps_of_a_run_share_a_workspace_and_other_runs_do_not_see_it(self):
        definition = workflow(("write", "test ! -e note && echo mine > note"), ("read", "cat note; pwd", ["write"]))
        first, second = (self.server.finish(definition) for _ in range(2))
        logs = [self.server.log(run["id"]) for run in (first, second)]
        self.assertEqual([log[0] for log in logs], ["mine", "mine"])
        self.assertNotEqual(logs[0][1], logs[1][1])

    def test_a_shell_of_one_s_own_is_used(self):
        end, log = self.end_of("echo ${BASH_VERSION:+bash}", shell="/bin/bash")
        self.assertEqual(log, ["bash"])

    def test_the_environment_is_the_workflow_s_then_the_step_s_then_the_run_s(self):
        run = self.server.finish(workflow(
            {"id": "a-b", "run": 'echo "$A $B $C|$INPUT_MY_NAME|$STEP_ID $ATTEMPT"; echo "$RUN_ID"',
             "env": {"B": "step"}},
            env={"A": "flow", "B": "flow", "C": "a'b\"c $HOME"}, inputs={"my-name": {"type": "string"}}),
            {"my-name": "$(touch /tmp/pwned); `id`"})
        self.assertEqual(self.server.log(run["id"]),
                         ["flow step a'b\"c $HOME|$(touch /tmp/pwned); `id`|a-b 1", run["id"]])

    def test_a_command_has_empty_stdin_default_signals_and_no_inherited_descriptor(self):
        _, log = self.end_of("cat; echo end; ls /proc/self/fd | tr '\\n' ' '; echo;"
                             " grep -E 'Sig(Ign|Blk)' /proc/self/status")
        self.assertEqual(log[0], "end")
        self.assertLessEqual(set(log[1].split()[:4]), {"0", "1", "2", "3"}, log[1])
        masks = {line.split()[0]: int(line.split()[1], 16) for line in log[-2:]}
        masks["SigIgn:"] &= ~(0b11 << 31)  # 32 and 33 are the C library's own: its posix_spawn ignores them
        self.assertEqual(masks, {"SigIgn:": 0, "SigBlk:": 0})

    def test_steps_started_while_clients_are_connected_inherit_none_of_their_sockets(self):
        run = self.server.finish(workflow(*[(f"s{i}",
                                             "ls -l /proc/self/fd | grep -c socket || true") for i in range(20)]))
        self.assertEqual(set(self.server.log(run["id"])), {"0"})

    def test_a_step_ends_with_its_first_process_and_what_is_left_is_killed(self):
        one, two, three = unique_sleep(), unique_sleep(), unique_sleep()
        daemon = f"(setsid sh -c 'sleep {three} & sleep {three}' &)"
        end, log = self.end_of(f"sleep {one} & setsid sleep {two} & {daemon}; echo out")
        self.assertEqual((end["status"], log), ("succeeded", ["out"]))
        for duration in (one, two, three):
            self.gone(duration)

    def test_cancel_ends_the_whole_tree_sessions_of_their_own_and_the_stubborn_included(self):
        plain, session, stubborn = unique_sleep(), unique_sleep(), unique_sleep()
        run = self.server.run(workflow(
            ("tree", f"sleep {plain} & setsid sh -c 'sleep {session} & sleep {session}' & sleep {plain}"),
            ("stubborn", f"trap '' TERM INT HUP; sleep {stubborn}")))
        wait_until(lambda: sleepers(plain) and sleepers(session) and sleepers(stubborn), "the processes to be there")
        self.server.cancel(run)
        document = self.server.wait_for(run)
        self.assertEqual({s["status"] for s in steps_of(document).values()}, {"cancelled"})
        for duration in (plain, session, stubborn):
            self.gone(duration)

    def test_a_cancelled_command_is_asked_first_and_may_clean_up(self):
        run = self.server.run(workflow(("a",
                                        "trap 'echo cleaned; exit 0' TERM; echo ready; while :; do sleep 0.05; done")))
        wait_until(lambda: self.server.log(run) == ["ready"], "the command to be ready")
        self.server.cancel(run)
        self.assertEqual(self.server.wait_for(run)["status"], "cancelled")
        # The `sleep` is asked, too, and some shells say so.
        self.assertEqual([line for line in self.server.log(run) if line != "Terminated"], ["ready", "cleaned"])

    def test_a_timeout_ends_the_whole_tree_and_fails_the_step(self):
        one, two = unique_sleep(), unique_sleep()
        end, log = self.end_of(f"echo begun; setsid sleep {two} & sleep {one}", timeout="3s")
        self.assertEqual((end["status"], log), ("failed", ["begun"]))
        self.assertIn("time", end["error"].lower())
        self.gone(one)
        self.gone(two)

    def test_a_timeout_of_the_whole_workflow_ends_every_step(self):
        one = unique_sleep()
        run = self.server.finish(workflow(("a", f"sleep {one}"), ("b", "echo never", ["a"]), timeout="500ms"))
        self.assertIn(run["status"], ("failed", "cancelled"))
        self.assertEqual(self.server.log(run["id"]), [])
        self.gone(one)

    def test_a_retry_makes_another_attempt_and_tells_so(self):
        run = self.server.finish(workflow({"id": "a", "run": "echo $ATTEMPT; [ $ATTEMPT = 3 ]",
                                           "retry": {"maxAttempts": 5, "delay": "10ms"}}))
        self.assertEqual((run["status"], self.server.log(run["id"])), ("succeeded", ["1", "2", "3"]))
        retries = [e["payload"] for e in self.server.events(run["id"]) if e["type"] == "step_retry"]
        self.assertEqual([(r["attempt"], r["reason"], r["delayMs"]) for r in retries],
                         [(1, "failed", 10), (2, "failed", 10)])
        self.assertEqual(steps_of(run)["a"]["attempt"], 3)

    def test_continueOnError_lets_dependents_run_and_the_run_succeed(self):
        run = self.server.finish(workflow({"id": "a", "run": "exit 1", "continueOnError": True},
                                          ("b", "echo went on", ["a"])))
        self.assertEqual(steps_of(run)["a"]["status"], "failed")
        self.assertEqual(self.server.log(run["id"], "b"), ["went on"])
        self.assertEqual(run["status"], "succeeded")

    def test_a_failure_skips_what_needs_it_and_lets_the_rest_run(self):
        run = self.server.finish(workflow(("bad", "exit 1"), ("after", "echo never", ["bad"]),
                                          ("after_that", "echo never", ["after"]), ("apart", "echo apart")))
        self.assertEqual({k: v["status"] for k, v in steps_of(run).items()},
                         {"bad": "failed", "after": "skipped", "after_that": "skipped", "apart": "succeeded"})
        self.assertEqual((run["status"], self.server.log(run["id"])), ("failed", ["apart"]))

    def test_a_delay_waits_and_succeeds(self):
        run = self.server.finish(workflow({"id": "wait", "delay": "200ms"}, ("after", "echo after", ["wait"])))
        self.assertEqual(run["status"], "succeeded")
        end = next(e["payload"] for e in self.server.events(run["id"]) if e["type"] == "step_complete")
        self.assertGreaterEqual(end["durationMs"], 200)

    def test_no_process_outlives_a_server_that_is_told_to_end(self):
        one, two = unique_sleep(), unique_sleep()
        server = self.own_server()
        server.run(workflow(("a", f"setsid sleep {two} & sleep {one}")))
        wait_until(lambda: sleepers(one) and sleepers(two), "the processes to be there")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(sleepers(one) + sleepers(two), [])

    def test_no_process_outlives_a_server_that_is_killed(self):
        one, two, three = unique_sleep(), unique_sleep(), unique_sleep()
        server = self.own_server()
        server.run(workflow(("a",
                             f"setsid sleep {two} & (setsid sh -c 'trap \"\" TERM; sleep {three}' &); sleep {one}")))
        wait_until(lambda: sleepers(one) and sleepers(two) and sleepers(three), "the processes to be there")
        server.kill()
        for duration in (one, two, three):
            self.gone(duration)

    def test_ended_steps_leave_no_zombie_and_no_descriptor(self):
        self.server.finish(workflow(*[(f"s{i}", "true") for i in range(50)]))
        before = self.server.descriptors()
        self.server.finish(workflow(*[(f"s{i}", "sleep 0 & true") for i in range(300)]))
        wait_until(lambda: self.server.descriptors() <= before + 4, "the descriptors to be closed")

        def family():
            children = {}
            for entry in Path("/proc").glob("[0-9]*/stat"):
                try:
                    pid, rest = int(entry.parent.name), entry.read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                children.setdefault(int(rest[1]), []).append((pid, rest[0]))
            below, queue = [], [self.server.process.pid]
            while queue:
                for pid, state in children.get(queue.pop(), []):
                    below.append(state)
                    queue.append(pid)
            return below

        wait_until(lambda: "Z" not in family() and len(family()) <= 2, "only the server's own processes to be left")
