#include <cstdlib>
#include <cstring>

#include "model/cron.hpp"

// Whatever is written, it is an error at a place within it, or a schedule that only goes forward. The first four bytes
// are the time to begin at, in seconds.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  std::uint32_t seconds = 0;
  if (size < sizeof seconds) return 0;
  std::memcpy(&seconds, data, sizeof seconds);
  std::string_view const text(reinterpret_cast<char const*>(data) + sizeof seconds, size - sizeof seconds);
  auto const cron = Cron::parse(text);
  if (!cron) {
    if (cron.error().position > text.size() || cron.error().message.empty()) std::abort();
    return 0;
  }
  static auto const zone = *TimeZone::find("Europe/Berlin");
  Timestamp after{std::chrono::seconds(seconds)};
  for (int i = 0; i < 5; ++i) {
    auto const next = cron->next_after(zone, after);
    if (!next || *next <= after) std::abort();
    after = *next;
  }
  return 0;
}
