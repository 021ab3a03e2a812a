#include "cli/document/document.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace runcast {

Format guess_format(std::string_view file_name, std::string_view text) {
  if (file_name.ends_with(".json")) return Format::json;
  if (file_name.ends_with(".yaml") || file_name.ends_with(".yml")) return Format::yaml;
  auto const first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' ? Format::json : Format::yaml;
}

ParsedDocument parse_document(std::string_view text, Format format) {
  return format == Format::json ? parse_json_document(text) : parse_yaml_document(text);
}

std::optional<TextPlace> find_place(Places const& places, std::string_view pointer) {
  for (;;) {
    if (auto const found = places.find(pointer); found != places.end()) return found->second;
    auto const slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    pointer = pointer.substr(0, slash);
  }
}

std::string child_pointer(std::string_view pointer, std::string_view key) {
  std::string child{pointer};
  child += '/';
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

}  // namespace runcast
