#include <stdexcept>

#include <date/tz.h>
#include <fmt/format.h>

#include "model/cron.hpp"

namespace runcast {

Result<TimeZone> TimeZone::find(std::string_view name) {
  try {
    auto const* zone = date::locate_zone(name);
    zone->get_info(std::chrono::sys_seconds{});  // read its file now, so that a broken one is found here
    return TimeZone(zone);
  } catch (std::runtime_error const&) {
    return fail(Errc::not_found, fmt::format("there is no time zone '{}'", name.substr(0, 64)));
  }
}

}  // namespace runcast
