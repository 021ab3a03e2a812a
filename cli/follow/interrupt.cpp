#include "cli/follow/interrupt.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/asio.hpp"
#include "cli/exit_code.hpp"

namespace runcast::cli {
namespace {

constexpr std::array signals{SIGINT, SIGTERM};

// What a signal handler may touch: nothing else of the program.
std::atomic<int> wake_descriptor{-1};
std::atomic<bool> was_interrupted{false};

extern "C" void on_interrupt(int) {
  if (was_interrupted.exchange(true)) _exit(exit_code::interrupted);
  std::uint64_t const one = 1;
  [[maybe_unused]] auto const written = write(wake_descriptor.load(), &one, sizeof one);
}

}  // namespace

struct Interrupt::Impl {
  Impl(asio::any_io_executor const& executor, int descriptor) : wake(executor, descriptor) {}

  asio::posix::stream_descriptor wake;
  std::array<struct sigaction, signals.size()> former{};
};

Interrupt::Interrupt(asio::any_io_executor const& executor, std::function<void()> on_first) {
  int const descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  impl_ = std::make_unique<Impl>(executor, descriptor);
  wake_descriptor = descriptor;
  was_interrupted = false;
  impl_->wake.async_wait(asio::posix::stream_descriptor::wait_read,
                         [on_first = std::move(on_first)](sys::error_code error) {
                           if (!error) on_first();
                         });
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &action, &impl_->former[i]);
}

Interrupt::~Interrupt() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &impl_->former[i], nullptr);
  wake_descriptor = -1;
}

}  // namespace runcast::cli
