#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace runcast {

// How many connections there may be at once. Any thread.
class Places {
 public:
  struct Limits {
    std::size_t all = 0;
    std::size_t of_an_address = 0;  // 0: no bound
  };

  explicit Places(Limits limits) : state_(std::make_shared<State>()) { state_->limits = limits; }

  // A place, free again when it is let go; null: none is left. `address` as address_key() has it.
  std::shared_ptr<void> take(std::string const& address);

  std::size_t taken() const;
  std::size_t limit() const { return state_->limits.all; }

 private:
  struct State {
    Limits limits;
    std::mutex mutex;
    std::size_t taken = 0;
    std::unordered_map<std::string, std::size_t> of_address;

    void give_back(std::string const& address);
  };

  std::shared_ptr<State> state_;  // places may be let go after this is gone
};

}  // namespace runcast
