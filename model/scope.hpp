#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace runcast {

// What a call needs its caller to be allowed.
enum class Scope : std::uint8_t {
  open,    // nothing: whoever reaches the server
  read,    // to look: runs, logs, streams, monitors
  submit,  // to start, steer and end runs and jobs
  work,    // to take jobs and answer for them
  admin,   // everything
};

// The name as `--scope` and messages have it.
std::string_view to_string(Scope scope);

// What a caller is allowed.
class Scopes {
 public:
  Scopes() = default;  // nothing

  static Scopes all();
  // A list, `read,submit`. invalid: it is empty, or has a name that is none.
  static Result<Scopes> parse(std::string_view list);

  bool allow(Scope scope) const;
  std::string str() const;  // as parse() takes it, in one order

  friend bool operator==(Scopes, Scopes) = default;

 private:
  std::uint8_t bits_ = 0;
};

}  // namespace runcast
