#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace runcast {

// 48 bits of milliseconds and 80 random bits, written as 26 characters of Crockford's base 32, so that ids sort by
// time. Format: github.com/ulid/spec.
class Ulid {
 public:
  static constexpr std::size_t text_size = 26;
  using Bytes = std::array<std::uint8_t, 16>;

  Ulid() = default;  // all zero: no id
  explicit Ulid(Bytes bytes) : bytes_(bytes) {}

  // Exactly 26 characters, in either case, at most 7ZZZ… (128 bits). The canonical text is upper case.
  static Result<Ulid> parse(std::string_view text);

  std::string str() const;
  Timestamp time() const;
  Bytes const& bytes() const { return bytes_; }
  bool empty() const { return *this == Ulid{}; }

  friend auto operator<=>(Ulid const&, Ulid const&) = default;

 private:
  Bytes bytes_{};
};

// A ULID that cannot be mistaken for another kind's.
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(Ulid value) : value_(value) {}

  static Result<Id> parse(std::string_view text) {
    auto value = Ulid::parse(text);
    if (!value) return value.error();
    return Id{*value};
  }

  std::string str() const { return value_.str(); }
  Ulid const& ulid() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend auto operator<=>(Id const&, Id const&) = default;

 private:
  Ulid value_;
};

using RunId = Id<struct RunTag>;

// Makes ULIDs that only ever grow, within a millisecond and when the clock goes back too. Any thread.
class UlidSource {
 public:
  explicit UlidSource(std::uint64_t seed) : random_(seed) {}
  Ulid next(Timestamp now);

 private:
  std::mutex mutex_;
  std::mt19937_64 random_;
  Ulid last_;
};

// A fresh id from the process-wide source, seeded by the system's entropy. Any thread.
Ulid next_ulid();

}  // namespace runcast

template <>
struct std::hash<runcast::Ulid> {
  std::size_t operator()(runcast::Ulid const& id) const noexcept {
    std::uint64_t tail;  // the random half is spread evenly already
    std::memcpy(&tail, id.bytes().data() + 8, sizeof tail);
    return tail;
  }
};

template <class Tag>
struct std::hash<runcast::Id<Tag>> {
  std::size_t operator()(runcast::Id<Tag> const& id) const noexcept { return std::hash<runcast::Ulid>{}(id.ulid()); }
};
