#include "cli/net/keep_alive_client.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "cli/net/connection.hpp"
#include "cli/net/http_request.hpp"

namespace runcast::cli {

namespace http = beast::http;

namespace {

constexpr Millis connect_timeout{10'000};
constexpr std::size_t max_answer = 64 << 20;
constexpr std::size_t max_idle = 16;

struct Attempt {
  sys::error_code error;
  bool answered = false;  // the server has said something
  bool reusable = false;
  ApiAnswer answer;
};

Awaitable<Attempt> exchange(ClientStream& stream, http::request<http::string_body> const& request, Millis timeout) {
  Attempt attempt;
  stream.tcp().expires_after(timeout);
  auto const [unsent, sent] = co_await http::async_write(stream, request, as_tuple);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_answer);
  auto const [error, size] = co_await http::async_read(stream, buffer, parser, as_tuple);
  attempt.answered = parser.is_header_done() || buffer.size() > 0;
  attempt.error = error && unsent ? unsent : error;
  if (error) co_return attempt;
  auto& response = parser.get();
  attempt.error = {};
  attempt.reusable = response.keep_alive() && !unsent;
  attempt.answer = {response.result_int(), std::string(response[http::field::content_type]),
                    std::move(response.body())};
  co_return attempt;
}

// How a connection ends that the other side had closed before it was used.
bool was_stale(Attempt const& attempt) {
  if (attempt.answered) return false;
  return attempt.error == http::error::end_of_stream || attempt.error == asio::error::connection_reset ||
         attempt.error == asio::error::broken_pipe || attempt.error == asio::error::eof;
}

}  // namespace

Awaitable<Result<ApiAnswer>> KeepAliveClient::send(ApiCall call, Millis timeout) {
  auto const request = make_request(call, server_, token_, true);
  while (true) {
    bool const is_new = idle_.empty();
    auto stream = co_await take();
    if (!stream) co_return stream.error();
    auto attempt = co_await exchange(**stream, request, timeout);
    if (!attempt.error) {
      (*stream)->tcp().expires_never();
      if (attempt.reusable && idle_.size() < max_idle) idle_.push_back(std::move(*stream));
      co_return std::move(attempt.answer);
    }
    if (!is_new && was_stale(attempt)) continue;
    auto error = attempt.error;
    if (error == http::error::end_of_stream || error == http::error::partial_message) error = asio::error::eof;
    co_return fail(network_errc(error), describe_network_error(server_, error));
  }
}

Awaitable<Result<KeepAliveClient::Stream>> KeepAliveClient::take() {
  if (idle_.empty()) co_return co_await connect(server_, connect_timeout);
  auto stream = std::move(idle_.back());
  idle_.pop_back();
  co_return stream;
}

}  // namespace runcast::cli
