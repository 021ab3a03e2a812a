#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "handler/http.hpp"

namespace runcast {

using Handler = std::function<Awaitable<Reply>(Request&)>;

// Finds the handler for a method and a path. A pattern's `{}` stands for one path segment; where a literal one fits
// too, it alone counts. A path that is known with other methods gives 405 with `Allow`; HEAD is answered by the GET
// handler, OPTIONS with `Allow`.
class Router {
 public:
  void add(std::string_view method, std::string_view pattern, Handler handler);

  // Never fails: what has no handler gives the answer that says so. Fills Request::captures.
  Awaitable<Reply> route(Request& request) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> pattern;
    Handler handler;
  };

  std::vector<Route const*> candidates(std::vector<std::string> const& path) const;

  std::vector<Route> routes_;
};

}  // namespace runcast
