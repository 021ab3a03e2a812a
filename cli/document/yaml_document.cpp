#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/emitterstyle.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>
#include <boost/json.hpp>

#include "base/utf8.hpp"
#include "cli/document/document.hpp"
#include "cli/document/yaml_scalar.hpp"
#include "model/json_text.hpp"

namespace runcast::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t max_expanded_values = 500'000;
constexpr std::size_t max_expanded_bytes = 16 << 20;

// Leaves the parser, which knows no other way out of its events.
struct Refused {
  DocumentFault fault;
};

TextPlace place_of(YAML::Mark const& mark) { return {mark.line + 1, mark.column + 1}; }

[[noreturn]] void refuse(YAML::Mark const& mark, std::string message) {
  throw Refused{{place_of(mark), std::move(message)}};
}

std::string core_tag(std::string_view type) { return fmt::format("tag:yaml.org,2002:{}", type); }

std::string_view core_type(json::value const& scalar) {
  switch (scalar.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "bool";
    case json::kind::double_:
      return "float";
    case json::kind::string:
      return "str";
    default:
      return "int";
  }
}

bool is_untagged(std::string_view tag) { return tag.empty() || tag == "?" || tag == "!"; }

[[noreturn]] void refuse_tag(YAML::Mark const& mark, std::string_view tag) {
  refuse(mark, fmt::format("the tag {} means nothing here", tag));
}

// What a value costs where an alias repeats it.
struct Size {
  std::size_t values = 0;
  std::size_t bytes = 0;
  std::size_t depth = 0;

  void add_child(Size const& child) {
    values += child.values;
    bytes += child.bytes;
    depth = std::max(depth, child.depth + 1);
  }
};

struct Anchored {
  json::value value;
  Size size;
};

// A mapping or sequence that has begun and not ended.
struct Open {
  json::value value;
  YAML::anchor_t anchor = 0;
  Size size{1, 0, 1};
  Pointer pointer;
  std::optional<std::string> key;  // read, and waiting for its value
};

class Builder : public YAML::EventHandler {
 public:
  bool begun() const { return begun_; }
  Document take() { return std::move(document_); }

