#include "handler/openapi.hpp"

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/json.hpp>

#include "base/asio.hpp"
#include "executor/executor.hpp"
#include "feed/system_feed.hpp"
#include "handler/api.hpp"
#include "handler/sockets/event_routes.hpp"
#include "handler/static_files.hpp"
#include "logger/console.hpp"
#include "logger/step_logger.hpp"
#include "tests/store/support.hpp"

using namespace runcast;
using namespace runcast::testing;
namespace json = boost::json;

namespace {

// `get /runs/{}`, with the scope that the call needs.
using Calls = std::map<std::string, std::string>;

json::object document() { return json::parse(embedded_documents().at("openapi.json")).as_object(); }

std::string scope_of(json::object const& operation) {
  auto const& security = operation.at("security").as_array();
  if (security.empty()) return "open";
  return std::string(security.at(0).at("token").at(0).as_string());
}

Calls described() {
  Calls calls;
  auto const all = document();
  for (auto const& [path, item] : all.at("paths").as_object()) {
    auto const pattern = std::regex_replace(std::string(path), std::regex("\\{[^}]*\\}"), "{}");
    for (auto const& [method, operation] : item.as_object()) {
      calls[std::string(method) + ' ' + pattern] = scope_of(operation.as_object());
    }
  }
  return calls;
}

Calls routed(Router const& router) {
  Calls calls;
  for (auto const& route : router.routes()) {
    bool const file = embedded_files().contains(std::string_view(route.pattern).substr(1));
    if (file) continue;
    calls[boost::algorithm::to_lower_copy(route.method) + ' ' + route.pattern] = std::string(to_string(route.scope));
  }
  return calls;
}

}  // namespace

TEST_CASE("the description of the API has every route with its scope, and no other") {
  TempDir dir;
  auto const store = open_store(dir / "data");
  Console console({});
  BroadcastStepLogger logger(
      *store, [](std::shared_ptr<Commit const>) -> Awaitable<> { co_return; }, console, Level::error);
  ExecutorOptions options;
  options.data_dir = dir / "data";
  Executor executor(options, *store, logger, console);
  Access const access;
  Operations const operations;
  Router router;
  add_api(router, *store, executor, access, operations);
  SystemFeed feed(*store, {});
  Conversations conversations;
  add_event_routes(router, {feed, executor, conversations});
  auto const described_calls = described();
  auto const routes = routed(router);
  for (auto const& [call, scope] : routes) {
    INFO("handler/openapi.json: add `" << call << "` with the scope " << scope);
    CHECK(described_calls.contains(call));
    INFO("handler/openapi.json: `" << call << "` needs the scope " << scope);
    if (described_calls.contains(call)) CHECK(described_calls.at(call) == scope);
  }
  for (auto const& [call, scope] : described_calls) {
    INFO("handler/openapi.json: take `" << call << "` out, there is no such route");
    CHECK(routes.contains(call));
  }
}

TEST_CASE("every reference in the description of the API leads somewhere, and every path names its parameters") {
  auto const all = document();
  auto const text = json::serialize(all);
  std::regex const reference("\"#/components/schemas/([A-Za-z]+)\"");
  for (std::sregex_iterator match(text.begin(), text.end(), reference), end; match != end; ++match) {
    INFO((*match)[1]);
    CHECK(all.at("components").at("schemas").as_object().contains((*match)[1].str()));
  }
  for (auto const& [path, item] : all.at("paths").as_object()) {
    std::set<std::string> wanted;
    std::string const names(path);
    std::regex const part("\\{([^}]*)\\}");
    for (std::sregex_iterator match(names.begin(), names.end(), part), end; match != end; ++match) {
      wanted.insert((*match)[1].str());
    }
    for (auto const& [method, operation] : item.as_object()) {
      std::set<std::string> given;
      auto const* parameters = operation.as_object().if_contains("parameters");
      for (auto const& parameter : parameters ? parameters->as_array() : json::array()) {
        if (parameter.at("in") == "path") given.emplace(parameter.at("name").as_string());
      }
      INFO(path << ' ' << method);
      CHECK(given == wanted);
    }
  }
}
