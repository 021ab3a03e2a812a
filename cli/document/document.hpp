#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include "base/result.hpp"
#include "cli/document/places.hpp"

// A definition as its author wrote it, JSON or YAML, together with where each of its values stands: so that a fault
// which is known by its JSON Pointer can be told as file:line:column.
namespace runcast::cli {

struct Document {
  boost::json::value value;
  Places places;
};

// Why a text is no document.
struct DocumentFault {
  TextPlace place;
  std::string message;

  friend bool operator==(DocumentFault const&, DocumentFault const&) = default;
};

using ParsedDocument = boost::system::result<Document, DocumentFault>;

enum class Format { json, yaml };

inline constexpr std::size_t max_document_bytes = 8 << 20;
inline constexpr std::size_t max_document_depth = 64;

// By the file name's extension; where that says nothing, a text that begins with a brace is JSON.
Format guess_format(std::string_view file_name, std::string_view text);

ParsedDocument parse_document(std::string_view text, Format format);

// RFC 8259, and beyond it: no key may be there twice in an object.
ParsedDocument parse_json_document(std::string_view text);

// One YAML 1.2 document as the JSON that it stands for, by the core schema: plain scalars are null, booleans, integers,
// floats or else strings; quoted and block scalars, and what is tagged !!str, are strings. Keys are taken as text.
// Aliases are expanded, up to a bound, so that a small file cannot become a huge value. Refused: duplicate keys, keys
// that are no scalars, tags of one's own, .inf and .nan, a second document.
ParsedDocument parse_yaml_document(std::string_view text);

// The text of a file, or of standard input for "-"; at most max_document_bytes.
Result<std::string> read_document(std::string const& file_name);

}  // namespace runcast::cli
