#pragma once

#include <algorithm>
#include <array>
#include <chrono>

#include <boost/intrusive/list.hpp>

namespace runcast {

// When each client wants its next tick(), to about a quarter of a second: adding, moving and expiring cost the same
// however many there are, take no memory, and a client that goes leaves nothing behind. `T` derives from WheelHook, is
// held by a shared_ptr, and has
//   Time tick(Time now);  // does what is due, and tells when it next wants to be called
// One thread.
using WheelHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

template <class T>
class Wheel {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  static constexpr std::chrono::milliseconds step{250};

  explicit Wheel(Time now) : turned_to_(now) {}

  // `client.next_tick` keeps the time; one that was there before is forgotten.
  void add(T& client, Time when) {
    client.WheelHook::unlink();
    client.next_tick = when;
    auto const steps = std::max<std::int64_t>(1, (when - turned_to_ + step - Clock::duration(1)) / step);
    auto const ahead = std::min(static_cast<std::size_t>(steps), slots_.size() - 1);
    slots_[(current_ + ahead) % slots_.size()].push_back(client);
  }

  // Ticks those that are due, and takes their next times.
  void turn(Time now) {
    while (turned_to_ + step <= now) {
      turned_to_ += step;
      current_ = (current_ + 1) % slots_.size();
      Slot due;
      for (due.swap(slots_[current_]); !due.empty();) {
        auto const client = due.front().shared_from_this();
        due.pop_front();
        add(*client, client->next_tick <= turned_to_ ? client->tick(now) : client->next_tick);
      }
    }
  }

 private:
  using Slot = boost::intrusive::list<T, boost::intrusive::constant_time_size<false>>;

  std::array<Slot, 256> slots_;  // 64 s; what lies further is looked at then, and added again
  std::size_t current_ = 0;
  Time turned_to_;
};

}  // namespace runcast
