#include <fmt/format.h>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/json.hpp>

#include "cli/document/document.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

// Walks over a text, counting lines and characters.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.front(); }
  TextPlace place() const { return place_; }

  void step() {
    char const c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\n') {
      ++place_.line;
      place_.column = 1;
    } else if ((static_cast<unsigned char>(rest_.empty() ? 0 : rest_.front()) & 0xC0) != 0x80) {
      ++place_.column;  // at the last byte of a character
    }
  }

  void skip_space() {
    while (!at_end() && std::string_view{" \t\r\n"}.find(peek()) != std::string_view::npos) step();
  }

  // The text of the string that begins here, with its quotes.
  std::string_view take_string() {
    auto const begin = rest_;
    step();
    while (peek() != '"') {
      if (peek() == '\\') step();
      step();
    }
    step();
    return begin.substr(0, begin.size() - rest_.size());
  }

 private:
  std::string_view rest_;
  TextPlace place_;
};

// Finds the place of every value of a text that is known to be JSON, and keys that are there twice.
class PlaceFinder {
 public:
  PlaceFinder(std::string_view text, Places& places) : cursor_(text), places_(places) {}

  std::optional<DocumentFault> run() {
    cursor_.skip_space();
    places_.note("", cursor_.place());
    value("");
    return std::move(fault_);
  }

 private:
  void value(Pointer const& pointer) {
    switch (cursor_.peek()) {
      case '{':
        return members(pointer);
      case '[':
        return elements(pointer);
      case '"':
        cursor_.take_string();
        return;
      default:
        while (!cursor_.at_end() && std::string_view{",]} \t\r\n"}.find(cursor_.peek()) == std::string_view::npos) {
          cursor_.step();
        }
    }
  }

  void members(Pointer const& pointer) {
    std::unordered_set<std::string> keys;
    enter();
    while (cursor_.peek() != '}') {
      TextPlace const place = cursor_.place();
      auto const key = json::parse(cursor_.take_string());
      auto const child = child_pointer(pointer, key.get_string());
      places_.note(child, place);
      if (!keys.emplace(key.get_string()).second && !fault_) {
        fault_ = DocumentFault{place, fmt::format("the key {} is there twice", to_json_text(key))};
      }
      cursor_.skip_space();
      enter();  // the colon
      value(child);
      next();
    }
    cursor_.step();
  }

  void elements(Pointer const& pointer) {
    enter();
    for (std::size_t i = 0; cursor_.peek() != ']'; ++i) {
      auto const child = child_pointer(pointer, i);
      places_.note(child, cursor_.place());
      value(child);
      next();
    }
    cursor_.step();
  }

  void enter() {
    cursor_.step();
    cursor_.skip_space();
  }

  void next() {
    cursor_.skip_space();
    if (cursor_.peek() == ',') enter();
  }

  Cursor cursor_;
  Places& places_;
  std::optional<DocumentFault> fault_;
};

TextPlace place_at(std::string_view text, std::size_t offset) {
  Cursor cursor{text};
  for (std::size_t i = 0; i < offset && !cursor.at_end(); ++i) cursor.step();
  return cursor.place();
}

}  // namespace

ParsedDocument parse_json_document(std::string_view text) {
  json::parse_options options;
  options.max_depth = max_document_depth;
  json::stream_parser parser{{}, options};
  boost::system::error_code error;
  std::size_t const read = parser.write_some(text, error);
  if (!error && read < text.size()) return DocumentFault{place_at(text, read), "not JSON: something follows the value"};
  if (!error) parser.finish(error);
  if (error) return DocumentFault{place_at(text, read), fmt::format("not JSON: {}", error.message())};
  Document document{parser.release(), {}};
  if (auto fault = PlaceFinder{text, document.places}.run()) return *fault;
  return document;
}

}  // namespace runcast::cli
