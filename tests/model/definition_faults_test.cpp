#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "model/definition.hpp"

using namespace runcast;
namespace json = boost::json;

namespace {

struct Case {
  std::string_view definition;
  Faults faults;
};

Faults faults_of(std::string_view text) {
  auto const workflow = parse_definition_text(text);
  return workflow ? Faults{} : workflow.error();
}

std::string listed(Faults const& faults) {
  std::string out;
  for (auto const& fault : faults) out += fault.pointer + ": " + fault.message + "\n";
  return out;
}

void check_all(std::vector<Case> const& cases) {
  for (auto const& [definition, faults] : cases) {
    CAPTURE(definition);
    CHECK(listed(faults_of(definition)) == listed(faults));
  }
}

// The faults of a workflow with the one step that these members make.
void check_steps(std::vector<Case> const& cases) {
  for (auto const& [members, faults] : cases) {
    CAPTURE(members);
    auto const text = fmt::format(R"({{"name":"w","inputs":{{"x":{{}}}},"steps":[{{"id":"a",{}}}]}})", members);
    CHECK(listed(faults_of(text)) == listed(faults));
  }
}

}  // namespace

TEST_CASE("a definition that is no object, or has no name or steps, says so") {
  check_all({
      {"[]", {{"", "expected an object, found an array"}}},
      {"null", {{"", "expected an object, found null"}}},
      {"{}", {{"/name", "is missing"}, {"/steps", "is missing"}}},
      {R"({"name":"w","steps":[]})", {{"/steps", "a workflow needs at least one step"}}},
      {R"({"name":"w","steps":{}})", {{"/steps", "expected an array, found an object"}}},
      {R"({"name":"w","steps":[1,"x"]})",
       {{"/steps/0", "expected an object, found a number"}, {"/steps/1", "expected an object, found a string"}}},
      {"{\"name\":", {{"", "not JSON: incomplete JSON at line 1, column 9"}}},
      {R"({"name":"w","name":"v","steps":[{"id":"a","run":"x"}]})", {{"/name", "the key 'name' is there twice"}}},
  });
}

TEST_CASE("names that paths and variables could not carry are refused") {
  auto const* workflow_rule =
      "a workflow is named with letters, digits, '_', '.' and '-', at most 128, beginning with a letter or digit";
  auto const* step_rule = "a step is named with letters, digits, '_' and '-', at most 64, not beginning with a digit";
  check_all({
      {R"({"name":"a b","steps":[{"id":"a","run":"x"}]})", {{"/name", workflow_rule}}},
      {R"({"name":"","steps":[{"id":"a","run":"x"}]})", {{"/name", workflow_rule}}},
      {R"({"name":"runs","steps":[{"id":"a","run":"x"}]})",
       {{"/name", "'runs' is a word of the API's own, and cannot name a workflow"}}},
      {R"({"name":"w","steps":[{"id":"1","run":"x"}]})", {{"/steps/0/id", step_rule}}},
      {R"({"name":"w","steps":[{"id":"a[0]","run":"x"}]})", {{"/steps/0/id", step_rule}}},
      {R"({"name":"w","steps":[{"run":"x"}]})", {{"/steps/0/id", "is missing"}}},
      {R"({"name":"w","env":{"A-B":"1"},"steps":[{"id":"a","run":"x"}]})",
       {{"/env/A-B", "an environment variable is named with letters, digits and '_', not beginning with a digit"}}},
      {R"({"name":"w","secrets":["a b","T","T",1],"steps":[{"id":"a","run":"x"}]})",
       {{"/secrets/0", "a secret is named with letters, digits and '_', not beginning with a digit"},
        {"/secrets/2", "is listed twice"},
        {"/secrets/3", "expected a string, found a number"}}},
  });
}

