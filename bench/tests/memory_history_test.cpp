#include "bench/runcast/memory_history.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

namespace runcast::bench {
namespace {

std::shared_ptr<Segment const> events(std::uint64_t first, std::uint64_t last) {
  auto segment = std::make_shared<Segment>(Form::websocket, 64 * 1024);
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    FrameInfo info;
    info.position = seq;
    segment->append("{}", info);
  }
  return segment;
}

Result<HistoryPage> read(MemoryHistory& history, std::uint64_t after, std::size_t max_events) {
  asio::io_context context;
  std::optional<Result<HistoryPage>> page;
  asio::co_spawn(context, history.read(Ulid{}, after, max_events, 1024 * 1024),
                 [&](std::exception_ptr, Result<HistoryPage> result) { page = std::move(result); });
  context.run();
  return *page;
}

}  // namespace

TEST_CASE("history is read on from any position, page by page") {
  MemoryHistory history(1024 * 1024);
  history.keep(Ulid{}, events(1, 5));
  history.keep(Ulid{}, events(6, 10));
  auto const page = read(history, 3, 4);
  REQUIRE(page.has_value());
  CHECK(page->events->first_position() == 4);
  CHECK(page->events->last_position() == 7);
  CHECK_FALSE(page->at_end);
  CHECK(read(history, 7, 4)->at_end);
  CHECK(read(history, 10, 4)->events->empty());
}

TEST_CASE("what is older than the history keeps is refused, not passed over") {
  MemoryHistory history(100 * 1024);
  history.keep(Ulid{}, events(1, 5));
  history.keep(Ulid{}, events(6, 10));
  CHECK(read(history, 5, 4)->events->first_position() == 6);
  CHECK(read(history, 0, 4).error().code == Errc::not_found);
}

}  // namespace runcast::bench
