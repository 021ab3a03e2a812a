#include "model/scope.hpp"

#include <array>

#include <fmt/format.h>
#include <boost/algorithm/string/split.hpp>

#include "model/suggest.hpp"

namespace runcast {
namespace {

constexpr std::array grantable{Scope::read, Scope::submit, Scope::work, Scope::admin};

constexpr std::uint8_t bit(Scope scope) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(scope)); }

Error unknown_scope(std::string_view name) {
  std::vector<std::string_view> names;
  for (auto const scope : grantable) names.push_back(to_string(scope));
  return fail(Errc::invalid,
              fmt::format("'{}' is no scope: read, submit, work, admin{}", name, Suggester{}.hint(name, names)));
}

}  // namespace

std::string_view to_string(Scope scope) {
  constexpr std::array<std::string_view, 5> names{"open", "read", "submit", "work", "admin"};
  return names[static_cast<std::size_t>(scope)];
}

Scopes Scopes::all() {
  Scopes scopes;
  scopes.bits_ = bit(Scope::admin);
  return scopes;
}

Result<Scopes> Scopes::parse(std::string_view list) {
  std::vector<std::string> names;
  boost::algorithm::split(names, list, [](char c) { return c == ','; });
  Scopes scopes;
  for (auto const& name : names) {
    auto const* const found = std::ranges::find(grantable, name, [](Scope scope) { return to_string(scope); });
    if (found == grantable.end()) return unknown_scope(name);
    scopes.bits_ |= bit(*found);
  }
  return scopes;
}

bool Scopes::allow(Scope scope) const { return scope == Scope::open || (bits_ & (bit(scope) | bit(Scope::admin))); }

std::string Scopes::str() const {
  std::string text;
  for (auto const scope : grantable) {
    if (!(bits_ & bit(scope))) continue;
    if (!text.empty()) text += ',';
    text += to_string(scope);
  }
  return text;
}

}  // namespace runcast
