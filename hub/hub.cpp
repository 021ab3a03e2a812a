#include "hub/hub.hpp"

#include <stdexcept>

namespace runcast {

Hub::Hub(HubOptions options, History& history, std::span<asio::any_io_executor const> executors)
    : options_(std::move(options)) {
  if (executors.size() > 64) throw std::invalid_argument("a hub has at most 64 shards");
  for (auto const& executor : executors) {
    shards_.push_back(std::make_unique<Shard>(executor, shards_.size(), *this, history));
  }
}

Awaitable<> Hub::publish(std::vector<Publication> publications) {
  std::vector<std::vector<Publication>> parts(shards_.size());
  for (auto const& publication : publications) {
    auto const shards = wanted_by(publication.log);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (shards >> i & 1) parts[i].push_back(publication);
    }
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].empty()) co_await shards_[i]->publish(std::move(parts[i]));
  }
}

void Hub::want(Ulid log, std::size_t shard) {
  std::lock_guard lock(mutex_);
  wanted_[log] |= std::uint64_t{1} << shard;
}

void Hub::unwant(Ulid log, std::size_t shard) {
  std::lock_guard lock(mutex_);
  auto const found = wanted_.find(log);
  if (found == wanted_.end()) return;
  found->second &= ~(std::uint64_t{1} << shard);
  if (found->second == 0) wanted_.erase(found);
}

std::uint64_t Hub::wanted_by(Ulid log) const {
  std::lock_guard lock(mutex_);
  auto const found = wanted_.find(log);
  return found == wanted_.end() ? 0 : found->second;
}

}  // namespace runcast
