#include "cli/document/definition_file.hpp"

#include <fmt/format.h>

#include "cli/terminal/text.hpp"

namespace runcast::cli {

OrRefusal<Document> read_definition(std::string const& file) {
  auto const text = read_document(file);
  if (!text) return bad_use(text.error().message);
  auto document = parse_document(*text, guess_format(file, *text));
  if (document) return std::move(*document);
  auto const& [place, message] = document.error();
  return bad_use(fmt::format("{}:{}:{}: {}", plain_text(file), place.line, place.column, plain_text(message)));
}

PlaceOf places_in(std::string const& file, Places const& places, std::string_view base) {
  return [&file, &places, base](std::string_view pointer) -> std::string {
    if (!pointer.starts_with(base)) return std::string(pointer);
    auto const inner = pointer.substr(base.size());
    auto const place = places.find(inner);
    if (!place) return std::string(inner);
    auto const at = fmt::format("{}:{}:{}", plain_text(file), place->line, place->column);
    return inner.empty() ? at : fmt::format("{}: {}", at, inner);
  };
}

}  // namespace runcast::cli