TEST_CASE("unknown keys are told with what was perhaps meant, and pointers escape their keys") {
  check_all({
      {R"({"name":"w","stesp":[],"steps":[{"id":"a","run":"x","need":["b"],"a/b~c":1}]})",
       {{"/steps/0/need", "unknown key 'need'; did you mean 'needs'?"},
        {"/steps/0/a~1b~0c", "unknown key 'a/b~c'"},
        {"/stesp", "unknown key 'stesp'; did you mean 'steps'?"}}},
  });
  check_steps({
      {R"("run":"x","retry":{"maxAttempts":2,"maxdelay":"1s"})",
       {{"/steps/0/retry/maxdelay", "unknown key 'maxdelay'; did you mean 'maxDelay'?"}}},
      {R"("http":{"url":"http://h/","header":{}})",
       {{"/steps/0/http/header", "unknown key 'header'; did you mean 'headers'?"}}},
      {R"("rnu":"x")",
       {{"/steps/0", "a step needs one of run, http, delay, job, workflow, approval"},
        {"/steps/0/rnu", "unknown key 'rnu'; did you mean 'run'?"}}},
  });
}

TEST_CASE("wrong types tell what was expected and what came") {
  check_all({
      {R"({"name":1,"description":[],"inputs":[],"env":"A=1","secrets":{},"timeout":true,"maxParallel":"8",
           "schedule":1,"concurrency":1,"on":[],"steps":"x"})",
       {{"/name", "expected a string, found a number"},
        {"/description", "expected a string, found an array"},
        {"/inputs", "expected an object, found an array"},
        {"/secrets", "expected an array, found an object"},
        {"/env", "expected an object, found a string"},
        {"/timeout", "expected a duration such as \"10m\" or a whole number of seconds, found a boolean"},
        {"/maxParallel", "expected a whole number, found a string"},
        {"/schedule", "expected a string, found a number"},
        {"/concurrency", "expected an object, found a number"},
        {"/on", "expected an object, found an array"},
        {"/steps", "expected an array, found a string"}}},
  });
  check_steps({
      {R"("run":{},"needs":"b")",
       {{"/steps/0/needs", "expected an array, found a string"},
        {"/steps/0/run", "expected a string for the shell or an array of arguments, found an object"}}},
      {R"("run":["x",1])", {{"/steps/0/run/1", "expected a string, found a number"}}},
      {R"("run":"x","env":{"A":null})", {{"/steps/0/env/A", "expected a string, a number or a boolean, found null"}}},
      {R"("run":"x","continueOnError":"yes")",
       {{"/steps/0/continueOnError", "expected true or false, found a string"}}},
      {R"("run":"x","if":3)", {{"/steps/0/if", "expected success, failure, always or an expression, found a number"}}},
      {R"("run":"x","needs":[1])", {{"/steps/0/needs/0", "expected a string, found a number"}}},
  });
}

TEST_CASE("a step does exactly one thing") {
  check_steps({
      {R"("name":"n")", {{"/steps/0", "a step needs one of run, http, delay, job, workflow, approval"}}},
      {R"("run":"x","delay":"1s")", {{"/steps/0", "a step does one thing, this one has run and delay"}}},
      {R"("run":"","delay":"soon","approval":{})",
       {{"/steps/0/run", "must not be empty"},
        {"/steps/0/delay", "a duration is a number with ms, s, m, h or d, such as 250ms, 5s or 1.5h"},
        {"/steps/0", "a step does one thing, this one has run and delay and approval"}}},
      {R"("delay":1,"shell":"/bin/sh")", {{"/steps/0/shell", "'shell' is for steps that run a command"}}},
  });
}

