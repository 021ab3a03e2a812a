#include "base/id.hpp"

namespace runcast {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr std::array<std::int8_t, 256> digit_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    char const c = alphabet[i];
    values[static_cast<unsigned char>(c)] = static_cast<std::int8_t>(i);
    if (c >= 'A') values[static_cast<unsigned char>(c - 'A' + 'a')] = static_cast<std::int8_t>(i);
  }
  return values;
}();

Ulid::Bytes increment(Ulid::Bytes bytes) {
  for (std::size_t i = bytes.size(); i-- > 0;) {
    if (++bytes[i] != 0) break;
  }
  return bytes;
}

}  // namespace

Result<Ulid> Ulid::parse(std::string_view text) {
  if (text.size() != text_size) return fail(Errc::invalid, "an id has 26 characters");
  unsigned __int128 value = 0;
  for (char const c : text) {
    auto const digit = digit_values[static_cast<unsigned char>(c)];
    if (digit < 0) return fail(Errc::invalid, "an id consists of the digits and letters of Crockford's base 32");
    if (value >> 123) return fail(Errc::invalid, "an id is at most 7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    value = value << 5 | static_cast<unsigned>(digit);
  }
  Bytes bytes;
  for (std::size_t i = bytes.size(); i-- > 0; value >>= 8) bytes[i] = static_cast<std::uint8_t>(value);
  return Ulid{bytes};
}

std::string Ulid::str() const {
  unsigned __int128 value = 0;
  for (auto const byte : bytes_) value = value << 8 | byte;
  std::string text(text_size, '0');
  for (std::size_t i = text_size; i-- > 0; value >>= 5) text[i] = alphabet[static_cast<std::size_t>(value & 31)];
  return text;
}

Timestamp Ulid::time() const {
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | bytes_[i];
  return from_epoch_ms(ms);
}

Ulid UlidSource::next(Timestamp now) {
  std::lock_guard lock(mutex_);
  if (now <= last_.time()) {
    last_ = Ulid{increment(last_.bytes())};
    return last_;
  }
  Ulid::Bytes bytes;
  auto const ms = static_cast<std::uint64_t>(to_epoch_ms(now));
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  std::uint64_t bits = random_();
  for (std::size_t i = 6; i < 14; ++i, bits >>= 8) bytes[i] = static_cast<std::uint8_t>(bits);
  bits = random_();
  bytes[14] = static_cast<std::uint8_t>(bits);
  bytes[15] = static_cast<std::uint8_t>(bits >> 8);
  last_ = Ulid{bytes};
  return last_;
}

Ulid next_ulid() {
  static UlidSource source{[] {
    std::random_device entropy;
    return std::uint64_t{entropy()} << 32 | entropy();
  }()};
  return source.next(wall_clock_now());
}

}  // namespace runcast
