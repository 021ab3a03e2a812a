#pragma once

#include <cstdint>
#include <string_view>

namespace runcast::bench {

// One frame of a server, as it lies in the input.
struct ServerFrame {
  std::uint8_t opcode = 0;
  std::string_view payload;
  bool compressed = false;
};

enum class Step : std::uint8_t { frame, incomplete, broken };

// Takes the next whole frame from the front of `input`. `broken`: it is masked, fragmented, or has reserved
// bits but the one of compression.
Step next_frame(std::string_view& input, ServerFrame& frame);

// Finds a number in JSON text by the text before it. All events of a bench have one shape, so it looks first where
// the number stood the last time.
class NumberFinder {
 public:
  explicit NumberFinder(std::string_view key) : key_(key) {}
  // Whether it is there; `value` is its digits.
  bool find(std::string_view json, std::uint64_t& value);

 private:
  std::string_view key_;
  std::size_t last_ = 0;
};

}  // namespace runcast::bench
