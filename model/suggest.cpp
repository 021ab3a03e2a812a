#include "model/suggest.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace runcast {

namespace {

constexpr std::size_t max_word = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Optimal string alignment: Levenshtein's distance with swapped neighbours as one edit. Both words at most max_word.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, max_word + 1>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto const replaced = last[j - 1] + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      bool const swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string_view> Suggester::nearest(std::string_view word,
                                                   std::span<std::string_view const> candidates) {
  if (word.size() > max_word) return std::nullopt;
  auto best = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;  // one more than is near enough
  std::optional<std::string_view> found;
  for (auto const candidate : candidates) {
    if (budget_ == 0) break;
    --budget_;
    auto const longer = std::max(word.size(), candidate.size());
    auto const shorter = std::min(word.size(), candidate.size());
    if (candidate.size() > max_word || longer - shorter >= best) continue;
    auto const distance = edit_distance(word, candidate);
    if (distance < best && distance < longer) {  // not a single letter in common is no likeness
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string Suggester::hint(std::string_view word, std::span<std::string_view const> candidates) {
  auto const found = nearest(word, candidates);
  return found ? fmt::format("; did you mean '{}'?", *found) : std::string{};
}

}  // namespace runcast
