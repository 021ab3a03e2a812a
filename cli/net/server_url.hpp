#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace runcast::cli {

// Where a server is, as `--server` and RUNCAST_SERVER give it.
struct ServerUrl {
  std::string host;  // a name, an IPv4 or an IPv6 address (without brackets)
  std::string port;
  std::string base;     // a path in front of every call's, behind a proxy; no slash at its end
  bool secure = false;  // https
  std::string ca = {};  // a file of certificates to trust (PEM); empty: the system's

  std::string authority() const;  // what the Host header says: `127.0.0.1:8080`, `[::1]:8080`
  std::string str() const;

  friend bool operator==(ServerUrl const&, ServerUrl const&) = default;
};

// `http://HOST[:PORT][/BASE]`, `https://…`, or HOST[:PORT] alone. The port defaults to the scheme's where one is given,
// else to 8080, which is what `runcast serve` listens on.
Result<ServerUrl> parse_server_url(std::string_view text);

// One segment of a path, or one value of a query, with all but unreserved characters percent-encoded.
std::string percent_encode(std::string_view text);

// `?a=1&b=2` of those that have a value; empty where none has.
std::string query_string(std::initializer_list<std::pair<std::string_view, std::string_view>> parameters);

}  // namespace runcast::cli
