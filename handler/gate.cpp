#include "handler/gate.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>

#include "handler/problem.hpp"

namespace runcast {
namespace {

// The name part of `name:port`, lower case and without an IPv6 literal's brackets; nothing where it is malformed.
std::optional<std::string> host_name(std::string_view authority) {
  auto const parsed = boost::urls::parse_authority(authority);
  if (!parsed || parsed->has_userinfo() || parsed->host().empty()) return std::nullopt;
  return boost::algorithm::to_lower_copy(std::string(parsed->host_address()));
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

Gate::Gate(std::string listen_host, std::set<std::string> hosts)
    : listen_host_(std::move(listen_host)), hosts_(std::move(hosts)) {}

std::optional<Answer> Gate::refusal(Request const& request) const {
  std::size_t const hosts = request.count("Host");
  if (hosts > 1 || (hosts == 0 && request.version >= 11)) return problem(400, "a request has one Host");
  auto const host = request.header("Host");
  if (hosts == 1) {
    auto const name = host_name(host);
    if (!name) return problem(400, "the Host is malformed");
    if (!is_known(*name)) return problem(403, "this server does not answer to the name " + *name + " (see --host)");
  }
  bool const upgrade = request.count("Upgrade") > 0;
  if (request.count("Origin") > 0 && (upgrade || changes_something(request)) &&
      !is_own_origin(request.header("Origin"), host)) {
    return problem(403, "requests from the origin " + request.header("Origin") + " are not allowed");
  }
  return std::nullopt;
}

bool Gate::is_known(std::string_view host) const {
  return is_loopback(host) || host == listen_host_ || hosts_.contains(std::string(host));
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  sys::error_code error;
  auto const address = asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

}  // namespace runcast
