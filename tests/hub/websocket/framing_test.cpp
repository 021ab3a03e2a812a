// RFC 6455, sections 5.1 to 5.3 and 5.6: single frames, their lengths, masks, bits and opcodes.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "tests/hub/websocket/conformance.hpp"

namespace runcast {
namespace {

std::string letters(std::size_t size) {
  std::string text(size, 'a');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

std::string line(std::string const& name, std::string const& data) { return data.empty() ? name : name + " " + data; }

std::string const hello = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";  // section 5.7's masked "Hello"

}  // namespace

TEST_CASE("RFC 6455 5.7: the masked example of the specification is read as Hello") {
  check_conformance({{"one", hello, {"text Hello"}}, {"two at once", hello + hello, {"text Hello", "text Hello"}}});
}

TEST_CASE("RFC 6455 5.2: every length form carries its messages whole") {
  ConformanceCases cases;
  for (std::size_t size : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 124, 125, 126, 127, 128, 255, 256, 257, 1000}) {
    std::string const text = letters(size);
    cases.push_back({fmt::format("text of {}", size), encode({.payload = text}), {line("text", text)}});
    cases.push_back({fmt::format("binary of {}", size),
                     encode({.opcode = opcode::binary, .payload = text}),
                     {line("binary", text)}});
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.2: messages around the step from 16 to 64 bits of length are whole") {
  ConformanceCases cases;
  for (std::size_t size : {65534, 65535, 65536, 65537}) {
    std::string const text = letters(size);
    cases.push_back({fmt::format("text of {}", size), encode({.payload = text}), {line("text", text)}});
  }
  check_conformance(cases, {.max_message = 70'000});
}

TEST_CASE("RFC 6455 5.2: a length that is not in its shortest form ends the connection with 1002") {
  using enum ClientFrame::Length;
  ConformanceCases cases;
  for (std::uint64_t length : {0, 1, 10, 125}) {
    cases.push_back(
        {fmt::format("{} in 16 bits", length), encode_header({.length = two_bytes}, length), {"error 1002"}});
  }
  for (std::uint64_t length : {0, 1, 125, 126, 1000, 65535}) {
    cases.push_back(
        {fmt::format("{} in 64 bits", length), encode_header({.length = eight_bytes}, length), {"error 1002"}});
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.2: a 64-bit length with its highest bit set ends the connection with 1002") {
  using enum ClientFrame::Length;
  ConformanceCases cases;
  for (std::uint64_t length : {std::uint64_t{1} << 63, (std::uint64_t{1} << 63) + 5, ~std::uint64_t{0}}) {
    cases.push_back({fmt::format("{:x}", length), encode_header({.length = eight_bytes}, length), {"error 1002"}});
  }
  cases.push_back({"one less is only too big", encode_header({}, (std::uint64_t{1} << 63) - 1), {"error 1009"}});
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.2: a reserved bit without an extension ends the connection with 1002") {
  ConformanceCases cases;
  for (std::uint8_t code : {opcode::text, opcode::binary, opcode::close, opcode::ping, opcode::pong}) {
    for (std::uint8_t bits = 1; bits < 8; ++bits) {
      cases.push_back({fmt::format("opcode {:x} with bits {}", code, bits),
                       encode({.opcode = code, .payload = "x", .reserved_bits = bits}),
                       {"error 1002"}});
      cases.push_back({fmt::format("opcode {:x} with bits {} after a good message", code, bits),
                       hello + encode({.opcode = code, .reserved_bits = bits}),
                       {"text Hello", "error 1002"}});
    }
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.2: a reserved opcode ends the connection with 1002") {
  ConformanceCases cases;
  for (std::uint8_t code : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    for (bool final : {true, false}) {
      auto const reserved = encode({.opcode = code, .payload = "abc", .final = final});
      cases.push_back(
          {fmt::format("{:x}, final {}", code, final), encode({.opcode = code, .final = final}), {"error 1002"}});
      cases.push_back({fmt::format("{:x} with a payload, between good ones, final {}", code, final),
                       fmt::format("{}{}{}", hello, reserved, hello),
                       {"text Hello", "error 1002"}});
    }
  }
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.1: an unmasked frame from a client ends the connection with 1002") {
  ConformanceCases cases;
  for (std::uint8_t code : {opcode::text, opcode::binary, opcode::close, opcode::ping, opcode::pong}) {
    for (std::size_t size : {0, 2, 100}) {
      std::string const payload = code == opcode::close && size > 0 ? close_payload(1000) : letters(size);
      cases.push_back({fmt::format("opcode {:x} of {}", code, size),
                       encode({.opcode = code, .payload = payload, .masked = false}),
                       {"error 1002"}});
    }
  }
  for (std::size_t size : {126, 70'000}) {
    cases.push_back(
        {fmt::format("text of {}", size), encode({.payload = letters(size), .masked = false}), {"error 1002"}});
  }
  cases.push_back({"continuation",
                   encode({.payload = "a", .final = false}) + encode({.opcode = opcode::continuation, .masked = false}),
                   {"error 1002"}});
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.3: every mask is undone, whatever place a payload is cut at") {
  using Mask = std::array<std::uint8_t, 4>;
  ConformanceCases cases;
  for (Mask mask :
       {Mask{0, 0, 0, 0}, Mask{255, 255, 255, 255}, Mask{1, 2, 3, 4}, Mask{0, 0, 0, 1}, Mask{128, 0, 0, 0}}) {
    for (std::size_t size : {1, 3, 4, 5, 8, 13, 64, 131}) {
      std::string const text = letters(size);
      cases.push_back(
          {fmt::format("{} by {}", size, mask[0]), encode({.payload = text, .mask = mask}), {"text " + text}});
    }
  }
  std::string const zeros(5, '\0');
  cases.push_back({"zeros stay zeros", encode({.opcode = opcode::binary, .payload = zeros}), {"binary " + zeros}});
  check_conformance(cases);
}

TEST_CASE("RFC 6455 5.6: binary messages carry any byte") {
  std::string all(256, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i);
  check_conformance({{"all bytes", encode({.opcode = opcode::binary, .payload = all}), {"binary " + all}},
                     {"not UTF-8", encode({.opcode = opcode::binary, .payload = "\xff\xfe"}), {"binary \xff\xfe"}}});
}

}  // namespace runcast