TEST_CASE("commands hold what a process can be given") {
  check_steps({
      {R"("run":"")", {{"/steps/0/run", "must not be empty"}}},
      {R"("run":[])", {{"/steps/0/run", "a command needs at least its program"}}},
      {R"("run":[""])", {{"/steps/0/run/0", "must not be empty"}}},
      {R"("run":"a\u0000b")", {{"/steps/0/run", "must not contain a NUL character"}}},
      {R"("run":["a","b\u0000"])", {{"/steps/0/run/1", "must not contain a NUL character"}}},
      {R"("run":"x","env":{"A":"\u0000"})", {{"/steps/0/env/A", "must not contain a NUL character"}}},
  });
  auto const large = fmt::format(R"({{"name":"w","steps":[{{"id":"a","run":"{}"}}]}})", std::string(140'000, 'x'));
  CHECK(faults_of(large) == Faults{{"/steps/0/run", "is 140000 bytes long, the most is 131071"}});
}

TEST_CASE("numbers, durations and words out of their bounds are refused") {
  check_all({
      {R"({"name":"w","maxParallel":0,"schedule":"lazy","timeout":0,
           "concurrency":{"limit":0,"onConflict":"cancel-running"},"steps":[{"id":"a","run":"x"}]})",
       {{"/timeout", "must be longer than nothing"},
        {"/maxParallel", "expected a whole number from 1 to 10000"},
        {"/schedule", "expected one of eager, layers, found 'lazy'"},
        {"/concurrency/group", "is missing"},
        {"/concurrency/limit", "expected a whole number from 1 to 10000"},
        {"/concurrency/onConflict",
         "expected one of queue, cancel_running, refuse, found 'cancel-running'; did you mean 'cancel_running'?"}}},
  });
  check_steps({
      {R"("delay":"5 sec")",
       {{"/steps/0/delay", "a duration is a number with ms, s, m, h or d, such as 250ms, 5s or 1.5h"}}},
      {R"("delay":-5)",
       {{"/steps/0/delay", "a duration is a number with ms, s, m, h or d, such as 250ms, 5s or 1.5h"}}},
      {R"("delay":1.5)",
       {{"/steps/0/delay", "expected a duration such as \"10m\" or a whole number of seconds, found a number"}}},
      {R"("run":"x","retry":{"maxAttempts":0,"delay":"10s","backoff":0.5,"maxDelay":"1s","jitter":2})",
       {{"/steps/0/retry/maxAttempts", "expected a whole number from 1 to 1000"},
        {"/steps/0/retry/backoff", "expected a number from 1 to 1000"},
        {"/steps/0/retry/jitter", "expected a number from 0 to 1"},
        {"/steps/0/retry/maxDelay", "is shorter than 'delay'"}}},
      {R"("run":"x","retry":{})", {{"/steps/0/retry/maxAttempts", "is missing"}}},
      {R"("run":"x","onInterrupt":"ignore")",
       {{"/steps/0/onInterrupt", "expected one of retry, fail, found 'ignore'"}}},
  });
}

TEST_CASE("http, job, workflow and approval steps are checked within") {
  check_steps({
      {R"("http":{"method":"get","url":"ftp://h/","headers":{"a b":"1","X":"a\r\nb"},"expectStatus":[99,200]})",
       {{"/steps/0/http/method",
         "expected one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, found 'get'; did you mean 'GET'?"},
        {"/steps/0/http/url", "expected a URL such as \"https://host/path\""},
        {"/steps/0/http/headers/a b", "is not the name of a header"},
        {"/steps/0/http/headers/X", "must not contain a line break or a NUL character"},
        {"/steps/0/http/expectStatus/0", "expected a whole number from 100 to 599"}}},
      {R"("http":{})", {{"/steps/0/http/url", "is missing"}}},
      {R"("job":{"payload":"${{ inputs.y }}","priority":1.5,"requirements":[]})",
       {{"/steps/0/job/type", "is missing"},
        {"/steps/0/job/priority", "expected a whole number from -2147483648 to 2147483647"},
        {"/steps/0/job/requirements", "expected an object, found an array"},
        {"/steps/0/job/payload", "at character 5: there is no input 'y'"}}},
      {R"("workflow":{"name":"a b","inputs":[]})",
       {{"/steps/0/workflow/name", "is not the name of a workflow"},
        {"/steps/0/workflow/inputs", "expected an object, found an array"}}},
      {R"("approval":"Ship it?")", {{"/steps/0/approval", "expected an object, found a string"}}},
  });
}

