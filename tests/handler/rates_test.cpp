#include "handler/rates.hpp"

#include <catch2/catch.hpp>

using namespace runcast;
using namespace std::chrono_literals;

namespace {

Peer at(std::string address) { return {std::move(address), "", false}; }

Caller with_token(std::string name) { return {std::move(name), Scopes::all(), std::make_shared<Permit>()}; }

}  // namespace

TEST_CASE("an address has its share, and more with time") {
  Rates rates({2, 3});
  Rates::Clock::time_point now{1h};
  for (int i = 0; i < 3; ++i) CHECK_FALSE(rates.refusal(at("192.0.2.1"), now));
  auto const refused = rates.refusal(at("192.0.2.1"), now);
  REQUIRE(refused);
  CHECK(refused->status == 429);
  CHECK(refused->headers.front() == std::pair<std::string, std::string>("Retry-After", "1"));
  CHECK_FALSE(rates.refusal(at("192.0.2.2"), now));
  now += 500ms;
  CHECK_FALSE(rates.refusal(at("192.0.2.1"), now));
  CHECK(rates.refusal(at("192.0.2.1"), now));
  now += 1h;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(rates.refusal(at("192.0.2.1"), now));
  CHECK(rates.refusal(at("192.0.2.1"), now));
}

TEST_CASE("a token has its share from wherever it comes; who needs none, on this machine, has no bound") {
  Rates rates({1, 2});
  Rates::Clock::time_point const now{1h};
  for (int i = 0; i < 2; ++i) CHECK_FALSE(rates.refusal(with_token("ci"), now));
  CHECK(rates.refusal(with_token("ci"), now));
  CHECK_FALSE(rates.refusal(with_token("other"), now));
  for (int i = 0; i < 10'000; ++i) {
    CHECK_FALSE(rates.refusal(at("127.0.0.1"), now));
    CHECK_FALSE(rates.refusal(Caller{}, now));
  }
}

TEST_CASE("no bound at all where the rate is 0") {
  Rates rates({0, 1});
  for (int i = 0; i < 10; ++i) CHECK_FALSE(rates.refusal(at("192.0.2.1"), Rates::Clock::time_point{1h}));
}

TEST_CASE("more addresses than can be told apart share what is left, and memory is bounded") {
  Rates rates({1, 1});
  Rates::Clock::time_point const now{1h};
  unsigned refused = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    refused += rates
                   .refusal(at("10." + std::to_string(i >> 16) + '.' + std::to_string(i >> 8 & 255) + '.' +
                               std::to_string(i & 255)),
                            now)
                   .has_value();
  }
  CHECK(refused == 20'000 - 16'384 - 1);
}

TEST_CASE("addresses of one household are one") {
  CHECK(address_key("192.0.2.1") == "192.0.2.1");
  CHECK(address_key("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(address_key("2001:db8:1:2:3:4:5:6") == address_key("2001:db8:1:2::1"));
  CHECK(address_key("2001:db8:1:3::1") != address_key("2001:db8:1:2::1"));
  CHECK(address_key("127.0.0.9").empty());
  CHECK(address_key("::1").empty());
}
