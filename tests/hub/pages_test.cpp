#include <catch2/catch.hpp>

#include "hub/pages.hpp"
#include "tests/base/run.hpp"
#include "tests/hub/memory_history.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

struct Library {
  explicit Library(Pages::Limits limits) : pages(history, "e", tasks, limits) {}

  // Asks for what comes after a position, and runs until it is there. Null: there is nothing.
  Pages::Page get(std::uint64_t after, Form form = Form::websocket) {
    while (true) {
      if (auto page = pages.find(log, form, after)) return page;
      Result<HistoryPage> got = fail(Errc::io, "nobody called");
      pages.fetch(log, form, after, [&](Result<HistoryPage> const& page) { got = page; });
      settle(context);
      while (context.run_one_for(std::chrono::milliseconds(5)) > 0) {
      }
      if (!got.value().events->empty() && got->events->last_position() > after) return got->events;
      if (got->at_end) return nullptr;
    }
  }

  asio::io_context context;
  MemoryHistory history;
  TaskGroup tasks{context.get_executor()};
  Pages pages;
  Ulid log = next_ulid();
};

}  // namespace

TEST_CASE("a page is read once, and kept") {
  Library library({.page_events = 10});
  library.history.commit(library.log, lines(100));
  for (std::uint64_t after = 0; after < 90; ++after) {
    auto const page = library.get(after);
    REQUIRE(page->first_position() == after / 10 * 10 + 1);
    REQUIRE(page->last_position() == after / 10 * 10 + 10);
  }
  CHECK(library.history.reads() == 9);
}

TEST_CASE("those who ask for a page that is on its way wait for it together") {
  Library library({.page_events = 10});
  library.history.commit(library.log, lines(100));
  int answers = 0;
  for (std::uint64_t after = 20; after < 30; ++after) {
    library.pages.fetch(library.log, Form::websocket, after, [&](auto const& page) { answers += page.has_value(); });
  }
  run(library.context, library.tasks.join());
  CHECK(answers == 10);
  CHECK(library.history.reads() == 1);
}

TEST_CASE("each form has its own pages, of the same texts") {
  Library library({.page_events = 10});
  library.history.commit(library.log, lines(20));
  auto const sse = library.get(3, Form::sse);
  CHECK(sse->form() == Form::sse);
  CHECK(sse->json(sse->frames()[0]) == library.history.json(library.log, 1));
  CHECK(library.get(3, Form::ndjson)->form() == Form::ndjson);
}

TEST_CASE("a page that could still grow is not kept, the last one of a log is") {
  Library library({.page_events = 10});
  library.history.commit(library.log, lines(5));
  CHECK(library.get(0)->last_position() == 5);
  CHECK(library.pages.find(library.log, Form::websocket, 0) == nullptr);
  library.history.commit(library.log, {run_complete()});
  CHECK(library.get(0)->last_position() == 6);
  CHECK(library.pages.find(library.log, Form::websocket, 0) != nullptr);
}

TEST_CASE("the least recently used page goes first") {
  Library library({.page_events = 10});
  library.history.commit(library.log, lines(1000));
  auto const size = library.get(0)->capacity();
  Library small({.page_events = 10, .cache_bytes = 3 * size + size / 2});
  small.history.commit(small.log, lines(1000));
  small.get(0);
  small.get(10);
  small.get(20);
  small.get(0);
  small.get(30);
  CHECK(small.pages.bytes() <= 3 * size + size / 2);
  CHECK(small.pages.find(small.log, Form::websocket, 0) != nullptr);
  CHECK(small.pages.find(small.log, Form::websocket, 10) == nullptr);
}

TEST_CASE("large events cut pages short, and any place is reached even where one page alone is kept") {
  Library library({.page_events = 100, .page_bytes = 1, .cache_bytes = 1});
  library.history.commit(library.log, lines(300, 2000));
  for (std::uint64_t const after : {0, 1, 2, 57, 58, 199, 250, 3, 298}) {
    REQUIRE(library.get(after)->first_position() == after + 1);
  }
}

TEST_CASE("who is behind the log's end is told so") {
  Library library({.page_events = 10});
  library.history.commit(library.log, lines(5));
  CHECK(library.get(5) == nullptr);
  CHECK(library.get(17) == nullptr);
}

TEST_CASE("a read that failed is told to all who wait, and made anew by the next") {
  Library library({.page_events = 10});
  library.history.commit(library.log, lines(10));
  library.history.fail_with("no disk");
  std::string told;
  library.pages.fetch(library.log, Form::websocket, 0, [&](auto const& page) { told = page.error().message; });
  run(library.context, library.tasks.join());
  CHECK(told == "no disk");
  library.history.fail_with("");
  CHECK(library.get(0)->last_position() == 10);
}

TEST_CASE("no more reads are made at once than allowed, and none is forgotten") {
  Library library({.page_events = 10, .reads_at_once = 2});
  library.history.commit(library.log, lines(100));
  library.history.hold();
  int answers = 0;
  for (std::uint64_t after = 0; after < 100; after += 10) {
    library.pages.fetch(library.log, Form::websocket, after, [&](auto const&) { ++answers; });
  }
  library.context.run_for(std::chrono::milliseconds(5));
  CHECK(library.history.reads() == 2);
  library.history.release();
  run(library.context, library.tasks.join());
  CHECK(answers == 10);
}
