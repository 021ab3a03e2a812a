#include "tests/hub/reception.hpp"

#include <charconv>

#include "hub/websocket/frame.hpp"

namespace runcast::testing {
namespace {

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char const byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

bool is_event(Reception::Text const& text) { return text.json.find("\"seq\":") != std::string::npos; }

}  // namespace

std::uint64_t number_in(std::string_view json, std::string_view name) {
  std::string key("\"");
  key.append(name).append("\":");
  auto const found = json.find(key);
  std::uint64_t value = 0;
  if (found != json.npos) std::from_chars(json.data() + found + key.size(), json.data() + json.size(), value);
  return value;
}

void Reception::take(std::string_view bytes) {
  bytes_ += bytes.size();
  pending_.append(bytes);
  std::size_t done = 0;
  while (!broken_ && done < pending_.size()) {
    auto const rest = std::string_view(pending_).substr(done);
    std::size_t const size = form_ == Form::websocket ? take_frame(rest) : take_chunk(rest);
    if (size == 0) break;
    done += size;
  }
  pending_.erase(0, done);
}

std::size_t Reception::take_frame(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  std::size_t const length_code = static_cast<unsigned char>(bytes[1]);
  std::size_t const extra = length_code == 126 ? 2 : length_code == 127 ? 8 : 0;
  if (close_code_ || length_code > 127) broken_ = true;  // nothing follows a close; servers do not mask
  if (broken_ || bytes.size() < 2 + extra) return 0;
  std::uint64_t const length = extra == 0 ? length_code : big_endian(bytes.substr(2, extra));
  if (bytes.size() < 2 + extra + length) return 0;
  auto const first = static_cast<unsigned char>(bytes[0]);
  broken_ = (first & 0xF0) != 0x80;
  take_message(first & 0x0F, bytes.substr(2 + extra, length));
  return 2 + extra + length;
}

void Reception::take_message(std::uint8_t opcode, std::string_view payload) {
  switch (opcode) {
    case opcode::text:
      return add({std::string(payload), "", ""});
    case opcode::ping:
      ++heartbeats_;
      return;
    case opcode::pong:
      pongs_.emplace_back(payload);
      return;
    case opcode::close:
      close_code_ =
          payload.size() < 2 ? close_code::none : static_cast<std::uint16_t>(big_endian(payload.substr(0, 2)));
      close_reason_ = payload.size() < 2 ? "" : payload.substr(2);
      return;
    default:
      broken_ = true;
  }
}

std::size_t Reception::take_chunk(std::string_view bytes) {
  auto const line_end = bytes.find("\r\n");
  if (line_end == bytes.npos) return 0;
  std::size_t size = 0;
  auto const digits = bytes.substr(0, line_end);
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  broken_ = body_ended_ || error != std::errc{} || end != digits.data() + digits.size();
  if (broken_ || bytes.size() < line_end + 2 + size + 2) return 0;
  broken_ = bytes.substr(line_end + 2 + size, 2) != "\r\n";
  take_message(bytes.substr(line_end + 2, size));
  return line_end + 2 + size + 2;
}

void Reception::take_message(std::string_view data) {
  if (data.empty()) {
    body_ended_ = true;
    return;
  }
  if (data == (form_ == Form::sse ? ":\n\n" : "\n")) {
    ++heartbeats_;
    return;
  }
  Text text;
  if (form_ == Form::ndjson) {
    text.json = data.substr(0, data.find('\n'));
    broken_ = text.json.size() + 1 != data.size();
    return add(std::move(text));
  }
  while (data.size() > 1) {
    auto const line = data.substr(0, data.find('\n'));
    auto const value = line.substr(std::min(line.size(), line.find(": ") + 2));
    if (line.starts_with("id: ")) text.sse_id = value;
    if (line.starts_with("event: ")) text.sse_event = value;
    if (line.starts_with("data: ")) text.json = value;
    data.remove_prefix(line.size() + 1);
  }
  broken_ = data != "\n";
  add(std::move(text));
}

void Reception::add(Text text) {
  if (on_text) return on_text(text);
  texts_.push_back(std::move(text));
}

std::vector<std::uint64_t> Reception::seqs() const {
  std::vector<std::uint64_t> seqs;
  for (auto const& text : texts_) {
    if (is_event(text)) seqs.push_back(number_in(text.json, "seq"));
  }
  return seqs;
}

std::vector<std::string> Reception::of_type(std::string_view type) const {
  std::vector<std::string> found;
  std::string const beginning = "{\"type\":\"" + std::string(type) + '"';
  for (auto const& text : texts_) {
    if (text.json.starts_with(beginning)) found.push_back(text.json);
  }
  return found;
}

}  // namespace runcast::testing
