#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/asio.hpp"
#include "hub/client.hpp"
#include "model/scope.hpp"

// Requests and answers as the handlers see them: HTTP's meaning without its syntax.
namespace runcast {

// Who calls.
struct Caller {
  std::string name = "api";  // what is recorded of who did something
  Scopes scopes = Scopes::all();
  std::shared_ptr<Permit const> permit = nullptr;  // null: no token is asked for
};

// The other end of a connection.
struct Peer {
  std::string address;  // as a literal; empty where it is gone already
  std::string own;      // ours, which it connected to
  bool secure = false;  // it came through TLS
};

struct Request {
  std::string method;                                        // upper case
  std::string path;                                          // decoded, without the query; begins with '/', or is '*'
  std::multimap<std::string, std::string> query;             // decoded
  std::vector<std::pair<std::string, std::string>> headers;  // in their order, names as sent
  std::string body;
  unsigned version = 11;  // major * 10 + minor

  // The field's values, joined by ", " where it was sent more than once; empty where it was not.
  std::string header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  std::optional<std::string> param(std::string_view name) const;  // the first of that name

  Peer peer;
  Caller caller;

  // Done when the client has closed the connection: for answers that may take a while. Not set in tests of handlers.
  std::function<Awaitable<>()> until_hung_up;

  std::vector<std::string> captures;  // what the route's placeholders stand for, in order
};

struct Answer {
  unsigned status = 200;
  std::string content_type = "application/json";  // empty: no body
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// An answer whose body is made while it is sent: `next` gives piece after piece, an empty one at the end.
struct StreamedAnswer {
  std::string content_type;
  std::function<Awaitable<Result<std::string>>()> next;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// The connection becomes a follower's: a WebSocket, or a body without end. The answer's head is in Follow::opening.
struct Handover {
  Follow follow;
};

// The connection becomes a conversation: `serve` has it until it ends.
struct Takeover {
  struct Taken {
    asio::any_io_executor executor;
    std::unique_ptr<Transport> transport;
    std::string early;  // what came behind the request
    Caller caller;
    std::string header_lines;  // that the answer's head has besides
  };
  Form form;
  std::function<Awaitable<>(Taken taken)> serve;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

using Reply = std::variant<Answer, StreamedAnswer, Handover, Takeover>;

std::string_view reason_phrase(unsigned status);

}  // namespace runcast
