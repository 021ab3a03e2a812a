#include "feed/board.hpp"

#include <algorithm>

namespace runcast {
namespace {

constexpr std::size_t index_of(Audience audience) { return static_cast<std::size_t>(audience); }

}  // namespace

void Board::append(std::shared_ptr<FeedBatch const> batch) {
  std::vector<std::shared_ptr<Waiter>> woken;
  {
    std::lock_guard lock(mutex_);
    upto_ = batch->upto;
    for (auto const audience : {Audience::monitors, Audience::clients, Audience::job_stream}) {
      if (!batch->made_for(audience)) {
        floors_[index_of(audience)] = upto_;
        continue;
      }
      auto& waiting = waiting_[index_of(audience)];
      woken.insert(woken.end(), waiting.begin(), waiting.end());
      waiting.clear();
    }
    for (std::size_t i = 0; i < batch->clients.size(); ++i) {
      auto const found = by_job_.find(batch->clients.marks[i]);
      if (found == by_job_.end()) continue;
      for (Place* place : found->second) {
        place->offer(batch, i);
        if (place->waiter_) woken.push_back(std::exchange(place->waiter_, nullptr));
      }
    }
    bool const made = std::ranges::any_of(floors_, [&](std::uint64_t floor) { return floor < upto_; });
    if (made) {
      bytes_ += batch->bytes();
      batches_.push_back(std::move(batch));
      trim();
    }
  }
  for (auto const& waiter : woken) waiter->wake();
}

void Board::advance(std::uint64_t upto) {
  std::lock_guard lock(mutex_);
  upto_ = std::max(upto_, upto);
}

void Board::trim() {
  while (bytes_ > max_bytes_ && batches_.size() > 1) {
    bytes_ -= batches_.front()->bytes();
    for (auto& floor : floors_) floor = std::max(floor, batches_.front()->upto);
    batches_.pop_front();
  }
}

bool Board::wanted(Audience audience) const {
  std::lock_guard lock(mutex_);
  return members_[index_of(audience)] > 0;
}

void Board::close() {
  std::vector<std::shared_ptr<Waiter>> woken;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (auto& waiting : waiting_) {
      woken.insert(woken.end(), waiting.begin(), waiting.end());
      waiting.clear();
    }
    for (auto const& [job, places] : by_job_) {
      for (Place* place : places) {
        if (place->waiter_) woken.push_back(std::exchange(place->waiter_, nullptr));
      }
    }
  }
  for (auto const& waiter : woken) waiter->wake();
}

std::uint64_t Board::upto() const {
  std::lock_guard lock(mutex_);
  return upto_;
}

bool Board::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

Board::Membership::Membership(Board& board, Audience audience) : board_(board), audience_(audience) {
  std::lock_guard lock(board_.mutex_);
  ++board_.members_[index_of(audience_)];
}

Board::Membership::~Membership() {
  std::lock_guard lock(board_.mutex_);
  --board_.members_[index_of(audience_)];
}

std::optional<Board::Batches> Board::after(Audience audience, std::uint64_t position, std::size_t most) const {
  std::lock_guard lock(mutex_);
  return find_after(audience, position, most);
}

std::optional<Board::Batches> Board::find_after(Audience audience, std::uint64_t position, std::size_t most) const {
  if (position < floors_[index_of(audience)]) return std::nullopt;
  auto const first = std::ranges::partition_point(batches_, [&](auto const& batch) { return batch->upto <= position; });
  auto const count = std::min(most, static_cast<std::size_t>(batches_.end() - first));
  return Batches(first, first + static_cast<std::ptrdiff_t>(count));
}

Awaitable<> Board::wait(Audience audience, std::uint64_t position) {
  auto const waiter = std::make_shared<Waiter>();
  {
    std::lock_guard lock(mutex_);
    if (closed_) co_return;
    auto const there = find_after(audience, position, 1);
    if (!there || !there->empty()) co_return;
    auto& waiting = waiting_[index_of(audience)];
    // Whoever was cancelled while waiting is still listed; nobody else holds his waiter.
    std::erase_if(waiting, [](auto const& other) { return other.use_count() == 1; });
    waiting.push_back(waiter);
  }
  if (!co_await waiter->wait()) throw_cancelled();
}

}  // namespace runcast
