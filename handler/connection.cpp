#include "handler/connection.hpp"

#include <fmt/format.h>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/parse.hpp>

#include "base/with_timeout.hpp"
#include "handler/http_text.hpp"
#include "handler/import_path.hpp"
#include "handler/problem.hpp"

namespace runcast {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Clock = std::chrono::steady_clock;

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

Request to_request(Parser& parser, Peer const& peer) {
  auto& message = parser.get();
  Request request;
  request.method = std::string(message.method_string());
  request.version = message.version();
  request.peer = peer;
  for (auto const& field : message) request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  return request;
}

unsigned status_of(Reply const& reply) {
  if (auto const* answer = std::get_if<Answer>(&reply)) return answer->status;
  auto const* handover = std::get_if<Handover>(&reply);
  auto const* takeover = std::get_if<Takeover>(&reply);
  return (handover && is_websocket(handover->follow.form)) || (takeover && is_websocket(takeover->form)) ? 101 : 200;
}

void add_headers(Reply& reply, Gate::Headers headers) {
  if (headers.empty()) return;
  if (auto* handover = std::get_if<Handover>(&reply)) {
    auto& opening = handover->follow.opening;
    opening.insert(opening.find("\r\n") + 2, header_lines(headers));
    return;
  }
  auto* answer = std::get_if<Answer>(&reply);
  auto* takeover = std::get_if<Takeover>(&reply);
  auto& own = answer ? answer->headers : takeover ? takeover->headers : std::get<StreamedAnswer>(reply).headers;
  std::ranges::move(headers, std::back_inserter(own));
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
class Exchange {
 public:
  Exchange(std::unique_ptr<Transport> transport, Peer peer, HttpServer const& server, Shard& shard)
      : transport_(std::move(transport)), peer_(std::move(peer)), server_(server), shard_(shard) {}

  Awaitable<> serve() {
    while (co_await serve_request()) {
    }
    if (transport_) co_await close_in_order();
  }

 private:
  // False: the connection is over, or is not ours any more.
  Awaitable<bool> serve_request() {
    Parser parser;
    parser.header_limit(server_.limits.header_bytes);
    LargeBody large(*server_.importing);
    if (auto const error = co_await read(parser, large)) {
      if (auto const refusal = refusal_of(error)) co_await send(answer_text(*refusal, {}));
      co_return false;
    }
    Request request = to_request(parser, peer_);
    AnswerTo const to{request.version, request.method == "HEAD", parser.get().keep_alive()};
    auto outcome = co_await decide(request, parser.get().target());
    add_headers(outcome, server_.gate.cors(request));
    counts_->add(status_of(outcome));
    if (auto* handover = std::get_if<Handover>(&outcome)) {
      handover->follow.early = std::exchange(input_, {});
      handover->follow.permit = std::move(request.caller.permit);
      shard_.attach(std::move(transport_), std::move(handover->follow));
      co_return false;
    }
    if (auto* takeover = std::get_if<Takeover>(&outcome)) {
      co_await converse(*takeover, std::move(request));
      co_return false;
    }
    if (auto* streamed = std::get_if<StreamedAnswer>(&outcome)) co_return co_await send(*streamed, to);
    co_return co_await send(answer_text(std::get<Answer>(outcome), to)) && to.keep_alive;
  }

  Awaitable<> converse(Takeover const& takeover, Request request) {
    Takeover::Taken taken{shard_.executor(), std::move(transport_), std::exchange(input_, {}),
                          std::move(request.caller), header_lines(takeover.headers)};
    auto const path = std::move(request.path);
    request = {};  // a conversation may last: it keeps nothing of the request
    try {
      co_await takeover.serve(std::move(taken));
    } catch (std::exception const& error) {
      if (is_cancellation(std::current_exception())) throw;
      server_.on_fault(fmt::format("{}: {}", path, error.what()));
    }
  }

  Awaitable<sys::error_code> read(Parser& parser, LargeBody& large) {
    // Between requests a client may take its time, within one it may not.
    if (input_.empty() && co_await receive(Clock::now() + server_.limits.idle_time)) {
      co_return http::error::end_of_stream;
    }
    auto const until = Clock::now() + server_.limits.request_time;
    for (bool told = false;;) {
      if (auto const error = parse(parser, large)) co_return error;
      if (parser.is_done()) co_return sys::error_code();
      if (!told && parser.is_header_done() && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        told = true;
        if (!co_await send("HTTP/1.1 100 Continue\r\n\r\n")) co_return http::error::partial_message;
      }
      auto const error = co_await receive(until);
      if (error) co_return error == beast::error::timeout ? error : http::error::partial_message;
    }
  }

  // Takes what there is: the head first, by which the body's bound is known, then the body.
  sys::error_code parse(Parser& parser, LargeBody& large) {
    while (!input_.empty() && !parser.is_done()) {
      bool const in_head = !parser.is_header_done();
      if (in_head) parser.body_limit(boost::none);
      sys::error_code error;
      auto const used = parser.put(asio::buffer(input_), error);
      input_.erase(0, used);
      if (error && error != http::error::need_more) return error;
      if (!in_head && used == 0) break;
      if (in_head && !parser.is_header_done()) break;
      if (!in_head) continue;
      if (auto const refused = limit_body(parser, large)) return refused;
      parser.eager(true);
    }
    return {};
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
    counts_ = &server_.router.unrouted();
    if (auto refusal = server_.gate.refusal(request)) co_return std::move(*refusal);
    if (auto allowed = server_.gate.preflight(request)) co_return std::move(*allowed);
    if (auto refusal = server_.rates.refusal(peer_, Clock::now())) co_return std::move(*refusal);
    if (!decode_target(target, request)) co_return problem(400, "the request's target is malformed");
    try {
      auto found = server_.router.find(request);
      auto const* const route = std::get_if<Route const*>(&found);
      auto caller = server_.access.admit(request, route ? std::optional{(*route)->scope} : std::nullopt);
      if (!caller) co_return caller.error();
      if (auto refusal = server_.rates.refusal(*caller, Clock::now())) co_return std::move(*refusal);
      if (!route) co_return std::get<Answer>(std::move(found));
      counts_ = (*route)->counts.get();
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
    auto const here = input_.size();
    while (input_.size() == here) {
      auto error = co_await transport_->readable();
      if (error == asio::error::operation_aborted) break;
      auto const scratch = shard_.scratch();
      std::size_t const size = error ? 0 : transport_->read_some(scratch, error);
      if (error && error != asio::error::would_block) co_return;
      input_.append(static_cast<char const*>(scratch.data()), size);
    }
    asio::steady_timer never(shard_.executor(), asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
  }

  // False: the connection cannot be used any more.
  Awaitable<bool> send(StreamedAnswer const& answer, AnswerTo to) {
    bool const chunked = to.version >= 11;
    to.keep_alive = to.keep_alive && chunked;
    if (!co_await send(streamed_head(answer, to))) co_return false;
    if (to.head_only) co_return to.keep_alive;
    while (true) {
      auto const piece = co_await answer.next();
      if (!piece) co_return false;  // an incomplete body: the client sees that something went wrong
      if (piece->empty()) break;
      auto const text = chunked ? chunk(*piece) : *piece;
      if (!co_await send(text)) co_return false;
    }
    co_return chunked&& co_await send(last_body_chunk) && to.keep_alive;
  }

  Awaitable<bool> send(std::string_view text) {
    auto const until = Clock::now() + server_.limits.write_time;
    while (true) {
      sys::error_code error;
      asio::const_buffer const buffer(text.data(), text.size());
      text.remove_prefix(transport_->write_some({&buffer, 1}, error));
      if (!error && text.empty()) co_return true;
      if (error == asio::error::would_block) error = co_await within(until, transport_->writable());
      if (error) co_return false;
      if (text.empty()) co_return true;  // the transport had kept a rest, and has sent it
    }
  }

  Awaitable<sys::error_code> receive(Clock::time_point until) {
    while (true) {
      sys::error_code error;
      auto const scratch = shard_.scratch();
      std::size_t const size = transport_->read_some(scratch, error);
      if (!error) input_.append(static_cast<char const*>(scratch.data()), size);
      if (error == asio::error::would_block)
        error = co_await within(until, transport_->readable());
      else
        co_return error;
      if (error) co_return error;
    }
  }

  static Awaitable<sys::error_code> within(Clock::time_point until, Awaitable<sys::error_code> wait) {
    auto const left = std::chrono::ceil<Millis>(until - Clock::now());
    auto const waited = co_await with_timeout(std::max(left, Millis(0)), std::move(wait));
    bool const late = !waited || (*waited == asio::error::operation_aborted && Clock::now() >= until);
    co_return late ? sys::error_code(beast::error::timeout) : *waited;
  }

  // A close while the client still sends would reset the connection and lose the answer: read on for a moment.
  Awaitable<> close_in_order() {
    constexpr std::size_t enough = 32 * 1024 * 1024;
    transport_->finish();
    auto const until = Clock::now() + std::chrono::seconds(2);
    for (std::size_t waste = 0; waste < enough && !co_await receive(until); input_.clear()) waste += input_.size();
    transport_->close();
  }

  std::unique_ptr<Transport> transport_;
  Peer peer_;
  StatusCounts* counts_ = nullptr;  // where the request's answer is counted
  std::string input_;               // what came and was not read yet
  HttpServer const& server_;
  Shard& shard_;
};

}  // namespace

Awaitable<> serve_connection(std::unique_ptr<Transport> transport, Peer peer, HttpServer const& server, Shard& shard) {
  // On the heap, so that what waits for long is small.
  auto const exchange = std::make_unique<Exchange>(std::move(transport), std::move(peer), server, shard);
  co_await exchange->serve();
}

}  // namespace runcast
