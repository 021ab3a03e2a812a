#include "handler/connection.hpp"

#include <sys/socket.h>

#include <fmt/format.h>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>

#include "handler/import_path.hpp"
#include "handler/problem.hpp"
#include "hub/tcp_transport.hpp"

namespace runcast {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

using Parser = http::request_parser<http::string_body>;

// What a request that could not be read is told; nothing where the connection is simply gone.
std::optional<Answer> refusal_of(sys::error_code error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
  if (error == http::error::header_limit) return problem(431, "the request's head is too large");
  if (error == http::error::body_limit) return problem(413, "the request's body is too large");
  if (error == beast::error::timeout) return problem(408, "the request did not arrive in time");
  if (error == asio::error::try_again) return problem(429, "another bundle is just being imported");
  if (error == http::error::bad_version) return problem(400, "this server speaks HTTP/1.1");
  if (error == http::error::bad_transfer_encoding) return problem(400, "the transfer coding is not known");
  if (error.category() == http::make_error_code(http::error::bad_line_ending).category()) {
    return problem(400, "the request is malformed: " + error.message());
  }
  return std::nullopt;
}

bool decode_target(std::string_view target, Request& request) {
  auto const url = boost::urls::parse_origin_form(target);
  if (!url) return false;
  request.path = url->path();
  for (auto const& param : url->params()) request.query.emplace(param.key, param.value);
  return request.path.starts_with('/') && request.path.find('\0') == std::string::npos;
}

Request to_request(Parser& parser, beast::flat_buffer const& buffer) {
  auto& message = parser.get();
  Request request;
  request.method = std::string(message.method_string());
  request.version = message.version();
  for (auto const& field : message) request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  auto const rest = buffer.cdata();
  request.early.assign(static_cast<char const*>(rest.data()), rest.size());
  return request;
}

// The one large body that may be in memory; given back at its end of life.
class LargeBody {
 public:
  explicit LargeBody(std::atomic<bool>& taken) : taken_(taken) {}
  ~LargeBody() {
    if (mine_) taken_ = false;
  }
  LargeBody(LargeBody const&) = delete;
  LargeBody& operator=(LargeBody const&) = delete;

  bool take() { return mine_ = !taken_.exchange(true); }

 private:
  std::atomic<bool>& taken_;
  bool mine_ = false;
};

// One client's connection, between the requests and within one.
class Connection {
 public:
  Connection(asio::ip::tcp::socket socket, HttpServer const& server, Shard& shard)
      : stream_(std::move(socket)), server_(server), shard_(shard) {}

  Awaitable<> serve() {
    while (co_await serve_request()) {
    }
    if (!stream_.socket().is_open()) co_return;
    co_await close_in_order();
  }

 private:
  // False: the connection is over, or is not ours any more.
  Awaitable<bool> serve_request() {
    Parser parser;
    parser.header_limit(server_.limits.header_bytes);
    LargeBody large(*server_.importing);
    if (auto const error = co_await read(parser, large)) {
      if (auto const refusal = refusal_of(error)) co_await write(*refusal, parser.get(), false);
      co_return false;
    }
    Request request = to_request(parser, buffer_);
    bool const keep_alive = parser.get().keep_alive();
    auto outcome = co_await decide(request, parser.get().target());
    if (auto* handover = std::get_if<Handover>(&outcome)) {
      handover->follow.early = std::move(request.early);
      handover->follow.permit = std::move(request.caller.permit);
      shard_.attach(std::make_unique<TcpTransport>(stream_.release_socket()), std::move(handover->follow));
      co_return false;
    }
    if (auto* takeover = std::get_if<Takeover>(&outcome)) {
      co_await converse(*takeover, std::move(request));
      co_return false;
    }
    if (auto* streamed = std::get_if<StreamedAnswer>(&outcome)) {
      co_return co_await write(*streamed, request) && keep_alive;
    }
    co_return co_await write(std::get<Answer>(outcome), parser.get(), keep_alive) && keep_alive;
  }

  Awaitable<> converse(Takeover const& takeover, Request request) {
    Takeover::Taken taken{shard_.executor(), std::make_unique<TcpTransport>(stream_.release_socket()),
                          std::move(request.early), std::move(request.caller)};
    auto const path = std::move(request.path);
    request = {};  // a conversation may last: it keeps nothing of the request
    buffer_ = {};
    try {
      co_await takeover.serve(std::move(taken));
    } catch (std::exception const& error) {
      if (is_cancellation(std::current_exception())) throw;
      server_.on_fault(fmt::format("{}: {}", path, error.what()));
    }
  }

  Awaitable<sys::error_code> read(Parser& parser, LargeBody& large) {
    if (buffer_.size() == 0) {  // between requests a client may take its time, within one it may not
      stream_.expires_after(server_.limits.idle_time);
      auto const [error, size] = co_await stream_.async_read_some(buffer_.prepare(4096), as_tuple);
      if (error) co_return http::error::end_of_stream;
      buffer_.commit(size);
    }
    stream_.expires_after(server_.limits.request_time);
    parser.body_limit(boost::none);  // until it is known for whom the body is
    auto [error, size] = co_await http::async_read_header(stream_, buffer_, parser, as_tuple);
    if (error) co_return error;
    if (auto const refused = limit_body(parser, large)) co_return refused;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue") && !parser.is_done()) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      std::tie(error, size) = co_await asio::async_write(stream_, asio::buffer(go_on), as_tuple);
      if (error) co_return error;
    }
    std::tie(error, size) = co_await http::async_read(stream_, buffer_, parser, as_tuple);
    co_return error;
  }

