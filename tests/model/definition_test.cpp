#include "model/definition.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

using namespace runcast;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

Workflow good(std::string_view text) {
  auto workflow = parse_definition_text(text);
  if (!workflow) {
    for (auto const& fault : workflow.error()) UNSCOPED_INFO(fault.pointer << ": " << fault.message);
  }
  REQUIRE(workflow.has_value());
  return std::move(*workflow);
}

Step good_step(std::string const& members) {
  return good(R"({"name":"w","steps":[{"id":"a",)" + members + "}]}").steps.front();
}

constexpr std::string_view release = R"({
  "name":"release","description":"Builds and ships",
  "inputs":{"version":{"type":"string","required":true,"default":"1.0","enum":["1.0","2.0"],"description":"What"}},
  "env":{"CI":"1","LEVEL":3,"DEBUG":true},"secrets":["TOKEN"],
  "timeout":"1h","maxParallel":8,"schedule":"layers",
  "concurrency":{"group":"release","limit":2,"onConflict":"cancel_running"},
  "on":{"schedule":[{"cron":"0 5 * * *","timezone":"Europe/Berlin","missed":"once"}],"webhook":{"secret":"HOOK"}},
  "steps":[
   {"id":"build","name":"Build","run":"make -j2"},
   {"id":"unit","needs":["build"],"run":["./unit","--all",""],"env":{"V":"${{ inputs.version }}"},
    "workingDirectory":"src","shell":"/bin/bash","timeout":"10m",
    "retry":{"maxAttempts":3,"delay":"1s","backoff":2,"maxDelay":"1m","jitter":0.1},
    "continueOnError":true,"onInterrupt":"fail"},
   {"id":"hook","needs":["build"],"http":{"method":"POST","url":"http://127.0.0.1/${{ run.id }}",
    "headers":{"Authorization":"Bearer ${{ secrets.TOKEN }}"},"body":{"v":"${{ inputs.version }}"},
    "expectStatus":[200,204],"maxRedirects":0}},
   {"id":"settle","needs":["hook"],"delay":"5s"},
   {"id":"render","needs":["settle"],"job":{"type":"render","payload":{"of":"${{ steps.hook.outputs.id }}"},
    "priority":5,"requirements":{"gpu":true}}},
   {"id":"shards","depends_on":["build"],"matrix":{"part":[1,2,3]},"run":"./part \"$MATRIX_PART\""},
   {"id":"child","needs":["unit"],"workflow":{"name":"publish","inputs":{"v":"${{ inputs.version }}"}}},
   {"id":"gate","needs":["child"],"approval":{"message":"Ship it?"}},
   {"id":"cleanup","needs":["gate"],"if":"always","run":"./cleanup"},
   {"id":"tell","needs":["gate"],"if":"steps.unit.status == 'failed'","run":"./tell"}]})";

}  // namespace

TEST_CASE("a whole definition is read as it is written") {
  auto const workflow = good(release);
  CHECK(workflow.name == "release");
  CHECK(workflow.description == "Builds and ships");
  CHECK(workflow.timeout == 1h);
  CHECK(workflow.max_parallel == 8);
  CHECK(workflow.schedule == ScheduleMode::layers);
  CHECK(workflow.secrets == std::vector<std::string>{"TOKEN"});
  REQUIRE(workflow.env.size() == 3);
  CHECK(workflow.env[1].value == "3");
  CHECK(workflow.env[2].value == "true");
  REQUIRE(workflow.concurrency.has_value());
  CHECK(workflow.concurrency->group == "release");
  CHECK(workflow.concurrency->limit == 2);
  CHECK(workflow.concurrency->on_conflict == Concurrency::OnConflict::cancel_running);
  REQUIRE(workflow.inputs.size() == 1);
  CHECK(workflow.inputs[0].required);
  CHECK(*workflow.inputs[0].default_value == "1.0");
  CHECK(workflow.inputs[0].choices.size() == 2);
  REQUIRE(workflow.on.schedule.size() == 1);
  CHECK(workflow.on.schedule[0].timezone == "Europe/Berlin");
  CHECK(workflow.on.schedule[0].missed == ScheduleTrigger::Missed::once);
  CHECK(workflow.on.webhook->secret == "HOOK");
  CHECK(workflow.steps.size() == 10);
}

