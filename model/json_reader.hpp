#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "base/clock.hpp"
#include "model/fault.hpp"
#include "model/suggest.hpp"

// Reading JSON that a person wrote: every member is asked for by name and type, and whatever is wrong is noted with its
// place while reading goes on, so that one answer tells all of it.
namespace runcast {

// Where in a document one is. A chain of views up to the root: a child must not outlive its parent (hence no children
// of temporaries), and text is only made of it when something is wrong.
class Place {
 public:
  explicit Place(std::string_view base) : base_(base) {}  // the JSON Pointer of the root itself: "" or "/workflow"

  Place child(std::string_view key) const& { return Place(*this, key, no_index); }
  Place child(std::size_t index) const& { return Place(*this, {}, index); }
  Place child(std::string_view) const&& = delete;
  Place child(std::size_t) const&& = delete;

  std::string pointer() const;

 private:
  static constexpr std::size_t no_index = static_cast<std::size_t>(-1);
  Place(Place const& parent, std::string_view key, std::size_t index) : parent_(&parent), base_(key), index_(index) {}

  Place const* parent_ = nullptr;
  std::string_view base_;  // the key, below the root
  std::size_t index_ = no_index;
};

// `text` as one part of a JSON Pointer.
void append_pointer_part(std::string& pointer, std::string_view text);

// What was found wrong so far.
class FaultLog {
 public:
  explicit FaultLog(std::size_t limit) : limit_(limit) {}

  void add(std::string pointer, std::string message);
  bool empty() const { return faults_.empty(); }
  Suggester& suggester() { return suggester_; }

  // All of them in the order found; past the limit, one more that tells how many are left out.
  Faults take();

 private:
  std::size_t limit_;
  std::size_t left_out_ = 0;
  Faults faults_;
  Suggester suggester_;
};

template <class Enum, std::size_t N>
using Words = std::array<std::pair<std::string_view, Enum>, N>;

// A value with its place. The typed reads note a fault and give nothing where the value is not that.
class JsonNode {
 public:
  JsonNode(boost::json::value const& value, Place place, FaultLog& log) : value_(&value), place_(place), log_(&log) {}

  boost::json::value const& value() const { return *value_; }
  Place const& place() const& { return place_; }
  FaultLog& log() const { return *log_; }
  std::string pointer() const { return place_.pointer(); }

  void fault(std::string message) const { log_->add(pointer(), std::move(message)); }
  void expected(std::string_view what) const;  // "expected a string, found a number"

  std::optional<std::string_view> string() const;
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer(std::int64_t min, std::int64_t max) const;
  std::optional<double> number(double min, double max) const;
  std::optional<Millis> duration() const;  // "10m", or a whole number of seconds
  boost::json::object const* object() const;
  boost::json::array const* array() const;

  // An object with no more than so many values in it, those within others included.
  boost::json::object const* small_object(std::size_t max_values) const;

  // A string that can go to a command or a header of a system call: not empty, without NUL, at most 128 KiB.
  std::optional<std::string_view> text() const;

  // One of the words of `words`, as what it stands for.
  template <class Enum, std::size_t N>
  std::optional<Enum> one_of(Words<Enum, N> const& words) const {
    std::array<std::string_view, N> names;
    for (std::size_t i = 0; i < N; ++i) names[i] = words[i].first;
    auto const index = word_index(names);
    return index ? std::optional(words[*index].second) : std::nullopt;
  }

  JsonNode element(boost::json::value const& value, std::size_t index) const& {
    return JsonNode(value, place_.child(index), *log_);
  }
  JsonNode element(boost::json::value const&, std::size_t) const&& = delete;
  JsonNode member(boost::json::value const& value, std::string_view key) const& {
    return JsonNode(value, place_.child(key), *log_);
  }
  JsonNode member(boost::json::value const&, std::string_view) const&& = delete;

 private:
  std::optional<std::size_t> word_index(std::span<std::string_view const> words) const;

  boost::json::value const* value_;
  Place place_;
  FaultLog* log_;
};

// An object of known members. A key that nobody has asked for is a fault: call `refuse_others()` last.
class JsonMembers {
 public:
  JsonMembers(boost::json::object const& object, Place place, FaultLog& log)
      : object_(&object), place_(place), log_(&log) {}
  JsonMembers(JsonMembers const&) = delete;  // nodes refer to its place
  JsonMembers& operator=(JsonMembers const&) = delete;

  bool has(std::string_view key) const { return object_->contains(key); }

  // Each key is asked for once. It is a literal, or outlives this.
  std::optional<JsonNode> get(std::string_view key);
  std::optional<JsonNode> require(std::string_view key);  // a fault at the member's place where there is none

  // As get(), but a key of an older or other spelling counts too; both at once are a fault.
  std::optional<JsonNode> get(std::string_view key, std::string_view alias);

  void refuse_others();

  Place const& place() const& { return place_; }
  FaultLog& log() const { return *log_; }

 private:
  boost::json::object const* object_;
  Place place_;
  FaultLog* log_;
  std::vector<std::string_view> known_;
  std::size_t found_ = 0;  // of those, how many are there
};

// "a string", "an array", … for messages.
std::string_view kind_name(boost::json::value const& value);

// The most bytes that one argument or environment variable of a Linux process may have (MAX_ARG_STRLEN, less its NUL).
inline constexpr std::size_t max_argument_bytes = 128 * 1024 - 1;

}  // namespace runcast
