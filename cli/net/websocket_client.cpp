#include "cli/net/websocket_client.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "cli/net/connection.hpp"

namespace runcast::cli {
namespace {

namespace http = beast::http;
namespace websocket = beast::websocket;

constexpr Millis connect_timeout{10'000};
constexpr std::chrono::seconds silence_timeout{60};
constexpr std::size_t max_message_bytes = 64 << 20;  // a line of 1 MiB grows to six times that where all is escaped

}  // namespace

struct WebSocketClient::Impl {
  Impl(ServerUrl address, std::unique_ptr<ClientStream> opened)
      : server(std::move(address)), connection(std::move(opened)), stream(*connection) {}

  ServerUrl server;
  std::unique_ptr<ClientStream> connection;
  websocket::stream<ClientStream&, false> stream;
  beast::flat_buffer buffer;
};

WebSocketClient::WebSocketClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebSocketClient::~WebSocketClient() = default;

Awaitable<WebSocketClient::Opened> WebSocketClient::open(ServerUrl const& server, std::string const& token,
                                                         std::string const& path) {
  auto connection = co_await connect(server, connect_timeout);
  if (!connection) co_return OpenFailure{connection.error(), std::nullopt};
  auto impl = std::make_unique<Impl>(server, std::move(*connection));
  auto& stream = impl->stream;
  stream.set_option(websocket::stream_base::timeout{connect_timeout, silence_timeout, true});
  stream.set_option(websocket::stream_base::decorator([&token](websocket::request_type& request) {
    request.set(http::field::user_agent, "runcast/" RUNCAST_VERSION);
    if (!token.empty()) request.set(http::field::authorization, "Bearer " + token);
  }));
  stream.read_message_max(max_message_bytes);
  websocket::response_type response;
  auto const authority = server.authority();
  auto const target = server.base + path;
  auto [error] = co_await stream.async_handshake(response, authority, target, as_tuple);
  if (error == websocket::error::upgrade_declined) {
    ApiAnswer refusal{response.result_int(), std::string(response[http::field::content_type]), response.body()};
    co_return OpenFailure{fail(Errc::forbidden, "the server declined the stream"), std::move(refusal)};
  }
  if (error) co_return OpenFailure{fail(network_errc(error), describe_network_error(server, error)), std::nullopt};
  co_return std::unique_ptr<WebSocketClient>(new WebSocketClient(std::move(impl)));
}

Awaitable<Result<std::string_view>> WebSocketClient::read() {
  auto& [server, connection, stream, buffer] = *impl_;
  buffer.clear();
  auto [error, n] = co_await stream.async_read(buffer, as_tuple);
  if (error == websocket::error::closed) co_return fail(Errc::closed, describe_network_error(server, asio::error::eof));
  if (error) co_return fail(Errc::io, describe_network_error(server, error));
  auto const bytes = buffer.cdata();
  co_return std::string_view{static_cast<char const*>(bytes.data()), bytes.size()};
}

unsigned WebSocketClient::close_code() const { return impl_->stream.reason().code; }

bool WebSocketClient::has_waiting() const {
  boost::system::error_code error;
  return impl_->connection->tcp().socket().available(error) > 0;
}

}  // namespace runcast::cli
