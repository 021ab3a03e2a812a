#include "cli/net/api_client.hpp"

#include <array>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "base/asio.hpp"
#include "cli/net/connection.hpp"
#include "cli/net/http_request.hpp"

namespace runcast::cli {
namespace {

namespace http = beast::http;

constexpr Millis connect_timeout{10'000};
constexpr Millis silence_timeout{60'000};  // between two pieces of an answer
constexpr std::array retry_pauses{Millis{200}, Millis{1'000}};

struct Exchange {
  ApiAnswer answer;
  bool connected = false;
};

Awaitable<Result<void>> read_answer(ClientStream& stream, ServerUrl const& server, ApiAnswer& answer,
                                    BodySink const* on_body) {
  beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  std::array<char, 16 * 1024> piece;
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    stream.tcp().expires_after(silence_timeout);
    auto [error, n] = co_await http::async_read_some(stream, buffer, parser, as_tuple);
    if (error && error != http::error::need_buffer) {
      if (error == http::error::end_of_stream || error == http::error::partial_message) error = asio::error::eof;
      co_return fail(network_errc(error), describe_network_error(server, error));
    }
    if (!parser.is_header_done()) continue;
    answer.status = parser.get().result_int();
    answer.content_type = std::string(parser.get()[http::field::content_type]);
    std::string_view const text{piece.data(), piece.size() - body.size};
    if (on_body && answer.ok()) {
      (*on_body)(text);
    } else {
      answer.body += text;
    }
  }
  co_return Result<void>{};
}

Awaitable<Result<void>> exchange(ApiCall const& call, ServerUrl const& server, std::string const& token,
                                 BodySink const* on_body, Exchange& done) {
  auto const connected = co_await connect(server, connect_timeout);
  if (!connected) co_return connected.error();
  auto& stream = **connected;
  done.connected = true;
  auto const request = make_request(call, server, token, false);
  stream.tcp().expires_after(silence_timeout);
  auto [error, n] = co_await http::async_write(stream, request, as_tuple);
  // A server may refuse a body before it has read all of it: its answer says more than the broken pipe does.
  auto read = co_await read_answer(stream, server, done.answer, on_body);
  if (!read && error) co_return fail(network_errc(error), describe_network_error(server, error));
  co_return read;
}

Result<void> run_exchange(ApiCall const& call, ServerUrl const& server, std::string const& token,
                          BodySink const* on_body, Exchange& done) {
  asio::io_context io{1};
  Result<void> result;
  asio::co_spawn(io, exchange(call, server, token, on_body, done), [&](std::exception_ptr thrown, Result<void> ended) {
    if (thrown) std::rethrow_exception(thrown);
    result = std::move(ended);
  });
  io.run();
  return result;
}

}  // namespace

Result<ApiAnswer> ApiClient::send(ApiCall const& call) {
  bool const repeatable = call.method == "GET" || !call.idempotency_key.empty();
  bool connected = has_answered_;  // ever: a server that restarts is away between two attempts
  for (std::size_t attempt = 0;; ++attempt) {
    Exchange done;
    auto const result = run_exchange(call, server_, token_, nullptr, done);
    if (result) {
      has_answered_ = true;
      return std::move(done.answer);
    }
    connected = connected || done.connected;
    if (!repeatable || !connected || attempt == retry_pauses.size()) return result.error();
    std::this_thread::sleep_for(retry_pauses[attempt]);
  }
}

Result<ApiAnswer> ApiClient::stream(ApiCall const& call, BodySink const& on_body) {
  Exchange done;
  auto const result = run_exchange(call, server_, token_, &on_body, done);
  if (!result) return result.error();
  has_answered_ = true;
  return std::move(done.answer);
}

}  // namespace runcast::cli
