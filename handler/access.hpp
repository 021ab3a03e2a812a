#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "handler/http.hpp"
#include "handler/problem.hpp"
#include "store/types.hpp"

namespace runcast {

// Who may call what. Without tokens everybody who reaches the server may do everything; as soon as one was made, every
// call needs one, and that stays so when it is revoked.
class Access {
 public:
  static constexpr std::string_view cookie = "runcast_token";

  // The tokens that there are. Permits of those that hold no longer are withdrawn; true: some were. One thread.
  bool take(std::vector<TokenRow> const& rows, Timestamp now);

  bool asks_for_tokens() const;
  bool any_holds() const;

  // The caller, by `Authorization: Bearer`, else by the cookie; or the answer that refuses it: 401 where it has no
  // token that holds, 403 where that has not the scope. nullopt: any token will do. Any thread.
  boost::system::result<Caller, Answer> admit(Request const& request, std::optional<Scope> scope) const;

  // Whose token it is; nothing where it is nobody's. Any thread.
  std::optional<Caller> owner_of(std::string_view token) const;

 private:
  struct Key {
    std::string hash;
    Caller caller;
    std::shared_ptr<Permit> permit;
  };
  using Ring = std::map<std::string, Key>;  // by id

  std::shared_ptr<Ring const> ring() const;

  mutable std::mutex mutex_;
  std::shared_ptr<Ring const> ring_ = std::make_shared<Ring>();
  bool asks_ = false;
};

// The value of a cookie among those of a `Cookie` header; empty where it is not there.
std::string_view cookie_value(std::string_view header, std::string_view name);

}  // namespace runcast
