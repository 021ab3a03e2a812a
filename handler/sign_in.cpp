#include "handler/sign_in.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <boost/json/object.hpp>
#include <boost/url/parse_query.hpp>

#include "handler/problem.hpp"
#include "handler/static_files.hpp"
#include "model/json_text.hpp"

namespace runcast {
namespace {

namespace json = boost::json;

Answer page(unsigned status, std::string_view message) {
  std::string body(embedded_files().at("sign-in.html"));
  if (!message.empty()) {
    boost::algorithm::replace_first(body, "<p class=\"fault\" role=\"alert\" hidden></p>",
                                    fmt::format("<p class=\"fault\" role=\"alert\">{}</p>", message));
  }
  Answer answer{status, "text/html; charset=utf-8", std::move(body)};
  // With no referrer at all a browser would call the form's origin `null`.
  answer.headers = {{"Cache-Control", "no-store"},
                    {"Referrer-Policy", "same-origin"},
                    {"Content-Security-Policy",
                     "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
                     "frame-ancestors 'none'"}};
  if (status == 401) answer.headers.emplace_back("WWW-Authenticate", R"(Bearer realm="runcast")");
  return answer;
}

Answer go_to(std::string_view place, std::string cookie) {
  Answer answer{303, "", ""};
  answer.headers = {{"Location", std::string(place)}, {"Cache-Control", "no-store"}, {"Set-Cookie", std::move(cookie)}};
  return answer;
}

std::string cookie_of(std::string_view token, bool secure) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}", Access::cookie, token, secure ? "; Secure" : "",
                     token.empty() ? "; Max-Age=0" : "");
}

// The field `token` of a form; empty where it is not there.
std::string token_in(std::string_view form) {
  auto const encoded = boost::algorithm::replace_all_copy(std::string(form), "+", "%20");  // a form's way of a space
  auto const parsed = boost::urls::parse_query(encoded);
  if (!parsed) return "";
  for (auto const& field : boost::urls::params_view(*parsed)) {
    if (field.key == "token") return boost::algorithm::trim_copy(std::string(field.value));
  }
  return "";
}

bool is_form(Request const& request) {
  return boost::algorithm::istarts_with(request.header("Content-Type"), "application/x-www-form-urlencoded");
}

Awaitable<Reply> sign_in(Request& request, Access const& access) {
  if (!is_form(request)) co_return problem(415, "the token comes as a form: token=…");
  auto const token = token_in(request.body);
  if (!access.owner_of(token)) co_return page(401, "This token is not known, or holds no longer.");
  co_return go_to("/", cookie_of(token, request.peer.secure));
}

Awaitable<Reply> session(Request const& request, Access const& access) {
  json::object const document{
      {"name", request.caller.name}, {"scopes", request.caller.scopes.str()}, {"signedIn", access.asks_for_tokens()}};
  Answer answer{200, "application/json", to_json_text(document)};
  answer.headers.emplace_back("Cache-Control", "no-store");
  co_return answer;
}

}  // namespace

void add_sign_in(Router& router, Access const& access) {
  router.add("GET", "/sign-in", [](Request&) -> Awaitable<Reply> { co_return page(200, ""); }, Scope::open);
  router.add("POST", "/sign-in", [&access](Request& request) { return sign_in(request, access); }, Scope::open);
  router.add(
      "POST", "/sign-out",
      [](Request& request) -> Awaitable<Reply> { co_return go_to("/sign-in", cookie_of("", request.peer.secure)); },
      Scope::open);
  router.add("GET", "/api/v2/session", [&access](Request& request) { return session(request, access); });
}

}  // namespace runcast
