"""The limits of a server are settings."""

from harness import EndToEnd, Server, PATIENCE, steps_of, workflow


class Settings(EndToEnd):
    server_args = ("--max-steps", "3", "--max-definition-bytes", "2048", "--max-line-bytes", "64",
                   "--max-output-bytes", "64", "--http-deny", "127.0.0.0/8", "--http-deny", "::1/128")

    def test_a_definition_is_bounded_as_the_server_was_told(self):
        steps = [(f"s{i}", "true") for i in range(4)]
        self.assertEqual(self.server.finish(workflow(*steps[:3]))["status"], "succeeded")
        problem = self.assert_problem(self.server.submit(workflow(*steps)), 400)
        self.assertEqual(problem["errors"], [{"pointer": "/workflow/steps", "message": "has 4 steps, the most is 3"}])
        long = workflow(("a", "true"), description="x" * 3000)
        self.assert_problem(self.server.submit(long), 413)
        self.assert_problem(self.server.request("POST", "/api/v2/workflows", long), 413)
        self.assert_problem(self.server.request("POST", "/api/v2/workflows/validate", long), 413)

    def test_lines_and_outputs_are_too(self):
        run = self.server.finish(workflow(("long", "printf '%0100d\\n' 7"),
                                          ("much", "printf 'a=%0100d\\n' 7 > \"$RUN_OUTPUT\"")))
        self.assertEqual([len(line) for line in self.server.log(run["id"], "long")], [64])
        self.assertEqual(steps_of(run)["much"]["status"], "failed")

    def test_addresses_are_denied_to_http_steps(self):
        run = self.server.finish(workflow({"id": "ask", "http": {"url": f"{self.server.url}/readyz"}}))
        self.assertEqual(run["status"], "failed")
        self.assertIn("127.0.0.1", steps_of(run)["ask"]["error"])

    def test_a_limit_that_is_none_is_refused(self):
        for args in (["--max-steps", "0"], ["--max-line-bytes", "many"], ["--http-deny", "everything"]):
            with self.subTest(args):
                server = Server(*args)
                self.addCleanup(server.clean)
                server.spawn()
                self.assertEqual(server.process.wait(PATIENCE), 2, server.said())

    def test_a_definition_that_was_stored_under_other_limits_still_runs(self):
        server = self.own_server()
        stored = workflow(*[(f"s{i}", "true") for i in range(6)], name="stored")
        self.assertEqual(server.request("POST", "/api/v2/workflows", stored).status, 201)
        server.stop()
        server.args = ["--max-steps", "3"]
        server.start()
        answer = server.request("POST", "/api/v2/workflows/stored/runs", {})
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(server.wait_for(answer.json()["id"])["status"], "succeeded")
