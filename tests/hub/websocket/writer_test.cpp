#include <catch2/catch.hpp>

#include "base/utf8.hpp"
#include "hub/websocket/writer.hpp"

namespace runcast {

using namespace std::string_literals;

TEST_CASE("RFC 6455 5.7: server frames are the specification's unmasked examples") {
  CHECK(encode_text("Hello") == "\x81\x05Hello");
  CHECK(encode_ping("Hello") == "\x89\x05Hello");
  CHECK(encode_pong("Hello") == "\x8a\x05Hello");
  CHECK(encode_frame(opcode::binary, std::string(256, 'x')) == "\x82\x7e\x01\x00"s + std::string(256, 'x'));
  CHECK(encode_frame(opcode::binary, std::string(65536, 'x')) ==
        "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65536, 'x'));
}

TEST_CASE("RFC 6455 5.2: a server frame's length is in its shortest form") {
  CHECK(encode_text(std::string(125, 'x')).size() == 2 + 125);
  CHECK(encode_text(std::string(126, 'x')).size() == 4 + 126);
  CHECK(encode_text(std::string(65535, 'x')).size() == 4 + 65535);
  CHECK(encode_text(std::string(65536, 'x')).size() == 10 + 65536);
  CHECK(encode_ping() == "\x89\x00"s);
}

TEST_CASE("RFC 6455 5.5.1: a close frame carries its code and reason, or nothing") {
  CHECK(encode_close(close_code::normal) == "\x88\x02\x03\xe8");
  CHECK(encode_close(close_code::going_away, "bye") ==
        "\x88\x05\x03\xe9"
        "bye");
  CHECK(encode_close(close_code::none, "unsaid") == "\x88\x00"s);
}

TEST_CASE("RFC 6455 5.5: a long reason is cut to what a control frame holds, between characters") {
  std::string const frame = encode_close(close_code::protocol_error, std::string(122, 'r') + "\xe2\x82\xac");
  CHECK(frame.size() == 2 + 2 + 122);
  CHECK(is_utf8(std::string_view(frame).substr(4)));
  CHECK(encode_close(close_code::protocol_error, std::string(200, 'r')).size() == 2 + 125);
}

}  // namespace runcast
