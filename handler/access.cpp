#include "handler/access.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "handler/body.hpp"
#include "store/sha256.hpp"

namespace runcast {
namespace {

constexpr std::size_t max_token = 256;

std::string token_of(Request const& request) {
  constexpr std::string_view scheme = "Bearer ";
  auto field = request.header("Authorization");
  if (!field.empty()) {
    if (!boost::algorithm::istarts_with(field, scheme)) return field;
    return boost::algorithm::trim_copy(field.substr(scheme.size()));
  }
  return std::string(cookie_value(request.header("Cookie"), Access::cookie));
}

Answer unauthorized(bool given) {
  auto answer = problem(401, given ? "the token is not known, or holds no longer" : "a token is needed here");
  answer.headers.emplace_back("WWW-Authenticate",
                              given ? R"(Bearer realm="runcast", error="invalid_token")" : R"(Bearer realm="runcast")");
  return answer;
}

Answer lacks(Caller const& caller, Scope scope) {
  auto answer = problem(403, fmt::format("the token '{}' has not the scope '{}'", caller.name, to_string(scope)));
  answer.headers.emplace_back(
      "WWW-Authenticate",
      fmt::format(R"(Bearer realm="runcast", error="insufficient_scope", scope="{}")", to_string(scope)));
  return answer;
}

// A person who opens a page is asked to sign in instead of being refused.
bool is_page_visit(Request const& request) {
  return request.method == "GET" && request.path == "/" &&
         boost::algorithm::contains(request.header("Accept"), "text/html");
}

Answer to_sign_in() {
  Answer answer{303, "", ""};
  answer.headers = {{"Location", "/sign-in"}, {"Cache-Control", "no-store"}};
  return answer;
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

bool Access::take(std::vector<TokenRow> const& rows, Timestamp now) {
  auto const before = ring();
  auto after = std::make_shared<Ring>();
  for (auto const& row : rows) {
    if (!row.holds(now)) continue;
    auto const known = before->find(row.id);
    auto permit = known == before->end() ? std::make_shared<Permit>() : known->second.permit;
    after->emplace(row.id, Key{row.hash, {row.name, row.scopes, permit}, permit});
  }
  {
    std::lock_guard lock(mutex_);
    ring_ = after;
    asks_ = asks_ || !rows.empty();
  }
  bool withdrawn = false;
  for (auto const& [id, key] : *before) {
    if (after->contains(id)) continue;
    key.permit->holds = false;
    withdrawn = true;
  }
  return withdrawn;
}

std::shared_ptr<Access::Ring const> Access::ring() const {
  std::lock_guard lock(mutex_);
  return ring_;
}

bool Access::asks_for_tokens() const {
  std::lock_guard lock(mutex_);
  return asks_;
}

bool Access::any_holds() const { return !ring()->empty(); }

boost::system::result<Caller, Answer> Access::admit(Request const& request, std::optional<Scope> scope) const {
  if (!asks_for_tokens()) return Caller{};
  auto const token = token_of(request);
  auto caller = owner_of(token);
  if (scope == Scope::open) return caller.value_or(Caller{"nobody", {}, nullptr});
  if (!caller && is_page_visit(request)) return to_sign_in();
  if (!caller) return unauthorized(!token.empty());
  if (scope && !caller->scopes.allow(*scope)) return lacks(*caller, *scope);
  return std::move(*caller);
}

std::optional<Caller> Access::owner_of(std::string_view token) const {
  if (token.empty() || token.size() > max_token) return std::nullopt;
  auto const hash = sha256_hex(token);
  std::optional<Caller> owner;
  for (auto const& [id, key] : *ring()) {  // all of them: how long it takes tells nothing about what was found
    if (equal(hash, key.hash)) owner = key.caller;
  }
  return owner;
}

std::string_view cookie_value(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    auto const end = std::min(header.find_first_of(";,"), header.size());
    auto pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
  }
  return {};
}

}  // namespace runcast
