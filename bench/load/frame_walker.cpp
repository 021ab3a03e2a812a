#include "bench/load/frame_walker.hpp"

#include "hub/websocket/frame.hpp"

namespace runcast::bench {
namespace {

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

}  // namespace

Step next_frame(std::string_view& input, ServerFrame& frame) {
  if (input.size() < 2) return Step::incomplete;
  auto const first = static_cast<std::uint8_t>(input[0]);
  auto const second = static_cast<std::uint8_t>(input[1]);
  if ((first & 0xB0) != 0x80 || (second & 0x80) != 0) return Step::broken;
  std::size_t const length_bytes = second == 126 ? 2 : second == 127 ? 8 : 0;
  if (input.size() < 2 + length_bytes) return Step::incomplete;
  std::uint64_t const length = length_bytes == 0 ? second : big_endian(input.substr(2, length_bytes));
  if (input.size() - 2 - length_bytes < length) return Step::incomplete;
  frame = {static_cast<std::uint8_t>(first & 0x0F), input.substr(2 + length_bytes, length), (first & 0x40) != 0};
  input.remove_prefix(2 + length_bytes + length);
  return Step::frame;
}

bool NumberFinder::find(std::string_view json, std::uint64_t& value) {
  std::size_t at = last_;
  if (json.size() < at + key_.size() || json.compare(at, key_.size(), key_) != 0) {
    at = json.find(key_);
    if (at == json.npos) return false;
    last_ = at;
  }
  value = 0;
  for (std::size_t i = at + key_.size(); i < json.size() && json[i] >= '0' && json[i] <= '9'; ++i) {
    value = value * 10 + static_cast<std::uint64_t>(json[i] - '0');
  }
  return true;
}

}  // namespace runcast::bench
