#include <catch2/catch.hpp>

#include "base/clock.hpp"

using namespace runcast;

TEST_CASE("a time is written in UTC with its milliseconds") {
  CHECK(iso8601(from_epoch_ms(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(iso8601(from_epoch_ms(1'763'683'152'123)) == "2025-11-20T23:59:12.123Z");
  CHECK(iso8601(from_epoch_ms(1'709'164'800'007)) == "2024-02-29T00:00:00.007Z");
  CHECK(http_date(from_epoch_ms(1'763'683'152'123)) == "Thu, 20 Nov 2025 23:59:12 GMT");
}

TEST_CASE("milliseconds since the epoch survive the way to a time and back") {
  for (std::int64_t const ms : {0LL, 1LL, 999LL, 1'763'682'352'123LL}) CHECK(to_epoch_ms(from_epoch_ms(ms)) == ms);
}

TEST_CASE("the system's time never goes back behind a time that was stored before a restart") {
  auto const before = system_time();
  auto const stored = before + std::chrono::hours{1};
  raise_system_time(stored);
  CHECK(system_time() >= stored);
  raise_system_time(before);
  CHECK(system_time() >= stored);
}
