#include <catch2/catch.hpp>

#include "server/listener.hpp"

namespace runcast {

TEST_CASE("an address to listen on is a host and a port") {
  auto const address = ListenAddress::parse("127.0.0.1:8080");
  REQUIRE(address.has_value());
  CHECK(address->host == "127.0.0.1");
  CHECK(address->port == 8080);
  auto const six = ListenAddress::parse("[::1]:0");
  REQUIRE(six.has_value());
  CHECK(six->host == "::1");
  CHECK(six->port == 0);
  CHECK(ListenAddress::parse("localhost:65535").has_value());
}

TEST_CASE("anything else is no address to listen on") {
  for (auto const* text : {"", "8080", "127.0.0.1", "127.0.0.1:", ":8080", "::1:80", "a:b", "a:-1", "a:65536",
                           "user@a:80", "a:80/path", "http://a:80", "a: 80", "a:80 "}) {
    INFO(text);
    CHECK_FALSE(ListenAddress::parse(text).has_value());
  }
}

TEST_CASE("a port that is taken is not listened on twice") {
  asio::io_context context;
  auto const any = resolve({"127.0.0.1", 0});
  REQUIRE(any.has_value());
  auto const first = Listener::open(context, *any);
  REQUIRE(first.has_value());
  CHECK(first->endpoint().port() != 0);
  CHECK(Listener::open(context, first->endpoint()).error().code == Errc::io);
}

}  // namespace runcast