TEST_CASE("ids are unique and needs exist, once each, and are others") {
  check_all({
      {R"({"name":"w","steps":[{"id":"build","run":"x"},{"id":"build","run":"x"},
           {"id":"unit","needs":["biuld","build","build","unit"],"run":"x"},
           {"id":"last","depends_on":["nowhere"],"run":"x"}]})",
       {{"/steps/1/id", "the id 'build' belongs to step 0 already"},
        {"/steps/2/needs/0", "there is no step 'biuld'; did you mean 'build'?"},
        {"/steps/2/needs/2", "'build' is listed twice"},
        {"/steps/2/needs/3", "cycle: unit -> unit"},
        {"/steps/3/depends_on/0", "there is no step 'nowhere'"}}},
      {R"({"name":"w","steps":[{"id":"a","run":"x"},{"id":"b","needs":["a"],"depends_on":["a"],"run":"x"}]})",
       {{"/steps/1/depends_on", "is another name of 'needs', which is there too; keep one"}}},
  });
}

TEST_CASE("a cycle is printed as a path, one for each group") {
  check_all({
      {R"({"name":"w","steps":[{"id":"a","needs":["b"],"run":"x"},{"id":"b","needs":["a"],"run":"x"}]})",
       {{"/steps/0/needs/0", "cycle: a -> b -> a"}}},
      {R"({"name":"w","steps":[{"id":"s","run":"x"},{"id":"a","needs":["s","b"],"run":"x"},
           {"id":"b","needs":["c"],"run":"x"},{"id":"c","needs":["a"],"run":"x"},
           {"id":"d","needs":["e","a"],"run":"x"},{"id":"e","needs":["d"],"run":"x"}]})",
       {{"/steps/1/needs/1", "cycle: a -> b -> c -> a"}, {"/steps/4/needs/0", "cycle: d -> e -> d"}}},
  });
}

TEST_CASE("the middle of a very long cycle is left out") {
  std::string text = R"({"name":"w","steps":[)";
  for (int i = 0; i < 1000; ++i) {
    text += fmt::format(R"({}{{"id":"s{}","needs":["s{}"],"run":"x"}})", i == 0 ? "" : ",", i, (i + 1) % 1000);
  }
  auto const faults = faults_of(text + "]}");
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].message.starts_with("cycle: s0 -> s1 -> "));
  CHECK(faults[0].message.find("s19 -> (960 more) -> s980") != std::string::npos);
  CHECK(faults[0].message.ends_with("s999 -> s0"));
}

TEST_CASE("expressions and templates must parse and name what is there") {
  check_steps({
      {R"("run":"x","if":"inputs.x =")", {{"/steps/0/if", "at character 10: expected '==', found '='"}}},
      {R"("run":"x","if":"succes")",
       {{"/steps/0/if", "at character 1: 'succes' means nothing here; did you mean 'success'?"}}},
      {R"("run":"x","if":"")", {{"/steps/0/if", "at character 1: there is no expression here"}}},
      {R"("run":"x","if":"inputs.y")", {{"/steps/0/if", "at character 1: there is no input 'y'"}}},
      {R"("run":"x","if":"matrix.p == 1","matrix":{"p":[1]})",
       {{"/steps/0/if", "at character 1: there is no matrix here"}}},
      {R"("run":"x","env":{"E":"${{ steps.b.status }}"})",
       {{"/steps/0/env/E", "at character 5: there is no step 'b'"}}},
      {R"("run":"x","env":{"E":"${{ inputs.x"})", {{"/steps/0/env/E", "at character 1: this '${{' has no '}}'"}}},
      {R"("run":"x","env":{"E":"${{ matrix.p }}"})", {{"/steps/0/env/E", "at character 5: there is no matrix here"}}},
      {R"("run":"x","matrix":{"part":[1]},"env":{"E":"${{ matrix.prat }}"})",
       {{"/steps/0/env/E", "at character 5: there is no matrix axis 'prat'; did you mean 'part'?"}}},
      {R"("run":"x","env":{"E":"${{ secrets.T }}"})", {{"/steps/0/env/E", "at character 5: there is no secret 'T'"}}},
      {R"("job":{"type":"t","payload":[{"k":"${{ secrets.T }}"}]})",
       {{"/steps/0/job/payload/0/k", "at character 5: secrets go to 'env' and 'http' only, where they can be masked"}}},
  });
  check_all({
      {R"({"name":"w","env":{"E":"${{ steps.a.status }}"},"steps":[{"id":"a","run":"x"}]})",
       {{"/env/E", "at character 5: no step has ended where this is filled in"}}},
  });
}

TEST_CASE("a step that is asked about must have ended, so it must be needed") {
  auto const message = [](std::string_view id) {
    return fmt::format(
        "at character 1: '{}' is none of the steps that this one needs, so it may not have ended; add it to 'needs'",
        id);
  };
  check_all({
      {R"({"name":"w","steps":[{"id":"a","run":"x"},{"id":"b","run":"x","if":"steps.a.status == 'failed'"},
           {"id":"c","needs":["b"],"run":"x","if":"steps.d.status == steps.c.status"},
           {"id":"d","needs":["c"],"run":"x"}]})",
       {{"/steps/1/if", message("a")},
        {"/steps/2/if", message("d")},
        {"/steps/2/if",
         "at character 19: 'c' is none of the steps that this one needs, so it may not have ended; add it "
         "to 'needs'"}}},
  });
}

