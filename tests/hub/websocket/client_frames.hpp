#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "hub/websocket/frame.hpp"

namespace runcast {

// A frame as a client would send it, or as one that breaks the protocol would.
struct ClientFrame {
  enum class Length : std::uint8_t { shortest, two_bytes, eight_bytes };

  std::uint8_t opcode = opcode::text;
  std::string_view payload = {};
  bool final = true;
  std::uint8_t reserved_bits = 0;  // RSV1 is 4, RSV2 is 2, RSV3 is 1
  bool masked = true;
  std::array<std::uint8_t, 4> mask{0x37, 0xFA, 0x21, 0x3D};  // the one of RFC 6455's examples
  Length length = Length::shortest;
};

std::string encode(ClientFrame const& frame);

// The header alone, of a frame that claims `length` bytes.
std::string encode_header(ClientFrame const& frame, std::uint64_t length);

// The payload of a close frame.
std::string close_payload(std::uint16_t code, std::string_view reason = {});

}  // namespace runcast
