#include "executor/spawn/plain_words.hpp"

#include <catch2/catch.hpp>

namespace runcast {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("a script of plain words needs no shell") {
  CHECK(plain_words("make -j2") == Words{"make", "-j2"});
  CHECK(plain_words("  ./configure\t--prefix=/usr/local user@host:a,b+c \n") ==
        Words{"./configure", "--prefix=/usr/local", "user@host:a,b+c"});
}

TEST_CASE("whatever a shell would look at goes to the shell") {
  auto const text = GENERATE(as<std::string>(), "", " \n", "a; b", "a | b", "a && b", "a &", "a > b", "a < b", "a $B",
                             "a `b`", "a 'b'", "a \"b\"", "a \\b", "a *", "a ?", "a [b]", "a ~", "a {b,c}", "a # b",
                             "A=b c", "a\nb", "(a)", "! a", "a\rb", "a %1", "a ^b");
  CAPTURE(text);
  CHECK(!plain_words(text));
}

TEST_CASE("what a shell knows itself goes to the shell, though there are programs of that name") {
  auto const text =
      GENERATE(as<std::string>(), "echo -n a", "cd /", "exit 3", "true", "false", "kill -9 1", "test -f a", "[ a ]",
               ". a", "time make", "exec make", "while", "ulimit -a", "printf a", "wait", ":");
  CAPTURE(text);
  CHECK(!plain_words(text));
}

}  // namespace
}  // namespace runcast
