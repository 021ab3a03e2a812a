#include <catch2/catch.hpp>

#include <boost/json/parse.hpp>

#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

struct Logs {
  TempDir dir;
  std::unique_ptr<Store> store = open_store(dir.path());
  RunId run = create_run(*store);

  LogQuery query() const {
    LogQuery all;
    all.run = run;
    all.form = LogForm::line;
    return all;
  }
  LogPage page(LogQuery const& query) { return await(store->query_logs(query)).value(); }
  std::vector<std::string> found(LogQuery const& query) {
    std::vector<std::string> all;
    for (auto& item : page(query).items) all.push_back(std::move(item.text));
    return all;
  }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("log lines are found by step, by level, and by both") {
  Logs logs;
  append(*logs.store, logs.run,
         drafts(run_start(), line("a", "compile", Level::debug), line("b", "link", Level::info),
                line("c", "compile", Level::warn), line("d", "link", Level::error)));
  auto query = logs.query();
  CHECK(logs.found(query) == Texts{"a", "b", "c", "d"});
  query.level = Level::warn;
  CHECK(logs.found(query) == Texts{"c", "d"});
  query.step = "compile";
  CHECK(logs.found(query) == Texts{"c"});
  query.level = Level::debug;
  CHECK(logs.found(query) == Texts{"a", "c"});
}

TEST_CASE("text is looked for as it is, case and quotes and all, and in the message alone") {
  Logs logs;
  append(*logs.store, logs.run,
         drafts(line("say \"hello\""), line("Hello"), line("tab\there"), line("back\\slash"), line("100% _sure_"),
                line("naïve Größe"), line("two\nlines")));
  auto const found = [&](std::string const& text) {
    auto query = logs.query();
    query.text = text;
    return logs.found(query);
  };
  CHECK(found("\"hello\"") == Texts{"say \"hello\""});
  CHECK(found("ello") == Texts{"say \"hello\"", "Hello"});
  CHECK(found("hello") == Texts{"say \"hello\""});
  CHECK(found("\there") == Texts{"tab\there"});
  CHECK(found("there").empty());  // the escape's own letter is not part of the message
  CHECK(found("nlines").empty());
  CHECK(found("\\s") == Texts{"back\\slash"});
  CHECK(found("%") == Texts{"100% _sure_"});
  CHECK(found("Größe") == Texts{"naïve Größe"});
  CHECK(found("compile").empty());
  CHECK(found("message").empty());
}

TEST_CASE("log lines are given page by page between two seqs") {
  Logs logs;
  append(*logs.store, logs.run, lines(10, ""));
  auto query = logs.query();
  query.limit = 4;
  auto page = logs.page(query);
  CHECK(page.items.size() == 4);
  REQUIRE(page.next_after);
  CHECK(*page.next_after == 4);
  query.after = *page.next_after;
  query.before = 8;
  CHECK(logs.found(query) == Texts{"4", "5", "6"});
  CHECK_FALSE(logs.page(query).next_after);
  query.before = 0;
  CHECK(logs.found(query).empty());
  query.after = 100;
  query.before.reset();
  CHECK(logs.found(query).empty());
}

TEST_CASE("a tail is the last lines that match, in order") {
  Logs logs;
  append(*logs.store, logs.run, lines(20, ""));
  auto query = logs.query();
  query.tail = 3;
  CHECK(logs.found(query) == Texts{"17", "18", "19"});
  query.text = "1";
  query.before = 18;
  CHECK(logs.found(query) == Texts{"14", "15", "16"});
  query.tail = 100;
  CHECK(logs.found(query).size() == 8);
  query.tail = 0;
  CHECK(logs.found(query).empty());
}

TEST_CASE("a search that goes through a long log in pieces misses nothing") {
  Logs logs;
  for (int i = 0; i < 5; ++i) append(*logs.store, logs.run, lines(10'000, "filler "));
  append(*logs.store, logs.run, drafts(line("the needle")));
  append(*logs.store, logs.run, lines(20'000, "filler "));
  auto query = logs.query();
  query.text = "needle";
  auto const page = logs.page(query);
  REQUIRE(page.items.size() == 1);
  CHECK(page.items[0].seq == 50'001);
  query.tail = 5;
  CHECK(logs.found(query) == Texts{"the needle"});
}

TEST_CASE("an item is a log line's fields as on the stream, with its seq") {
  Logs logs;
  auto draft = line("a \"b\"", "compile", Level::warn);
  draft.time = system_time();
  append(*logs.store, logs.run, drafts(draft));
  auto query = logs.query();
  query.form = LogForm::item;
  auto const text = logs.found(query).at(0);
  auto const item = boost::json::parse(text).as_object();
  CHECK(item.at("seq") == 1);
  CHECK(item.at("stepId") == "compile");
  CHECK(item.at("level") == "warn");
  CHECK(item.at("message") == "a \"b\"");
  CHECK(item.at("timestamp").is_int64());
}

TEST_CASE("the logs of an unknown run are not found") {
  Logs logs;
  LogQuery query;
  query.run = new_run_id();
  CHECK(await(logs.store->query_logs(query)).error().code == Errc::not_found);
}
