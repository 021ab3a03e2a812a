#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace runcast {

// Finds the word that was meant. It looks at a bounded number of candidates over its life, so that a document made of
// nothing but misspelt words costs no more than a second of anybody's time; after that it finds nothing.
class Suggester {
 public:
  // The candidate with the fewest edits from `word` (insert, delete, replace, swap neighbours; case counts for
  // nothing), if they are few for a word of that length. A view of the candidate.
  std::optional<std::string_view> nearest(std::string_view word, std::span<std::string_view const> candidates);

  // "; did you mean 'needs'?", or nothing. To be put behind what is wrong.
  std::string hint(std::string_view word, std::span<std::string_view const> candidates);

 private:
  std::size_t budget_ = 50'000;  // candidates
};

}  // namespace runcast
