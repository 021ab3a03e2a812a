"""Definitions: what is taken, and every fault with its place."""

import json

from harness import EndToEnd, steps_of, workflow


def step(**more):
    return {"id": "a", "run": "true", **more}


def one(**more):
    return {"name": "x", "steps": [step(**more)]}


# (what is wrong, the definition, the pointers that must be among those reported)
FAULTS = [
    ("no name", {"steps": [step()]}, ["/name"]),
    ("no steps", {"name": "x"}, ["/steps"]),
    ("an empty list of steps", {"name": "x", "steps": []}, ["/steps"]),
    ("steps that are no list", {"name": "x", "steps": {"a": {}}}, ["/steps"]),
    ("a step that is no object", {"name": "x", "steps": ["true"]}, ["/steps/0"]),
    ("a name that is no string", {"name": 7, "steps": [step()]}, ["/name"]),
    ("a name with a space", {"name": "a b", "steps": [step()]}, ["/name"]),
    ("a name that is a route", {"name": "runs", "steps": [step()]}, ["/name"]),
    ("a name that is another route", {"name": "validate", "steps": [step()]}, ["/name"]),
    ("an empty name", {"name": "", "steps": [step()]}, ["/name"]),
    ("a name that is too long", {"name": "n" * 129, "steps": [step()]}, ["/name"]),
    ("a step without id", {"name": "x", "steps": [{"run": "true"}]}, ["/steps/0/id"]),
    ("a step id with a dot", {"name": "x", "steps": [{"id": "a.b", "run": "true"}]}, ["/steps/0/id"]),
    ("a step id that starts with a digit", {"name": "x", "steps": [{"id": "1a", "run": "true"}]}, ["/steps/0/id"]),
    ("a step id that is too long", {"name": "x", "steps": [{"id": "a" * 65, "run": "true"}]}, ["/steps/0/id"]),
    ("a duplicate id", {"name": "x", "steps": [step(), step()]}, ["/steps/1/id"]),
    ("an unknown need", {"name": "x", "steps": [step(needs=["b"])]}, ["/steps/0/needs/0"]),
    ("an unknown need by its other name", {"name": "x", "steps": [step(depends_on=["b"])]}, ["/steps/0/depends_on/0"]),
    ("a need that is no string", {"name": "x", "steps": [step(needs=[1])]}, ["/steps/0/needs/0"]),
    ("a step that needs itself", {"name": "x", "steps": [step(needs=["a"])]}, None),
    ("no kind", {"name": "x", "steps": [{"id": "a"}]}, ["/steps/0"]),
    ("two kinds", {"name": "x", "steps": [step(delay="1s")]}, None),
    ("run that is a number", {"name": "x", "steps": [{"id": "a", "run": 5}]}, ["/steps/0/run"]),
    ("run that is empty", {"name": "x", "steps": [{"id": "a", "run": []}]}, ["/steps/0/run"]),
    ("argv with a number in it", {"name": "x", "steps": [{"id": "a", "run": ["true", 1]}]}, ["/steps/0/run/1"]),
    ("a bad duration", {"name": "x", "steps": [{"id": "a", "delay": "5 parsecs"}]}, ["/steps/0/delay"]),
    ("a negative duration", {"name": "x", "steps": [{"id": "a", "delay": "-5s"}]}, ["/steps/0/delay"]),
    ("a bad timeout", one(timeout="soon"), ["/steps/0/timeout"]),
    ("a bad timeout of the whole", {"name": "x", "timeout": "1 fortnight", "steps": [step()]}, ["/timeout"]),
    ("an unknown key", one(contineOnError=True), ["/steps/0/contineOnError"]),
    ("an unknown key at the top", {"name": "x", "maxparalel": 1, "steps": [step()]}, ["/maxparalel"]),
    ("continueOnError that is no boolean", one(continueOnError="yes"), ["/steps/0/continueOnError"]),
    ("env that is a list", one(env=["A=1"]), ["/steps/0/env"]),
    ("env with a number", one(env={"A": {}}), ["/steps/0/env/A"]),
    ("an env at the top with a list in it", {"name": "x", "env": {"A": []}, "steps": [step()]}, ["/env/A"]),
    ("retry without sense", one(retry={"maxAttempts": 0}), ["/steps/0/retry/maxAttempts"]),
    ("retry with an unknown key", one(retry={"maxAttempts": 2, "dealy": "1s"}), ["/steps/0/retry/dealy"]),
    ("retry with a bad delay", one(retry={"maxAttempts": 2, "delay": "x"}), ["/steps/0/retry/delay"]),
    ("maxParallel of nought", {"name": "x", "maxParallel": 0, "steps": [step()]}, ["/maxParallel"]),
    ("maxParallel that is a fraction", {"name": "x", "maxParallel": 1.5, "steps": [step()]}, ["/maxParallel"]),
    ("an unknown schedule", {"name": "x", "schedule": "later", "steps": [step()]}, ["/schedule"]),
    ("an unknown onInterrupt", one(onInterrupt="shrug"), ["/steps/0/onInterrupt"]),
    ("an input with a bad name", {"name": "x", "inputs": {"a b": {"type": "string"}}, "steps": [step()]}, None),
    ("an input of an unknown type", {"name": "x", "inputs": {"a": {"type": "quark"}}, "steps": [step()]},
     ["/inputs/a/type"]),
    ("a pointer that needs escapes", {"name": "x", "a/b~c": 1, "steps": [step()]}, ["/a~1b~0c"]),
    ("null for the steps", {"name": "x", "steps": None}, ["/steps"]),
    ("a definition that is a list", [], [""]),
    ("a definition that is a string", "x", [""]),
    ("null", None, [""]),
]


