#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "hub/shard.hpp"

namespace runcast {

// Sends committed events to whoever follows their log. One shard for each thread that has connections; an event crosses
// to a shard once for each batch, and only where somebody there follows its log.
class Hub {
 public:
  // At most 64 executors.
  Hub(HubOptions options, History& history, std::span<asio::any_io_executor const> executors);

  HubOptions const& options() const { return options_; }
  Shard& shard(std::size_t index) { return *shards_[index]; }
  std::size_t shards() const { return shards_.size(); }

  // To be called once the events are stored, batch by batch in their order. Waits only where a shard's inbox is full,
  // never for a client. Any thread.
  Awaitable<> publish(std::vector<Publication> publications);

  // Which shards have followers of a log; shards say so themselves. Any thread.
  void want(Ulid log, std::size_t shard);
  void unwant(Ulid log, std::size_t shard);

 private:
  std::uint64_t wanted_by(Ulid log) const;

  HubOptions options_;
  std::vector<std::unique_ptr<Shard>> shards_;
  mutable std::mutex mutex_;
  std::unordered_map<Ulid, std::uint64_t> wanted_;  // a bit for each shard
};

}  // namespace runcast
