#pragma once

#include <cstdint>

#include <CLI/CLI.hpp>

namespace runcast::cli {

// The check of a flag's value: a whole number from `least` to `most`, both included. What it says of another value
// follows the flag's name and a colon.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

}  // namespace runcast::cli
