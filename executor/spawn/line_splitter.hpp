#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace runcast {

// A line of a command's output: UTF-8, without its line end.
struct OutputLine {
  std::string_view text;
  bool truncated = false;  // it was longer, and the rest of it is lost

  friend bool operator==(OutputLine const&, OutputLine const&) = default;
};

// Cuts what a pipe gives into lines. A line ends with LF or CR LF, or with the end of the output; one that is too long
// is cut and marked. What is not UTF-8 becomes U+FFFD, however the reads fell; NUL is a character like any other.
//
//     auto const space = splitter.space();
//     splitter.commit(read(fd, space.data(), space.size()));
//     use(splitter.lines());   // views, until the next space() or finish()
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_line = std::size_t{1} << 20) : max_line_(max_line) {}
  LineSplitter(LineSplitter const&) = delete;
  LineSplitter& operator=(LineSplitter const&) = delete;

  // Where the next bytes go. It grows, up to 64 KiB at a time, with a command that fills it. Lines handed out are gone.
  std::span<char> space();

  // The first `size` bytes of space() have been filled.
  void commit(std::size_t size);

  // The output is over: an unfinished last line is a line.
  void finish();

  // The complete lines of the last commit() or finish().
  std::span<OutputLine const> lines() const { return lines_; }

 private:
  void add(std::string_view raw);
  void drop_excess();

  std::size_t max_line_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of the line that is not complete yet
  std::size_t end_ = 0;    // of what was read
  std::size_t chunk_ = 4096;
  bool too_long_ = false;  // the current line was cut already: the rest up to its end is dropped
  std::vector<OutputLine> lines_;
  std::deque<std::string> repaired_;  // the texts of lines that were not UTF-8
};

}  // namespace runcast
