#include <catch2/catch.hpp>

#include "cli/net/server_url.hpp"

using namespace runcast;
using namespace runcast::cli;

TEST_CASE("a server is named by URL, or by host and port alone") {
  CHECK(*parse_server_url("http://127.0.0.1:8080") == ServerUrl{"127.0.0.1", "8080", ""});
  CHECK(*parse_server_url("http://build.example/") == ServerUrl{"build.example", "80", ""});
  CHECK(*parse_server_url("localhost:9000") == ServerUrl{"localhost", "9000", ""});
  CHECK(*parse_server_url("localhost") == ServerUrl{"localhost", "8080", ""});
}

TEST_CASE("an IPv6 address stands in brackets in the Host header only") {
  auto const server = parse_server_url("http://[::1]:8080").value();
  CHECK(server.host == "::1");
  CHECK(server.authority() == "[::1]:8080");
}

TEST_CASE("a server behind a path keeps it before every call's") {
  CHECK(parse_server_url("http://ci.example/runcast/")->base == "/runcast");
}

TEST_CASE("what is no server's address is refused with the reason") {
  CHECK(parse_server_url("ftp://host").error().message == "\"ftp://host\": http:// and https:// are spoken, not ftp");
  CHECK(!parse_server_url(""));
  CHECK(!parse_server_url("http://"));
  CHECK(!parse_server_url("http://host:port"));
  CHECK(!parse_server_url("http://host:0"));
  CHECK(parse_server_url("http://host:65535")->port == "65535");
  CHECK(!parse_server_url("http://host:65536"));
  CHECK(parse_server_url("http://host:99999").error().message ==
        "\"http://host:99999\": a port is a number from 1 to 65535");
  CHECK(!parse_server_url("http://user:secret@host"));
  CHECK(!parse_server_url("http://host/?query"));
}

TEST_CASE("a query holds the parameters that have a value, encoded") {
  CHECK(query_string({{"step", "a b&c"}, {"level", ""}, {"after", "7"}}) == "?step=a%20b%26c&after=7");
  CHECK(query_string({{"step", ""}}).empty());
  CHECK(percent_encode("shards[0]/é") == "shards%5B0%5D%2F%C3%A9");
}
