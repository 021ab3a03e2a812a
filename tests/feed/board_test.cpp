#include <catch2/catch.hpp>

#include "feed/board.hpp"
#include "tests/base/run.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

// A batch of one event with a message for each audience, for this job.
std::shared_ptr<FeedBatch const> batch(std::uint64_t after, std::uint64_t id, std::string job = "job") {
  auto made = std::make_shared<FeedBatch>();
  made->after = after;
  made->upto = id;
  auto const segment = to_segment({{id, std::to_string(id)}});
  made->monitors = {segment, {Facets{}}};
  made->clients = {segment, {job}};
  made->job_stream = {segment, {job}};
  return made;
}

std::vector<std::string> texts(std::vector<FeedItem> const& items) {
  std::vector<std::string> out;
  for (auto const& item : items) out.emplace_back(item.json());
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the board gives what comes after a position, and says where it no longer can") {
  Board board(10, 3 * batch(0, 11)->bytes());
  CHECK(board.after(Audience::monitors, 10, 9)->empty());
  CHECK_FALSE(board.after(Audience::monitors, 9, 9));
  for (std::uint64_t id = 11; id <= 15; ++id) board.append(batch(id - 1, id));
  CHECK(board.upto() == 15);
  CHECK_FALSE(board.after(Audience::monitors, 11, 9));  // it has the newest three
  auto const found = board.after(Audience::monitors, 12, 9);
  REQUIRE(found);
  REQUIRE(found->size() == 3);
  CHECK(found->front()->upto == 13);
  CHECK(board.after(Audience::monitors, 12, 2)->size() == 2);
  CHECK(board.after(Audience::monitors, 15, 9)->empty());
}

TEST_CASE("what was not made for an audience is not there for it") {
  Board board(0, 1 << 20);
  auto half = std::make_shared<FeedBatch>(*batch(0, 1));
  half->clients = {};
  board.append(half);
  CHECK(board.after(Audience::monitors, 0, 9)->size() == 1);
  CHECK_FALSE(board.after(Audience::clients, 0, 9));
  CHECK(board.after(Audience::clients, 1, 9)->empty());
}

TEST_CASE("whoever is not there wants nothing") {
  Board board(0, 1 << 20);
  CHECK_FALSE(board.wanted(Audience::clients));
  {
    Board::Place const place(board);
    CHECK(board.wanted(Audience::clients));
  }
  CHECK_FALSE(board.wanted(Audience::clients));
}

TEST_CASE("a client is given its jobs' messages, and no others") {
  Board board(0, 1 << 20);
  Board::Place place(board);
  CHECK(place.add("mine", 0));
  CHECK_FALSE(place.add("mine", 0));
  board.append(batch(0, 1, "mine"));
  board.append(batch(1, 2, "another's"));
  board.append(batch(2, 3, "mine"));
  CHECK(texts(place.take().items) == Texts{"1", "3"});
  CHECK(place.take().items.empty());
  place.remove("mine");
  board.append(batch(3, 4, "mine"));
  CHECK(place.take().items.empty());
}

TEST_CASE("a job that a client names late is told from where the client says") {
  Board board(0, 1 << 20);
  Board::Place place(board);
  board.append(batch(0, 1, "a"));
  board.append(batch(1, 2, "a"));
  board.append(batch(2, 3, "b"));
  place.add("a", 1);
  place.add("b", 3);
  CHECK(texts(place.take().items) == Texts{"2"});
  board.append(batch(3, 4, "b"));
  CHECK(texts(place.take().items) == Texts{"4"});
}

TEST_CASE("a client that takes nothing is behind, and gets everything once all the same") {
  Board board(0, 64 << 20);
  Board::Place place(board);
  place.add("job", 0);
  for (std::uint64_t id = 1; id <= 1000; ++id) board.append(batch(id - 1, id));
  Texts got;
  while (true) {
    auto const taken = place.take();
    REQUIRE_FALSE(taken.read_after);
    if (taken.items.empty()) break;
    for (auto& text : texts(taken.items)) got.push_back(std::move(text));
  }
  REQUIRE(got.size() == 1000);
  for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == std::to_string(i + 1));
}

TEST_CASE("what fell off the board is to be read elsewhere, and joins without a seam") {
  Board board(0, 100 * batch(0, 1)->bytes());
  Board::Place place(board);
  place.add("job", 0);
  for (std::uint64_t id = 1; id <= 600; ++id) board.append(batch(id - 1, id));
  Texts got;
  auto const note = [&](std::vector<FeedItem> const& items) {
    for (auto& text : texts(items)) got.push_back(std::move(text));
  };
  while (true) {
    auto const taken = place.take();
    note(taken.items);
    if (taken.read_after) {
      std::vector<std::pair<std::string, FeedItem>> read;
      auto const from = *taken.read_after;
      for (std::uint64_t id = from + 1; id <= std::min<std::uint64_t>(from + 200, 600); ++id) {
        read.push_back({"job", {id, 0, true, to_segment({{id, std::to_string(id)}}), 0}});
      }
      note(place.resume(read, from, std::min<std::uint64_t>(from + 200, 600)));
    } else if (taken.items.empty()) {
      break;
    }
  }
  REQUIRE(got.size() == 600);
  for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == std::to_string(i + 1));
}

TEST_CASE("a job that is added while others are read elsewhere is told from its own place on") {
  Board board(0, 10 * batch(0, 1)->bytes());
  Board::Place place(board);
  place.add("other", 100);
  for (std::uint64_t id = 1; id <= 600; ++id) board.append(batch(id - 1, id));
  place.add("another", 300);
  auto const taken = place.take();
  REQUIRE(taken.read_after);
  place.add("job", 10);
  place.resume({}, *taken.read_after, 600);
  auto const again = place.take();
  REQUIRE(again.read_after);
  CHECK(*again.read_after == 10);
}

TEST_CASE("a wait ends when something comes, and when the board is closed") {
  asio::io_context context;
  Board board(0, 1 << 20);
  Board::Place place(board);
  place.add("job", 0);
  int woken = 0;
  auto const wait = [&]() -> Awaitable<> {
    co_await board.wait(Audience::monitors, board.upto());
    ++woken;
  };
  auto const wait_for_job = [&]() -> Awaitable<> {
    co_await place.wait();
    ++woken;
  };
  Fate first;
  Fate second;
  asio::co_spawn(context, wait(), first.recorder());
  asio::co_spawn(context, wait_for_job(), second.recorder());
  settle(context);
  CHECK(woken == 0);
  board.append(batch(0, 1));
  settle(context);
  CHECK(woken == 2);
  place.take();
  Fate third;
  asio::co_spawn(context, wait(), third.recorder());
  Fate fourth;
  asio::co_spawn(context, wait_for_job(), fourth.recorder());
  settle(context);
  CHECK(woken == 2);
  board.close();
  settle(context);
  CHECK(woken == 4);
}
