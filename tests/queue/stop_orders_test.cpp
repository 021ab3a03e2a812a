#include <catch2/catch.hpp>

#include "queue/stop_orders.hpp"

using namespace runcast;
using namespace std::chrono_literals;

TEST_CASE("an order to stop is pushed once, and found until it is forgotten") {
  StopOrders orders;
  SteadyTime const start{};
  orders.add("w1", {"job", 3, "cancelled"}, start + 10s);
  CHECK(orders.take_new("w2").empty());
  REQUIRE(orders.take_new("w1").size() == 1);
  CHECK(orders.take_new("w1").empty());
  REQUIRE(orders.find("w1", "job", 3));
  CHECK(orders.find("w1", "job", 3)->reason == "cancelled");
  CHECK_FALSE(orders.find("w1", "job", 4));
  orders.forget_until(start + 9s);
  CHECK(orders.find("w1", "job", 3));
  orders.forget_until(start + 10s);
  CHECK_FALSE(orders.find("w1", "job", 3));
}
