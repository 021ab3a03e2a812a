#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "handler/http.hpp"
#include "model/scope.hpp"

namespace runcast {

using Handler = std::function<Awaitable<Reply>(Request&)>;

// How often each status was answered. Any thread.
class StatusCounts {
 public:
  static constexpr unsigned least = 100;
  static constexpr unsigned most = 599;

  void add(unsigned status) {
    if (status >= least && status <= most) counts_[status - least].fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t of(unsigned status) const { return counts_[status - least].load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, most - least + 1> counts_{};
};

struct Route {
  std::string method;
  std::string pattern;  // `{}` stands for one path segment
  Scope scope = Scope::admin;
  Handler handler;
  std::vector<std::string> segments = {};  // of the pattern; the router's
  std::unique_ptr<StatusCounts> counts = std::make_unique<StatusCounts>();
};

// What a route needs where its table does not say: GET reads, POST submits, whatever replaces or deletes administers,
// and what lies below the workers' paths is theirs.
Scope default_scope(std::string_view method, std::string_view pattern);

// Finds the handler for a method and a path. A pattern's `{}` stands for one path segment; where a literal one fits
// too, it alone counts. A path that is known with other methods gives 405 with `Allow`; HEAD is answered by the GET
// handler, OPTIONS with `Allow`, and for `*` with the methods of all routes.
class Router {
 public:
  // Every route needs a scope, so that none can forget it; nullopt: default_scope().
  void add(std::string_view method, std::string_view pattern, Handler handler,
           std::optional<Scope> scope = std::nullopt);

  // The route, or the answer that says why there is none. Fills Request::captures.
  std::variant<Route const*, Answer> find(Request& request) const;

  std::vector<Route> const& routes() const { return routes_; }
  // Of requests that came to no route, or were refused before.
  StatusCounts& unrouted() const { return *unrouted_; }

 private:
  std::vector<Route const*> candidates(std::vector<std::string> const& path) const;

  std::vector<Route> routes_;
  std::set<std::string> methods_;
  std::unique_ptr<StatusCounts> unrouted_ = std::make_unique<StatusCounts>();
};

}  // namespace runcast