  sys::error_code limit_body(Parser& parser, LargeBody& large) const {
    auto const length = parser.content_length();
    auto limit = server_.limits.body_bytes;
    auto const target = parser.get().target();
    bool const is_import = std::string_view(target.data(), target.size()) == import_path;
    if (is_import && (!length || *length > limit)) {
      limit = server_.limits.bundle_bytes;
      if (!large.take()) return asio::error::try_again;
    }
    if (length && *length > limit) return http::error::body_limit;
    parser.body_limit(limit);
    return {};
  }

  Awaitable<Reply> decide(Request& request, std::string_view target) {
    if (auto refusal = server_.gate.refusal(request)) co_return std::move(*refusal);
    if (!decode_target(target, request)) co_return problem(400, "the request's target is malformed");
    try {
      auto found = server_.router.find(request);
      auto const* const route = std::get_if<Route const*>(&found);
      auto caller = server_.access.admit(request, route ? std::optional{(*route)->scope} : std::nullopt);
      if (!caller) co_return caller.error();
      if (!route) co_return std::get<Answer>(std::move(found));
      request.caller = std::move(*caller);
      request.until_hung_up = [this] { return until_hung_up(); };
      co_return co_await (*route)->handler(request);
    } catch (std::exception const& error) {  // a bug of ours; the connection and the server live on
      server_.on_fault(fmt::format("{} {}: {}", request.method, request.path, error.what()));
      co_return problem(500, "something went wrong here; the server's log has the details");
    }
  }

  // A client that has sent its next request already is still there, and is not asked again.
  Awaitable<> until_hung_up() {
    auto& socket = stream_.socket();
    auto const [error] = co_await socket.async_wait(asio::socket_base::wait_read, as_tuple);
    char next = 0;
    bool const is_there = !error && ::recv(socket.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    if (!is_there && error != asio::error::operation_aborted) co_return;
    asio::steady_timer never(stream_.get_executor(), asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
  }

  template <class Message>
  Awaitable<bool> write(Answer const& answer, Message const& request, bool keep_alive) {
    http::response<http::string_body> response(http::int_to_status(answer.status), request.version());
    response.set(http::field::server, "runcast");
    response.set("X-Content-Type-Options", "nosniff");
    if (!answer.content_type.empty()) response.set(http::field::content_type, answer.content_type);
    for (auto const& [name, value] : answer.headers) response.set(name, value);
    response.keep_alive(keep_alive);
    response.body() = answer.body;
    if (answer.status != 204) response.prepare_payload();
    bool const head_only = request.method() == http::verb::head;
    if (head_only) response.body().clear();
    stream_.expires_after(server_.limits.write_time);
    http::response_serializer<http::string_body> serializer(response);
    if (head_only) {
      auto const [error, size] = co_await http::async_write_header(stream_, serializer, as_tuple);
      co_return !error;
    }
    auto const [error, size] = co_await http::async_write(stream_, serializer, as_tuple);
    co_return !error;
  }

  Awaitable<bool> write(StreamedAnswer const& answer, Request const& request) {
    http::response<http::empty_body> head(http::status::ok, request.version);
    head.set(http::field::server, "runcast");
    head.set("X-Content-Type-Options", "nosniff");
    head.set(http::field::content_type, answer.content_type);
    bool const chunked = request.version >= 11;
    chunked ? head.chunked(true) : head.keep_alive(false);
    stream_.expires_after(server_.limits.write_time);
    http::response_serializer<http::empty_body> serializer(head);
    auto const [head_error, head_size] = co_await http::async_write_header(stream_, serializer, as_tuple);
    if (head_error || request.method == "HEAD") co_return !head_error;
    while (true) {
      auto const piece = co_await answer.next();
      if (!piece) co_return false;  // an incomplete body: the client sees that something went wrong
      stream_.expires_after(server_.limits.write_time);
      if (piece->empty()) break;
      auto const error = co_await write_piece(*piece, chunked);
      if (error) co_return false;
    }
    if (!chunked) co_return false;
    auto const [error, size] = co_await asio::async_write(stream_, http::make_chunk_last(), as_tuple);
    co_return !error;
  }

  Awaitable<sys::error_code> write_piece(std::string const& piece, bool chunked) {
    if (!chunked) co_return std::get<0>(co_await asio::async_write(stream_, asio::buffer(piece), as_tuple));
    co_return std::get<0>(co_await asio::async_write(stream_, http::make_chunk(asio::buffer(piece)), as_tuple));
  }

  // A close while the client still sends would reset the connection and lose the answer: read on for a moment.
  Awaitable<> close_in_order() {
    sys::error_code ignored;
    stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    stream_.expires_after(std::chrono::seconds(2));
    std::array<char, 16 * 1024> waste;
    for (int i = 0; i < 4096; ++i) {
      auto const [error, size] = co_await stream_.async_read_some(asio::buffer(waste), as_tuple);
      if (error) break;
    }
    stream_.close();
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  HttpServer const& server_;
  Shard& shard_;
};

}  // namespace

Awaitable<> serve_connection(asio::ip::tcp::socket socket, HttpServer const& server, Shard& shard) {
  // On the heap, so that what waits for long is small.
  auto const connection = std::make_unique<Connection>(std::move(socket), server, shard);
  co_await connection->serve();
}

}  // namespace runcast
