#include "store/budget.hpp"

#include <algorithm>
#include <vector>

namespace runcast {

Awaitable<Result<Weight>> Budget::acquire(Weight weight) {
  weight = {std::min(weight.events, limit_.events), std::min(weight.bytes, limit_.bytes)};
  std::shared_ptr<Place> place;
  {
    std::lock_guard lock(mutex_);
    if (closed_) co_return *closed_;
    if (line_.empty() && take(weight)) co_return weight;
    place = std::make_shared<Place>(weight);
    line_.push_back(place);
  }
  co_await place->wait();
  std::lock_guard lock(mutex_);
  if (place->granted) co_return weight;
  if (closed_) co_return *closed_;
  std::erase(line_, place);
  throw_cancelled();
}

void Budget::release(Weight taken) {
  std::vector<std::shared_ptr<Place>> granted;
  {
    std::lock_guard lock(mutex_);
    free_.events += taken.events;
    free_.bytes += taken.bytes;
    while (!line_.empty() && take(line_.front()->weight)) {
      line_.front()->granted = true;
      granted.push_back(std::move(line_.front()));
      line_.pop_front();
    }
  }
  for (auto const& place : granted) place->wake();
}

void Budget::close(Error const& why) {
  std::deque<std::shared_ptr<Place>> refused;
  {
    std::lock_guard lock(mutex_);
    if (!closed_) closed_ = why;
    refused.swap(line_);
  }
  for (auto const& place : refused) place->wake();
}

bool Budget::take(Weight weight) {
  if (weight.events > free_.events || weight.bytes > free_.bytes) return false;
  free_.events -= weight.events;
  free_.bytes -= weight.bytes;
  return true;
}

}  // namespace runcast
