#pragma once

#include <deque>

#include "handler/connection.hpp"
#include "tests/base/run.hpp"

namespace runcast::testing {

// What a client of HTTP does: says what it has to say, in these pieces, and hangs up once it was told the end, or at
// once when it has nothing more to say.
struct HttpClient {
  std::deque<std::string> says;
  bool stays = false;  // until it is told the end

  std::string got = {};  // all that it was told
};

// All that connections share, with the routes of a test: everything on one thread and in memory.
class HttpWorld {
 public:
  HttpWorld();
  ~HttpWorld();

  // Serves one connection to its end.
  HttpClient serve(HttpClient client);
  HttpClient serve(std::string_view text, std::size_t piece = SIZE_MAX);

  Router router;
  Access access;
  std::vector<std::string> faults;  // of handlers
  HttpServer server;

 private:
  struct Shards;

  asio::io_context context_;
  Gate gate_{"127.0.0.1", {}};
  Rates rates_{{0, 0}};
  std::unique_ptr<Shards> shards_;
};

}  // namespace runcast::testing
