#include "server/places.hpp"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace runcast {

TEST_CASE("there are so many places, and one that is let go is free again") {
  Places places({2, 0});
  CHECK(places.limit() == 2);
  auto first = places.take("a");
  auto const second = places.take("a");
  CHECK(first);
  CHECK(second);
  CHECK_FALSE(places.take("b"));
  CHECK(places.taken() == 2);
  first.reset();
  CHECK(places.taken() == 1);
  CHECK(places.take("b"));
  CHECK(places.taken() == 1);  // it was let go at once
}

TEST_CASE("an address has its share, whatever others leave free") {
  Places places({10, 2});
  auto first = places.take("a");
  auto const second = places.take("a");
  CHECK_FALSE(places.take("a"));
  CHECK(places.taken() == 2);
  CHECK(places.take("b"));
  first.reset();
  auto const again = places.take("a");
  CHECK(again);
  CHECK_FALSE(places.take("a"));
}

TEST_CASE("one place is held by whoever has a part of it, and may outlive the count") {
  std::shared_ptr<void> place;
  {
    Places places({1, 1});
    place = places.take("a");
    auto const same = place;
    place.reset();
    CHECK(places.taken() == 1);
    place = same;
  }
  place.reset();
}

TEST_CASE("threads that take and give back at once never have more than there are, and leave none taken") {
  Places places({3, 2});
  std::atomic<int> held = 0;
  std::atomic<bool> exceeded = false;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, address = t % 2 ? "odd" : "even"] {
        for (int i = 0; i < 2'000; ++i) {
          auto const place = places.take(address);
          if (!place) continue;
          if (++held > 3) exceeded = true;
          --held;
        }
      });
    }
  }
  CHECK_FALSE(exceeded);
  CHECK(places.taken() == 0);
}

}  // namespace runcast