TEST_CASE("each kind of step is read with what it needs") {
  auto const workflow = good(release);
  auto const& steps = workflow.steps;
  CHECK(steps[0].kind() == StepKind::run);
  CHECK(steps[0].name == "Build");
  CHECK(std::get<std::string>(std::get<RunAction>(steps[0].action).command) == "make -j2");

  auto const& unit = steps[1];
  CHECK(unit.name == "unit");
  CHECK(unit.needs == std::vector<std::string>{"build"});
  auto const& run = std::get<RunAction>(unit.action);
  CHECK(std::get<std::vector<std::string>>(run.command) == std::vector<std::string>{"./unit", "--all", ""});
  CHECK(run.working_directory == "src");
  CHECK(run.shell == "/bin/bash");
  CHECK(unit.timeout == 10min);
  CHECK(unit.retry.max_attempts == 3);
  CHECK(unit.retry.max_delay == 1min);
  CHECK(unit.continue_on_error);
  CHECK(unit.on_interrupt == OnInterrupt::fail);

  auto const& http = std::get<HttpAction>(steps[2].action);
  CHECK(http.method == "POST");
  CHECK(http.headers.front().first == "Authorization");
  CHECK(http.expect_status == std::vector<int>{200, 204});
  CHECK(http.max_redirects == 0);
  CHECK(std::get<DelayAction>(steps[3].action).duration == 5s);
  CHECK(std::get<JobAction>(steps[4].action).priority == 5);
  CHECK(std::get<JobAction>(steps[4].action).requirements.at("gpu") == true);
  CHECK(steps[5].needs == std::vector<std::string>{"build"});
  CHECK(std::get<std::vector<MatrixAxis>>(steps[5].matrix->source).front().name == "part");
  CHECK(std::get<WorkflowAction>(steps[6].action).name == "publish");
  CHECK(std::get<ApprovalAction>(steps[7].action).message == "Ship it?");
  CHECK(steps[8].condition.kind == Condition::Kind::always);
  CHECK(steps[9].condition.kind == Condition::Kind::expression);
}

TEST_CASE("what a step does not say has its default") {
  auto const step = good_step(R"("run":"true")");
  CHECK(step.name == "a");
  CHECK(step.condition.kind == Condition::Kind::success);
  CHECK(step.retry.max_attempts == 1);
  CHECK_FALSE(step.timeout.has_value());
  CHECK_FALSE(step.continue_on_error);
  CHECK(step.on_interrupt == OnInterrupt::retry);
}

TEST_CASE("durations are texts with a unit or whole seconds") {
  CHECK(std::get<DelayAction>(good_step(R"("delay":90)").action).duration == 90s);
  CHECK(std::get<DelayAction>(good_step(R"("delay":"250ms")").action).duration == 250ms);
  CHECK(good_step(R"("run":"x","timeout":"2d")").timeout == 48h);
}

TEST_CASE("a condition may be a word, an expression, or one in braces") {
  auto const kind = [](std::string const& text) { return good_step(R"("run":"x","if":)" + text).condition.kind; };
  CHECK(kind(R"("success")") == Condition::Kind::success);
  CHECK(kind(R"x("failure()")x") == Condition::Kind::failure);
  CHECK(kind(R"(" always ")") == Condition::Kind::always);
  CHECK(kind(R"("${{ run.id != '' }}")") == Condition::Kind::expression);
  CHECK(kind("false") == Condition::Kind::expression);
}

TEST_CASE("a command is never a template") {
  auto const step = good_step(R"("run":"echo ${{ whatever this is")");
  CHECK(std::get<std::string>(std::get<RunAction>(step.action).command) == "echo ${{ whatever this is");
  good_step(R"("run":["echo","${{ inputs.nothing }}"])");
}

TEST_CASE("a step may ask about any step that it needs through others") {
  good(R"({"name":"w","steps":[{"id":"a","run":"x"},{"id":"b","needs":["a"],"run":"x"},
           {"id":"c","needs":["b"],"run":"x","env":{"E":"${{ steps.a.outputs.e }}"}}]})");
}

TEST_CASE("ten thousand steps are read, one more is not") {
  auto const steps = [](int count) {
    std::string text = R"({"name":"w","steps":[{"id":"s0","run":"x"})";
    for (int i = 1; i < count; ++i) {
      text += fmt::format(R"(,{{"id":"s{}","needs":["s{}"],"run":"x","env":{{"E":"${{{{ steps.s0.status }}}}"}}}})", i,
                          i - 1);
    }
    return text + "]}";
  };
  CHECK(parse_definition_text(steps(10'000)).has_value());
  auto const more = parse_definition_text(steps(10'001));
  REQUIRE_FALSE(more.has_value());
  CHECK(more.error() == Faults{{"/steps", "has 10001 steps, the most is 10000"}});
}
