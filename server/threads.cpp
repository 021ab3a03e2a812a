#include "server/threads.hpp"

#include "base/thread.hpp"

namespace runcast {

Threads::Threads(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));
    guards_.push_back(asio::make_work_guard(*contexts_.back()));
  }
  for (auto const& context : contexts_) {
    threads_.emplace_back([&context = *context] {
      name_this_thread("connections");
      keep_turns_short();
      context.run();
    });
  }
}

std::vector<asio::any_io_executor> Threads::executors() const {
  std::vector<asio::any_io_executor> executors;
  for (auto const& context : contexts_) executors.emplace_back(context->get_executor());
  return executors;
}

void Threads::join() {
  guards_.clear();
  threads_.clear();
}

}  // namespace runcast
