#include "handler/connection.hpp"

#include <fmt/format.h>

#include "handler/http_stream.hpp"
#include "handler/http_text.hpp"
#include "handler/import_path.hpp"
#include "handler/problem.hpp"
#include "handler/request_reader.hpp"

namespace runcast {
namespace {

using Clock = HttpStream::Clock;

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
      : stream_(std::move(transport), shard), peer_(std::move(peer)), server_(server) {}

  Awaitable<> serve() {
    while (co_await serve_request()) {
    }
    if (!stream_.is_released()) co_await stream_.close_in_order();
  }

 private:
  // False: the connection is over, or is not ours any more.
  Awaitable<bool> serve_request() {
    RequestReader reader(stream_, server_.limits);
    if (auto const error = co_await reader.read_head()) {
      if (auto const refusal = refusal_of(error)) co_await send(answer_text(*refusal, {.now = wall_clock_now()}));
      co_return false;
    }
    Request request = reader.request(peer_);
    AnswerTo to{request.version, request.method == "HEAD", reader.keep_alive(), wall_clock_now()};
    counts_ = &server_.router.unrouted();
    auto outcome = co_await reply_to(request, reader, to);
    if (!outcome) co_return false;
    add_headers(*outcome, server_.gate.cors(request));
    counts_->add(status_of(*outcome));
    if (auto* handover = std::get_if<Handover>(&*outcome)) {
      handover->follow.early = stream_.release_input();
      handover->follow.permit = std::move(request.caller.permit);
      stream_.shard().attach(stream_.release(), std::move(handover->follow));
      co_return false;
    }
    if (auto* takeover = std::get_if<Takeover>(&*outcome)) {
      co_await converse(*takeover, std::move(request));
      co_return false;
    }
    if (auto* streamed = std::get_if<StreamedAnswer>(&*outcome)) co_return co_await send(*streamed, to);
    bool const sent = co_await send(answer_text(std::get<Answer>(*outcome), to));
    co_return sent&& to.keep_alive && !co_await reader.skip_body();
  }

  // Nothing: the client is gone before it has sent all of its request. What is refused by its head is refused before
  // its body is read.
  Awaitable<std::optional<Reply>> reply_to(Request& request, RequestReader& reader, AnswerTo& to) {
    auto admitted = admit(request, reader.target());
    if (auto* refusal = std::get_if<Answer>(&admitted)) {
      to.keep_alive = to.keep_alive && reader.is_skippable();
      co_return std::move(*refusal);
    }
    auto const& route = *std::get<Route const*>(admitted);
    counts_ = route.counts.get();
    LargeBody large(*server_.importing);
    auto limit = server_.limits.body_bytes;
    if (route.pattern == import_path && reader.body_size().value_or(limit + 1) > limit) {
      limit = server_.limits.bundle_bytes;
      if (!large.take()) {
        to.keep_alive = false;
        co_return problem(429, "another bundle is just being imported");
      }
    }
    if (auto const error = co_await reader.read_body(limit)) {
      to.keep_alive = false;
      co_return refusal_of(error);
    }
    request.body = reader.take_body();
    auto outcome = co_await run(route, request);
    request.body = {};
    co_return outcome;
  }

  // The route that the request may take, with its caller in the request; or the answer that refuses it.
  std::variant<Route const*, Answer> admit(Request& request, std::string_view sent_target) const {
    auto const target = take_authority(sent_target, request);
    if (auto refusal = server_.gate.refusal(request)) return std::move(*refusal);
    if (auto allowed = server_.gate.preflight(request)) return std::move(*allowed);
    if (auto refusal = server_.rates.refusal(peer_, Clock::now())) return std::move(*refusal);
    if (!decode_target(target, request)) return problem(400, "the request's target is malformed");
    auto found = server_.router.find(request);
    auto const* const route = std::get_if<Route const*>(&found);
    auto caller = server_.access.admit(request, route ? std::optional{(*route)->scope} : std::nullopt);
    if (!caller) return caller.error();
    if (auto refusal = server_.rates.refusal(*caller, Clock::now())) return std::move(*refusal);
    request.caller = std::move(*caller);
    return found;
  }

  Awaitable<Reply> run(Route const& route, Request& request) {
    request.until_hung_up = [this] { return stream_.until_hung_up(); };
    try {
      co_return co_await route.handler(request);
    } catch (std::exception const& error) {  // a bug of ours; the connection and the server live on
      if (is_cancellation(std::current_exception())) throw;
      server_.on_fault(fmt::format("{} {}: {}", request.method, request.path, error.what()));
      co_return problem(500, "something went wrong here; the server's log has the details");
    }
  }

  Awaitable<> converse(Takeover const& takeover, Request request) {
    auto early = stream_.release_input();
    Takeover::Taken taken{stream_.shard().executor(), stream_.release(), std::move(early), std::move(request.caller),
                          header_lines(takeover.headers)};
    auto const path = std::move(request.path);
    request = {};  // a conversation may last: it keeps nothing of the request
    try {
      co_await takeover.serve(std::move(taken));
    } catch (std::exception const& error) {
      if (is_cancellation(std::current_exception())) throw;
      server_.on_fault(fmt::format("{}: {}", path, error.what()));
    }
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

  Awaitable<bool> send(std::string_view text) { return stream_.send(text, Clock::now() + server_.limits.write_time); }

  HttpStream stream_;
  Peer peer_;
  StatusCounts* counts_ = nullptr;  // where the request's answer is counted
  HttpServer const& server_;
};

}  // namespace

Awaitable<> serve_connection(std::unique_ptr<Transport> transport, Peer peer, HttpServer const& server, Shard& shard) {
  // On the heap, so that what waits for long is small.
  auto const exchange = std::make_unique<Exchange>(std::move(transport), std::move(peer), server, shard);
  co_await exchange->serve();
}

}  // namespace runcast
