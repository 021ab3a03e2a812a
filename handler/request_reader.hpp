#pragma once

#include <optional>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "handler/http.hpp"
#include "handler/http_limits.hpp"
#include "handler/http_stream.hpp"

namespace runcast {

// One request, as it arrives: its head first, by which it is decided whether its body is wanted at all.
class RequestReader {
 public:
  RequestReader(HttpStream& stream, HttpLimits const& limits);

  // Waits for a request and reads its head. An error: what refusal_of() says, or the connection is simply over.
  Awaitable<sys::error_code> read_head();

  // What the head says; the path and the query are in target(), which is not decoded.
  Request request(Peer const& peer) const;
  std::string_view target() const;
  bool keep_alive() const { return parser_.get().keep_alive(); }

  // In bytes; nothing where it shows only at its end.
  std::optional<std::uint64_t> body_size() const;

  // Reads the body, of at most `limit` bytes, after telling a client that waits for it that it may come.
  Awaitable<sys::error_code> read_body(std::uint64_t limit);
  std::string take_body() { return std::move(parser_.get().body()); }

  // Whether a body that nobody wants is read past, so that the connection can go on: little is, and only where the
  // client will send it whatever the answer is.
  bool is_skippable() const;
  Awaitable<sys::error_code> skip_body();

 private:
  bool is_between_requests();
  sys::error_code check_head() const;
  sys::error_code parse();
  Awaitable<sys::error_code> receive();
  bool waits_for_permission() const;

  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  HttpStream& stream_;
  HttpLimits const& limits_;
  HttpStream::Clock::time_point until_;
  Parser parser_;
};

// The target without the scheme and authority that it may begin with (`http://HOST:PORT/PATH`). Its host takes the
// place of what the request's Host said (RFC 9112, 3.2.2), so that whoever checks that checks this. How many of them
// there were stays to be seen.
std::string take_authority(std::string_view target, Request& request);

// Puts the target's path and query into the request, decoded. False: it is malformed.
bool decode_target(std::string_view target, Request& request);

// What a request that could not be read is told; nothing where the connection is simply gone.
std::optional<Answer> refusal_of(sys::error_code error);

}  // namespace runcast
