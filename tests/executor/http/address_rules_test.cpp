#include "executor/http/address_rules.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

namespace {

bool denied(std::string const& address) {
  return AddressRules::parse(default_denied_addresses()).value().denies(asio::ip::make_address(address));
}

}  // namespace

TEST_CASE("link-local and metadata addresses are denied, however they are written") {
  CHECK(denied("169.254.169.254"));
  CHECK(denied("169.254.0.1"));
  CHECK(denied("::ffff:169.254.169.254"));
  CHECK(denied("64:ff9b::a9fe:a9fe"));
  CHECK(denied("fe80::1"));
  CHECK(denied("fe80::1%3"));
  CHECK(denied("fd00:ec2::254"));
  CHECK(denied("100.100.100.200"));
}

TEST_CASE("other addresses are allowed") {
  CHECK_FALSE(denied("127.0.0.1"));
  CHECK_FALSE(denied("10.0.0.1"));
  CHECK_FALSE(denied("169.253.255.255"));
  CHECK_FALSE(denied("::1"));
  CHECK_FALSE(denied("fd00:ec2::255"));
  CHECK_FALSE(denied("::ffff:127.0.0.1"));
  CHECK_FALSE(denied("2606:4700::1111"));
}

TEST_CASE("a rule that is no address is refused") {
  for (auto const* text : {"", "localhost", "10.0.0.0/33", "10.0.0", "fe80::/200", "1.2.3.4/x"}) {
    CAPTURE(text);
    CHECK(AddressRules::parse({text}).has_error());
  }
  CHECK(AddressRules::parse({"10.1.2.3/8"}).value().denies(asio::ip::make_address("10.9.9.9")));
}
