#include "cli/document/places.hpp"

#include <fmt/format.h>

namespace runcast::cli {
namespace {

constexpr std::size_t max_pointer_bytes = 512;
constexpr std::size_t max_places = 200'000;

}  // namespace

Pointer child_pointer(Pointer const& parent, std::string_view key) {
  if (!parent || parent->size() + key.size() > max_pointer_bytes) return std::nullopt;
  std::string child = *parent + '/';
  for (char const c : key) {
    if (c == '~') {
      child += "~0";
    } else if (c == '/') {
      child += "~1";
    } else {
      child += c;
    }
  }
  return child;
}

Pointer child_pointer(Pointer const& parent, std::size_t index) { return child_pointer(parent, fmt::to_string(index)); }

void Places::note(Pointer const& pointer, TextPlace place) {
  if (pointer && places_.size() < max_places) places_.emplace(*pointer, place);
}

std::optional<TextPlace> Places::find(std::string_view pointer) const {
  for (;;) {
    if (auto const found = places_.find(pointer); found != places_.end()) return found->second;
    auto const slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    pointer = pointer.substr(0, slash);
  }
}

}  // namespace runcast::cli
