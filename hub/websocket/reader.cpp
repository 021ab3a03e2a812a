#include "hub/websocket/reader.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "hub/websocket/deflate.hpp"

namespace runcast {
namespace {

std::uint64_t big_endian(std::uint8_t const* bytes, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

WebsocketEvent WebsocketReader::read(std::string_view& input) {
  while (!ended_) {
    if (Fault fault = read_header(input)) return end_with(fault);
    if (!header_complete()) return {};
    if (Fault fault = take_payload(input)) return end_with(fault);
    if (payload_left_ > 0) return {};
    if (WebsocketEvent event = end_frame(); event.kind != WebsocketEvent::Kind::none) return event;
  }
  input = {};
  return {};
}

std::size_t WebsocketReader::length_bytes() const {
  switch (header_[1] & 0x7F) {
    case 126:
      return 2;
    case 127:
      return 8;
    default:
      return 0;
  }
}

// As far as it is known: the second byte says how long the header is.
std::size_t WebsocketReader::header_length() const { return header_size_ < 2 ? 2 : 2 + length_bytes() + 4; }

WebsocketReader::Fault WebsocketReader::read_header(std::string_view& input) {
  while (!header_complete() && !input.empty()) {
    header_[header_size_++] = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
    Fault fault;
    if (header_size_ == 1) fault = check_first_byte();
    if (header_size_ == 2) fault = check_second_byte();
    if (!fault && header_size_ >= 2 && header_size_ == 2 + length_bytes()) fault = take_length();
    if (fault) return fault;
  }
  return {};
}

WebsocketReader::Fault WebsocketReader::check_first_byte() const {
  bool const may_be_compressed = limits_.deflate && (opcode() == opcode::text || opcode() == opcode::binary);
  if (header_[0] & (may_be_compressed ? 0x30 : 0x70)) return {close_code::protocol_error, "a reserved bit is set"};
  if (!is_known(opcode())) return {close_code::protocol_error, "reserved opcode"};
  if (control()) return final() ? Fault{} : Fault{close_code::protocol_error, "fragmented control frame"};
  bool const continues = opcode() == opcode::continuation;
  if (continues && message_opcode_ == 0) return {close_code::protocol_error, "continuation of no message"};
  if (!continues && message_opcode_ != 0) return {close_code::protocol_error, "message within a message"};
  return {};
}

WebsocketReader::Fault WebsocketReader::check_second_byte() const {
  if (!(header_[1] & 0x80)) return {close_code::protocol_error, "frame is not masked"};
  if (control() && length_bytes() > 0) return {close_code::protocol_error, "control frame over 125 bytes"};
  return {};
}

// The length is known: whether the frame may come, and what it means for the message.
WebsocketReader::Fault WebsocketReader::take_length() {
  std::uint64_t const length =
      length_bytes() == 0 ? header_[1] & 0x7Fu : big_endian(header_.data() + 2, length_bytes());
  if (length >> 63) return {close_code::protocol_error, "frame length over 63 bits"};
  if ((length_bytes() == 2 && length < 126) || (length_bytes() == 8 && length <= 0xFFFF)) {
    return {close_code::protocol_error, "frame length is not in its shortest form"};
  }
  frame_begin_ = static_cast<std::uint32_t>(buffer_.size());
  ++frames_;
  if (control()) {
    if (opcode() != opcode::close) ++control_frames_;
  } else {
    if (length > limits_.max_message - buffer_.size()) return {close_code::too_big, "message is too big"};
    if (opcode() != opcode::continuation) {
      message_opcode_ = opcode();
      compressed_ = (header_[0] & 0x40) != 0;
    }
    if (length == 0 && !final() && ++empty_fragments_ > limits_.max_empty_fragments) {
      return {close_code::policy_violation, "too many empty fragments"};
    }
  }
  payload_left_ = static_cast<std::uint32_t>(length);
  return {};
}

WebsocketReader::Fault WebsocketReader::take_payload(std::string_view& input) {
  std::size_t const size = std::min<std::size_t>(payload_left_, input.size());
  append_unmasked(input.substr(0, size));
  input.remove_prefix(size);
  payload_left_ -= static_cast<std::uint32_t>(size);
  bool const text = !control() && message_opcode_ == opcode::text;
  if (text && !compressed_ && !utf8_.feed(std::string_view(buffer_).substr(buffer_.size() - size))) {
    return {close_code::invalid_data, "text is not UTF-8"};
  }
  return {};
}

void WebsocketReader::append_unmasked(std::string_view masked) {
  std::size_t const begin = buffer_.size();
  std::array<char, 8> key;  // the mask twice, from where the frame stands
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<char>(header_[header_size_ - 4 + ((begin - frame_begin_ + i) & 3)]);
  }
  buffer_.append(masked);
  char* out = buffer_.data() + begin;
  std::size_t left = masked.size();
  std::uint64_t const key_word = std::bit_cast<std::uint64_t>(key);
  for (std::uint64_t word; left >= sizeof(word); left -= sizeof(word), out += sizeof(word)) {
    std::memcpy(&word, out, sizeof(word));
    word ^= key_word;
    std::memcpy(out, &word, sizeof(word));
  }
  for (std::size_t i = 0; i < left; ++i) out[i] = static_cast<char>(out[i] ^ key[i]);
}

WebsocketEvent WebsocketReader::end_frame() {
  header_size_ = 0;
  if (control()) return end_control();
  return final() ? end_message() : WebsocketEvent{};
}

WebsocketEvent WebsocketReader::end_message() {
  bool const text = message_opcode_ == opcode::text;
  if (Fault const fault = compressed_ ? expand() : Fault()) return end_with(fault);
  if (text && !utf8_.complete()) return end_with({close_code::invalid_data, "text ends within a character"});
  message_opcode_ = 0;
  empty_fragments_ = 0;
  return {text ? WebsocketEvent::Kind::text : WebsocketEvent::Kind::binary, 0, std::exchange(buffer_, {})};
}

// What was compressed is held to the same bounds as what was not.
WebsocketReader::Fault WebsocketReader::expand() {
  bool too_big = false;
  auto message = inflate_message(std::exchange(buffer_, {}), limits_.max_message, too_big);
  if (!message && too_big) return {close_code::too_big, "message is too big"};
  if (!message) return {close_code::invalid_data, "message is not compressed as was agreed"};
  buffer_ = std::move(*message);
  if (message_opcode_ == opcode::text && !utf8_.feed(buffer_)) return {close_code::invalid_data, "text is not UTF-8"};
  return {};
}

WebsocketEvent WebsocketReader::end_control() {
  std::string payload = frame_begin_ == 0 ? std::exchange(buffer_, {}) : buffer_.substr(frame_begin_);
  buffer_.resize(frame_begin_);
  switch (opcode()) {
    case opcode::ping:
      return {WebsocketEvent::Kind::ping, 0, std::move(payload)};
    case opcode::pong:
      return {WebsocketEvent::Kind::pong, 0, std::move(payload)};
    default:
      return end_close(std::move(payload));
  }
}

WebsocketEvent WebsocketReader::end_close(std::string payload) {
  if (payload.size() == 1) return end_with({close_code::protocol_error, "close frame with half a code"});
  auto code = close_code::none;
  if (!payload.empty()) {
    std::array<std::uint8_t, 2> const bytes{static_cast<std::uint8_t>(payload[0]),
                                            static_cast<std::uint8_t>(payload[1])};
    code = static_cast<std::uint16_t>(big_endian(bytes.data(), bytes.size()));
    if (!may_be_sent(code)) return end_with({close_code::protocol_error, "close code that may not be sent"});
    payload.erase(0, 2);
  }
  if (!is_utf8(payload)) return end_with({close_code::invalid_data, "close reason is not UTF-8"});
  end();
  return {WebsocketEvent::Kind::close, code, std::move(payload)};
}

WebsocketEvent WebsocketReader::end_with(Fault fault) {
  end();
  return {WebsocketEvent::Kind::error, fault.code, fault.text};
}

void WebsocketReader::end() {
  ended_ = true;
  buffer_ = {};
}

}  // namespace runcast
