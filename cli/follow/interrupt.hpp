#pragma once

#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

namespace runcast::cli {

// While this lives, the first SIGINT or SIGTERM calls `on_first` on `executor`, and the second ends the process at once
// (exit code 130), even where a blocked terminal keeps it from returning. One at a time.
class Interrupt {
 public:
  Interrupt(boost::asio::any_io_executor const& executor, std::function<void()> on_first);
  ~Interrupt();

  Interrupt(Interrupt const&) = delete;
  Interrupt& operator=(Interrupt const&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runcast::cli