TEST_CASE("matrices have axes with names and values") {
  auto const* rule = "a matrix axis is named with letters, digits, '_' and '-', at most 64, not beginning with a digit";
  check_steps({
      {R"("run":"x","matrix":{})", {{"/steps/0/matrix", "a matrix needs at least one axis"}}},
      {R"("run":"x","matrix":[1])",
       {{"/steps/0/matrix", "expected an object of axes or an expression, found an array"}}},
      {R"("run":"x","matrix":{"p":[],"1":[1],"q":5})",
       {{"/steps/0/matrix/p", "an axis needs at least one value"},
        {"/steps/0/matrix/1", rule},
        {"/steps/0/matrix/q", "expected an array of values or an expression, found a number"}}},
      {R"("run":"x","matrix":{"a-b":[1],"A_B":[1]})", {{"/steps/0/matrix/A_B", "two axes would both be MATRIX_A_B"}}},
      {R"("run":"x","matrix":"steps.a.outputs.x")",
       {{"/steps/0/matrix", "at character 1: expected one expression, such as \"${{ steps.list.outputs.items }}\""}}},
      {R"("run":"x","matrix":"${{ steps.b.outputs.x }}")",
       {{"/steps/0/matrix", "at character 5: there is no step 'b'"}}},
  });
  std::string values = "[0";
  for (int i = 1; i < 150; ++i) values += fmt::format(",{}", i);
  values += "]";
  auto const text =
      fmt::format(R"({{"name":"w","steps":[{{"id":"a","run":"x","matrix":{{"p":{0},"q":{0}}}}}]}})", values);
  CHECK(faults_of(text) == Faults{{"/steps", "more than 10000 steps with their matrices"}});
}

TEST_CASE("inputs have types, defaults that fit, and variables of their own") {
  check_all({
      {R"({"name":"w","inputs":{"a":{"type":"strng"},"b":{"type":"integer","default":"1"},
           "c":{"enum":[]},"d":{"enum":["x",1]},"e":{"enum":["x"],"default":"y"},"f-g":{},"F_G":{},"h i":{},
           "j":{"requierd":true},"k":"string"},"steps":[{"id":"a","run":"x"}]})",
       {{"/inputs/a/type",
         "expected one of string, number, integer, boolean, object, array, found 'strng'; did you mean 'string'?"},
        {"/inputs/b/default", "expected a whole number, found a string"},
        {"/inputs/c/enum", "needs at least one value"},
        {"/inputs/d/enum/1", "expected a string, found a number"},
        {"/inputs/e/default", "expected one of x, found y"},
        {"/inputs/F_G", "would be INPUT_F_G to a command, as 'f-g' is already"},
        {"/inputs/h i", "an input is named with letters, digits, '_' and '-', at most 64, not beginning with a digit"},
        {"/inputs/j/requierd", "unknown key 'requierd'; did you mean 'required'?"},
        {"/inputs/k", "expected an object, found a string"}}},
  });
}

