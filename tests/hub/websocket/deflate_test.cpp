// RFC 7692: permessage-deflate. Its examples, and what may not be.
#include <catch2/catch.hpp>

#include "hub/websocket/deflate.hpp"
#include "tests/hub/websocket/conformance.hpp"

namespace runcast {
namespace {

constexpr WebsocketLimits negotiated{.max_message = 1000, .max_empty_fragments = 3, .deflate = true};
constexpr std::uint8_t rsv1 = 4;

std::string const no_takeover = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (int value : values) text += static_cast<char>(value);
  return text;
}

std::string compressed(std::string_view payload, std::uint8_t code = opcode::text) {
  return encode({.opcode = code, .payload = payload, .reserved_bits = rsv1});
}
std::string first(std::string_view payload, std::uint8_t reserved = rsv1) {
  return encode({.payload = payload, .final = false, .reserved_bits = reserved});
}
std::string last(std::string_view payload, std::uint8_t reserved = 0) {
  return encode({.opcode = opcode::continuation, .payload = payload, .reserved_bits = reserved});
}

// The payload that the server's own compressor makes of a text; the texts here are short enough for a two-byte header,
// or long enough for four.
std::string deflated(Deflater& deflater, std::string_view text) {
  auto const frame = deflater.frame(text);
  REQUIRE((frame[0] & 0x40) != 0);
  return std::string(frame.substr(frame[1] < 126 ? 2 : 4));
}

std::string const hello = bytes({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00});

}  // namespace

TEST_CASE("RFC 7692 7.1: an offer is met, or left") {
  auto const answer = [](std::string_view offers) { return accept_deflate(offers).value_or("none"); };
  CHECK(answer("permessage-deflate") == no_takeover);
  CHECK(answer("Permessage-Deflate") == no_takeover);
  CHECK(answer("permessage-deflate; client_max_window_bits") == no_takeover);
  CHECK(answer("permessage-deflate; client_max_window_bits=9") == no_takeover);
  CHECK(answer("permessage-deflate; client_no_context_takeover; server_no_context_takeover") == no_takeover);
  CHECK(answer("permessage-deflate;server_max_window_bits=12") == no_takeover + "; server_max_window_bits=12");
  CHECK(answer("permessage-deflate; server_max_window_bits=\"15\"") == no_takeover + "; server_max_window_bits=12");
  CHECK(answer("x-other, permessage-deflate; server_max_window_bits=8, permessage-deflate") == no_takeover);
}

TEST_CASE("RFC 7692 7.1: an offer that is not understood is declined") {
  auto const offer =
      GENERATE("", "x-webkit-deflate-frame", "permessage-deflate; server_max_window_bits", "permessage-deflate; what",
               "permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
               "permessage-deflate; server_max_window_bits=015", "permessage-deflate; server_max_window_bits=11",
               "permessage-deflate; client_max_window_bits=0", "permessage-deflate; server_no_context_takeover=1",
               "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
               "permessage-deflate; server_max_window_bits=12; server_max_window_bits=12");
  INFO(offer);
  CHECK_FALSE(accept_deflate(offer));
}

TEST_CASE("RFC 7692 7.2.3: the examples are read") {
  check_conformance(
      {
          {"7.2.3.1 one block", compressed(hello), {"text Hello"}},
          {"7.2.3.1 in fragments", first(hello.substr(0, 3)) + last(hello.substr(3)), {"text Hello"}},
          {"7.2.3.3 without compression",
           compressed(bytes({0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00})),
           {"text Hello"}},
          {"7.2.3.4 a final block",
           compressed(bytes({0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00})),
           {"text Hello"}},
          {"7.2.3.5 two blocks",
           compressed(bytes({0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00})),
           {"text Hello"}},
          {"7.2.3.6 an empty message", compressed(bytes({0x00})), {"text"}},
          {"binary", compressed(hello, opcode::binary), {"binary Hello"}},
          {"each message for itself", compressed(hello) + compressed(hello), {"text Hello", "text Hello"}},
          {"one that is not compressed between",
           compressed(hello) + encode({.payload = "plain"}) + compressed(hello),
           {"text Hello", "text plain", "text Hello"}},
          {"a ping between fragments",
           first(hello.substr(0, 3)) + encode({.opcode = opcode::ping}) + last(hello.substr(3)),
           {"ping", "text Hello"}},
      },
      negotiated);
}

