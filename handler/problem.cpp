#include "handler/problem.hpp"

#include <boost/json/array.hpp>

#include "base/utf8.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

json::object members(unsigned status, std::string_view detail) {
  return {{"type", "about:blank"}, {"title", reason_phrase(status)}, {"status", status}, {"detail", detail}};
}

// What is said of a path, a header or a parameter repeats it, and those may be any bytes.
Answer answer(unsigned status, json::object const& document) {
  std::string body;
  append_as_utf8(body, to_json_text(document));
  return {status, "application/problem+json", std::move(body)};
}

unsigned status_of(Errc code) {
  switch (code) {
    case Errc::invalid:
      return 400;
    case Errc::forbidden:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::too_large:
      return 413;
    case Errc::busy:
      return 429;
    case Errc::cancelled:
    case Errc::timed_out:
    case Errc::closed:
      return 503;
    case Errc::io:
    case Errc::corrupt:
      return 500;
  }
  return 500;
}

}  // namespace

Answer problem(unsigned status, std::string_view detail) { return answer(status, members(status, detail)); }

Answer problem(unsigned status, std::string_view detail, std::vector<Fault> const& faults) {
  auto document = members(status, detail);
  json::array errors;
  for (auto const& fault : faults) errors.push_back({{"pointer", fault.pointer}, {"message", fault.message}});
  document["errors"] = std::move(errors);
  return answer(status, document);
}

Answer problem(Error const& error) { return problem(status_of(error.code), error.message); }

}  // namespace runcast
