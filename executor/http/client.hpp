#pragma once

#include <memory>

#include "base/asio.hpp"
#include "executor/http/address_rules.hpp"
#include "executor/http/request.hpp"

namespace runcast {

struct HttpClientOptions {
  std::vector<std::string> denied_addresses = default_denied_addresses();
  std::size_t max_body = 1 << 20;  // of an answer, in bytes
};

// Makes single HTTP/1.1 requests. Certificates are checked against the system's authorities and the host's name.
class HttpClient {
 public:
  // invalid: an address that is none.
  static Result<std::unique_ptr<HttpClient>> make(HttpClientOptions const& options);
  ~HttpClient();
  HttpClient(HttpClient const&) = delete;
  HttpClient& operator=(HttpClient const&) = delete;

  // Follows at most `max_redirects`; the answer to one more is the result. It has no time limit of its own: it may be
  // cancelled at any moment. invalid: the URL; forbidden: an address that is denied; too_large: the answer; io:
  // whatever kept it from being had.
  Awaitable<Result<HttpResponse>> perform(HttpRequest request, int max_redirects);

 private:
  struct Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace runcast
