#include "tests/hub/websocket/client_frames.hpp"

namespace runcast {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes) & 0xFF);
}

ClientFrame::Length shortest_for(std::uint64_t length) {
  if (length < 126) return ClientFrame::Length::shortest;
  return length <= 0xFFFF ? ClientFrame::Length::two_bytes : ClientFrame::Length::eight_bytes;
}

}  // namespace

std::string encode_header(ClientFrame const& frame, std::uint64_t length) {
  std::string out;
  out += static_cast<char>((frame.final ? 0x80 : 0) | frame.reserved_bits << 4 | frame.opcode);
  int const mask_bit = frame.masked ? 0x80 : 0;
  auto const form = frame.length == ClientFrame::Length::shortest ? shortest_for(length) : frame.length;
  switch (form) {
    case ClientFrame::Length::shortest:
      out += static_cast<char>(mask_bit | static_cast<int>(length));
      break;
    case ClientFrame::Length::two_bytes:
      out += static_cast<char>(mask_bit | 126);
      append_big_endian(out, length, 2);
      break;
    case ClientFrame::Length::eight_bytes:
      out += static_cast<char>(mask_bit | 127);
      append_big_endian(out, length, 8);
      break;
  }
  if (frame.masked) out.append(frame.mask.begin(), frame.mask.end());
  return out;
}

std::string encode(ClientFrame const& frame) {
  std::string out = encode_header(frame, frame.payload.size());
  for (std::size_t i = 0; i < frame.payload.size(); ++i) {
    out += static_cast<char>(frame.payload[i] ^ (frame.masked ? frame.mask[i % 4] : 0));
  }
  return out;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string out;
  append_big_endian(out, code, 2);
  return out.append(reason);
}

}  // namespace runcast
