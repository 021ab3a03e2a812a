#include "base/thread.hpp"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

namespace runcast {
namespace {

constexpr std::chrono::nanoseconds turn = std::chrono::microseconds(100);  // the least that Linux allows
constexpr std::uint64_t reset_on_fork = 1;

// struct sched_attr of sched_setattr(2), in its first version; not every libc has it.
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;  // of the usual policy: a turn, in nanoseconds
  std::uint64_t deadline;
  std::uint64_t period;
};

}  // namespace

void name_this_thread(char const* name) { (void)pthread_setname_np(pthread_self(), name); }

void keep_turns_short() {
  SchedulingAttributes attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  attributes.size = sizeof attributes;
  attributes.flags = reset_on_fork;
  attributes.runtime = static_cast<std::uint64_t>(turn.count());
  (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace runcast
