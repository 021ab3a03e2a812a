#include "hub/websocket/writer.hpp"

#include <array>

#include "base/utf8.hpp"
#include "model/segment.hpp"

namespace runcast {
namespace {

constexpr std::uint8_t final_bit = 0x80;

}  // namespace

std::string encode_frame(std::uint8_t opcode, std::string_view payload) {
  std::array<char, 10> header;
  std::size_t const size = write_frame_header(header.data(), final_bit | opcode, payload.size());
  std::string frame;
  frame.reserve(size + payload.size());
  frame.append(header.data(), size).append(payload);
  return frame;
}

std::string encode_close(std::uint16_t code, std::string_view reason) {
  if (code == close_code::none) return encode_frame(opcode::close, {});
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += utf8_prefix(reason, 123);
  return encode_frame(opcode::close, payload);
}

}  // namespace runcast
