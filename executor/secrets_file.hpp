#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "executor/secrets.hpp"

// All secrets in one encrypted file (AES-256-GCM), whose key is kept elsewhere. Names are hidden as values are.
namespace runcast {

class SecretsKey {
 public:
  static constexpr std::size_t size = 32;

  // From 64 hexadecimal digits, as the key's file holds them. invalid.
  static Result<SecretsKey> parse(std::string_view text);
  // A new one, by the system's random numbers.
  static SecretsKey random();

  std::string text() const;
  unsigned char const* data() const { return bytes_.data(); }

 private:
  std::array<unsigned char, size> bytes_{};
};

// The file's text. Never twice the same: each has a random nonce.
std::string seal(Secrets const& secrets, SecretsKey const& key);
// invalid: it is no such text, was changed, or was sealed with another key.
Result<Secrets> unseal(std::string_view text, SecretsKey const& key);

// forbidden: others than its owner may read the file. io, invalid.
Result<SecretsKey> read_key(std::filesystem::path const& file);
// Makes the key's file, for its owner alone. conflict: it is there.
Result<SecretsKey> create_key(std::filesystem::path const& file);

Result<Secrets> read_sealed_secrets(std::filesystem::path const& file, SecretsKey const& key);
// Replaces the file whole, or not at all.
Result<void> write_sealed_secrets(std::filesystem::path const& file, SecretsKey const& key, Secrets const& secrets);

// Whether `file` lies in `directory` or below it, links followed.
bool is_below(std::filesystem::path const& file, std::filesystem::path const& directory);

}  // namespace runcast
