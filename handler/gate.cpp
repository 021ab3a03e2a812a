#include "handler/gate.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>

#include "handler/problem.hpp"

namespace runcast {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// In lower case; all that DNS and hosts files know, and little more.
bool is_of_name(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_'; }

// The name part of `name:port`, lower case and without an IPv6 literal's brackets; nothing where it is malformed.
// Boost.URL has no say in names, because it takes `10.0.0.1.example` for an address with something behind it.
std::optional<std::string> host_name(std::string_view authority) {
  if (authority.starts_with('[')) {
    auto const parsed = boost::urls::parse_authority(authority);
    if (!parsed) return std::nullopt;
    return boost::algorithm::to_lower_copy(std::string(parsed->host_address()));
  }
  auto const colon = std::min(authority.find(':'), authority.size());
  auto name = boost::algorithm::to_lower_copy(std::string(authority.substr(0, colon)));
  auto const port = authority.substr(std::min(colon + 1, authority.size()));
  if (name.empty() || !std::ranges::all_of(name, is_of_name) || !std::ranges::all_of(port, is_digit)) {
    return std::nullopt;
  }
  return name;
}

bool changes_something(Request const& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

// RFC 6454: the page's scheme and authority; `null` for one that has none.
bool is_own_origin(std::string_view origin, std::string_view host) {
  auto const scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return false;
  auto const scheme = origin.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return false;
  return boost::algorithm::to_lower_copy(std::string(origin.substr(scheme_end + 3))) ==
         boost::algorithm::to_lower_copy(std::string(host));
}

}  // namespace

Gate::Gate(std::string listen_host, std::set<std::string> hosts, std::set<std::string> origins)
    : listen_host_(std::move(listen_host)), hosts_(std::move(hosts)), origins_(std::move(origins)) {}

std::optional<Answer> Gate::refusal(Request const& request) const {
  std::size_t const hosts = request.count("Host");
  if (hosts > 1 || (hosts == 0 && request.version >= 11)) return problem(400, "a request has one Host");
  auto const host = request.header("Host");
  if (hosts == 1) {
    auto const name = host_name(host);
    if (!name) return problem(400, "the Host is malformed");
    if (!is_known(*name, request.peer))
      return problem(403, "this server does not answer to the name " + *name + " (see --host)");
  }
  bool const upgrade = request.count("Upgrade") > 0;
  if (request.count("Origin") > 0 && (upgrade || changes_something(request)) &&
      !is_own_origin(request.header("Origin"), host) && !is_listed(request)) {
    return problem(403, "requests from the origin " + request.header("Origin") + " are not allowed");
  }
  return std::nullopt;
}

std::optional<Answer> Gate::preflight(Request const& request) const {
  if (request.method != "OPTIONS" || request.count("Access-Control-Request-Method") == 0 || !is_listed(request)) {
    return std::nullopt;
  }
  Answer answer{204, "", ""};
  answer.headers = {
      {"Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"},
      {"Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Idempotency-Key, Last-Event-ID"},
      {"Access-Control-Max-Age", "600"}};
  return answer;
}

Gate::Headers Gate::cors(Request const& request) const {
  if (origins_.empty()) return {};
  Headers headers{{"Vary", "Origin"}};
  if (is_listed(request)) {
    headers.emplace_back("Access-Control-Allow-Origin", request.header("Origin"));
    headers.emplace_back("Access-Control-Expose-Headers", "Location, Retry-After, WWW-Authenticate");
  }
  return headers;
}

bool Gate::is_known(std::string_view host, Peer const& peer) const {
  // The address that was connected to is one of those listened on; a name that was made to mean it is not this text.
  return is_loopback(host) || host == listen_host_ || host == peer.own || hosts_.contains(std::string(host));
}

bool Gate::is_listed(Request const& request) const {
  return !origins_.empty() && request.count("Origin") == 1 &&
         origins_.contains(boost::algorithm::to_lower_copy(request.header("Origin")));
}

Result<std::string> parse_origin(std::string_view text) {
  auto const url = boost::urls::parse_uri(text);
  bool const web = url && (url->scheme() == "http" || url->scheme() == "https");
  if (!web || url->host().empty() || url->has_userinfo() || url->has_query() || url->has_fragment() ||
      !url->encoded_path().empty()) {
    return fail(Errc::invalid, fmt::format("'{}' is no origin: write https://HOST or https://HOST:PORT", text));
  }
  return boost::algorithm::to_lower_copy(std::string(text));
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  sys::error_code error;
  auto const address = asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

}  // namespace runcast
