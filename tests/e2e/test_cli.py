"""The command line: what it prints where, and how it ends."""

import json
import os
import signal
import subprocess

from cli_case import CliCase
from harness import BINARY, PATIENCE, REPO, Server, free_port, gate, wait_until, workflow
from relay import DROP, MUTE, PASS

FAULTY = {"name": "x", "steps": [{"id": "a", "run": "true", "needs": ["ghost"], "timout": "1s"}]}


class Cli(CliCase):
    def test_help_helps_and_ends_with_0(self):
        ended = self.cli("--help")
        self.assertEqual(ended.returncode, 0)
        for command in ("serve", "validate", "submit", "follow", "logs", "runs", "show", "cancel"):
            self.assertIn(command, ended.stdout)
            each = self.cli(command, "--help")
            self.assertEqual(each.returncode, 0, command)
            self.assertGreater(len(each.stdout.splitlines()), 3, command)

    def test_submit_follow_prints_the_output_and_ends_with_the_run_s_fate(self):
        good = self.file(workflow(("a", "echo said by a; echo oops >&2"), ("b", "echo said by b", ["a"])))
        ended = self.cli("submit", good, "--follow")
        self.assertEqual(ended.returncode, 0, ended)
        for text in ("said by a", "oops", "said by b"):
            self.assertEqual(ended.stdout.count(text), 1, ended.stdout)
        self.assertNotIn("\x1b", ended.stdout, "no colours where it is no terminal")
        self.assertEqual(self.cli("submit", self.file(workflow(("a", "exit 3"))), "--follow").returncode, 1)

    def test_a_result_that_the_disk_has_no_room_for_is_told(self):
        run = self.server.finish(workflow(("a", "seq 10")))["id"]
        for command in (["logs", run], ["follow", run], ["runs"], ["show", run, "--json"]):
            with self.subTest(command[0]), open("/dev/full", "w") as full:
                ended = subprocess.run([BINARY, *command, "--server", self.server.url], stdout=full,
                                       stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
                self.assertEqual(ended.returncode, 2, ended)
                self.assertIn("standard output", ended.stderr)

    def test_submit_follow_of_a_run_that_is_cancelled_ends_with_130(self):
        process = self.start("submit", self.file(workflow(("a", "sleep 600"), name="cancelled-by-test")), "--follow")
        wait_until(lambda: self.server.get("/api/v2/workflows/runs", workflow="cancelled-by-test",
                                           status="running").json()["items"], "the run to be there")
        self.assertEqual(self.cli("cancel", self.newest()["id"]).returncode, 0)
        self.assertEqual(process.wait(PATIENCE), 130)

    def test_bad_use_ends_with_2_and_no_server_with_3(self):
        good = self.file(workflow(("a", "true")))
        for args in (["submit"], ["submit", good, "--bogus"], ["bogus"], ["follow"], ["submit", "/no/such/file"], [],
                     ["logs", "x", "--level", "loud"], ["submit", good, "--input", "noequals"],
                     ["runs", "--status", "sleeping"], ["--server", "not a url", "runs"]):
            with self.subTest(" ".join(args)):
                ended = self.cli(*args)
                self.assertEqual(ended.returncode, 2, ended)
                self.assertTrue(ended.stderr.strip())
        nowhere = {"RUNCAST_SERVER": f"http://127.0.0.1:{free_port()}"}
        for args in (["submit", good, "--follow"], ["submit", good], ["runs"], ["show", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
                     ["cancel", "01ARZ3NDEKTSV4RRFFQ69G5FAV"]):
            with self.subTest(" ".join(args)):
                ended = self.cli(*args, env=nowhere)
                self.assertEqual(ended.returncode, 3, ended)
                self.assertTrue(ended.stderr.strip())

    def test_the_server_option_goes_before_the_environment(self):
        ended = self.cli("runs", "--server", self.server.url, env={"RUNCAST_SERVER": f"http://127.0.0.1:{free_port()}"})
        self.assertEqual(ended.returncode, 0, ended)

    def test_validate_prints_the_faults_with_their_places(self):
        ended = self.cli("validate", self.file(FAULTY))
        self.assertNotIn(ended.returncode, (0, 3), ended)
        printed = ended.stdout + ended.stderr
        for text in ("/steps/0/needs/0", "ghost", "/steps/0/timout", "timeout"):
            self.assertIn(text, printed)
        self.assertEqual(self.cli("validate", self.file(workflow(("a", "true")))).returncode, 0)

    def test_a_refused_submit_prints_the_faults_and_does_not_end_with_0(self):
        ended = self.cli("submit", self.file(FAULTY), "--follow")
        self.assertNotIn(ended.returncode, (0, 3), ended)
        self.assertIn("/steps/0/needs/0", ended.stdout + ended.stderr)

    def test_yaml_and_stdin_are_taken(self):
        yaml = "name: from-yaml\nsteps:\n  - id: a\n    run: |\n      echo yes\n      echo '1.0'\n    timeout: 5s\n"
        self.assertEqual(self.cli("validate", self.file(yaml, "definition.yaml")).returncode, 0)
        ended = self.cli("submit", self.file(yaml, "definition.yaml"), "--follow")
        self.assertEqual(ended.returncode, 0, ended)
        self.assertIn("yes", ended.stdout)
        ended = self.cli("submit", "-", "--follow", stdin=json.dumps(workflow(("a", "echo through a pipe"))))
        self.assertIn("through a pipe", ended.stdout, ended)

    def test_a_yaml_fault_is_told_with_its_place(self):
        ended = self.cli("validate", self.file("name: x\nsteps:\n  - id: a\n   run: bad indent\n", "bad.yaml"))
        self.assertNotIn(ended.returncode, (0, 3, -signal.SIGABRT))
        self.assertRegex(ended.stdout + ended.stderr, r"line\s*\d|:\d+")
        bomb = "a: &a [x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 8)}]\n" for i in range(12))
        self.assertNotIn(self.cli("validate", self.file(bomb, "bomb.yaml")).returncode, (0, -signal.SIGABRT))

    def test_inputs_reach_the_run(self):
        definition = workflow(("a", "echo got $INPUT_WHO"), inputs={"who": {"type": "string", "required": True}})
        ended = self.cli("submit", self.file(definition), "--input", "who=a=b c", "--follow")
        self.assertIn("got a=b c", ended.stdout, ended)

    def test_submit_without_follow_prints_the_id_and_returns(self):
        ended = self.cli("submit", self.file(workflow(("a", "sleep 600"))))
        self.assertEqual(ended.returncode, 0, ended)
        run = self.newest()["id"]
        self.assertIn(run, ended.stdout)
        self.assertEqual(self.cli("cancel", run).returncode, 0)

    def test_json_output_is_json(self):
        run = self.server.finish(workflow(("a", "echo x")))["id"]
        shown = json.loads(self.cli("show", run, "--json").stdout)
        self.assertEqual(shown["id"], run)
        listed = self.cli("runs", "--json").stdout
        self.assertIn(run, listed)
        json.loads(listed if listed.lstrip()[0] in "[{" and "\n{" not in listed.strip() else listed.splitlines()[0])
        events = [json.loads(line) for line in self.cli("follow", run, "--json").stdout.splitlines()]
        self.assertEqual([e for e in events if "seq" in e], self.server.events(run))

    def test_runs_and_show_tell_status_and_steps(self):
        run = self.server.finish(workflow(("build", "true"), ("unit", "exit 9", ["build"]), name="shown"))["id"]
        listed = self.cli("runs", "--workflow", "shown", "--status", "failed")
        self.assertEqual((listed.returncode, run in listed.stdout, "failed" in listed.stdout), (0, True, True), listed)
        shown = self.cli("show", run).stdout
        for word in ("build", "succeeded", "unit", "failed", "9"):
            self.assertIn(word, shown)
        missing = self.cli("show", "01ARZ3NDEKTSV4RRFFQ69G5FAV")
        self.assertNotIn(missing.returncode, (0, 3))
        self.assertTrue(missing.stderr.strip())

    def test_logs_filters_and_follows(self):
        run = self.server.finish(workflow(("a", "seq 1 100; echo bad >&2"), ("b", "echo only b", ["a"])))["id"]
        self.assertEqual(self.cli("logs", run, "--step", "b").stdout.count("only b"), 1)
        warned = self.cli("logs", run, "--level", "warn").stdout
        self.assertIn("bad", warned)
        self.assertNotIn("only b", warned)
        self.assertEqual(len(self.cli("logs", run, "--tail", "3").stdout.splitlines()), 3)
        self.assertEqual(len(self.cli("logs", run, "--grep", "99").stdout.splitlines()), 1)
        self.assertEqual(len(self.cli("logs", run).stdout.splitlines()), 102)
        self.assertEqual(len(self.cli("logs", run, "--follow").stdout.splitlines()), 102)

    def test_a_step_that_the_run_does_not_have_is_told_with_those_that_it_has(self):
        run = self.server.finish({"name": "m", "steps": [
            {"id": "build", "run": "echo built"}, {"id": "part", "matrix": {"n": [1, 2]}, "run": "echo $MATRIX_N"}]})
        for args in (["logs"], ["logs", "--json"], ["logs", "--follow"], ["follow"], ["follow", "--json"]):
            with self.subTest(" ".join(args)):
                ended = self.cli(*args, run["id"], "--step", "biuld")
                self.assertEqual((ended.returncode, ended.stdout), (2, ""), ended)
                for word in ("'biuld'", "did you mean 'build'?", "part[1]"):
                    self.assertIn(word, ended.stderr)
        self.assertEqual(sorted(self.cli("logs", run["id"], "--step", "part").stdout), ["\n", "\n", "1", "2"])
        self.assertEqual(self.cli("logs", run["id"], "--step", "part[1]").stdout, "2\n")
        self.assertEqual(self.cli("logs", run["id"], "--step", "part[2]").returncode, 2)

    def test_a_number_and_a_worker_s_name_are_refused_as_what_they_are(self):
        for args, said in ((["follow", "RUN", "--after", "x"], "--after: expected a whole number from 0 on, found 'x'"),
                           (["logs", "RUN", "--tail", "0"], "--tail: expected a whole number from 1 to 100000"),
                           (["worker", "--type", "t", "--id", "a/b", "--", "true"], "--id a/b: expected 1 to 128"),
                           (["serve", "--data", self.folder, "--threads", "65"], "--threads: expected a whole number")):
            with self.subTest(" ".join(args)):
                ended = self.cli(*args)
                self.assertEqual(ended.returncode, 2, ended)
                self.assertIn(said, ended.stderr)

    def test_follow_starts_after_a_seq_and_filters(self):
        run = self.server.finish(workflow(("a", "seq 1001 1050; echo bad >&2"), ("b", "echo only b", ["a"])))["id"]
        seq = next(e["seq"] for e in self.server.events(run) if e["payload"].get("message") == "1025")
        after = self.cli("follow", run, "--after", str(seq)).stdout
        self.assertNotIn("1025", after)
        self.assertIn("1026", after)
        self.assertNotIn("1001", self.cli("follow", run, "--step", "b").stdout)
        self.assertNotIn("only b", self.cli("follow", run, "--level", "warn").stdout)

    def test_a_follower_that_loses_its_server_reconnects_and_prints_every_line_once(self):
        server = self.own_server()
        begin, go = gate(self.folder)
        hold, release = gate(self.folder)
        path = self.file(workflow(("a", f"{begin}; seq 1001 1100"), ("b", f"{hold}; seq 2001 2100", ["a"])))
        process = self.start("submit", path, "--follow", server=server)
        process.stdout.readline()
        go()
        run = server.get("/api/v2/workflows/runs").json()["items"][0]["id"]
        wait_until(lambda: server.show(run)["steps"][0]["status"] == "succeeded", "a step that is not run again")
        server.kill()
        release()
        server.start()
        output, told = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, output[-2000:] + told)
        self.assertIn("the server is back", told)
        for number in [*range(1001, 1101), *range(2001, 2101)]:
            self.assertEqual(output.count(str(number)), 1, number)

    def test_a_run_whose_server_goes_away_before_it_can_be_followed_is_still_followed(self):
        relay = self.relay(PASS, DROP, DROP)
        process = self.start("submit", self.file(workflow(("a", "echo arrived"))), "--follow", server=relay)
        output, told = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, output.count("arrived")), (0, 1), output + told)
        self.assertIn("looking for it again", told)
        self.assertIn("the server is back", told)

    def test_a_run_that_can_no_longer_be_followed_is_named(self):
        relay = self.relay(PASS, *[DROP] * 100)
        path = self.file(workflow(("a", "true")))
        process = self.start("submit", path, "--follow", "--retry-for", "0s", server=relay)
        _, told = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 3, told)
        self.assertIn(f"runcast follow {self.newest()['id']}", told)

    def test_a_start_whose_answer_is_lost_is_one_run(self):
        path = self.file(workflow(("a", "true"), name="answered-late"))
        process = self.start("submit", path, server=self.relay(MUTE, DROP, PASS))
        output, told = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, told)
        runs = self.server.get("/api/v2/workflows/runs", workflow="answered-late").json()["items"]
        self.assertEqual([run["id"] for run in runs], [output.strip()])

    def test_output_into_a_closed_pipe_ends_without_a_crash(self):
        run = self.server.finish(workflow(("a", "seq 1 50000")))["id"]
        ended = subprocess.run(f"'{BINARY}' logs {run} | head -n 1; echo ${{PIPESTATUS[0]}}", shell=True,
                               capture_output=True, text=True, timeout=PATIENCE, executable="/bin/bash",
                               env={**os.environ, "RUNCAST_SERVER": self.server.url})
        self.assertNotIn(ended.stdout.splitlines()[-1], ("134", "139"), ended)

    def test_hostile_log_text_cannot_steer_the_terminal(self):
        run = self.server.finish(workflow(("a", r"printf '\033]0;title\007\033[2Jgone\n'")))["id"]
        self.assertIn("gone", self.cli("follow", run).stdout)
        terminal = subprocess.run(["script", "-qec", f"'{BINARY}' follow {run}", "/dev/null"], capture_output=True,
                                  timeout=PATIENCE,
                                  env={**os.environ, "RUNCAST_SERVER": self.server.url, "TERM": "xterm"})
        self.assertIn(b"gone", terminal.stdout)
        self.assertNotIn(b"\x1b]0;title", terminal.stdout)
        self.assertNotIn(b"\x1b[2Jgone", terminal.stdout)

    def test_on_a_terminal_it_draws_and_NO_COLOR_is_heeded(self):
        path = self.file(workflow(("build", "echo drawn"), ("unit", "true", ["build"])))
        run = lambda **env: subprocess.run(  # noqa: E731
            ["script", "-qec", f"'{BINARY}' submit '{path}' --follow", "/dev/null"], capture_output=True, text=True,
            timeout=PATIENCE, env={**os.environ, "RUNCAST_SERVER": self.server.url, "TERM": "xterm-256color", **env})
        coloured, plain = run(), run(NO_COLOR="1")
        self.assertRegex(coloured.stdout, "\x1b\\[[0-9;]*3[0-9]")
        self.assertNotRegex(plain.stdout, "\x1b\\[[0-9;]*3[0-9]")
        self.assertEqual((coloured.returncode, plain.returncode), (0, 0))

    def test_settings_come_from_flags_then_environment(self):
        port = free_port()
        server = Server(port=port, env={"RUNCAST_LISTEN": f"127.0.0.1:{free_port()}"})
        self.addCleanup(server.clean)
        server.start()
        self.assertEqual(server.port, port)

    def test_every_example_is_valid(self):
        for path in sorted((REPO / "examples").iterdir()):
            if path.suffix in (".json", ".yaml"):
                with self.subTest(path.name):
                    ended = self.cli("validate", str(path))
                    self.assertEqual(ended.returncode, 0, ended)
