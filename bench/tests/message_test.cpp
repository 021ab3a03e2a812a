#include "bench/common/message.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

namespace runcast::bench {

TEST_CASE("the bench's event is a run's step_log that bears the time it was due at") {
  MessageWriter writer(125);
  auto const event = boost::json::parse(writer.write(run_name(7), 17, 90211, 1'763'682'352'123'456'789)).as_object();
  CHECK(event.at("type") == "step_log");
  CHECK(event.at("runId").as_string().size() == 26);
  CHECK(event.at("seq") == 17);
  CHECK(event.at("id") == 90211);
  CHECK(event.at("timestamp") == 1'763'682'352'123);
  auto const message = event.at("payload").at("message").as_string();
  CHECK(message.starts_with("1763682352123456789 ."));
  CHECK(message.size() == 125);
}

TEST_CASE("a frame of the bench has about 320 bytes") {
  MessageWriter writer(125);
  std::size_t const size = writer.write(run_name(0), 1'000'000, 1'000'000, 1'763'682'352'123'456'789).size() + 4;
  CHECK(size > 310);
  CHECK(size < 330);
}

}  // namespace runcast::bench
