#include "handler/router.hpp"

#include <limits>

#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>

#include "handler/problem.hpp"

namespace runcast {
namespace {

constexpr std::string_view placeholder = "{}";

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  boost::algorithm::split(segments, path.substr(1), [](char c) { return c == '/'; });
  return segments;
}

bool matches(std::vector<std::string> const& pattern, std::vector<std::string> const& path) {
  return std::ranges::equal(pattern, path, [](auto const& expected, auto const& segment) {
    return expected == placeholder ? !segment.empty() : expected == segment;
  });
}

Answer method_not_allowed(Request const& request, std::set<std::string> methods) {
  if (methods.contains("GET")) methods.insert("HEAD");
  methods.insert("OPTIONS");
  auto answer =
      request.method == "OPTIONS" ? Answer{204, "", ""} : problem(405, request.method + " is not possible here");
  answer.headers.emplace_back("Allow", boost::algorithm::join(methods, ", "));
  return answer;
}

}  // namespace

Scope default_scope(std::string_view method, std::string_view pattern) {
  if (pattern.starts_with("/ws/worker/")) return Scope::work;
  if (method == "GET") return Scope::read;
  if (method != "POST") return Scope::admin;
  return pattern.starts_with("/api/workers/") ? Scope::work : Scope::submit;
}

void Router::add(std::string_view method, std::string_view pattern, Handler handler, std::optional<Scope> scope) {
  methods_.emplace(method);
  routes_.push_back({std::string(method), std::string(pattern), scope.value_or(default_scope(method, pattern)),
                     std::move(handler), segments_of(pattern)});
}

std::vector<Route const*> Router::candidates(std::vector<std::string> const& path) const {
  std::vector<Route const*> found;
  std::ptrdiff_t fewest = std::numeric_limits<std::ptrdiff_t>::max();
  for (auto const& route : routes_) {
    if (!matches(route.segments, path)) continue;
    auto const placeholders = std::ranges::count(route.segments, placeholder);
    if (placeholders < fewest) found.clear();
    fewest = std::min(fewest, placeholders);
    if (placeholders == fewest) found.push_back(&route);
  }
  return found;
}

std::variant<Route const*, Answer> Router::find(Request& request) const {
  if (request.path == "*") return method_not_allowed(request, methods_);
  auto const path = segments_of(request.path);
  auto const method = request.method == "HEAD" ? "GET" : request.method;
  std::set<std::string> others;
  for (auto const* route : candidates(path)) {
    if (route->method != method) {
      others.insert(route->method);
      continue;
    }
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (route->segments[i] == placeholder) request.captures.push_back(path[i]);
    }
    return route;
  }
  if (!others.empty()) return method_not_allowed(request, std::move(others));
  return problem(404, "there is nothing at " + request.path);
}

}  // namespace runcast
