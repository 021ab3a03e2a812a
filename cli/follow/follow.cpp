#include "cli/follow/follow.hpp"

#include <random>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/asio.hpp"
#include "base/duration.hpp"
#include "cli/follow/backoff.hpp"
#include "cli/follow/interrupt.hpp"
#include "cli/net/websocket_client.hpp"

namespace runcast::cli {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr Millis tick_interval{100};
constexpr unsigned close_normal = 1000;
constexpr unsigned close_refused = 1008;

Awaitable<> pause(Millis duration) {
  asio::steady_timer timer{co_await asio::this_coro::executor, duration};
  co_await timer.async_wait(asio::use_awaitable);
}

std::string_view why_gap(std::string_view reason) {
  if (reason == "retention") return "earlier events are gone by the server's retention";
  if (reason == "future") return "the log ends before the event to go on after";
  if (reason == "epoch") return "the log is another one since: what was shown of it may no longer hold";
  return "the log has a gap";
}

class Follower {
 public:
  Follower(ApiClient const& client, FollowRequest const& request, EventSink& sink)
      : client_(client),
        request_(request),
        sink_(sink),
        cursor_(request.start, request.filter),
        is_known_(client.has_answered()) {}

  Awaitable<OrRefusal<RunStatus>> run() {
    for (int attempt = 0;; ++attempt) {
      auto lost = co_await listen();
      if (refusal_) co_return *refusal_;
      if (ended_) co_return *ended_;
      if (!is_known_) co_return no_server(lost);
      if (!std::exchange(is_lost_, true)) {
        attempt = 0;
        lost_since_ = std::chrono::steady_clock::now();
        sink_.notice(fmt::format("{}; looking for it again", lost.message));
      }
      if (std::chrono::steady_clock::now() - lost_since_ > request_.retry_for) {
        lost.message += fmt::format(", for {}", format_duration(request_.retry_for));
        co_return no_server(lost);
      }
      co_await pause(backoff_delay(attempt, std::uniform_real_distribution<>{}(random_)));
    }
  }

  Awaitable<> tick() {
    for (;;) {
      co_await pause(tick_interval);
      sink_.tick(wall_clock_now());
    }
  }

 private:
  // Reads until the stream ends in some way; tells why, where that is not the end of the run nor a refusal.
  Awaitable<Error> listen() {
    auto const path = fmt::format("/api/v2/workflows/runs/{}/stream{}", percent_encode(request_.run), cursor_.query());
    auto opened = co_await WebSocketClient::open(client_.server(), client_.token(), path);
    if (!opened) co_return take_failure(opened.error());
    auto& socket = **opened;
    for (;;) {
      auto const text = co_await socket.read();
      if (!text) co_return take_close(socket.close_code(), text.error());
      take(cursor_.read(*text), *text);
      if (!socket.has_waiting()) sink_.idle();
    }
  }

  void take(StreamMessage const& message, std::string_view text) {
    if (auto const* delivery = std::get_if<stream::Delivery>(&message)) {
      sink_.event(delivery->event, text);
      if (auto const* end = std::get_if<events::RunComplete>(&delivery->event.payload);
          end && delivery->event.type == EventType::run_complete) {
        status_ = end->status;
      }
    } else if (auto const* gap = std::get_if<stream::Gap>(&message)) {
      take_gap(*gap);
    } else if (auto const* opened = std::get_if<stream::Opened>(&message)) {
      status_ = opened->status;
      if (std::exchange(is_lost_, false)) sink_.notice("the server is back");
      is_known_ = true;
    }
  }

  void take_gap(stream::Gap const& gap) {
    sink_.notice(fmt::format("{}; going on from event {}", why_gap(gap.reason), gap.first_seq));
    if (gap.reason != "retention") sink_.restart();
  }

  Error take_failure(OpenFailure const& failure) {
    if (!failure.refusal) return failure.error;
    auto refusal = refused(*failure.refusal);
    if (refusal.exit_code == exit_code::bad_use) refusal_ = refusal;
    return fail(Errc::busy, std::move(refusal.message));
  }

  Error take_close(unsigned code, Error const& error) {
    if (code == close_normal && status_ && has_ended(*status_)) ended_ = status_;
    if (code == close_refused) refusal_ = bad_use("the server does not allow this stream");
    return error;
  }

  ApiClient const& client_;
  FollowRequest const& request_;
  EventSink& sink_;
  StreamCursor cursor_;
  std::minstd_rand random_{std::random_device{}()};
  std::optional<RunStatus> status_;  // the newest that is known
  std::optional<RunStatus> ended_;
  std::optional<Refusal> refusal_;
  bool is_known_;         // a server was there, for this following or for a call before it
  bool is_lost_ = false;  // since `lost_since_`
  SteadyTime lost_since_;
};

}  // namespace

OrRefusal<std::optional<RunStatus>> follow(ApiClient const& client, FollowRequest const& request, EventSink& sink) {
  Follower follower{client, request, sink};
  OrRefusal<std::optional<RunStatus>> outcome{std::optional<RunStatus>{}};
  asio::io_context io{1};
  Interrupt const interrupt{io.get_executor(), [&io] { io.stop(); }};
  asio::co_spawn(io, follower.run(), [&](std::exception_ptr thrown, OrRefusal<RunStatus> const& ended) {
    if (thrown) std::rethrow_exception(thrown);
    if (ended) {
      outcome = std::optional{*ended};
    } else {
      outcome = ended.error();
    }
    io.stop();
  });
  asio::co_spawn(io, follower.tick(), [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  io.run();
  sink.finish();
  return outcome;
}

}  // namespace runcast::cli
