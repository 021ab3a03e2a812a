#include "handler/sockets/job_stream.hpp"

#include <fmt/format.h>

#include "hub/websocket/frame.hpp"

namespace runcast {

JobStream::JobStream(SystemFeed& feed, Conversations& conversations, MessageSocket& socket)
    : feed_(feed), socket_(socket), member_(conversations, Role::jobs, socket), subscription_(feed) {}

Awaitable<> JobStream::stream(std::optional<std::uint64_t> after) {
  bool const resumes = after && *after <= feed_.board().upto();
  if (resumes) subscription_.move_to(*after);
  socket_.spawn([](JobStream& self, bool anew) -> Awaitable<> {
    if (anew) co_await self.begin_anew();
    co_await self.tell();
  }(*this, !resumes));
  co_await socket_.run("", {});
}

Awaitable<> JobStream::tell() {
  while (co_await socket_.room()) {
    auto const delivery = co_await subscription_.next();
    if (!delivery) co_return socket_.finish(close_code::going_away, delivery.error().message);
    if (delivery->lost) co_await begin_anew();
    for (auto const& item : delivery->items) socket_.send(item.json(), to_string(item));
  }
}

// Only the last of them has an id: a client that is cut off in the middle gets all of them again.
Awaitable<> JobStream::begin_anew() {
  auto const now = co_await feed_.jobs_now();
  for (std::size_t i = 0; i < now.updates.size(); ++i) {
    if (!co_await socket_.room()) co_return;
    socket_.send(now.updates[i], i + 1 == now.updates.size() ? fmt::format("{}", now.event_id) : "");
  }
  subscription_.move_to(now.event_id);
}

}  // namespace runcast
