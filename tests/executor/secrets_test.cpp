#include "executor/secrets.hpp"

#include <filesystem>
#include <fstream>

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "tests/executor/executor_world.hpp"
#include "tests/executor/http/tiny_server.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

std::string masked(Mask const& mask, std::string text) {
  mask.apply(text);
  return text;
}

void keep(std::filesystem::path const& file, std::string const& text, bool open_to_others = false) {
  std::ofstream(file) << text;
  auto const owner = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  std::filesystem::permissions(file, open_to_others ? owner | std::filesystem::perms::others_read : owner);
}

}  // namespace

TEST_CASE("a secret is hidden wherever it occurs, the longest first, and each of its lines") {
  Mask const mask({"hunter2", "hunter2-more", "first line\r\nsecond line\nx\n"});
  CHECK(masked(mask, "hunter2 hunter2hunter2") == "*** ******");
  CHECK(masked(mask, "hunter2-more") == "***");
  CHECK(masked(mask, "a first line") == "a ***");
  CHECK(masked(mask, "second line") == "***");
  CHECK(masked(mask, "x and hunter") == "x and hunter");
  boost::json::value value{{"a", {1, "hunter2!", nullptr}}};
  mask.apply(value);
  CHECK(value == boost::json::value{{"a", {1, "***!", nullptr}}});
  boost::json::value named = boost::json::object{{"key hunter2", boost::json::object{{"hunter2", "x"}}}};
  mask.apply(named);
  CHECK(boost::json::serialize(named) == R"({"key ***":{"***":"x"}})");
}

TEST_CASE("a secret that a cut line ends in the middle of is hidden, too") {
  Mask const mask({"correct horse"});
  auto const cut = [&](std::string text) {
    mask.apply_to_cut(text);
    return text;
  };
  CHECK(cut("it is correct ho") == "it is ***");
  CHECK(cut("it is corr") == "it is ***");
  CHECK(cut("it is cor") == "it is cor");
  CHECK(cut("correct horse and correct") == "*** and ***");
}

TEST_CASE("secrets are files that their owner alone may read") {
  TempDir dir;
  keep(dir / "TOKEN", "hunter2\n");
  keep(dir / "KEY", "two\nlines\n\n");
  keep(dir / ".hidden", "x");
  auto const secrets = read_secrets(dir.path()).value();
  CHECK(secrets == Secrets{{"TOKEN", "hunter2"}, {"KEY", "two\nlines\n"}});
  SECTION("no name") {
    keep(dir / "not-a-name", "x");
    CHECK(read_secrets(dir.path()).error().code == Errc::invalid);
  }
  SECTION("open to others") {
    keep(dir / "OPEN", "x", true);
    CHECK(read_secrets(dir.path()).error().code == Errc::invalid);
  }
  SECTION("too large") {
    keep(dir / "LARGE", std::string(100'000, 'x'));
    CHECK(read_secrets(dir.path()).error().code == Errc::too_large);
  }
  CHECK(read_secrets(dir / "nothing").error().code == Errc::io);
}

TEST_CASE("a step gets its secrets, and no event has them") {
  ExecutorOptions options;
  options.secrets = {{"TOKEN", "hunter2"}, {"OTHER", "not named"}};
  ExecutorWorld world(options);
  TinyServer server([](std::string const& request) { return http_answer("200 OK", request); });
  auto const run = world.submit(
      "{'name':'w','secrets':['TOKEN'],'steps':["
      "{'id':'a','env':{'T':'${{ secrets.TOKEN }}'},'run':'test $T = hunter2 && echo in $T; printf hunt; sleep 0.01; "
      "echo er2; echo ::progress::0.5 $T; echo o=$T >> $RUN_OUTPUT'},"
      "{'id':'b','needs':['a'],'http':{'url':'" +
      server.url("/hunter2") + "','headers':{'X-T':'${{ secrets.TOKEN }}'}}}]}");
  CHECK(world.until_ended(run) == RunStatus::succeeded);
  CHECK(world.lines(run, "a") == std::vector<std::string>{"in ***", "***"});
  CHECK(server.requests().at(0).find("X-T: hunter2") != std::string::npos);
  for (auto const& event : world.events(run)) {
    CAPTURE(event);
    CHECK(event.find("hunter2") == event.npos);
  }
}

TEST_CASE("a definition that names a secret which the server does not have is refused") {
  ExecutorWorld world;
  auto const refused = world.try_submit("{'name':'w','secrets':['TOKEN'],'steps':[{'id':'a','run':'true'}]}");
  CHECK(refused.error().message == "/secrets/0: this server has no secret 'TOKEN'");
}
