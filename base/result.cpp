#include "base/result.hpp"

#include <stdexcept>

namespace runcast {

void throw_exception_from_error(Error const& error, boost::source_location const& where) {
  throw std::logic_error(error.message + " (" + where.file_name() + ":" + std::to_string(where.line()) + ")");
}

}  // namespace runcast
