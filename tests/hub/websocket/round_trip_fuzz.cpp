// Both directions: whatever a well-behaved client sends is read as it was meant, and whatever the server writes is a
// frame that, once masked, its own reader would take.
#include <cstdlib>
#include <vector>

#include <fuzzer/FuzzedDataProvider.h>

#include "base/utf8.hpp"
#include "hub/websocket/reader.hpp"
#include "hub/websocket/writer.hpp"
#include "tests/hub/websocket/client_frames.hpp"

namespace runcast {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

std::array<std::uint8_t, 4> take_mask(FuzzedDataProvider& input) {
  std::array<std::uint8_t, 4> mask;
  for (std::uint8_t& byte : mask) byte = input.ConsumeIntegral<std::uint8_t>();
  return mask;
}

struct Conversation {
  std::string sent;
  std::vector<WebsocketEvent> meant;
};

void add_control(Conversation& conversation, FuzzedDataProvider& input) {
  bool const ping = input.ConsumeBool();
  std::string const payload = input.ConsumeRandomLengthString(125);
  conversation.sent +=
      encode({.opcode = ping ? opcode::ping : opcode::pong, .payload = payload, .mask = take_mask(input)});
  conversation.meant.push_back({ping ? WebsocketEvent::Kind::ping : WebsocketEvent::Kind::pong, 0, payload});
}

void add_message(Conversation& conversation, FuzzedDataProvider& input) {
  std::string const message = input.ConsumeRandomLengthString(70'000);
  bool const text = is_utf8(message);
  std::uint8_t code = text ? opcode::text : opcode::binary;
  std::string_view left = message;
  for (int fragments = input.ConsumeIntegralInRange(0, 5); fragments > 0; --fragments) {
    std::string_view const part = left.substr(0, input.ConsumeIntegralInRange<std::size_t>(0, left.size()));
    left.remove_prefix(part.size());
    conversation.sent += encode({.opcode = code, .payload = part, .final = false, .mask = take_mask(input)});
    code = opcode::continuation;
    if (input.ConsumeBool()) add_control(conversation, input);
  }
  conversation.sent += encode({.opcode = code, .payload = left, .mask = take_mask(input)});
  conversation.meant.push_back({text ? WebsocketEvent::Kind::text : WebsocketEvent::Kind::binary, 0, message});
}

void check_reading(Conversation const& conversation, std::size_t step) {
  WebsocketReader reader({.max_message = 70'000});
  auto expected = conversation.meant.begin();
  for (std::size_t at = 0; at < conversation.sent.size(); at += step) {
    std::string_view piece = std::string_view(conversation.sent).substr(at, step);
    while (true) {
      WebsocketEvent const event = reader.read(piece);
      if (event.kind == WebsocketEvent::Kind::none) break;
      require(expected != conversation.meant.end() && event.kind == expected->kind && event.data == expected->data);
      ++expected;
    }
  }
  require(expected == conversation.meant.end() && reader.idle());
}

// A server frame with a mask of zeros is a client's frame with the same payload.
std::string masked(std::string_view frame) {
  std::string out(frame);
  int const form = out[1] & 0x7F;
  std::size_t const header = form == 127 ? 10 : form == 126 ? 4 : 2;
  out[1] = static_cast<char>(form | 0x80);
  return out.insert(header, 4, '\0');
}

void check_writing(std::string_view frame, WebsocketEvent const& meant) {
  WebsocketReader reader({.max_message = 1 << 20});
  std::string const sent = masked(frame);
  std::string_view input = sent;
  WebsocketEvent const event = reader.read(input);
  require(input.empty() && event.kind == meant.kind && event.code == meant.code && event.data == meant.data);
}

}  // namespace
}  // namespace runcast

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  FuzzedDataProvider input(data, size);

  std::size_t const step = input.ConsumeIntegralInRange<std::size_t>(1, 5000);
  Conversation conversation;
  while (input.remaining_bytes() > 0 && input.ConsumeBool()) add_message(conversation, input);
  check_reading(conversation, step);

  for (WebsocketEvent const& meant : conversation.meant) {
    using enum WebsocketEvent::Kind;
    if (meant.kind == text) check_writing(encode_text(meant.data), meant);
    if (meant.kind == ping) check_writing(encode_ping(meant.data), meant);
    if (meant.kind == pong) check_writing(encode_pong(meant.data), meant);
    if (meant.kind == text) {
      std::string const reason(utf8_prefix(meant.data, 123));
      check_writing(encode_close(close_code::going_away, meant.data), {close, close_code::going_away, reason});
    }
  }
  return 0;
}
