#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace runcast {

// When each client wants its next tick(), to about a quarter of a second: adding and expiring cost the same however
// many there are. `T` is held by a shared_ptr, and has
//   Time next_tick;       // it counts only at this time, its newest
//   Time tick(Time now);  // does what is due, and tells when it next wants to be called
// One thread.
template <class T>
class Wheel {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  static constexpr std::chrono::milliseconds step{250};

  explicit Wheel(Time now) : turned_to_(now) {}

  void add(T& client, Time when) {
    client.next_tick = when;
    auto const steps = std::max<std::int64_t>(1, (when - turned_to_ + step - Clock::duration(1)) / step);
    auto const ahead = std::min(static_cast<std::size_t>(steps), slots_.size() - 1);
    slots_[(current_ + ahead) % slots_.size()].push_back({client.weak_from_this(), when});
  }

  // Ticks those that are due, and takes their next times.
  void turn(Time now) {
    while (turned_to_ + step <= now) {
      turned_to_ += step;
      current_ = (current_ + 1) % slots_.size();
      auto const due = std::exchange(slots_[current_], {});
      for (auto const& [weak, when] : due) {
        auto const client = weak.lock();
        if (!client || client->next_tick != when) continue;
        add(*client, when <= turned_to_ ? client->tick(now) : when);
      }
    }
  }

 private:
  struct Entry {
    std::weak_ptr<T> client;
    Time when;
  };

  std::array<std::vector<Entry>, 256> slots_;  // 64 s; what lies further is looked at then, and added again
  std::size_t current_ = 0;
  Time turned_to_;
};

}  // namespace runcast
