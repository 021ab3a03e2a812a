#include <algorithm>

#include "feed/board.hpp"

namespace runcast {
namespace {

constexpr std::size_t full_inbox = 256;      // messages that wait for a client, before it is behind
constexpr std::size_t batches_at_once = 64;  // that a client who is behind looks through under the lock

}  // namespace

Board::Place::~Place() {
  std::lock_guard lock(board_.mutex_);
  for (auto const& [job, told] : jobs_) {
    auto const found = board_.by_job_.find(job);
    std::erase(found->second, this);
    if (found->second.empty()) board_.by_job_.erase(found);
  }
}

bool Board::Place::add(std::string const& job, std::uint64_t after) {
  std::shared_ptr<Waiter> waiter;
  {
    std::lock_guard lock(board_.mutex_);
    if (!jobs_.try_emplace(job, after).second) return false;
    board_.by_job_[job].push_back(this);
    if (after >= board_.upto_) return true;
    position_ = behind_ ? std::min(position_, after) : after;
    behind_ = true;
    waiter = std::exchange(waiter_, nullptr);
  }
  if (waiter) waiter->wake();
  return true;
}

void Board::Place::remove(std::string const& job) {
  std::lock_guard lock(board_.mutex_);
  if (jobs_.erase(job) == 0) return;
  auto const found = board_.by_job_.find(job);
  std::erase(found->second, this);
  if (found->second.empty()) board_.by_job_.erase(found);
}

bool Board::Place::has(std::string const& job) const {
  std::lock_guard lock(board_.mutex_);
  return jobs_.contains(job);
}

std::size_t Board::Place::jobs() const {
  std::lock_guard lock(board_.mutex_);
  return jobs_.size();
}

std::vector<std::string> Board::Place::followed() const {
  std::lock_guard lock(board_.mutex_);
  std::vector<std::string> jobs;
  for (auto const& [job, told] : jobs_) jobs.push_back(job);
  return jobs;
}

// Under the lock. Whether this event's message goes to the client; it counts as told then.
bool Board::Place::due(std::string const& job, std::uint64_t id) {
  auto const found = jobs_.find(job);
  if (found == jobs_.end() || id <= found->second) return false;
  found->second = id;
  return true;
}

// Under the lock.
void Board::Place::offer(std::shared_ptr<FeedBatch const> const& batch, std::size_t frame) {
  std::uint64_t const id = batch->clients.messages->frames()[frame].position;
  if (behind_) return;
  if (inbox_.size() >= full_inbox) {
    behind_ = true;
    position_ = id - 1;
    return;
  }
  if (due(batch->clients.marks[frame], id)) inbox_.push_back({id, 0, true, batch->clients.messages, frame});
}

Board::Place::Taken Board::Place::take() {
  std::lock_guard lock(board_.mutex_);
  Taken taken;
  taken.items = std::exchange(inbox_, {});
  if (taken.items.empty() && behind_) catch_up(taken);
  return taken;
}

// Under the lock.
void Board::Place::catch_up(Taken& taken) {
  auto const batches = board_.find_after(Audience::clients, position_, batches_at_once);
  if (!batches) {
    taken.read_after = position_;
    return;
  }
  for (auto const& batch : *batches) {
    for (std::size_t i = 0; i < batch->clients.size(); ++i) {
      std::uint64_t const id = batch->clients.messages->frames()[i].position;
      if (due(batch->clients.marks[i], id)) taken.items.push_back({id, 0, true, batch->clients.messages, i});
    }
    position_ = batch->upto;
  }
  behind_ = batches->size() == batches_at_once;
}

std::vector<FeedItem> Board::Place::resume(std::vector<std::pair<std::string, FeedItem>> const& read,
                                           std::uint64_t after, std::uint64_t upto) {
  std::lock_guard lock(board_.mutex_);
  std::vector<FeedItem> items;
  for (auto const& [job, item] : read) {
    if (due(job, item.id)) items.push_back(item);
  }
  if (position_ == after) position_ = upto;  // else a job that is further behind was added meanwhile
  return items;
}

Awaitable<> Board::Place::wait() {
  auto const waiter = std::make_shared<Waiter>();
  {
    std::lock_guard lock(board_.mutex_);
    if (board_.closed_ || behind_ || !inbox_.empty()) co_return;
    waiter_ = waiter;
  }
  if (!co_await waiter->wait()) throw_cancelled();
}

void Board::Place::wake() {
  std::shared_ptr<Waiter> waiter;
  {
    std::lock_guard lock(board_.mutex_);
    waiter = std::exchange(waiter_, nullptr);
  }
  if (waiter) waiter->wake();
}

}  // namespace runcast
