#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/asio.hpp"

namespace runcast {

// io_contexts with a thread each. What runs on one needs no lock. Joined when it goes.
class Threads {
 public:
  explicit Threads(std::size_t count);
  ~Threads() { join(); }

  std::size_t size() const { return contexts_.size(); }
  asio::io_context& operator[](std::size_t index) { return *contexts_[index]; }
  std::vector<asio::any_io_executor> executors() const;

  // Lets what is under way end, then the threads.
  void join();

 private:
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::jthread> threads_;
};

}  // namespace runcast
