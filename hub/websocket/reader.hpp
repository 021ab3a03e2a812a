#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "hub/websocket/frame.hpp"

namespace runcast {

struct WebsocketLimits {
  std::uint32_t max_message = 64 * 1024;   // bytes of one message's payload; more ends with 1009
  std::uint32_t max_empty_fragments = 16;  // of one message: it would otherwise never end and never grow; 1008
  bool deflate = false;                    // permessage-deflate was negotiated: messages may be compressed
};

// What a client's bytes came to.
struct WebsocketEvent {
  enum class Kind : std::uint8_t {
    none,    // nothing yet: more bytes are needed
    text,    // a whole message, valid UTF-8
    binary,  // a whole message
    ping,
    pong,
    close,  // the client's close frame; nothing follows
    error,  // the client broke the protocol or a limit; nothing follows
  };

  Kind kind = Kind::none;
  std::uint16_t code = 0;  // close: the client's code, 1005 where it gave none; error: the code to close with
  std::string data;        // the payload; close: the client's reason; error: what was wrong, for the close frame
};

// Reads the frames of one client (RFC 6455, section 5; RFC 7692 where it was negotiated). Pure: bytes in, events out,
// whatever the pieces in which the bytes come. Faults are told at the first byte that shows them. While no message or
// control frame is incomplete it holds no memory beside itself; else at most three times `max_message`, and only for
// bytes that have come.
class WebsocketReader {
 public:
  explicit WebsocketReader(WebsocketLimits limits = {}) : limits_(limits) {}

  // Takes bytes from the front of `input` up to the next event. Kind::none comes only when `input` is used up.
  // After a close or an error all further input is ignored.
  WebsocketEvent read(std::string_view& input);

  bool ended() const { return ended_; }
  // No frame and no message is incomplete: a client may rest here as long as it likes.
  bool idle() const { return header_size_ == 0 && message_opcode_ == 0; }

  // Frame headers read so far, and those of them of pings and pongs: for whoever limits a client's rate. They wrap.
  std::uint32_t frames() const { return frames_; }
  std::uint32_t control_frames() const { return control_frames_; }

 private:
  struct Fault {
    std::uint16_t code = 0;  // 0: none
    char const* text = "";
    explicit operator bool() const { return code != 0; }
  };

  bool header_complete() const { return header_size_ == header_length(); }
  std::size_t header_length() const;
  std::size_t length_bytes() const;
  std::uint8_t opcode() const { return header_[0] & 0x0F; }
  bool final() const { return (header_[0] & 0x80) != 0; }
  bool control() const { return (header_[0] & 0x08) != 0; }

  Fault read_header(std::string_view& input);
  Fault check_first_byte() const;
  Fault check_second_byte() const;
  Fault take_length();
  Fault take_payload(std::string_view& input);
  void append_unmasked(std::string_view masked);

  WebsocketEvent end_frame();
  WebsocketEvent end_message();
  Fault expand();
  WebsocketEvent end_control();
  WebsocketEvent end_close(std::string payload);
  WebsocketEvent end_with(Fault fault);
  void end();

  WebsocketLimits limits_;
  std::string buffer_;  // the message so far, and behind it the payload of a control frame between its fragments
  std::uint32_t frame_begin_ = 0;   // where the current frame's payload begins in buffer_
  std::uint32_t payload_left_ = 0;  // bytes of the current frame to come
  std::uint32_t empty_fragments_ = 0;
  std::uint32_t frames_ = 0;
  std::uint32_t control_frames_ = 0;
  std::array<std::uint8_t, 14> header_{};  // the current frame's, as far as it has come
  std::uint8_t header_size_ = 0;
  std::uint8_t message_opcode_ = 0;  // of the message whose fragments are coming; 0: none
  bool compressed_ = false;          // that message
  Utf8Checker utf8_;
  bool ended_ = false;
};

static_assert(sizeof(WebsocketReader) <= 96, "one for each connection, most of them idle");

}  // namespace runcast
