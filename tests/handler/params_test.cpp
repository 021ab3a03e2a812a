#include "handler/params.hpp"

#include <catch2/catch.hpp>

using namespace runcast;

namespace {

Request with(std::multimap<std::string, std::string> query) {
  Request request;
  request.query = std::move(query);
  return request;
}

std::int64_t time_of(std::string text) {
  auto const time = time_param(with({{"since", std::move(text)}}), "since");
  return time ? to_epoch_ms(**time) : -1;
}

}  // namespace

TEST_CASE("a time is milliseconds, or ISO 8601 with its zone") {
  CHECK(time_of("1763683152123") == 1763683152123);
  CHECK(time_of("2025-11-20") == 1763596800000);
  CHECK(time_of("2025-11-20T23:59:12Z") == 1763683152000);
  CHECK(time_of("2025-11-20T23:59:12.123Z") == 1763683152123);
  CHECK(time_of("2025-11-20T23:59:12.1Z") == 1763683152100);
  CHECK(time_of("2025-11-20T23:59:12.123999999999999999999Z") == 1763683152123);
  CHECK(time_of("2025-11-21T01:59:12+02:00") == 1763683152000);
  CHECK(time_of("2025-11-20T18:29:12-05:30") == 1763683152000);
  CHECK(time_of("2024-02-29") == 1709164800000);
  for (auto const* wrong : {"",
                            "soon",
                            "-5",
                            "2026-02-30",
                            "2025-11-20T23:59:12",
                            "2025-11-20T25:00:00Z",
                            "2025-11-20T23:59:12Zulu",
                            "2025-11-20Z",
                            "99999999999999999999",
                            "2025-02-29",
                            "2025-11-20T",
                            "2025-11-20T23:59:Z",
                            "2025-11-20T23:519:Z",
                            "2025-11-20T23:59:60Z",
                            "2025-11-20T23:60:00Z",
                            "2025-11-20T23:59:12.Z",
                            "2025-11-20T23:59:12+2:00",
                            "2025-1-20",
                            "2025-11-20T23:59:12+24:00",
                            "2025-00-01",
                            "+2025-11-20",
                            "2025-11-20T23:59:-1Z"}) {
    CHECK(time_of(wrong) == -1);
  }
}

TEST_CASE("a page begins after the later of `after` and `cursor`") {
  CHECK(*page_start_param(with({})) == 0);
  CHECK(*page_start_param(with({{"after", "5"}})) == 5);
  CHECK(*page_start_param(with({{"after", "5"}, {"cursor", ""}})) == 5);
  CHECK(*page_start_param(with({{"after", "5"}, {"cursor", "8"}})) == 8);
  CHECK(*page_start_param(with({{"cursor", "8"}})) == 8);
  CHECK(page_start_param(with({{"cursor", "x"}})).has_error());
  CHECK(page_start_param(with({{"after", "x"}, {"cursor", "8"}})).has_error());
}
