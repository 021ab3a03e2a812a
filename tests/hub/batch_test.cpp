#include <catch2/catch.hpp>

#include "hub/batch.hpp"
#include "hub/remainder.hpp"
#include "tests/hub/memory_history.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

std::shared_ptr<Segment const> segment_of(std::vector<EventDraft> const& drafts) {
  return MemoryHistory().commit(next_ulid(), drafts);
}

std::string bytes_of(Batch const& batch) {
  std::array<asio::const_buffer, Batch::max_slices> buffers;
  std::string bytes;
  for (std::size_t i = 0, count = batch.buffers(buffers.data()); i < count; ++i) {
    bytes.append(static_cast<char const*>(buffers[i].data()), buffers[i].size());
  }
  return bytes;
}

Filter only(std::string step) {
  Filter filter;
  filter.only_step(std::move(step));
  return filter;
}

}  // namespace

TEST_CASE("frames that follow each other are one buffer") {
  auto const segment = segment_of(lines(100));
  Batch batch(256, 1 << 20, 0);
  batch.take({segment, 10}, nullptr);
  CHECK(batch.slices().size() == 1);
  CHECK(batch.considered() == 100);
  CHECK(batch.last_position() == 100);
  CHECK(bytes_of(batch) == segment->bytes().substr(segment->frames()[10].begin));
  CHECK(batch.bytes() == bytes_of(batch).size());
}

TEST_CASE("a batch ends at so many events, or so many bytes") {
  auto const segment = segment_of(lines(100));
  std::size_t const size = segment->frames()[0].end;
  Batch by_events(7, 1 << 20, 0);
  by_events.take({segment, 0}, nullptr);
  CHECK(by_events.full());
  CHECK(by_events.last_position() == 7);
  Batch by_bytes(256, 3 * size + 1, 0);
  by_bytes.take({segment, 0}, nullptr);
  CHECK(by_bytes.full());
  CHECK(by_bytes.last_position() == 3);
}

TEST_CASE("an event that is larger than a batch may be goes alone") {
  auto const segment = segment_of({line(std::string(5000, 'x')), line("y")});
  Batch first(256, 1000, 0);
  first.take({segment, 0}, nullptr);
  CHECK(first.full());
  CHECK(first.last_position() == 1);
}

TEST_CASE("the log's last event fills a batch") {
  auto const segment = segment_of({line("x"), run_complete()});
  Batch batch(256, 1 << 20, 0);
  batch.take({segment, 0}, nullptr);
  CHECK(batch.full());
  CHECK(batch.ends());
}

TEST_CASE("frames that a filter passes over are considered") {
  auto const segment = segment_of({line("1", "a"), line("2", "b"), line("3", "a"), line("4", "a"), line("5", "b")});
  auto const filter = only("a");
  Batch batch(256, 1 << 20, 0);
  batch.take({segment, 0}, &filter);
  CHECK(batch.slices().size() == 2);
  CHECK(batch.last_position() == 4);
  CHECK(batch.considered() == 5);
  auto const none = only("c");
  Batch empty(256, 1 << 20, 0);
  empty.take({segment, 0}, &none);
  CHECK(empty.empty());
  CHECK(empty.considered() == 5);
}

TEST_CASE("a batch of scattered frames ends at so many buffers") {
  std::vector<EventDraft> drafts;
  for (int i = 0; i < 200; ++i) drafts.push_back(line("x", i % 2 == 0 ? "a" : "b"));
  auto const segment = segment_of(drafts);
  auto const filter = only("a");
  Batch batch(256, 1 << 20, 0);
  batch.take({segment, 0}, &filter);
  CHECK(batch.full());
  CHECK(batch.slices().size() == Batch::max_slices);
  CHECK(batch.considered() == 2 * Batch::max_slices);  // up to the first frame that found no buffer
}

TEST_CASE("a filter that passes over very much lets others have their turn") {
  auto const segment = segment_of(lines(10'000));
  auto const none = only("c");
  Batch batch(256, 1 << 20, 0);
  batch.take({segment, 0}, &none);
  CHECK(batch.full());
  CHECK(batch.considered() < 10'000);
}

TEST_CASE("a batch knows where a write of any length stopped") {
  auto const first = segment_of({line("1", "a"), line("2", "b"), line("3", "a"), line("4", "a")});
  auto const filter = only("a");
  Batch batch(256, 1 << 20, 0);
  batch.take({first, 0}, &filter);
  std::string const all = bytes_of(batch);
  CHECK_FALSE(batch.cut(0).has_value());
  std::vector<std::uint64_t> const positions{1, 3, 4};
  std::vector<std::size_t> ends;
  for (auto const index : {0, 2, 3}) {
    auto const& frame = first->frames()[static_cast<std::size_t>(index)];
    ends.push_back((ends.empty() ? 0 : ends.back()) + frame.end - frame.begin);
  }
  for (std::size_t taken = 1; taken <= all.size(); ++taken) {
    auto const touched = std::ranges::lower_bound(ends, taken) - ends.begin();
    auto const cut = batch.cut(taken);
    REQUIRE(cut.has_value());
    REQUIRE(cut->position == positions[static_cast<std::size_t>(touched)]);
    REQUIRE(cut->rest == all.substr(taken, ends[static_cast<std::size_t>(touched)] - taken));
  }
}

TEST_CASE("a remainder gives its bytes piece by piece, and then holds nothing") {
  auto const segment = segment_of({line(std::string(100'000, 'x'))});
  auto const bytes = segment->bytes();
  for (std::size_t const from : {bytes.size() - 50'000, bytes.size() - 10}) {
    Remainder rest;
    CHECK(rest.empty());
    rest.keep(segment, bytes.substr(from));
    CHECK(rest.left() == bytes.substr(from));
    rest.consume(4);
    CHECK(rest.left() == bytes.substr(from + 4));
    rest.consume(bytes.size() - from - 4);
    CHECK(rest.empty());
    CHECK(segment.use_count() == 1);
  }
}

TEST_CASE("a small remainder does not hold its segment, a large one does") {
  auto const segment = segment_of({line(std::string(100'000, 'x'))});
  Remainder small;
  small.keep(segment, segment->bytes().substr(segment->bytes().size() - 10));
  CHECK(segment.use_count() == 1);
  Remainder large;
  large.keep(segment, segment->bytes().substr(10));
  CHECK(segment.use_count() == 2);
}
