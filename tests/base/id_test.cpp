#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/id.hpp"

using namespace runcast;

TEST_CASE("an id's text leads back to the same id") {
  UlidSource source{42};
  for (int i = 0; i < 1'000; ++i) {
    auto const id = source.next(from_epoch_ms(1'763'682'352'000 + i * 7));
    auto const text = id.str();
    REQUIRE(text.size() == Ulid::text_size);
    REQUIRE(Ulid::parse(text).value() == id);
  }
}

TEST_CASE("an id carries the time at which it was made") {
  UlidSource source{42};
  auto const now = from_epoch_ms(1'763'682'352'123);
  auto const id = source.next(now);
  CHECK(id.time() == now);
  CHECK(Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value().time() == from_epoch_ms(1'469'922'850'259));
}

TEST_CASE("an id is read in either case and written in capitals") {
  CHECK(Ulid::parse("01arz3ndektsv4rrffq69g5fav").value().str() == "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  CHECK(Ulid::parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ").value().str() == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  CHECK(Ulid::parse("00000000000000000000000000").value().empty());
}

TEST_CASE("what is not exactly 26 characters of Crockford's base 32, within 128 bits, is no id") {
  std::vector<std::string> const faulty{
      "",
      "01ARZ3NDEKTSV4RRFFQ69G5FA",
      "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
      "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
      "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
      "01ARZ3NDEKTSV4RRFFQ69G5FAI",
      "01ARZ3NDEKTSV4RRFFQ69G5FAL",
      "01ARZ3NDEKTSV4RRFFQ69G5FAO",
      "01ARZ3NDEKTSV4RRFFQ69G5FAU",
      "01ARZ3NDEKTSV4RRFFQ69G5FA ",
      "01ARZ3NDEKTSV4RRFFQ69G5FA-",
      "../../../../../etc/passwd.",
      "01ARZ3NDEKTSV4RRFFQ69G5F\xC3\xA9",
      std::string(26, '\0'),
  };
  for (auto const& text : faulty) {
    INFO(text);
    auto const parsed = RunId::parse(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().code == Errc::invalid);
  }
}

TEST_CASE("ids grow within a millisecond, and when the clock goes back, as numbers and as texts") {
  UlidSource source{7};
  std::vector<std::int64_t> const clock{1'000, 1'000, 1'000, 1'001, 999, 500, 1'001, 2'000, 2'000, 1};
  auto last = source.next(from_epoch_ms(1'000));
  for (int round = 0; round < 100; ++round) {
    for (auto const ms : clock) {
      auto const next = source.next(from_epoch_ms(ms));
      REQUIRE(next > last);
      REQUIRE(next.str() > last.str());
      last = next;
    }
  }
}

TEST_CASE("ids made by several threads at once are all different") {
  constexpr std::size_t each = 20'000;
  std::vector<std::vector<Ulid>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& ids : made) {
      threads.emplace_back([&ids] {
        for (std::size_t i = 0; i < each; ++i) ids.push_back(next_ulid());
      });
    }
  }
  std::unordered_set<Ulid> all;
  for (auto const& ids : made) {
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    all.insert(ids.begin(), ids.end());
  }
  CHECK(all.size() == made.size() * each);
}
