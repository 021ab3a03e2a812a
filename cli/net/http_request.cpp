#include "cli/net/http_request.hpp"

namespace runcast::cli {

namespace http = boost::beast::http;

http::request<http::string_body> make_request(ApiCall const& call, ServerUrl const& server, std::string const& token,
                                              bool keep_alive) {
  http::request<http::string_body> request{http::string_to_verb(call.method), server.base + call.path, 11};
  request.set(http::field::host, server.authority());
  request.set(http::field::user_agent, "runcast/" RUNCAST_VERSION);
  request.set(http::field::accept, call.accept);
  request.keep_alive(keep_alive);
  if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
  if (!call.idempotency_key.empty()) request.set("Idempotency-Key", call.idempotency_key);
  if (!call.body.empty()) request.set(http::field::content_type, call.content_type);
  request.body() = call.body;
  request.prepare_payload();
  return request;
}

}  // namespace runcast::cli
