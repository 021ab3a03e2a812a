#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cli/net/server_url.hpp"

namespace runcast::cli {

struct ApiCall {
  std::string method = "GET";
  std::string path{};  // below the server's base, percent-encoded, with its query
  std::string body{};  // a POST without one sends none
  std::string accept = "application/json";
  std::string content_type = "application/json";  // of the body
  std::string idempotency_key{};                  // makes a POST safe to send again
};

struct ApiAnswer {
  unsigned status = 0;
  std::string content_type;
  std::string body;

  bool ok() const { return status / 100 == 2; }
};

// Takes a piece of a body as it arrives.
using BodySink = std::function<void(std::string_view)>;

// Calls a server, one connection a call, and waits for its answer: for commands that have nothing else to do.
class ApiClient {
 public:
  ApiClient(ServerUrl server, std::string token) : server_(std::move(server)), token_(std::move(token)) {}

  // The whole answer, whatever its status. A call that can do no harm twice (GET, or one with a key) is made again,
  // twice at most, when the connection breaks under it. An error means that there is no answer: Errc::closed,
  // timed_out, io.
  Result<ApiAnswer> send(ApiCall const& call);

  // The same, but a 2xx body goes to `on_body` piece by piece, and the answer's own stays empty. Never repeated.
  Result<ApiAnswer> stream(ApiCall const& call, BodySink const& on_body);

  // Whether any call had an answer: a server that cannot be reached then was there before, and may come back.
  bool has_answered() const { return has_answered_; }

  ServerUrl const& server() const { return server_; }
  std::string const& token() const { return token_; }

 private:
  ServerUrl server_;
  std::string token_;
  bool has_answered_ = false;
};

}  // namespace runcast::cli
