#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "executor/secrets_file.hpp"
#include "model/names.hpp"

namespace runcast {
namespace {

constexpr std::string_view first_line = "runcast-secrets 1\n";
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char const* bytes(std::string_view text) { return reinterpret_cast<unsigned char const*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL refuses AES-256-GCM");
}

Context new_context() {
  Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  must(context != nullptr);
  return context;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string to_digits(unsigned char const* data, std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) (text += digits[data[i] >> 4]) += digits[data[i] & 15];
  return text;
}

// False: it is not just hexadecimal digits, two for each byte.
bool from_digits(std::string_view text, unsigned char* out) {
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    int const high = hex_digit(text[i]);
    int const low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out[i / 2] = static_cast<unsigned char>(high << 4 | low);
  }
  return text.size() % 2 == 0;
}

std::string_view without_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// nonce ‖ ciphertext ‖ tag, the file's first line authenticated with them.
std::string encrypt(std::string_view plain, SecretsKey const& key) {
  std::string out(nonce_size + plain.size() + tag_size, '\0');
  must(RAND_bytes(bytes(out), nonce_size) == 1);
  auto const context = new_context();
  int size = 0;
  must(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes(out)) == 1);
  must(EVP_EncryptUpdate(context.get(), nullptr, &size, bytes(first_line), static_cast<int>(first_line.size())) == 1);
  auto* const body = bytes(out) + nonce_size;
  must(EVP_EncryptUpdate(context.get(), body, &size, bytes(plain), static_cast<int>(plain.size())) == 1);
  must(EVP_EncryptFinal_ex(context.get(), body + size, &size) == 1);
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, body + plain.size()) == 1);
  return out;
}

std::optional<std::string> decrypt(std::string sealed, SecretsKey const& key) {
  if (sealed.size() < nonce_size + tag_size) return std::nullopt;
  std::string plain(sealed.size() - nonce_size - tag_size, '\0');
  auto const context = new_context();
  int size = 0;
  must(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes(sealed)) == 1);
  must(EVP_DecryptUpdate(context.get(), nullptr, &size, bytes(first_line), static_cast<int>(first_line.size())) == 1);
  auto* const body = bytes(sealed) + nonce_size;
  must(EVP_DecryptUpdate(context.get(), bytes(plain), &size, body, static_cast<int>(plain.size())) == 1);
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, body + plain.size()) == 1);
  if (EVP_DecryptFinal_ex(context.get(), bytes(plain) + plain.size(), &size) != 1) return std::nullopt;
  return plain;
}

}  // namespace

Result<SecretsKey> SecretsKey::parse(std::string_view text) {
  text = without_line_end(text);
  SecretsKey key;
  if (text.size() != 2 * size || !from_digits(text, key.bytes_.data())) {
    return fail(Errc::invalid, "a key is 64 hexadecimal digits");
  }
  return key;
}

SecretsKey SecretsKey::random() {
  SecretsKey key;
  must(RAND_bytes(key.bytes_.data(), size) == 1);
  return key;
}

std::string SecretsKey::text() const { return to_digits(bytes_.data(), size); }

std::string seal(Secrets const& secrets, SecretsKey const& key) {
  boost::json::object object;
  for (auto const& [name, value] : secrets) object[name] = to_digits(bytes(value), value.size());
  auto const sealed = encrypt(boost::json::serialize(object), key);
  return std::string(first_line) + to_digits(bytes(sealed), sealed.size()) + '\n';
}

Result<Secrets> unseal(std::string_view text, SecretsKey const& key) {
  if (!text.starts_with(first_line)) return fail(Errc::invalid, "this is no file of secrets");
  text = without_line_end(text.substr(first_line.size()));
  std::string sealed(text.size() / 2, '\0');
  if (!from_digits(text, bytes(sealed))) return fail(Errc::invalid, "this file of secrets is damaged");
  auto const plain = decrypt(std::move(sealed), key);
  if (!plain) return fail(Errc::invalid, "the secrets were sealed with another key, or the file was changed");
  boost::system::error_code error;
  auto const object = boost::json::parse(*plain, error);
  if (error || !object.is_object()) return fail(Errc::invalid, "this file of secrets is damaged");
  Secrets secrets;
  for (auto const& [name, digits] : object.get_object()) {
    auto const* const hex = digits.if_string();
    std::string value(hex ? hex->size() / 2 : 0, '\0');
    if (!hex || !is_variable_name(name) || !from_digits(*hex, bytes(value))) {
      return fail(Errc::invalid, "this file of secrets is damaged");
    }
    secrets.emplace(std::string(name), std::move(value));
  }
  return secrets;
}

}  // namespace runcast
