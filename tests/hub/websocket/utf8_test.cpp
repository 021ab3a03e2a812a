// RFC 6455, section 8.1, and RFC 3629: text is UTF-8, and is refused at the first byte that shows it is not.
#include <catch2/catch.hpp>

#include "tests/hub/websocket/conformance.hpp"

namespace runcast {
namespace {

using Texts = std::vector<std::string>;

Texts const valid_texts{"",
                        "plain",
                        std::string("nul\0inside", 10),
                        "\x7f",
                        "\xc2\x80",
                        "\xdf\xbf",
                        "\xe0\xa0\x80",
                        "\xe1\x80\x80",
                        "\xec\xbf\xbf",
                        "\xed\x80\x80",
                        "\xed\x9f\xbf",
                        "\xee\x80\x80",
                        "\xef\xbf\xbd",
                        "\xef\xbf\xbe",
                        "\xef\xbf\xbf",
                        "\xf0\x90\x80\x80",
                        "\xf1\x80\x80\x80",
                        "\xf3\xbf\xbf\xbf",
                        "\xf4\x80\x80\x80",
                        "\xf4\x8f\xbf\xbf",
                        "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
                        "Hello-\xc2\xb5@\xc3\x9f\xc3\xb6\xc3\xa4\xc3\xbc\xc3\xa0\xc3\xa1-UTF-8!!",
                        "\xef\xbb\xbf with a mark",
                        "a\xf0\x9f\x98\x80z",
                        "eight by\xc3\xa4 eight",
                        "1234567\xe2\x82\xac 89012345\xe2\x82\xac"};

Texts const invalid_texts{
    // continuation bytes without a lead
    "\x80", "\xbf", "\x80\xbf", "ok\x80", "12345678\xbf", "\xc3\xa4\x80", "\xe2\x82\xac\x80", "\xf0\x9f\x98\x80\xbf",
    // leads that lead nowhere
    "\xc3 ", "\xe2\x82 ", "\xe2 \x82", "\xf0\x9f\x98 ", "\xf0\x9f z", "\xc3\xc3\xa4", "\xe2\x82\xe2\x82\xac",
    "\xdf\xc0",
    // overlong
    "\xc0\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf", "\xf0\x8f\xbf\xbf",
    "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf",
    // surrogates
    "\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbf\xbf",
    "\xed\xa0\x80\xed\xb0\x80",
    // above U+10FFFF, and bytes that never occur
    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf7\xbf\xbf\xbf", "\xf8\x88\x80\x80\x80", "\xfb\xbf", "\xfc\x84",
    "\xfd\xbf", "\xfe", "\xff", "\xfe\xfe\xff\xff", "text then \xff"};

Texts const unfinished_texts{"\xc3", "\xdf",     "\xe2",         "\xe2\x82",     "\xef\xbf",
                             "\xf0", "\xf0\x9f", "\xf0\x9f\x98", "\xf4\x8f\xbf", "ok \xe2\x82"};

std::string in_fragments(std::string_view text, std::size_t size) {
  std::string sent = encode({.payload = text.substr(0, size), .final = false});
  for (std::size_t at = size; at < text.size(); at += size) {
    sent += encode({.opcode = opcode::continuation, .payload = text.substr(at, size), .final = false});
  }
  return sent + encode({.opcode = opcode::continuation});
}

ConformanceCases cases_of(Texts const& texts, std::vector<std::string> (*expected)(std::string const&)) {
  ConformanceCases cases;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    cases.push_back({fmt::format("text {} whole", i), encode({.payload = texts[i]}), expected(texts[i])});
    cases.push_back({fmt::format("text {} in fragments of 1", i), in_fragments(texts[i], 1), expected(texts[i])});
    cases.push_back({fmt::format("text {} in fragments of 3", i), in_fragments(texts[i], 3), expected(texts[i])});
  }
  return cases;
}

std::vector<std::string> as_text(std::string const& text) { return {text.empty() ? "text" : "text " + text}; }
std::vector<std::string> refused(std::string const&) { return {"error 1007"}; }

}  // namespace

TEST_CASE("RFC 6455 8.1: valid text is taken, wherever a character is cut in two") {
  check_conformance(cases_of(valid_texts, as_text));
}

TEST_CASE("RFC 6455 8.1: text that is not UTF-8 ends the connection with 1007") {
  check_conformance(cases_of(invalid_texts, refused));
}

TEST_CASE("RFC 6455 8.1: text that ends within a character ends the connection with 1007") {
  check_conformance(cases_of(unfinished_texts, refused));
}

TEST_CASE("text is refused at the byte that spoils it, before the frame or the message has ended") {
  for (std::string const& text : invalid_texts) {
    std::string sent = encode_header({.final = false}, text.size() + 1000);
    std::string const frame = encode({.payload = text, .final = false});
    sent += frame.substr(frame.size() - text.size());
    CHECK(read_all(sent) == std::vector<std::string>{"error 1007"});
  }
}

TEST_CASE("a ping within a character does not disturb the text around it") {
  check_conformance(
      {{"a ping that is not UTF-8",
        encode({.payload = "\xe2\x82", .final = false}) + encode({.opcode = opcode::ping, .payload = "\xff"}) +
            encode({.opcode = opcode::continuation, .payload = "\xac"}),
        {"ping \xff", "text \xe2\x82\xac"}}});
}

}  // namespace runcast