  void OnDocumentStart(YAML::Mark const& mark) override {
    if (begun_) refuse(mark, "a second document: a file holds one");
    begun_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    if (wants_key()) refuse(mark, "a key is missing");
    scalar(mark, anchor, json::value(nullptr));
  }

  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& text) override {
    if (wants_key()) {
      anchors_[anchor] = {json::value(text), {1, text.size(), 1}};
      return take_key(mark, text);
    }
    if (tag == "!" || tag == core_tag("str")) return scalar(mark, anchor, json::value(text));
    auto value = resolve_plain_scalar(text);
    if (!value) refuse(mark, fmt::format("{} is no number that JSON knows", text));
    if (!is_untagged(tag) && tag != core_tag(core_type(*value))) refuse_tag(mark, tag);
    scalar(mark, anchor, std::move(*value));
  }

  void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    auto const found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(mark, "a value cannot contain itself");
    Anchored const& source = found->second;
    if (wants_key()) {
      if (!source.value.is_string()) refuse(mark, "a key must be text");
      return take_key(mark, source.value.get_string());
    }
    place(mark);
    add(mark, source.value, source.size);
  }

  void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (!is_untagged(tag) && tag != core_tag("seq")) refuse_tag(mark, tag);
    open(mark, anchor, json::array{});
  }
  void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (!is_untagged(tag) && tag != core_tag("map")) refuse_tag(mark, tag);
    open(mark, anchor, json::object{});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  bool wants_key() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().key; }

  void take_key(YAML::Mark const& mark, std::string_view key) {
    Open& map = open_.back();
    if (map.value.get_object().contains(key)) {
      refuse(mark, fmt::format("the key {} is there twice", to_json_text(json::value(key))));
    }
    map.key = key;
    map.size.bytes += key.size();
    document_.places.note(child_pointer(map.pointer, key), place_of(mark));
  }

  // Notes where the value that comes now stands, unless its key has told that; returns its pointer.
  Pointer place(YAML::Mark const& mark) {
    Pointer pointer{""};
    if (!open_.empty()) {
      Open const& parent = open_.back();
      pointer = parent.key ? child_pointer(parent.pointer, *parent.key)
                           : child_pointer(parent.pointer, parent.value.get_array().size());
    }
    document_.places.note(pointer, place_of(mark));
    return pointer;
  }

  void scalar(YAML::Mark const& mark, YAML::anchor_t anchor, json::value value) {
    place(mark);
    Size const size{1, value.is_string() ? value.get_string().size() : 0, 0};
    if (anchor != 0) anchors_[anchor] = {value, size};
    add(mark, std::move(value), size);
  }

  void open(YAML::Mark const& mark, YAML::anchor_t anchor, json::value value) {
    if (wants_key()) refuse(mark, "a key must be text");
    auto pointer = place(mark);
    if (open_.size() == max_document_depth) refuse(mark, too_deep());
    open_.push_back({std::move(value), anchor, {1, 0, 1}, std::move(pointer), std::nullopt});
    last_mark_ = mark;
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (done.anchor != 0) anchors_[done.anchor] = {done.value, done.size};
    add(last_mark_, std::move(done.value), done.size);
  }

  void add(YAML::Mark const& mark, json::value value, Size const& size) {
    if (open_.empty()) {
      document_.value = std::move(value);
      return;
    }
    Open& parent = open_.back();
    parent.size.add_child(size);
    if (open_.size() + size.depth > max_document_depth) refuse(mark, too_deep());
    if (parent.size.values > max_expanded_values || parent.size.bytes > max_expanded_bytes) {
      refuse(mark, "its aliases make the document too large");
    }
    if (parent.key) {
      parent.value.get_object().emplace(*parent.key, std::move(value));
      parent.key.reset();
    } else {
      parent.value.get_array().push_back(std::move(value));
    }
  }

  static std::string too_deep() { return fmt::format("nested deeper than {} levels", max_document_depth); }

  Document document_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  YAML::Mark last_mark_;
  bool begun_ = false;
};

// The offset of the first byte that no YAML text in UTF-8 has; the text's size where there is none. (A NUL would make
// the parser take it for UTF-16.)
std::size_t find_unreadable(std::string_view text) {
  auto const is_control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  };
  auto const control = std::find_if(text.begin(), text.end(), is_control) - text.begin();
  return std::min(valid_utf8_prefix(text), static_cast<std::size_t>(control));
}

ParsedDocument build(std::string_view text) {
  Builder builder;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser{in};
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (Refused const& refused) {
    return refused.fault;
  } catch (YAML::Exception const& error) {
    // A plain text with a question mark is YAML in braces, too, but not to this parser.
    constexpr std::string_view advice = "; within braces or brackets a text with '?' needs quotes";
    bool const is_token = error.msg == YAML::ErrorMsg::UNKNOWN_TOKEN;
    return DocumentFault{place_of(error.mark), fmt::format("not YAML: {}{}", error.msg, is_token ? advice : "")};
  }
  if (!builder.begun()) return DocumentFault{{}, "the document is empty"};
  return builder.take();
}

}  // namespace

ParsedDocument parse_yaml_document(std::string_view text) {
  if (auto const unreadable = find_unreadable(text); unreadable < text.size()) {
    auto const line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(unreadable), '\n');
    return DocumentFault{{static_cast<int>(line), 1}, "not YAML: this line is not UTF-8, or has a control character"};
  }
  // The parser takes a quoted text that the file's end cuts off for whole where a line break is the last of it.
  if (auto cut_off = build(text.substr(0, text.find_last_not_of(" \t\r\n") + 1)); !cut_off) return cut_off;
  return build(text);
}

}  // namespace runcast::cli
