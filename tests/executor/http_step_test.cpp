#include <catch2/catch.hpp>

#include "tests/executor/executor_world.hpp"
#include "tests/executor/http/tiny_server.hpp"

using namespace runcast;
using namespace runcast::testing;

TEST_CASE("an http step sends what its templates come to, and its answer is there for later steps") {
  ExecutorWorld world;
  TinyServer server([](std::string const&) {
    return http_answer("200 OK", "{\"token\":\"t1\"}", "Content-Type: application/json\r\n");
  });
  auto const run = world.submit(
      "{'name':'w','inputs':{'n':{'type':'integer'}},'steps':["
      "{'id':'hook','http':{'method':'POST','url':'" +
          server.url("/x") +
          "','headers':{'X-N':'${{ inputs.n }}'},'body':{'n':'${{ inputs.n }}'}}},"
          "{'id':'b','needs':['hook'],'env':{'T':'${{ steps.hook.outputs.body.token }}',"
          "'S':'${{ steps.hook.outputs.status }}'},'run':'echo $T $S'}]}",
      {{"n", 7}});
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.lines(run, "b") == std::vector<std::string>{"t1 200"});
  CHECK(world.lines(run, "hook") == std::vector<std::string>{"POST " + server.url("/x") + ": 200"});
  auto const request = server.requests().at(0);
  CHECK(request.find("\r\nX-N: 7\r\n") != request.npos);
  CHECK(request.ends_with("\r\n\r\n{\"n\":7}"));
  world.check_replay(run);
}

TEST_CASE("an http step fails on a status that it does not expect, and is tried again") {
  ExecutorWorld world;
  int count = 0;
  TinyServer server([&](std::string const&) { return http_answer(++count < 3 ? "503 Busy" : "418 Teapot", ""); });
  auto const run = world.submit(
      "{'name':'w','steps':[{'id':'hook','retry':{'maxAttempts':3,'delay':'1ms'},"
      "'http':{'url':'" +
      server.url("/") + "','expectStatus':[418]}}]}");
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.all<events::StepRetry>(run).front().error == "the answer's status is 503");
}

TEST_CASE("an http step that is not answered ends with its time, or with its run") {
  ExecutorWorld world;
  asio::io_context context;
  asio::ip::tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
  auto const url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/";
  SECTION("its time") {
    auto const run = world.submit("{'name':'w','steps':[{'id':'a','timeout':'50ms','http':{'url':'" + url + "'}}]}");
    CHECK(world.until_ended(run) == RunStatus::failed);
    CHECK(world.all<events::StepComplete>(run).front().error == "its time of 50ms was up");
  }
  SECTION("its run") {
    auto const run = world.submit("{'name':'w','steps':[{'id':'a','http':{'url':'" + url + "'}}]}");
    world.until_logged(run, "step_start");
    await(world.executor().cancel(run, "", "ann")).value();
    CHECK(world.until_ended(run) == RunStatus::cancelled);
  }
}

TEST_CASE("an http step does not reach the metadata of a cloud") {
  ExecutorWorld world;
  auto const run = world.submit("{'name':'w','steps':[{'id':'a','http':{'url':'http://169.254.169.254/'}}]}");
  CHECK(world.until_ended(run) == RunStatus::failed);
}
