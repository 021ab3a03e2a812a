#include "handler/body.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "model/json_parse.hpp"

namespace runcast {
namespace {

constexpr JsonLimits body_limits{SIZE_MAX, 64};  // the connection bounds its size

// RFC 6839: `application/json`, or anything that ends in `+json`; parameters aside.
bool is_json(std::string type) {
  type.resize(std::min(type.find(';'), type.size()));
  boost::algorithm::trim(type);
  boost::algorithm::to_lower(type);
  return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

}  // namespace

boost::system::result<boost::json::value, Answer> json_body(Request const& request, bool may_be_empty) {
  if (request.body.empty() && may_be_empty) return boost::json::value(boost::json::object());
  if (!is_json(request.header("Content-Type"))) {
    return problem(415, "the body must be JSON, with `Content-Type: application/json`");
  }
  auto parsed = parse_json(request.body, body_limits);
  if (!parsed) return problem(400, "the body is not valid JSON", parsed.error());
  return std::move(*parsed);
}

boost::system::result<boost::json::object, Answer> json_object_body(Request const& request, bool may_be_empty) {
  auto body = json_body(request, may_be_empty);
  if (!body) return body.error();
  if (!body->is_object()) return problem(400, "the body must be a JSON object", {{"", "expected an object"}});
  return std::move(body->as_object());
}

std::string too_large(DefinitionLimits const& limits) {
  return fmt::format("a definition has at most {} bytes", limits.max_bytes);
}

void throw_exception_from_error(Answer const& answer, boost::source_location const&) {
  throw std::logic_error(answer.body);
}

}  // namespace runcast
