#include <catch2/catch.hpp>

#include "hub/window.hpp"
#include "tests/hub/memory_history.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

constexpr std::size_t mega = 1024 * 1024;

// A log whose events come as segments, as if they had been committed.
struct Log {
  std::shared_ptr<Segment const> next(std::size_t count, std::size_t bytes = 40) {
    return history.commit(id, lines(count, bytes));
  }

  MemoryHistory history;
  Ulid id = next_ulid();
};

std::uint64_t next_position(Window const& window, std::uint64_t after) {
  auto const place = window.find(after);
  return place.segment->frames()[place.frame].position;
}

}  // namespace

TEST_CASE("a window holds what was appended, from any position on") {
  Log log;
  Window window(Form::websocket, "e", mega);
  CHECK(window.empty());
  CHECK(window.reach(0) == Window::Reach::history);
  for (int i = 0; i < 50; ++i) window.append(log.next(1));
  window.append(log.next(500));  // large enough to be taken as it is
  window.append(log.next(7));
  for (std::uint64_t after = 0; after < 557; ++after) {
    REQUIRE(window.reach(after) == Window::Reach::held);
    REQUIRE(next_position(window, after) == after + 1);
  }
  CHECK(window.reach(557) == Window::Reach::end);
}

TEST_CASE("an empty window knows the end of its log only once it was told") {
  Window window(Form::websocket, "e", mega);
  CHECK(window.reach(7) == Window::Reach::history);
  window.begin_after(7);
  CHECK(window.reach(7) == Window::Reach::end);
  CHECK(window.reach(6) == Window::Reach::history);
}

TEST_CASE("a large segment is taken without a copy, but only in its own form") {
  Log log;
  Window same(Form::websocket, "e", mega);
  Window other(Form::ndjson, "e", mega);
  auto const segment = log.next(500);
  same.append(segment);
  other.append(segment);
  CHECK(same.find(0).segment == segment);
  CHECK(other.find(0).segment->form() == Form::ndjson);
  CHECK(next_position(other, 499) == 500);
}

TEST_CASE("a window passes over what it has") {
  Log log;
  Window window(Form::websocket, "e", mega);
  auto const first = log.next(10);
  window.append(first);
  window.append(first);
  auto const all = log.history.commit(log.id, lines(400));
  window.append(all);
  window.append(all);
  std::uint64_t after = 0;
  for (; window.reach(after) == Window::Reach::held; ++after) REQUIRE(next_position(window, after) == after + 1);
  CHECK(after == 410);
}

TEST_CASE("a window begins anew after a hole") {
  Log log;
  Window window(Form::websocket, "e", mega);
  window.append(log.next(10));
  log.next(5);  // never heard of
  window.append(log.next(3));
  CHECK(window.reach(10) == Window::Reach::history);
  CHECK(window.reach(15) == Window::Reach::held);
  CHECK(window.reach(18) == Window::Reach::end);
}

TEST_CASE("a window drops the oldest where its bytes are used up") {
  Log log;
  Window window(Form::websocket, "e", 256 * 1024);
  for (int i = 0; i < 100; ++i) window.append(log.next(20, 500));
  CHECK(window.bytes() <= 256 * 1024);
  CHECK(window.reach(0) == Window::Reach::history);
  CHECK(window.reach(1999) == Window::Reach::held);
  window.trim(0);
  CHECK_FALSE(window.empty());
  CHECK(window.reach(2000) == Window::Reach::end);
}

TEST_CASE("a segment that is taken keeps its frames while the window goes on") {
  Log log;
  Window window(Form::websocket, "e", 64 * 1024);
  window.append(log.next(1));
  auto const place = window.find(0);
  std::string const json(place.segment->json(place.segment->frames()[0]));
  for (int i = 0; i < 2000; ++i) window.append(log.next(1));
  CHECK(window.reach(0) == Window::Reach::history);
  CHECK(place.segment->json(place.segment->frames()[0]) == json);
}

TEST_CASE("a window takes a page of history that reaches to where it begins") {
  Log log;
  auto const old = log.next(100);
  auto const page = log.next(100);
  Window window(Form::websocket, "e", mega);
  SECTION("an empty one always") {
    window.extend_back(page);
    CHECK(next_position(window, 100) == 101);
    window.append(log.next(3));
    CHECK(next_position(window, 200) == 201);
  }
  SECTION("one that begins right behind it") {
    window.append(log.next(3));
    window.extend_back(page);
    CHECK(next_position(window, 100) == 101);
    CHECK(next_position(window, 199) == 200);
    CHECK(next_position(window, 200) == 201);
  }
  SECTION("one that begins within it") {
    auto const tail = std::make_shared<Segment>(Form::websocket, mega);
    for (auto const& frame : page->frames().subspan(50)) {
      tail->append(page->json(frame), {.position = frame.position});
    }
    window.append(tail);
    window.append(log.next(3));
    window.extend_back(page);
    for (std::uint64_t after = 100; after < 203; ++after) REQUIRE(next_position(window, after) == after + 1);
    CHECK(window.reach(99) == Window::Reach::history);
  }
  SECTION("but none that would leave a hole") {
    log.next(1);
    window.append(log.next(3));
    window.extend_back(page);
    CHECK(window.reach(150) == Window::Reach::history);
  }
  SECTION("and none for which there is no room") {
    Window small(Form::websocket, "e", 8 * 1024);
    small.append(log.next(3));
    small.extend_back(page);
    CHECK(small.reach(150) == Window::Reach::history);
  }
}
