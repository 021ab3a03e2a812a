#include "cli/terminal/local_time.hpp"

#include <fmt/chrono.h>

namespace runcast::cli {
namespace {

std::tm local(Timestamp time) {
  return fmt::localtime(std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time)));
}

}  // namespace

std::string local_time_of_day(Timestamp time) {
  auto const ms = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
  return fmt::format("{:%H:%M:%S}.{:03}", local(time), ms);
}

std::string local_date_time(Timestamp time) { return fmt::format("{:%Y-%m-%d %H:%M:%S}", local(time)); }

}  // namespace runcast::cli
