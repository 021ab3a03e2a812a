#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "executor/spawn/owned_fd.hpp"
#include "spawn_world.hpp"

namespace runcast {
namespace {

using Lines = std::vector<std::string>;

// A directory that goes with the test.
struct Scratch {
  std::filesystem::path path;
  Scratch() {
    std::string name = "/tmp/runcast-spawn-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Scratch() { std::filesystem::remove_all(path); }

  std::string write(std::string const& name, std::string const& text, mode_t mode) const {
    auto const file = path / name;
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
    return file;
  }
};

TEST_CASE("a command's exit code is told as it is") {
  SpawnWorld world;
  CHECK(*world.run(script("exit 0")).exit == ExitStatus{});
  CHECK(world.run(script("exit 42")).exit->code == 42);
  CHECK(world.run(program({"false"})).exit->code == 1);
  CHECK(world.run(program({"true"})).exit->success());
}

TEST_CASE("a command that a signal ended has the signal's name and no success") {
  SpawnWorld world;
  CHECK(world.run(script("kill -KILL $$")).exit->signal == "SIGKILL");
  CHECK(world.run(script("kill -SEGV $$")).exit->signal == "SIGSEGV");
  CHECK(!world.run(script("kill -TERM $$")).exit->success());
}

TEST_CASE("a command that cannot be run is an error of the spawn that says what is wrong") {
  SpawnWorld world;
  Scratch const scratch;
  auto const error = [&](Command command) { return world.run(std::move(command)).exit.error(); };

  CHECK(error(program({"no-such-command"})) == fail(Errc::not_found, "no such command: no-such-command"));
  CHECK(error(program({"/no/such/file"})) == fail(Errc::not_found, "no such command: /no/such/file"));
  CHECK(error(program({""})).code == Errc::invalid);

  auto const data = scratch.write("data", "text", 0644);
  CHECK(error(program({data})) == fail(Errc::forbidden, "not executable: " + data));
  auto unsearchable = program({"data"});
  unsearchable.env["PATH"] = scratch.path;
  CHECK(error(unsearchable) == fail(Errc::forbidden, "not executable: data"));

  auto const orphaned = scratch.write("orphaned", "#!/no/such/interpreter\n", 0755);
  CHECK(error(program({orphaned})) == fail(Errc::not_found, "the interpreter of " + orphaned + " does not exist"));
  auto const headless = scratch.write("headless", "echo hello\n", 0755);
  CHECK(error(program({headless})).code == Errc::invalid);

  auto lost = program({"true"});
  lost.working_directory = "/no/such/directory";
  CHECK(error(lost).message == "working directory /no/such/directory: No such file or directory");
  lost.working_directory = data;
  CHECK(error(lost).message == "working directory " + data + ": Not a directory");

  CHECK(error(program({"true", std::string(200'000, 'x')})).code == Errc::too_large);
  CHECK(error(program({"true", std::string("a\0b", 3)})).code == Errc::invalid);
  auto shell_less = script("true");
  shell_less.shell = "no-such-shell";
  CHECK(error(shell_less).message == "no such command: no-such-shell");
}

TEST_CASE("a script whose command does not exist fails as shells fail") {
  SpawnWorld world;
  auto const outcome = world.run(script("no-such-command --really"));
  CHECK(outcome.exit->code == 127);
  REQUIRE(outcome.err.size() == 1);
  CHECK(outcome.err[0].find("not found") != std::string::npos);
}

TEST_CASE("a script runs in the shell that was asked for, a plain one in none") {
  SpawnWorld world;
  auto const name_of_self = std::string("cat /proc/self/comm /proc/self/stat");
  CHECK(world.run(script(name_of_self)).out.at(0) == "cat");
  auto with_bash = script("[[ ab == a* ]] && echo $BASH");
  with_bash.shell = "bash";
  CHECK(world.run(with_bash).out.at(0).ends_with("bash"));

  // The first process of a plain script is the program itself.
  std::string comm;
  world.play([&]() -> Awaitable<> {
    auto process = co_await must_spawn(world.spawner, script("sleep 100"));
    std::ifstream(fmt::format("/proc/{}/comm", process.pid())) >> comm;
    process.terminate(Millis{0});
    co_await process.run(ignore_output());
  });
  CHECK(comm == "sleep");
}

TEST_CASE("a command gets its environment, its directory and its attempt's id, and nothing of the server's") {
  SpawnWorld world("the-instance");
  auto command = script("env | sort");
  command.env["GREETING"] = "good morning = 'x'";
  command.attempt_id = "run.step.1";
  command.working_directory = "/usr/lib";
  auto const out = world.run(command).out;
  auto const has = [&](std::string const& line) { return std::find(out.begin(), out.end(), line) != out.end(); };
  CHECK(has("GREETING=good morning = 'x'"));
  CHECK(has("RUNCAST_ATTEMPT_ID=the-instance/run.step.1"));
  CHECK(has("PWD=/usr/lib"));
  CHECK(std::none_of(out.begin(), out.end(), [](auto const& line) { return line.starts_with("HOME="); }));
  auto where = program({"pwd"});
  where.working_directory = "/usr/lib";
  CHECK(world.run(where).out == Lines{"/usr/lib"});
}

TEST_CASE("an environment of megabytes arrives whole") {
  SpawnWorld world;
  auto command = script("echo ${#BIG_0} ${#BIG_14}");
  for (int i = 0; i < 15; ++i) command.env[fmt::format("BIG_{}", i)] = std::string(100'000 + i, 'b');
  CHECK(world.run(command).out == Lines{"100000 100014"});
}

TEST_CASE("a command reads what it was given, and otherwise the end at once") {
  SpawnWorld world;
  CHECK(world.run(program({"cat"})).out.empty());
  auto command = program({"cat"});
  command.stdin_content = "one\ntwo";
  CHECK(world.run(command).out == Lines{"one", "two"});
  command = program({"wc", "-c"});
  command.stdin_content = std::string(5'000'000, 'x');
  CHECK(world.run(command).out == Lines{"5000000"});
}

TEST_CASE("a command sees the descriptors 0, 1 and 2 and no other, default signals, and a session of its own") {
  std::vector<OwnedFd> inheritable;
  for (int i = 0; i < 20; ++i) inheritable.emplace_back(::dup(0));
  SpawnWorld world;
  CHECK(world.run(script("ls /proc/$$/fd; :")).out == Lines{"0", "1", "2"});
  for (auto const& line : world.run(program({"cat", "/proc/self/status"})).out) {
    if (!line.starts_with("SigBlk:") && !line.starts_with("SigIgn:") && !line.starts_with("SigCgt:")) continue;
    CAPTURE(line);
    CHECK((std::stoull(line.substr(8), nullptr, 16) & 0x7FFF'FFFF) == 0);  // 32 and 33 are the C library's own
  }
  auto const ids =
      world.run(script("read -r pid name state parent group session rest < /proc/$$/stat; "
                       "echo $((pid - group)) $((pid - session))"));
  CHECK(ids.out == Lines{"0 0"});
}

TEST_CASE("both streams arrive whole and each in its order") {
  SpawnWorld world;
  auto const outcome = world.run(script("seq 1 100000 >&2 & seq 1 100000; wait"));
  REQUIRE(outcome.exit->success());
  Lines expected;
  for (int i = 1; i <= 100'000; ++i) expected.push_back(std::to_string(i));
  CHECK((outcome.out == expected));
  CHECK((outcome.err == expected));
}

TEST_CASE("what a command wrote just before its end is not lost, with or without a line end") {
  SpawnWorld world;
  for (int i = 0; i < 200; ++i) {
    auto const outcome = world.run(script("printf 'first\\nlast'; printf 'oops' >&2; exit 3"));
    REQUIRE(outcome.out == Lines{"first", "last"});
    REQUIRE(outcome.err == Lines{"oops"});
    REQUIRE(outcome.exit->code == 3);
  }
}

TEST_CASE("a command waits in its pipe while its output is being taken") {
  SpawnWorld world;
  std::size_t lines = 0;
  std::size_t most_at_once = 0;
  bool taking = false;
  world.play([&]() -> Awaitable<> {
    auto process = co_await must_spawn(world.spawner, script("seq 1 100000; seq 1 100000 >&2"));
    auto exit = co_await process.run([&](OutputStream, std::span<OutputLine const> batch) -> Awaitable<> {
      REQUIRE(!std::exchange(taking, true));
      auto const first = std::string(batch.front().text);
      co_await sleep_for(Millis{1});
      REQUIRE(batch.front().text == first);  // it holds while the sink is at work
      lines += batch.size();
      most_at_once = std::max(most_at_once, batch.size());
      taking = false;
    });
    REQUIRE(exit->success());
  });
  CHECK(lines == 200'000);
  CHECK(most_at_once < 70'000);
}

TEST_CASE("an exception of the sink ends the command") {
  SpawnWorld world;
  auto const sleep = unique_sleep();
  CHECK_THROWS_WITH(world.play([&]() -> Awaitable<> {
    auto process = co_await must_spawn(world.spawner, script("echo a; sleep " + sleep));
    co_await process.run([](OutputStream, std::span<OutputLine const>) -> Awaitable<> {
      throw std::runtime_error("the sink is full");
      co_return;
    });
  }),
                    "the sink is full");
  CHECK(eventually([&] { return count_processes(sleep) == 0; }));
}

TEST_CASE("thousands of spawns beside a thousand open descriptors leave none behind") {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8192);
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::vector<OwnedFd> extra;
  for (int i = 0; i < 1'000; ++i) extra.emplace_back(::open("/dev/null", O_RDONLY));

  SpawnWorld world;
  auto const before = count_open_fds();
  for (int round = 0; round < 50; ++round) {
    world.play([&]() -> Awaitable<> {
      std::vector<Process> processes;
      for (int i = 0; i < 40; ++i) processes.push_back(co_await must_spawn(world.spawner, program({"true"})));
      for (auto& process : processes) REQUIRE((co_await process.run(ignore_output()))->success());
      auto const missing = co_await world.spawner.spawn(program({"no-such-command"}));
      REQUIRE(missing.has_error());
    });
  }
  CHECK(count_open_fds() == before);
}

}  // namespace
}  // namespace runcast
