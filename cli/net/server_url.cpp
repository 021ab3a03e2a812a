#include "cli/net/server_url.hpp"

#include <charconv>

#include <fmt/format.h>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

namespace runcast::cli {

namespace urls = boost::urls;

namespace {

bool is_port(std::string_view digits) {
  std::uint16_t number = 0;
  return std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc{} && number > 0;
}

}  // namespace

std::string ServerUrl::authority() const {
  bool const is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string ServerUrl::str() const { return (secure ? "https://" : "http://") + authority() + base; }

Result<ServerUrl> parse_server_url(std::string_view text) {
  bool const has_scheme = text.find("://") != std::string_view::npos;
  std::string const full = has_scheme ? std::string(text) : "http://" + std::string(text);
  auto const parsed = urls::parse_uri(full);
  // Boost.URL takes the port of `host:name` for a path.
  if (!parsed || parsed->host().empty() ||
      (!parsed->encoded_path().empty() && !parsed->encoded_path().starts_with('/'))) {
    return fail(Errc::invalid, fmt::format("\"{}\" is not the address of a server; write http://HOST:PORT", text));
  }
  urls::url_view const& url = *parsed;
  if (url.scheme() != "http" && url.scheme() != "https") {
    return fail(Errc::invalid,
                fmt::format("\"{}\": http:// and https:// are spoken, not {}", text, std::string(url.scheme())));
  }
  if (url.has_userinfo() || url.has_query() || url.has_fragment()) {
    return fail(Errc::invalid, fmt::format("\"{}\": a server's address is http://HOST:PORT and at most a path", text));
  }
  if (url.has_port() && !url.port().empty() && !is_port(std::string(url.port()))) {
    return fail(Errc::invalid, fmt::format("\"{}\": a port is a number from 1 to 65535", text));
  }
  ServerUrl server;
  server.host = url.host_address();
  server.secure = url.scheme() == "https";
  std::string const usual = server.secure ? "443" : has_scheme ? "80" : "8080";
  server.port = url.has_port() && !url.port().empty() ? std::string(url.port()) : usual;
  server.base = std::string(url.encoded_path());
  while (server.base.ends_with('/')) server.base.pop_back();
  return server;
}

std::string percent_encode(std::string_view text) { return urls::encode(text, urls::unreserved_chars); }

std::string query_string(std::initializer_list<std::pair<std::string_view, std::string_view>> parameters) {
  std::string query;
  for (auto const& [name, value] : parameters) {
    if (value.empty()) continue;
    query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, percent_encode(value));
  }
  return query;
}

}  // namespace runcast::cli
