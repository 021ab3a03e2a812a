#include "server/places.hpp"

namespace runcast {

std::shared_ptr<void> Places::take(std::string const& address) {
  auto& state = *state_;
  bool const counted = state.limits.of_an_address > 0;
  std::lock_guard lock(state.mutex);
  if (state.taken >= state.limits.all) return nullptr;
  if (counted) {
    auto& count = state.of_address[address];
    if (count >= state.limits.of_an_address) return nullptr;
    ++count;
  }
  ++state.taken;
  return {state_.get(),
          [keep = state_, address = counted ? address : std::string()](void*) { keep->give_back(address); }};
}

void Places::State::give_back(std::string const& address) {
  std::lock_guard lock(mutex);
  --taken;
  if (limits.of_an_address == 0) return;
  auto const found = of_address.find(address);
  if (--found->second == 0) of_address.erase(found);
}

std::size_t Places::taken() const {
  std::lock_guard lock(state_->mutex);
  return state_->taken;
}

}  // namespace runcast