TEST_CASE("RFC 7692 7.2.3.2: a message that leans on the one before it is refused") {
  check_conformance({{"shared window",
                      compressed(hello) + compressed(bytes({0xF2, 0x00, 0x11, 0x00, 0x00})),
                      {"text Hello", "error 1007"}}},
                    negotiated);
}

TEST_CASE("RFC 7692 6: the bit stands on a message's first frame alone") {
  check_conformance(
      {
          {"on a continuation", first(hello.substr(0, 3)) + last(hello.substr(3), rsv1), {"error 1002"}},
          {"on a continuation of a plain message", first("a", 0) + last("b", rsv1), {"error 1002"}},
          {"on a ping", encode({.opcode = opcode::ping, .reserved_bits = rsv1}), {"error 1002"}},
          {"on a close", encode({.opcode = opcode::close, .reserved_bits = rsv1}), {"error 1002"}},
          {"RSV2", encode({.payload = "a", .reserved_bits = 2}), {"error 1002"}},
          {"RSV3", encode({.payload = "a", .reserved_bits = 1}), {"error 1002"}},
          {"RSV1 and RSV2", encode({.payload = hello, .reserved_bits = 6}), {"error 1002"}},
      },
      negotiated);
  check_conformance({{"where it was not negotiated", compressed(hello), {"error 1002"}}});
}

TEST_CASE("RFC 7692 8: what is compressed is bound by its length when it is not") {
  Deflater deflater;
  auto const thousand = deflated(deflater, std::string(1000, 'x'));
  auto const more = deflated(deflater, std::string(1001, 'x'));
  auto const bomb = deflated(deflater, std::string(500'000, 'x'));
  check_conformance({{"as much as may be", compressed(thousand), {"text " + std::string(1000, 'x')}},
                     {"a byte more", compressed(more), {"error 1009"}},
                     {"five hundred times as much", compressed(bomb.substr(0, 900)), {"error 1009"}}},
                    negotiated);
}

TEST_CASE("what is no DEFLATE data, or no UTF-8 once it is read, is refused") {
  Deflater deflater;
  auto const bad_text = deflated(deflater, std::string(100, 'x') + "\xFF" + std::string(100, 'x'));
  check_conformance({{"a reserved block type", compressed(bytes({0x07, 0x00})), {"error 1007"}},
                     {"a text", compressed("not compressed at all"), {"error 1007"}},
                     {"a byte that is never UTF-8", compressed(bad_text), {"error 1007"}},
                     {"the same as binary",
                      compressed(bad_text, opcode::binary),
                      {"binary " + std::string(100, 'x') + "\xFF" + std::string(100, 'x')}}},
                    negotiated);
}

TEST_CASE("a compressed frame reads back as its text, and never grows") {
  Deflater deflater;
  std::string noise;
  for (std::uint32_t i = 0, x = 1; i < 5000; ++i)
    noise += static_cast<char>('!' + (x = x * 1664525 + 1013904223) / 50'000'000);
  auto const text = GENERATE_COPY(std::string(), std::string("short"), std::string(200, 'a'), std::string(70'000, 'b'),
                                  noise, noise + noise);
  std::string const frame(deflater.frame(text));
  std::size_t const header = frame[1] < 126 && frame[1] >= 0 ? 2 : frame[1] == 126 ? 4 : 10;
  CHECK(frame.size() - header <= text.size());
  bool too_big = false;
  auto const read = frame[0] & 0x40 ? inflate_message(frame.substr(header), 100'000, too_big) : frame.substr(header);
  CHECK(read == text);
  CHECK(deflater.frame(text) == frame);  // nothing is left over from the message before
}

}  // namespace runcast
