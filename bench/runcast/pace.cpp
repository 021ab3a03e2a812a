#include "bench/runcast/pace.hpp"

#include <algorithm>

namespace runcast::bench {

std::shared_ptr<Pace::Progress> Pace::join() {
  clients_.push_back(std::make_shared<Progress>(published_));
  return clients_.back();
}

void Pace::leave(std::shared_ptr<Progress> const& progress) {
  std::erase(clients_, progress);
  behind_ = count_behind();
  if (behind_ == 0) changed_.cancel();
}

void Pace::took(Progress& progress, std::size_t bytes) {
  bool const was_behind = progress.taken < mark_;
  progress.taken += bytes;
  if (was_behind && progress.taken >= mark_ && --behind_ == 0) changed_.cancel();
}

Awaitable<> Pace::publish(std::size_t bytes) {
  published_ += bytes;
  if (published_ < max_ahead) co_return;
  mark_ = published_ - max_ahead;
  behind_ = count_behind();
  while (behind_ > 0) {
    changed_.expires_at(asio::steady_timer::time_point::max());
    co_await changed_.async_wait(as_tuple);
  }
}

std::size_t Pace::count_behind() {
  return static_cast<std::size_t>(
      std::ranges::count_if(clients_, [this](auto const& client) { return client->taken < mark_; }));
}

std::size_t PacedTransport::write_some(std::span<asio::const_buffer const> buffers, sys::error_code& error) {
  std::size_t const taken = socket_.write_some(buffers, error);
  std::size_t const opening = std::min(opening_left_, taken);
  opening_left_ -= opening;
  pace_.took(*progress_, taken - opening);
  return taken;
}

}  // namespace runcast::bench
