#include "hub/wheel.hpp"

namespace runcast {

void Wheel::add(Client& client, Client::Clock::time_point when) {
  client.next_tick = when;
  auto const steps = std::max<std::int64_t>(1, (when - turned_to_ + step - Client::Clock::duration(1)) / step);
  auto const slot =
      (current_ + std::min<std::size_t>(static_cast<std::size_t>(steps), slots_.size() - 1)) % slots_.size();
  slots_[slot].push_back({client.weak_from_this(), when});
}

void Wheel::turn(Client::Clock::time_point now) {
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

}  // namespace runcast
