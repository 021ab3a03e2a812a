#include "store/bundle.hpp"

#include <catch2/catch.hpp>

#include "model/event.hpp"
#include "store/bundle_import.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;

namespace {

constexpr std::string_view definition = R"({"name":"build","steps":[{"id":"compile","run":"make"}]})";

EventDraft start() {
  return encode(
      events::RunStart{
          .workflow = "build", .version = 3, .inputs = {{"n", 1}}, .layers = {{"compile"}}, .started_by = "tests"},
      system_time());
}

RunId ended_run(Store& store) {
  NewRun row;
  row.id = new_run_id();
  row.workflow = "build";
  row.version = 3;
  row.definition_json = definition;
  row.inputs_json = R"({"n":1})";
  row.started_by = "tests";
  await(store.write([row](WriteTx& tx) { return tx.create_run(row, system_time()); })).value();
  append(store, row.id,
         drafts(start(), step_start("compile"), line("a \"quoted\" \\ line"), line("zwölf", "compile"),
                run_complete(RunStatus::failed)));
  return row.id;
}

std::string bundle_of(Store& store, RunId run) {
  BundleWriter writer;
  auto text = writer.head(await(store.run(run)).value(), await(store.run_document(run)).value());
  for (auto const& json : texts(store, run)) text += writer.event(json);
  return text + writer.trailer();
}

std::string why_not(std::string const& text) {
  auto const bundle = parse_bundle(text);
  return bundle ? "whole" : bundle.error().message;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  auto const at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), with);
}

// The bundle with other lines, chained anew.
std::string chained(std::vector<std::string> const& lines) {
  LineChain chain;
  std::string text;
  for (auto const& line : lines) {
    chain.add(line);
    text += line + '\n';
  }
  return text + "{\"events\":" + std::to_string(lines.size() - 1) + ",\"sha256\":\"" + chain.hex() + "\"}\n";
}

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string each; std::getline(in, each);) lines.push_back(each);
  lines.pop_back();  // the trailer
  return lines;
}

}  // namespace

TEST_CASE("a bundle reads back as the run that it was made of") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = ended_run(*store);
  auto const text = bundle_of(*store, run);
  auto const bundle = parse_bundle(text).value();
  CHECK(bundle.run == run);
  CHECK(bundle.definition_json == definition);
  CHECK(bundle.start.started_by == "tests");
  CHECK(bundle.end.status == RunStatus::failed);
  REQUIRE(bundle.lines.size() == 5);
  CHECK(bundle.lines[2].level == Level::info);
  CHECK(bundle.lines[2].step_id == "compile");
  CHECK(bundle.lifecycle.size() == 3);
}

TEST_CASE("an imported run has every byte of the one that it comes from, and no part in the feed") {
  TempDir here;
  TempDir there;
  auto const from = open_store(here.path());
  auto const to = open_store(there.path());
  auto const run = ended_run(*from);
  auto const own = ended_run(*to);
  auto const feed_before = await(to->read_feed(0, 100)).value().size();
  auto const text = bundle_of(*from, run);
  auto const bundle = parse_bundle(text).value();
  await(to->write(import_of(bundle, system_time()))).value();

  CHECK(texts(*to, run) == texts(*from, run));
  auto const row = await(to->run(run)).value();
  auto const before = await(from->run(run)).value();
  CHECK(row.imported);
  CHECK(row.status == RunStatus::failed);
  CHECK(row.version == 3);
  CHECK(row.created == before.created);
  CHECK(row.started == before.started);
  CHECK(row.ended == before.ended);
  CHECK(row.last_seq == 5);
  CHECK(await(to->run_document(run)).value().inputs_json == R"({"n":1})");
  CHECK(bundle_of(*to, run) == text);
  CHECK(await(to->read_feed(0, 100)).value().size() == feed_before);

  LogQuery query;
  query.run = run;
  query.form = LogForm::line;
  CHECK(await(to->query_logs(query)).value().items.size() == 2);

  auto const again = await(to->write(import_of(bundle, system_time())));
  CHECK(again.error().code == Errc::conflict);
  auto const late = await(to->append(run, drafts(line("late"))));
  CHECK(late.error().code == Errc::conflict);
  ended_run(*to);  // the server's own events go on
  CHECK(texts(*to, own).size() == 5);
}

TEST_CASE("two bundles are imported beside each other") {
  TempDir here;
  TempDir there;
  auto const from = open_store(here.path());
  auto const to = open_store(there.path());
  for (int i = 0; i < 2; ++i) {
    auto const text = bundle_of(*from, ended_run(*from));
    auto const bundle = parse_bundle(text).value();
    await(to->write(import_of(bundle, system_time()))).value();
  }
}

TEST_CASE("a bundle that was cut, changed or put together is refused, with the line") {
  TempDir dir;
  auto const store = open_store(dir.path());
  auto const run = ended_run(*store);
  auto const text = bundle_of(*store, run);
  REQUIRE(why_not(text) == "whole");
  auto const lines = lines_of(text);

  CHECK(why_not("") == "line 1: the bundle is cut off here");
  CHECK(why_not(text.substr(0, text.size() - 1)) == "line 7: the line is cut off");
  CHECK(why_not(text.substr(0, text.rfind('\n', text.size() - 2) + 1)) == "line 7: the bundle is cut off here");
  CHECK(why_not(replaced(text, "zwölf", "zwolf")) == "line 7: /sha256: the lines before were changed");
  CHECK(why_not(replaced(text, "\"events\":5", "\"events\":6")) == "line 7: /events: there are 5");
  CHECK(why_not(text + "{}\n") == "line 8: a line after the trailer");
  CHECK(why_not(replaced(text, "runcast-bundle", "runcast-bumble")) == "line 1: /format: this is no bundle of a run");
  CHECK(why_not(replaced(text, "\"version\":1", "\"version\":2")) ==
        "line 1: /version: a newer program has written this bundle");

  auto without = lines;
  without.erase(without.begin() + 3);
  CHECK(why_not(chained(without)) == "line 4: expected seq 3, found 4");
  auto swapped = lines;
  std::swap(swapped[3], swapped[4]);
  CHECK(why_not(chained(swapped)) == "line 4: expected seq 3, found 4");
  auto endless = lines;
  endless.pop_back();
  CHECK(why_not(chained(endless)).starts_with("line 6: "));
  auto foreign = lines;
  foreign[2] = replaced(foreign[2], run.str(), new_run_id().str());
  CHECK(why_not(chained(foreign)) == "line 3: an event of another run");
  auto loose = lines;
  loose[3] = replaced(loose[3], ",\"seq\"", ", \"seq\"");
  CHECK(why_not(chained(loose)) == "line 4: this is not how an event is written");
  auto broken = lines;
  broken[0] = replaced(broken[0], "\"run\":\"make\"", "\"rum\":\"make\"");
  CHECK(why_not(chained(broken)).starts_with("line 1: /definition/steps/0"));
  auto lying = lines;
  lying[5] = replaced(lying[5], "\"lastSeq\":5", "\"lastSeq\":9");
  CHECK(why_not(chained(lying)) == "line 6: lastSeq is not this event's seq");
}