TEST_CASE("triggers are checked with the inputs that they give") {
  check_all({
      {R"({"name":"w","inputs":{"v":{"required":true},"o":{"type":"object"}},
           "on":{"schedule":[{"cron":"0 25 * * *","inputs":{"v":"1"}},
                             {"cron":"0 5 * * *","timezone":"Europe/Berln","missed":"never","inputs":{"v":"1"}},
                             {"timezone":"UTC","inputs":{"w":1}},
                             {"cron":"@daily"}],
                 "webhook":{"header":"a b","payloadInput":"v"},"push":{}},
           "steps":[{"id":"a","run":"x"}]})",
       {{"/on/schedule/0/cron", "at character 3: the hour is from 0 to 23"},
        {"/on/schedule/1/timezone", "there is no time zone 'Europe/Berln'"},
        {"/on/schedule/1/missed", "expected one of skip, once, all, found 'never'"},
        {"/on/schedule/2/cron", "is missing"},
        {"/on/schedule/2/inputs/v", "is missing: a string"},
        {"/on/schedule/2/inputs/w", "unknown key 'w'"},
        {"/on/schedule/3/inputs/v", "is missing: a string"},
        {"/on/webhook/secret", "is missing"},
        {"/on/webhook/header", "is not the name of a header"},
        {"/on/webhook/payloadInput", "expected the name of an input of type object"},
        {"/on/push", "unknown key 'push'"}}},
  });
}

TEST_CASE("pointers begin where the definition stands in what was sent") {
  auto const definition = json::parse(R"({"name":"w","steps":[{"id":"a","needs":["b"],"run":"x","oops":1}]})");
  auto const workflow = parse_definition(definition, "/workflow");
  REQUIRE_FALSE(workflow.has_value());
  CHECK(workflow.error() == Faults{{"/workflow/steps/0/oops", "unknown key 'oops'"},
                                   {"/workflow/steps/0/needs/0", "there is no step 'b'"}});
}

TEST_CASE("faults without number are cut, and counted") {
  std::string text = R"({"name":"w","steps":[{"id":"a","run":"x")";
  for (int i = 0; i < 3000; ++i) text += fmt::format(R"(,"key{}":1)", i);
  auto const faults = faults_of(text + "}]}");
  REQUIRE(faults.size() == 1001);
  CHECK(faults.back() == Fault{"", "2000 more faults are left out"});
}

TEST_CASE("a definition that was not parsed from text is bounded in depth, too") {
  json::value deep = "x";
  for (int i = 0; i < 200; ++i) deep = json::array{deep};
  auto const definition =
      json::object{{"name", "w"}, {"steps", {{{"id", "a"}, {"job", {{"type", "t"}, {"payload", deep}}}}}}};
  auto const workflow = parse_definition(definition);
  REQUIRE_FALSE(workflow.has_value());
  CHECK(workflow.error() == Faults{{"", "nested deeper than 64 levels"}});
}

TEST_CASE("inputs and schedules are bounded in number") {
  std::string inputs = R"("i0":{})";
  std::string schedules = R"({"cron":"@daily"})";
  for (int i = 1; i <= 1000; ++i) {
    inputs += fmt::format(R"(,"i{}":{{}})", i);
    schedules += R"(,{"cron":"@daily"})";
  }
  auto const text = fmt::format(
      R"({{"name":"w","inputs":{{{}}},"on":{{"schedule":[{}]}},"steps":[{{"id":"a","run":"x"}}]}})", inputs, schedules);
  CHECK(faults_of(text) == Faults{{"/inputs", "a workflow has at most 1000 inputs"},
                                  {"/on/schedule", "a workflow has at most 100 schedules"}});
}
