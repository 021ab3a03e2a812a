#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace runcast::testing {

// A pipe for a console to write to.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(fds_, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  }
  ~Pipe() {
    close_reader();
    close_writer();
  }
  Pipe(Pipe const&) = delete;
  Pipe& operator=(Pipe const&) = delete;

  int writer() const { return fds_[1]; }
  void close_reader() { close(fds_[0]); }
  void close_writer() { close(fds_[1]); }

  // At least one byte, or nothing at the end.
  std::string read_some() {
    std::string text(4096, '\0');
    auto const size = ::read(fds_[0], text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

  // All that comes until the writer is closed, or `end` has come.
  std::string read_until(std::string const& end) {
    std::string all;
    while (all.find(end) == all.npos) {
      auto const some = read_some();
      if (some.empty()) break;
      all += some;
    }
    return all;
  }

 private:
  static void close(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }

  int fds_[2];
};

}  // namespace runcast::testing
