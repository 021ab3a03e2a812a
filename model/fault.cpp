#include "model/fault.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <boost/throw_exception.hpp>

namespace runcast {

std::string to_string(TextError const& error) {
  return fmt::format("at character {}: {}", error.position + 1, error.message);
}

void throw_exception_from_error(Faults const& faults, boost::source_location const& where) {
  auto const first = faults.empty() ? std::string("no value") : faults.front().pointer + ": " + faults.front().message;
  boost::throw_exception(std::logic_error(first), where);
}

void throw_exception_from_error(TextError const& error, boost::source_location const& where) {
  boost::throw_exception(std::logic_error(to_string(error)), where);
}

}  // namespace runcast
