#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/connection.hpp"
#include "store/types.hpp"

namespace runcast {

// The tokens of a server: a small database of its own in the data directory, so that they can be made and revoked
// beside a running server, which holds the other one. Used by one thread at a time.
class Tokens {
 public:
  static constexpr char const* file_name = "tokens.db";

  struct Request {
    std::string name;  // empty: one is made up
    Scopes scopes;
    std::optional<Millis> lifetime;  // none: until it is revoked
  };
  struct Created {
    TokenRow row;
    std::string token;  // to be shown once
  };

  // Makes the directory and the database, private to this user, where they are missing. `patience`: how long another's
  // lock is waited for.
  static Result<Tokens> open(std::filesystem::path const& data_dir, Millis patience = Millis(5000));

  // The same where there is a database already; nothing otherwise.
  static Result<std::optional<Tokens>> open_existing(std::filesystem::path const& data_dir, Millis patience);

  // conflict: the name is taken; invalid: it is too long or holds control characters.
  Result<Created> create(Request const& request, Timestamp now);

  // By id or by name. not_found: none of those that still hold.
  Result<TokenRow> revoke(std::string_view token, Timestamp now);

  // Revoked ones too, in the order in which they were made.
  Result<std::vector<TokenRow>> list();

  // Differs from an earlier value where another program has changed something since.
  Result<std::int64_t> version();

 private:
  explicit Tokens(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  std::unique_ptr<Connection> connection_;
};

}  // namespace runcast