class Validate(EndToEnd):
    def validate(self, definition):
        return self.server.request("POST", "/api/v2/workflows/validate", json.dumps(definition).encode(),
                                   {"Content-Type": "application/json"})

    def faults(self, answer):
        problem = self.assert_problem(answer, 400, 422)
        self.assertTrue(problem["errors"], answer)
        for error in problem["errors"]:
            self.assertIsInstance(error["pointer"], str)
            self.assertTrue(error["message"], answer)
        return {error["pointer"]: error["message"] for error in problem["errors"]}

    def test_a_good_definition_gives_its_layers(self):
        answer = self.validate(workflow(("build", "true"), ("unit", "true", ["build"]), ("hook", "true", ["build"]),
                                        ("ship", "true", ["hook", "unit"]), ("lint", "true")))
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json()["layers"], [["build", "lint"], ["unit", "hook"], ["ship"]])

    def test_a_layer_is_the_longest_path_from_a_root(self):
        answer = self.validate(workflow(("d", "true", ["a", "c"]), ("a", "true"), ("c", "true", ["b"]),
                                        ("b", "true", ["a"])))
        self.assertEqual(answer.json()["layers"], [["a"], ["b"], ["c"], ["d"]])

    def test_every_fault_is_refused_with_its_pointer(self):
        for what, definition, pointers in FAULTS:
            with self.subTest(what):
                found = self.faults(self.validate(definition))
                for pointer in pointers or []:
                    self.assertIn(pointer, found)

    def test_the_same_faults_are_found_when_a_run_is_started_with_pointers_from_the_root_of_its_body(self):
        for what, definition, pointers in FAULTS:
            with self.subTest(what):
                found = self.faults(self.server.submit(definition))
                for pointer in pointers or []:
                    self.assertIn("/workflow" + pointer, found)

    def test_all_faults_come_in_one_answer(self):
        found = self.faults(self.validate({
            "name": "bad name", "stepps": [], "maxParallel": "many",
            "steps": [{"id": "a", "run": "true", "timout": "1s"}, {"id": "a", "run": 7, "needs": ["ghost", "a"]},
                      {"id": "b", "delay": "1 x"}]}))
        self.assertGreaterEqual(set(found), {"/name", "/stepps", "/maxParallel", "/steps/0/timout", "/steps/1/id",
                                             "/steps/1/run", "/steps/1/needs/0", "/steps/2/delay"})

    def test_an_unknown_key_is_met_with_did_you_mean(self):
        found = self.faults(self.validate(one(contineOnError=True)))
        message = found["/steps/0/contineOnError"]
        self.assertIn("did you mean", message.lower())
        self.assertIn("continueOnError", message)

    def test_a_cycle_is_printed_as_a_path(self):
        found = self.faults(self.validate(workflow(("first", "true"), ("a", "true", ["c", "first"]),
                                                   ("b", "true", ["a"]), ("c", "true", ["b"]))))
        path = next(message for message in found.values() if "cycle" in message.lower())
        for name in "abc":
            self.assertRegex(path, rf"\b{name}\b")
        self.assertNotIn("first", path)

    def test_depends_on_is_taken_as_needs(self):
        answer = self.validate({"name": "x", "steps": [{"id": "b", "run": "true", "depends_on": ["a"]}, step()]})
        self.assertEqual(answer.json()["layers"], [["a"], ["b"]])

    def test_each_form_of_a_duration_is_taken(self):
        for duration in ("250ms", "5s", "10m", "1h", "2d", 5, 0, "1.5s"):
            with self.subTest(duration):
                self.assertEqual(self.validate({"name": "x", "steps": [{"id": "a", "delay": duration}]}).status, 200)

    def test_ten_thousand_steps_are_taken_and_one_more_is_not(self):
        self.assertEqual(self.validate(workflow(*[(f"s{i}", "true") for i in range(10_000)])).status, 200)
        self.assert_problem(self.validate(workflow(*[(f"s{i}", "true") for i in range(10_001)])), 400, 413, 422)

    def test_a_chain_of_ten_thousand_steps_has_ten_thousand_layers(self):
        answer = self.validate(workflow(*[(f"s{i}", "true", [f"s{i - 1}"] if i else []) for i in range(10_000)]))
        self.assertEqual(len(answer.json()["layers"]), 10_000)

    def test_a_definition_over_a_mebibyte_is_refused(self):
        self.assert_problem(self.validate(workflow(("a", "#" * (1 << 20)))), 400, 413, 422)

    def test_nothing_is_run_by_a_refused_start(self):
        before = self.server.get("/api/v2/workflows/runs").json()["items"]
        self.server.submit({"name": "x", "steps": [step(), step()]})
        self.assertEqual(self.server.get("/api/v2/workflows/runs").json()["items"], before)

    def test_a_start_without_workflow_or_with_an_unknown_member_is_refused_at_its_place(self):
        post = lambda body: self.server.request("POST", "/api/v2/workflows/runs", json.dumps(body).encode(),
                                                # noqa: E731
                                                {"Content-Type": "application/json"})
        for body, pointer in (({}, "/workflow"), ({"workflow": one(), "in/put": {}}, "/in~1put"), ([], ""), (7, ""),
                              ({"workflow": one(), "inputs": []}, "/inputs"), ({"workflow": "x"}, "/workflow")):
            with self.subTest(str(body)[:40]):
                self.assertIn(pointer, self.faults(post(body)))

    def test_inputs_are_checked_against_what_the_definition_declares(self):
        definition = {"name": "x", "inputs": {"who": {"type": "string", "required": True},
                                              "tone": {"type": "string", "default": "plain",
                                                       "enum": ["plain", "loud"]}},
                      "steps": [step(run="echo $INPUT_WHO $INPUT_TONE")]}
        for inputs, pointer in (({}, None), ({"who": "a", "tone": "shrill"}, "/inputs/tone"),
                                ({"who": "a", "whom": "b"}, "/inputs/whom"), ({"who": 5}, "/inputs/who")):
            with self.subTest(str(inputs)):
                found = self.faults(self.server.submit(definition, inputs))
                if pointer:
                    self.assertIn(pointer, found)
        run = self.server.finish(definition, {"who": "you"})
        self.assertEqual(self.server.log(run["id"]), ["you plain"])
        self.assertEqual(steps_of(run)["a"]["status"], "succeeded")
