#include "base/thread.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cstdint>
#include <string_view>
#include <thread>

#include <catch2/catch.hpp>

using namespace runcast;

namespace {

// The turn of the calling thread in nanoseconds, by sched_getattr(2); 0 where the kernel tells none.
std::uint64_t turn() {
  std::array<std::uint64_t, 6> attributes{};
  if (syscall(SYS_sched_getattr, 0, attributes.data(), sizeof attributes, 0) != 0) return 0;
  return attributes[3];
}

std::uint64_t turn_of_a_child() {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  pid_t const child = fork();
  if (child == 0) {
    auto const its = turn();
    _exit(write(ends[1], &its, sizeof its) == sizeof its ? 0 : 1);
  }
  std::uint64_t its = 1;
  CHECK(read(ends[0], &its, sizeof its) == sizeof its);
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[0]);
  close(ends[1]);
  return its;
}

}  // namespace

TEST_CASE("a thread has a name") {
  std::array<char, 16> name{};
  std::thread([&] {
    name_this_thread("fifteen letters");
    pthread_getname_np(pthread_self(), name.data(), name.size());
  }).join();
  CHECK(std::string_view(name.data()) == "fifteen letters");
}

TEST_CASE("a thread's short turns are its own: neither other threads nor children have them") {
  auto const usual = turn();
  std::uint64_t mine = 0;
  std::uint64_t childs = 0;
  std::thread([&] {
    keep_turns_short();
    mine = turn();
    childs = turn_of_a_child();
  }).join();
  CHECK(turn() == usual);
  if (usual == 0) {
    CHECK(mine == 0);  // an older kernel, which has nothing to set
  } else {
    CHECK(mine == 100'000);
    CHECK(childs == usual);
  }
}
