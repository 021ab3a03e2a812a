#include <catch2/catch.hpp>

#include "tests/hub/test_hub.hpp"

using namespace runcast;
using namespace runcast::testing;
using namespace std::chrono_literals;

namespace {

EventDraft step_start(std::string step) {
  return encode(events::StepStart{.step_id = std::move(step), .name = "n", .matrix = {}}, Timestamp{});
}

// Which of a log's events, by seq, a filter lets pass.
std::vector<std::uint64_t> passing(Filter const& filter, std::vector<EventDraft> const& drafts) {
  MemoryHistory history;
  auto const segment = history.commit(next_ulid(), drafts);
  std::vector<std::uint64_t> passing;
  for (auto const& frame : segment->frames()) {
    if (filter.passes(*segment, frame)) passing.push_back(frame.position);
  }
  return passing;
}

using Seqs = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("an empty filter lets everything pass") {
  CHECK(Filter().passes_all());
  CHECK(passing({}, {run_start(), line("x"), run_complete()}) == Seqs{1, 2, 3});
}

TEST_CASE("a filter by type lets these types pass, and the run's end") {
  Filter filter;
  filter.allow(EventType::step_log);
  filter.allow(EventType::other);
  EventDraft unknown;
  unknown.type_name = "novelty";
  unknown.payload = "{}";
  CHECK_FALSE(filter.passes_all());
  CHECK(passing(filter, {run_start(), line("x"), step_start("a"), unknown, run_complete()}) == Seqs{2, 4, 5});
}

TEST_CASE("a filter by step lets the step and its matrix instances pass") {
  Filter filter;
  filter.only_step("unit");
  std::vector<EventDraft> const drafts{run_start(),           line("x", "unit"),     line("x", "unit[3]"),
                                       line("x", "unittest"), step_start("unit[0]"), line("x", "uni"),
                                       run_complete()};
  CHECK(passing(filter, drafts) == Seqs{2, 3, 5, 7});
}

TEST_CASE("a filter by level lets that level and higher pass, and what has no level") {
  Filter filter;
  filter.at_least(Level::warn);
  std::vector<EventDraft> const drafts{line("x", "a", Level::debug),
                                       line("x", "a", Level::info),
                                       line("x", "a", Level::warn),
                                       line("x", "a", Level::error),
                                       step_start("a"),
                                       run_complete()};
  CHECK(passing(filter, drafts) == Seqs{3, 4, 5, 6});
}

TEST_CASE("the same events pass in every form") {
  Filter filter;
  filter.only_step("unit");
  MemoryHistory history;
  auto const segment = history.commit(next_ulid(), {line("x", "build"), line("y", "unit"), line("z", "unit[0]")});
  for (Form const form : {Form::sse, Form::ndjson}) {
    auto const framed = reframe(segment, form, "e1");
    CHECK_FALSE(filter.passes(*framed, framed->frames()[0]));
    CHECK(filter.passes(*framed, framed->frames()[1]));
    CHECK(filter.passes(*framed, framed->frames()[2]));
  }
}

TEST_CASE("a filtered client gets what passes, past and live, and the end") {
  TestHub hub;
  Filter filter;
  filter.only_step("unit");
  hub.store({run_start(), line("a", "build"), line("b", "unit"), line("c", "build")});
  auto const peer = hub.attach({.filter = filter});
  hub.settle();
  hub.publish({line("d", "build"), line("e", "unit")});
  hub.publish({line("f", "build"), run_complete()});
  hub.until([&] { return peer->got.close_code().has_value(); });
  CHECK(peer->got.seqs() == Seqs{3, 6, 8});
}

TEST_CASE("a filtered client that hears nothing is told how far the log was considered") {
  HubOptions options;
  options.client.position = 50ms;
  TestHub hub(options);
  Filter filter;
  filter.only_step("unit");
  auto const peer = hub.attach({.filter = filter});
  auto const sse = hub.attach({.form = Form::sse, .filter = filter});
  hub.settle();
  hub.publish({line("a", "unit"), line("b", "build"), line("c", "build")});
  hub.until([&] { return !peer->got.of_type("position").empty() && !sse->got.of_type("position").empty(); });
  CHECK(peer->got.of_type("position").front() == R"({"type":"position","upTo":3})");
  CHECK(sse->got.texts().back().sse_id == "e1:3");
  CHECK(sse->got.texts().back().sse_event.empty());
  hub.context.run_for(600ms);
  CHECK(peer->got.of_type("position").size() == 1);  // once told, there is nothing new to tell
}

TEST_CASE("a position goes before a close, and none where all was sent") {
  TestHub hub;
  Filter filter;
  filter.only_step("unit");
  auto const behind = hub.attach({.filter = filter});
  hub.settle();
  hub.publish({line("a", "unit"), line("b", "build")});
  auto const ahead = hub.attach(0);
  hub.until([&] { return behind->got.seqs().size() == 1 && ahead->got.seqs().size() == 2; });
  hub.settle();
  hub.stop();
  CHECK(behind->got.texts().back().json == R"({"type":"position","upTo":2})");
  CHECK(ahead->got.of_type("position").empty());
}

TEST_CASE("a client whose filter passes over a long log gets to its end") {
  TestHub hub;
  Filter filter;
  filter.only_step("nothing");
  for (int i = 0; i < 30; ++i) hub.store(lines(1000));
  hub.store({run_complete()});
  auto const peer = hub.attach({.filter = filter});
  hub.until([&] { return peer->got.close_code().has_value(); });
  CHECK(peer->got.seqs() == Seqs{30'001});
}

TEST_CASE("a filter that passes every other event keeps them in order, though their bytes do not follow each other") {
  TestHub hub;
  Filter filter;
  filter.only_step("odd");
  std::vector<EventDraft> drafts;
  Seqs expected;
  for (std::uint64_t seq = 1; seq <= 2000; ++seq) {
    drafts.push_back(line("x", seq % 2 == 1 ? "odd" : "even"));
    if (seq % 2 == 1) expected.push_back(seq);
  }
  auto const peer = hub.attach({.filter = filter}, 1000);
  hub.settle();
  hub.publish(drafts);
  hub.settle();
  peer->allow(Peer::everything);
  hub.until([&] { return peer->got.seqs().size() == expected.size(); });
  CHECK(peer->got.seqs() == expected);
}
