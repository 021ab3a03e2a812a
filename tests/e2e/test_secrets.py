"""Secrets: kept encrypted, used by steps, seen by nobody."""

import os
import subprocess
from pathlib import Path

from harness import BINARY, EndToEnd, PATIENCE, Server, workflow

VALUE = "hunter2-correct-horse"


class Secrets(EndToEnd):
    def secrets(self, *args, stdin=""):
        return subprocess.run(
            [BINARY, "secrets", *args, "--file", self.path("sealed"), "--key", self.path("keys/key")],
            input=stdin, capture_output=True, text=True, timeout=PATIENCE, env=os.environ)

    def path(self, name):
        return str(Path(self.folder) / name)

    def setUp(self):
        (Path(self.folder) / "keys").mkdir(exist_ok=True)
        for name in ("sealed", "keys/key"):
            Path(self.path(name)).unlink(missing_ok=True)

    def serve(self, **more):
        return self.own_server("--secrets-file", self.path("sealed"), "--secrets-key", self.path("keys/key"), **more)

    def refused(self, *args, data):
        server = Server(*args, data=data)
        self.addCleanup(server.clean)
        server.spawn()
        self.assertEqual(server.process.wait(PATIENCE), 2, server.said())
        return server.said()

    def test_the_file_is_made_listed_and_changed(self):
        made = self.secrets("set", "TOKEN", stdin=VALUE + "\n")
        self.assertEqual(made.returncode, 0, made)
        self.assertEqual(oct(os.stat(self.path("keys/key")).st_mode)[-3:], "600")
        self.assertEqual(self.secrets("set", "OTHER", stdin="other value").returncode, 0)
        self.assertEqual(self.secrets("list").stdout, "OTHER\nTOKEN\n")
        for name in ("TOKEN", VALUE, "other value"):
            self.assertNotIn(name.encode(), Path(self.path("sealed")).read_bytes())
        self.assertEqual(self.secrets("remove", "OTHER").returncode, 0)
        self.assertEqual(self.secrets("remove", "OTHER").returncode, 2)
        self.assertEqual(self.secrets("list").stdout, "TOKEN\n")
        self.assertEqual(self.secrets("set", "not a name", stdin="x").returncode, 2)
        self.assertEqual(self.secrets("set", "EMPTY").returncode, 2)

    def test_a_step_has_it_and_nobody_sees_it(self):
        self.secrets("set", "TOKEN", stdin=VALUE)
        server = self.serve()
        half = len(VALUE) // 2
        run = server.finish(workflow(
            ("say", 'echo "it is $T."; echo "$T" >&2; echo "::progress::0.5 $T"; exit 0'),
            ("split", f"printf 'begin {VALUE[:half]}'; sleep 0.3; printf '%s' \"${{T#{VALUE[:half]}}}\"; sleep 0.1;"
                      " echo ' end'"),
            ("give", 'printf \'{"a":"x %s y","deep":["%s"],"%s":1}\' "$T" "$T" "$T" > "$RUN_OUTPUT"'),
            ("use", 'echo "given $G"', ["give"]), secrets=["TOKEN"], env={"T": "${{ secrets.TOKEN }}"}))
        self.assertEqual(run["status"], "succeeded", server.log(run["id"]))
        self.assertEqual(server.log(run["id"], "split"), ["begin *** end"])
        self.assertEqual(set(server.log(run["id"], "say")), {"it is ***.", "***"})
        for path in ("", "/events?limit=1000", "/bundle", "/logs?limit=1000"):
            self.assertNotIn(VALUE.encode(), server.get(f"/runs/{run['id']}{path}").body, path)
        server.stop()
        for root, _, files in os.walk(server.data):
            for name in files:
                self.assertNotIn(VALUE.encode(), (Path(root) / name).read_bytes(), name)

    def test_a_definition_that_names_an_unknown_secret_is_refused(self):
        self.secrets("set", "TOKEN", stdin=VALUE)
        answer = self.serve().submit(workflow(("a", "true"), secrets=["TOKEN", "TOKKEN"]))
        self.assert_problem(answer, 400)

    def test_the_key_lies_elsewhere_and_is_private(self):
        self.secrets("set", "TOKEN", stdin=VALUE)
        data = Path(self.folder) / "data"
        data.mkdir(mode=0o700, exist_ok=True)
        inside = data / "key"
        inside.write_bytes(Path(self.path("keys/key")).read_bytes())
        inside.chmod(0o600)
        sealed = ["--secrets-file", self.path("sealed")]
        self.assertIn("--data", self.refused(*sealed, "--secrets-key", str(inside), data=data))
        link = Path(self.path("keys/link"))
        link.unlink(missing_ok=True)
        link.symlink_to(inside)
        self.assertIn("--data", self.refused(*sealed, "--secrets-key", str(link), data=data))
        inside.unlink()
        os.chmod(self.path("keys/key"), 0o640)
        self.assertIn("chmod 600", self.refused(*sealed, "--secrets-key", self.path("keys/key"), data=data))
        os.chmod(self.path("keys/key"), 0o600)
        Path(self.path("keys/key")).write_text("0" * 64 + "\n")
        self.assertIn("another key", self.refused(*sealed, "--secrets-key", self.path("keys/key"), data=data))
        self.refused(*sealed, data=data)
