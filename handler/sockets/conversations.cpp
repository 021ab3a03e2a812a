#include "handler/sockets/conversations.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "hub/message_socket.hpp"

namespace runcast {

std::string_view to_string(Role role) {
  constexpr std::array<std::string_view, roles> names{"monitor", "client", "worker", "jobs"};
  return names[static_cast<std::size_t>(role)];
}

Conversations::Member::Member(Conversations& all, Role role, MessageSocket& socket)
    : all_(all), role_(role), socket_(socket) {
  std::lock_guard lock(all_.mutex_);
  ++all_.of(role_).open;
  all_.members_.emplace(&socket_, socket_.executor());
  if (all_.stopping_) socket_.finish(close_code::going_away, "the server is going down");
}

Conversations::Member::~Member() {
  std::lock_guard lock(all_.mutex_);
  all_.members_.erase(&socket_);
  --all_.of(role_).open;
  if (socket_.too_slow()) ++all_.of(role_).too_slow;
}

void Conversations::Member::note_resumed() {
  std::lock_guard lock(all_.mutex_);
  ++all_.of(role_).resumed;
}

void Conversations::Member::note_anew() {
  std::lock_guard lock(all_.mutex_);
  ++all_.of(role_).anew;
}

ConversationCounts Conversations::counts(Role role) const {
  std::lock_guard lock(mutex_);
  return counts_[static_cast<std::size_t>(role)];
}

std::size_t Conversations::size() const {
  std::lock_guard lock(mutex_);
  return members_.size();
}

// On each socket's thread, where it cannot go meanwhile.
void Conversations::each(Visit const& visit) {
  std::lock_guard lock(mutex_);
  for (auto const& [socket, executor] : members_) {
    asio::post(executor, [this, socket, visit] {
      {
        std::lock_guard still_there(mutex_);
        if (!members_.contains(socket)) return;
      }
      visit(*socket);
    });
  }
}

void Conversations::end_unpermitted() {
  each([](MessageSocket& socket) {
    if (!socket.permitted()) socket.finish(close_code::policy_violation, "the token holds no longer");
  });
}

Awaitable<> Conversations::stop(Millis bound) {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  each([](MessageSocket& socket) { socket.finish(close_code::going_away, "the server is going down"); });
  asio::steady_timer timer(co_await asio::this_coro::executor);
  auto const until = std::chrono::steady_clock::now() + bound;
  while (size() > 0 && std::chrono::steady_clock::now() < until) {
    timer.expires_after(Millis(10));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace runcast
