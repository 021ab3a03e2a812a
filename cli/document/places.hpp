#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace runcast::cli {

struct TextPlace {
  int line = 1;
  int column = 1;  // in characters

  friend bool operator==(TextPlace const&, TextPlace const&) = default;
};

// A JSON Pointer (RFC 6901); nothing where it would be so long that its place is not worth noting.
using Pointer = std::optional<std::string>;

// `parent` + "/" + key, escaped.
Pointer child_pointer(Pointer const& parent, std::string_view key);
Pointer child_pointer(Pointer const& parent, std::size_t index);

// Where each value of a document stands: of a member its key's place, of an element its value's. Bounded, so that no
// document can make it much larger than itself: in a very large one, only the first 200,000 places are known.
class Places {
 public:
  // The first note of a pointer counts.
  void note(Pointer const& pointer, TextPlace place);

  // The place of what `pointer` points at or, where that is not known (a missing member), of what would hold it.
  std::optional<TextPlace> find(std::string_view pointer) const;

 private:
  std::map<std::string, TextPlace, std::less<>> places_;
};

}  // namespace runcast::cli
