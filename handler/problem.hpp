#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "handler/http.hpp"
#include "model/fault.hpp"

namespace runcast {

// An application/problem+json answer (RFC 9457). `detail` is a sentence for a person.
Answer problem(unsigned status, std::string_view detail);

// The same, with every fault of a refused body and its place.
Answer problem(unsigned status, std::string_view detail, std::vector<Fault> const& faults);

// The only place where kinds of errors become HTTP statuses.
Answer problem(Error const& error);

}  // namespace runcast
