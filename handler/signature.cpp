#include "handler/signature.hpp"

#include <array>
#include <optional>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace runcast {
namespace {

using Digest = std::array<unsigned char, 32>;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Digest> read_digest(std::string_view text) {
  constexpr std::string_view prefix = "sha256=";
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  Digest digest;
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    int const high = hex_digit(text[2 * i]);
    int const low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return digest;
}

}  // namespace

bool is_signed_with(std::string_view secret, std::string_view body, std::string_view signature) {
  auto const given = read_digest(signature);
  if (!given) return false;
  Digest expected;
  unsigned size = 0;
  auto const* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                          reinterpret_cast<unsigned char const*>(body.data()), body.size(), expected.data(), &size);
  if (made == nullptr || size != expected.size()) throw std::runtime_error("OpenSSL has no HMAC-SHA256");
  return CRYPTO_memcmp(expected.data(), given->data(), expected.size()) == 0;
}

}  // namespace runcast
