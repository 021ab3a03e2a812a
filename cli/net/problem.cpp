#include "cli/net/problem.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "cli/net/json_members.hpp"
#include "cli/terminal/text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

std::string plain_member(json::object const& object, std::string_view name) {
  return plain_text(text_of(object, name));
}

std::string describe_plain(ApiAnswer const& answer) {
  auto const line = std::string_view{answer.body}.substr(0, std::min(answer.body.find('\n'), std::size_t{200}));
  if (line.empty()) return fmt::format("the server answered {}", answer.status);
  return fmt::format("the server answered {}: {}", answer.status, plain_text(line));
}

}  // namespace

std::string describe_problem(ApiAnswer const& answer, PlaceOf const& place_of) {
  boost::system::error_code error;
  json::value const body = json::parse(answer.body, error);
  if (error || !body.is_object()) return describe_plain(answer);
  json::object const& problem = body.get_object();
  std::string const title = plain_member(problem, "title");
  std::string const detail = plain_member(problem, "detail");
  if (title.empty() && detail.empty()) return describe_plain(answer);

  std::string text = title.empty() || detail.empty() ? title + detail : fmt::format("{}: {}", title, detail);
  auto const* faults = problem.if_contains("errors");
  if (!faults || !faults->is_array()) return text;
  for (auto const& fault : faults->get_array()) {
    if (!fault.is_object()) continue;
    std::string const pointer = plain_member(fault.get_object(), "pointer");
    std::string const place = place_of ? place_of(pointer) : pointer;
    text += fmt::format("\n  {}: {}", place.empty() ? "/" : place, plain_member(fault.get_object(), "message"));
  }
  return text;
}

}  // namespace runcast::cli
