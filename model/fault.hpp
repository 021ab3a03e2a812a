#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace runcast {

// One thing that is wrong with a JSON document that somebody sent.
struct Fault {
  std::string pointer;  // where: a JSON Pointer (RFC 6901) from the root of what was sent
  std::string message;  // what: a sentence for a person, without a trailing full stop

  friend bool operator==(Fault const&, Fault const&) = default;
};

using Faults = std::vector<Fault>;

// A value, or everything that is wrong with what it was to be made from (then at least one fault).
template <class T>
using Checked = boost::system::result<T, Faults>;

// Something wrong within a short text: an expression, a template, a cron line.
struct TextError {
  std::size_t position = 0;  // in bytes, from 0; at most the text's size
  std::string message;

  friend bool operator==(TextError const&, TextError const&) = default;
};

// "at character 5: expected ')'"; characters count from 1, as an editor's columns do.
std::string to_string(TextError const& error);

// Boost's hooks: what `value()` throws where a caller insists on a value. A bug by definition.
[[noreturn]] void throw_exception_from_error(Faults const& faults, boost::source_location const& where);
[[noreturn]] void throw_exception_from_error(TextError const& error, boost::source_location const& where);

}  // namespace runcast
