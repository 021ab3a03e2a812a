#include <catch2/catch.hpp>

#include "cli/terminal/line_cleaner.hpp"
#include "cli/terminal/text.hpp"
#include "cli/terminal/utf8.hpp"

using namespace runcast::cli;

TEST_CASE("escape sequences are taken out of what steps print") {
  CHECK(plain_text("a\x1b[2Jb\x1b[10;20Hc") == "abc");
  CHECK(plain_text("\x1b]0;a title\x07text") == "text");
  CHECK(plain_text("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\") == "link");
  CHECK(plain_text("\x1bPdevice\x1b\\x") == "x");
  CHECK(plain_text("\x1b(Bx\x1b"
                   "7y\x1b=z") == "xyz");
  CHECK(plain_text("\x1b[31mred\x1b[0m") == "red");
}

TEST_CASE("a sequence that is cut off, or cuts another off, takes nothing of what follows") {
  CHECK(plain_text("end\x1b") == "end");
  CHECK(plain_text("end\x1b[12") == "end");
  CHECK(plain_text("\x1b[12\x1b[Kx") == "x");
  CHECK(plain_text("\x1b]0;never ended").empty());
  CHECK(plain_text("\x1b[1\xC3\xA9") == "\xC3\xA9");
}

TEST_CASE("control characters stand as carets, a tab as itself") {
  CHECK(plain_text("a\x07"
                   "b\x08"
                   "c\x7F") == "a^Gb^Hc^?");
  CHECK(plain_text("one\ttwo") == "one\ttwo");
  CHECK(plain_text(std::string_view("a\0b", 3)) == "a^@b");
  CHECK(plain_text("10 %\r20 %\r") == "10 %^M20 %");
  CHECK(plain_text("a\nb") == "a^Jb");
}

TEST_CASE("8-bit controls and bidirectional overrides vanish") {
  CHECK(plain_text("a\xC2\x9B"
                   "31mb") == "a31mb");
  CHECK(plain_text("a\xE2\x80\xAE"
                   "b\xE2\x81\xA6"
                   "c") == "abc");
}

TEST_CASE("a broken byte is one replacement character") {
  CHECK(plain_text("a\xFF\xC3"
                   "b") ==
        "a\xEF\xBF\xBD\xEF\xBF\xBD"
        "b");
}

TEST_CASE("colours are kept on request, and ended with the line") {
  CHECK(harmless("\x1b[1;31mred", Colours::keep) == "\x1b[1;31mred\x1b[0m");
  CHECK(harmless("\x1b[38;5;9mred\x1b[2K", Colours::keep) == "\x1b[38;5;9mred\x1b[0m");
  CHECK(harmless("plain", Colours::keep) == "plain");
  CHECK(harmless("\x1b[?25m\x1b[>4;2m", Colours::keep).empty());
}

TEST_CASE("width counts columns, not bytes") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("é✓█") == 3);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\xCC\x81") == 1);
  CHECK(display_width("\x1b[31mred\x1b[0m") == 3);
  CHECK(display_width("🚀") == 2);
}

TEST_CASE("text that does not fit ends in an ellipsis, and its colour with it") {
  CHECK(fit("abcdef", 6) == "abcdef");
  CHECK(fit("abcdef", 4) == "abc…");
  CHECK(fit("日本語", 4) == "日…");
  CHECK(fit("\x1b[31mabcdef\x1b[0m", 3) == "\x1b[31mab…\x1b[0m");
  CHECK(fit("abc", 0).empty());
  CHECK(pad("ab", 4) == "ab  ");
  CHECK(pad("日本語", 4) == "日… ");
}

TEST_CASE("UTF-8 is decoded strictly") {
  CHECK(decode_utf8("é").value == 0xE9);
  CHECK(decode_utf8("🚀").size == 4);
  for (auto const* broken : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    CHECK_FALSE(decode_utf8(broken).valid);
    CHECK(decode_utf8(broken).size == 1);
  }
}

TEST_CASE("lines on their way to a file are left as they are, in whatever pieces they come") {
  LineCleaner cleaner{Terminal{}};
  CHECK(cleaner.take("a\x1b[2J") == "a\x1b[2J");
  CHECK(cleaner.take("b\n") == "b\n");
}

TEST_CASE("lines on their way to a terminal are made harmless, even where a sequence comes in two pieces") {
  LineCleaner cleaner{Terminal{true, true, {}}};
  CHECK(cleaner.take("one\ntwo\x1b[").empty() == false);
  CHECK(cleaner.take("2Jtwo\nthree") == "twotwo\n");
  CHECK(cleaner.take("\n") == "three\n");
}
