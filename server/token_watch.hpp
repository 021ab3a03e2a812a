#pragma once

#include <boost/asio/steady_timer.hpp>

#include "base/asio.hpp"
#include "handler/access.hpp"
#include "handler/sockets/conversations.hpp"
#include "hub/hub.hpp"
#include "store/tokens.hpp"

namespace runcast {

// Keeps a running server's knowledge of the tokens up to date, as other processes make and revoke them and as their
// time passes; ends the streams of those that hold no longer. On one thread.
class TokenWatch {
 public:
  static constexpr Millis period{250};

  TokenWatch(std::filesystem::path data_dir, Access& access, Hub& hub, Conversations& conversations)
      : data_dir_(std::move(data_dir)), access_(access), hub_(hub), conversations_(conversations) {}

  // Reads them for the first time.
  Result<void> start();

  // Until it is cancelled. `on_fault` is told when they cannot be read; what is known then holds on.
  Awaitable<> run(std::function<void(std::string const&)> on_fault);

 private:
  Result<void> look();
  Result<void> find();
  void take(Timestamp now);

  std::filesystem::path data_dir_;
  std::optional<Tokens> tokens_;  // once there are any
  Access& access_;
  Hub& hub_;
  Conversations& conversations_;
  std::vector<TokenRow> rows_;
  std::int64_t version_ = 0;
};

}  // namespace runcast
