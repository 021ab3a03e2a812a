#include "cli/document/document.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace runcast::cli {

Format guess_format(std::string_view file_name, std::string_view text) {
  if (file_name.ends_with(".json")) return Format::json;
  if (file_name.ends_with(".yaml") || file_name.ends_with(".yml")) return Format::yaml;
  auto const first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' ? Format::json : Format::yaml;
}

ParsedDocument parse_document(std::string_view text, Format format) {
  return format == Format::json ? parse_json_document(text) : parse_yaml_document(text);
}

Result<std::string> read_document(std::string const& file_name) {
  auto const close = [](std::FILE* file) {
    if (file != stdin) std::fclose(file);
  };
  std::unique_ptr<std::FILE, decltype(close)> file{file_name == "-" ? stdin : std::fopen(file_name.c_str(), "rb"),
                                                   close};
  if (!file) return fail(Errc::not_found, fmt::format("{}: {}", file_name, std::strerror(errno)));
  std::string text;
  for (;;) {
    char piece[64 * 1024];
    std::size_t const n = std::fread(piece, 1, sizeof piece, file.get());
    text.append(piece, n);
    if (text.size() > max_document_bytes) {
      return fail(Errc::too_large, fmt::format("{}: larger than {} MiB", file_name, max_document_bytes >> 20));
    }
    if (n > 0) continue;
    if (std::ferror(file.get())) return fail(Errc::io, fmt::format("{}: {}", file_name, std::strerror(errno)));
    return text;
  }
}

}  // namespace runcast::cli
