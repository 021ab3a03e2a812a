#pragma once

#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace runcast {

// What kind of thing went wrong; a caller decides by it, `handler/` alone turns it into an HTTP status.
enum class Errc {
  invalid,    // the caller's input is wrong
  not_found,  // no such thing
  conflict,   // it contradicts what is there already
  too_large,  // a stated limit was passed
  busy,       // a bound was reached for now; trying again may succeed
  forbidden,  // the caller may not do this
  cancelled,  // somebody asked for it to stop
  timed_out,  // its time was up
  closed,     // the other end, or the thing itself, is closed
  io,         // the operating system or the database refused
  corrupt,    // stored data is not what it must be
};

struct Error {
  Errc code;
  std::string message;  // a sentence for a person, without a trailing full stop

  friend bool operator==(Error const&, Error const&) = default;
};

// A value, or the reason why there is none. For what can be expected to happen; exceptions are for bugs and
// cancellation.
template <class T>
using Result = boost::system::result<T, Error>;

inline Error fail(Errc code, std::string message) { return Error{code, std::move(message)}; }

// Boost's hook: what `Result::value()` throws where a caller insists on a value. A bug by definition.
[[noreturn]] void throw_exception_from_error(Error const& error, boost::source_location const& where);

}  // namespace runcast
