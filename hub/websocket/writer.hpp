#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/websocket/frame.hpp"

namespace runcast {

// One unmasked, unfragmented server frame, header and payload. Control frames: at most 125 bytes of payload.
std::string encode_frame(std::uint8_t opcode, std::string_view payload);

// `reason` is cut at a character's end to the 123 bytes that fit; `code` must be one that may be sent, or
// close_code::none for a frame without a payload.
std::string encode_close(std::uint16_t code, std::string_view reason = {});

inline std::string encode_text(std::string_view text) { return encode_frame(opcode::text, text); }
inline std::string encode_ping(std::string_view payload = {}) { return encode_frame(opcode::ping, payload); }
inline std::string encode_pong(std::string_view payload) { return encode_frame(opcode::pong, payload); }

}  // namespace runcast
