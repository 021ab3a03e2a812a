#include "executor/http/request.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "base/utf8.hpp"
#include "model/json_parse.hpp"
#include "model/json_text.hpp"
#include "model/template.hpp"

namespace runcast {

namespace json = boost::json;
namespace urls = boost::urls;

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

template <class... Names>
void drop_headers(HttpRequest& request, Names... names) {
  std::erase_if(request.headers, [&](auto const& header) { return (same_name(header.first, names) || ...); });
}

bool same_origin(urls::url_view const& a, urls::url_view const& b) {
  return a.scheme() == b.scheme() && a.encoded_host() == b.encoded_host() && a.port() == b.port();
}

bool is_json(HttpResponse const& response) {
  for (auto const& [name, value] : response.headers) {
    if (name != "content-type") continue;
    auto const type = std::string_view(value).substr(0, value.find(';'));
    return type.ends_with("/json") || type.ends_with("+json");
  }
  return false;
}

json::value body_of(HttpResponse const& response) {
  if (is_json(response)) {
    if (auto parsed = parse_json_value(response.body)) return std::move(*parsed);
  }
  std::string text;
  append_as_utf8(text, response.body);
  return json::value(text);
}

}  // namespace

Result<HttpRequest> prepare(HttpAction const& action, ExpressionContext const& context) {
  HttpRequest request;
  request.method = action.method;
  auto url = render_text(action.url, context);
  if (!url) return url.error();
  request.url = std::move(*url);
  bool has_type = false;
  for (auto const& [name, text] : action.headers) {
    auto value = render_text(text, context);
    if (!value) return value.error();
    if (value->find_first_of(std::string_view("\r\n\0", 3)) != value->npos) {
      return fail(Errc::invalid, fmt::format("the value of the header '{}' has a line break in it", name));
    }
    has_type |= same_name(name, "content-type");
    request.headers.emplace_back(name, std::move(*value));
  }
  if (!action.body) return request;
  auto body = render(*action.body, context);
  if (!body) return body.error();
  if (auto const* text = body->if_string(); text && action.body->is_string()) {
    request.body = *text;
  } else {
    request.body = to_json_text(*body);
    if (!has_type) request.headers.emplace_back("Content-Type", "application/json");
  }
  return request;
}

Result<HttpRequest> redirected(HttpRequest request, std::string const& url, std::string const& location, int status) {
  auto const base = urls::parse_uri(url);
  auto const reference = urls::parse_uri_reference(location);
  urls::url target;
  if (!base || !reference || urls::resolve(*base, *reference, target).has_error() ||
      (target.scheme() != "http" && target.scheme() != "https")) {
    return fail(Errc::invalid, fmt::format("it redirects to '{}', which is no address of http", location));
  }
  bool const becomes_get =
      (status == 303 && request.method != "HEAD") || ((status == 301 || status == 302) && request.method == "POST");
  if (becomes_get) {
    request.method = "GET";
    request.body.clear();
    drop_headers(request, "content-type", "content-length", "content-encoding");
  }
  if (!same_origin(*base, target)) drop_headers(request, "authorization", "cookie", "host", "proxy-authorization");
  request.url = target.buffer();
  return request;
}

bool is_expected(HttpAction const& action, int status) {
  if (action.expect_status.empty()) return status >= 200 && status < 300;
  return std::find(action.expect_status.begin(), action.expect_status.end(), status) != action.expect_status.end();
}

json::object outputs_of(HttpResponse const& response) {
  json::object headers;
  for (auto const& [name, value] : response.headers) {
    std::string text;
    append_as_utf8(text, value);
    headers[name] = text;
  }
  return {{"status", response.status}, {"headers", std::move(headers)}, {"body", body_of(response)}};
}

}  // namespace runcast
