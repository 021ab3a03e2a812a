// Any bytes, in any pieces: the checker, the valid beginning and the repaired text agree with one another.
#include <cstdlib>

#include "base/utf8.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace runcast;
  if (size == 0) return 0;
  std::size_t const piece = 1 + data[0] % 16;
  std::string_view const text(reinterpret_cast<char const*>(data + 1), size - 1);

  Utf8Checker checker;
  bool valid = true;
  for (std::size_t i = 0; valid && i < text.size(); i += piece) valid = checker.feed(text.substr(i, piece));
  if ((valid && checker.complete()) != is_utf8(text)) std::abort();

  std::string repaired;
  append_as_utf8(repaired, text);
  if (!is_utf8(repaired) || !repaired.starts_with(text.substr(0, valid_utf8_prefix(text)))) std::abort();
  if (is_utf8(text) != (repaired == text)) std::abort();
  if (auto const cut = utf8_prefix(repaired, piece); cut.size() > piece || !is_utf8(cut)) std::abort();
  return 0;
}
