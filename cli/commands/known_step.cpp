#include "cli/commands/known_step.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/array.hpp>

#include "cli/net/json_members.hpp"
#include "cli/terminal/text.hpp"
#include "model/names.hpp"
#include "model/suggest.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t most_named = 20;  // of a run's steps, in the refusal

std::vector<std::string_view> step_ids(json::object const& run) {
  std::vector<std::string_view> ids;
  for (auto const& step : array_of(run, "steps")) {
    if (auto const* members = step.if_object()) ids.push_back(text_of(*members, "id"));
  }
  return ids;
}

// `shards[3]`, of a matrix step that has no instances yet and may still get them.
bool may_come(json::object const& run, std::string_view step) {
  auto const bracket = step.find('[');
  if (bracket == step.npos || !step.ends_with(']')) return false;
  auto const matrix = step.substr(0, bracket);
  std::size_t found = 0;  // of the matrix step and its instances
  bool waits = false;
  for (auto const& each : array_of(run, "steps")) {
    auto const* members = each.if_object();
    if (!members || !is_of_step(text_of(*members, "id"), matrix)) continue;
    ++found;
    auto const status = text_of(*members, "status");
    waits = status == "pending" || status == "running";
  }
  if (found != 1 || !waits) return false;
  auto const* definition = run.if_contains("definition");
  if (!definition || !definition->is_object()) return false;
  return std::ranges::any_of(array_of(definition->get_object(), "steps"), [matrix](json::value const& each) {
    auto const* members = each.if_object();
    return members && text_of(*members, "id") == matrix && members->contains("matrix");
  });
}

}  // namespace

OrRefusal<void> check_step(json::object const& run, std::string_view step) {
  auto const ids = step_ids(run);
  if (std::ranges::find(ids, step) != ids.end() || may_come(run, step)) return {};
  auto const named = std::span{ids}.first(std::min(ids.size(), most_named));
  auto const more = ids.size() > named.size() ? fmt::format(" and {} more", ids.size() - named.size()) : std::string{};
  auto const hint = Suggester{}.hint(step, ids);
  return bad_use(
      fmt::format("the run has no step '{}'{}\nIts steps: {}{}", plain_text(step), hint, fmt::join(named, ", "), more));
}

OrRefusal<void> check_step(ApiClient& client, std::string const& run, std::string const& step) {
  if (step.empty()) return {};
  auto const body = call(client, {.path = run_path(run)});
  if (!body) return body.error();
  auto const answer = parse_answer(*body);
  if (!answer) return answer.error();
  return check_step(*answer, step);
}

}  // namespace runcast::cli
