#include "handler/http.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/status.hpp>

namespace runcast {

std::string Request::header(std::string_view name) const {
  std::string value;
  for (auto const& [key, text] : headers) {
    if (!boost::algorithm::iequals(key, name)) continue;
    if (!value.empty()) value += ", ";
    value += text;
  }
  return value;
}

std::size_t Request::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [&](auto const& field) { return boost::algorithm::iequals(field.first, name); }));
}

std::optional<std::string> Request::param(std::string_view name) const {
  auto const found = query.find(std::string(name));
  if (found == query.end()) return std::nullopt;
  return found->second;
}

std::string_view reason_phrase(unsigned status) {
  return boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
}

}  // namespace runcast
